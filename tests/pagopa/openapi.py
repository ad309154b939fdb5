"""A small, strict reader of the official OpenAPI schemas: a word it does not know is an error, never a pass."""

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.plugin import ROOT

NOTES = {"description", "example", "title", "default"}
TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool,
}  # fmt: skip


def reference(name: str) -> dict[str, Any]:
    """An OpenAPI document of ``shared/reference``. Fails loudly where the reference is not there."""
    home = Path(os.environ.get("PAYBOX_REFERENCE") or ROOT.parent / "shared" / "reference")
    path = home / "pagopa" / "openapi" / name
    assert path.exists(), f"SCHEMA UFFICIALE ASSENTE: {path} (PAYBOX_REFERENCE=…)"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def problems(
    value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = ""
) -> list[str]:
    """What in ``value`` the schema does not admit, each with where."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    kind = schema["type"]
    if not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        return [f"{at}: {value!r} non è {kind}"]
    found: list[str] = []
    for word, rule in schema.items():
        found += _broken(word, rule, value, schema, document, at)
    return found


def _broken(
    word: str, rule: Any, value: Any, schema: dict[str, Any], document: dict[str, Any], at: str
) -> list[str]:
    if word in NOTES or word == "type":
        return []
    if word == "required":
        return [f"{at}: manca {name}" for name in rule if name not in value]
    if word == "properties":
        unknown = [f"{at}: {name} non previsto" for name in value if name not in rule]
        known = [(f"{at}/{n}", v, rule[n]) for n, v in value.items() if n in rule]
        return unknown + [p for where, v, s in known for p in problems(v, s, document, where)]
    if word == "items":
        return [p for n, v in enumerate(value) for p in problems(v, rule, document, f"{at}/{n}")]
    return [] if _kept(word, rule, value) else [f"{at}: {word} {rule} non rispettato"]


def _kept(word: str, rule: Any, value: Any) -> bool:
    if word == "format":
        return _of_format(rule, value)
    checks = {
        "minItems": lambda: len(value) >= rule,
        "maxItems": lambda: len(value) <= rule,
        "minLength": lambda: len(value) >= rule,
        "maxLength": lambda: len(value) <= rule,
        "minimum": lambda: value >= rule,
        "pattern": lambda: re.search(rule, value) is not None,
        "enum": lambda: value in rule,
    }
    assert word in checks, f"parola di schema sconosciuta: {word}"
    return bool(checks[word]())


def _of_format(rule: str, value: str) -> bool:
    assert rule in {"uri", "email"}, f"formato sconosciuto: {rule}"
    if rule == "email":
        return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) is not None
    parts = urlsplit(value)
    return bool(parts.scheme and parts.netloc)
