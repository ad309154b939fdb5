"""A body held against an official OpenAPI document: what is wrong with it, in words."""

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
_DATE_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"


@cache
def document(name: str) -> dict[str, Any]:
    """Without the reference these tests say so and are skipped."""
    folder = Path(os.environ.get("PAYBOX_REFERENCE", ROOT.parent / "shared" / "reference"))
    path = folder / "pagopa/openapi" / name
    if not path.is_file():
        pytest.skip(f"OPENAPI UFFICIALI ASSENTI in {folder}: impostare PAYBOX_REFERENCE")
    read: dict[str, Any] = json.loads(path.read_text())
    return read


def wrong(name: str, model: str, body: Any) -> list[str]:
    """Everything in which ``body`` is not a ``model`` of that document; an unknown name is wrong too."""
    spec = document(name)
    return list(_wrong(spec, spec["components"]["schemas"][model], body, model))


def _wrong(spec: dict[str, Any], schema: dict[str, Any], body: Any, path: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    expected = _TYPES[schema.get("type", "object")]
    if type(body) is not expected:
        yield f"{path}: not {expected.__name__}"
    elif isinstance(body, dict):
        yield from _wrong_object(spec, schema, body, path)
    elif isinstance(body, list):
        yield from _wrong_list(spec, schema, body, path)
    else:
        yield from _wrong_value(schema, body, path)


def _wrong_object(
    spec: dict[str, Any], schema: dict[str, Any], body: dict[str, Any], path: str
) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (
        f"{path}.{name}: missing" for name in schema.get("required", ()) if name not in body
    )
    for name, value in body.items():
        if name not in known:
            yield f"{path}.{name}: unknown"
        elif known[name].get("readOnly"):
            yield f"{path}.{name}: read only"
        else:
            yield from _wrong(spec, known[name], value, f"{path}.{name}")


def _wrong_list(
    spec: dict[str, Any], schema: dict[str, Any], body: list[Any], path: str
) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(body) <= schema.get("maxItems", len(body)):
        yield f"{path}: {len(body)} elements"
    for number, element in enumerate(body):
        yield from _wrong(spec, schema["items"], element, f"{path}[{number}]")


def _wrong_value(schema: dict[str, Any], body: Any, path: str) -> Iterator[str]:
    if "enum" in schema and body not in schema["enum"]:
        yield f"{path}: {body!r} not in the list"
    if isinstance(body, int) and body < schema.get("minimum", body):
        yield f"{path}: too small"
    if isinstance(body, str):
        if not schema.get("minLength", 0) <= len(body) <= schema.get("maxLength", len(body)):
            yield f"{path}: {len(body)} characters"
        if "pattern" in schema and not re.search(schema["pattern"], body):
            yield f"{path}: {body!r} against the pattern"
        if schema.get("format") == "date-time" and not re.fullmatch(_DATE_TIME, body):
            yield f"{path}: {body!r} is no instant"
