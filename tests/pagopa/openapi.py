"""A body held against an official OpenAPI document: what is wrong with it, in words."""

import json
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NUMBERS = (int, float, Decimal)
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
    schema = _resolved(spec, schema)
    if schema.get("type") == "number":
        if isinstance(body, bool) or not isinstance(body, _NUMBERS):
            yield f"{path}: not a number"
        return
    expected = _TYPES[schema.get("type", "object")]
    if type(body) is not expected:
        yield f"{path}: not {expected.__name__}"
    elif isinstance(body, dict):
        yield from _wrong_object(spec, schema, body, path)
    elif isinstance(body, list):
        yield from _wrong_list(spec, schema, body, path)
    else:
        yield from _wrong_value(schema, body, path)


def _resolved(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    named: dict[str, Any] = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return named


def wrong_exchange(name: str, target: str, status: int, told: Any) -> list[str]:
    """Everything in which a GET and its JSON answer are not those of the document; ``target`` is path and query."""
    spec = document(name)
    operation, said = _operation(spec, "get", target)
    if operation is None:
        return [f"{target}: no such operation"]
    return [
        *_wrong_parameters(spec, operation, said),
        *_wrong_answer(spec, operation, status, told),
    ]


def wrong_request(name: str, method: str, target: str, raw: bytes) -> list[str]:
    """Everything in which a question of ours, body too, is not one of the document."""
    spec = document(name)
    operation, said = _operation(spec, method.lower(), target)
    if operation is None:
        return [f"{method} {target}: no such operation"]
    found = list(_wrong_parameters(spec, operation, said))
    body = operation.get("requestBody")
    if body is None:
        return found + (["a body that nobody asked for"] if raw else [])
    schema = body["content"]["application/json"]["schema"]
    return found + list(_wrong(spec, schema, json.loads(raw or b"null"), "body"))


def _operation(
    spec: dict[str, Any], method: str, target: str
) -> tuple[dict[str, Any] | None, dict[tuple[str, str], str]]:
    """The one that the document describes at that address, and the parameters said there."""
    parts = urlsplit(target)
    for template, operations in spec["paths"].items():
        names = re.findall(r"{([\w-]+)}", template)
        found = re.fullmatch(re.sub(r"{[\w-]+}", "([^/]+)", template), parts.path)
        if found and method in operations:
            said = {("path", n): unquote(v) for n, v in zip(names, found.groups(), strict=True)}
            return operations[method], said | {("query", n): v for n, v in parse_qsl(parts.query)}
    return None, {}


def _wrong_parameters(
    spec: dict[str, Any], operation: dict[str, Any], said: dict[tuple[str, str], str]
) -> Iterator[str]:
    known = {(p["in"], p["name"]): p for p in operation["parameters"]}
    yield from (f"{where}.{name}: unknown" for where, name in said.keys() - known.keys())
    for place, parameter in known.items():
        schema = _resolved(spec, parameter["schema"])
        if place not in said:
            if parameter.get("required"):
                yield f"{place}: missing"
        elif schema["type"] == "integer" and not said[place].isdigit():
            yield f"{place}: not a number"
        else:
            value = int(said[place]) if schema["type"] == "integer" else said[place]
            yield from _wrong_value(schema, value, f"{place}")


def _wrong_answer(
    spec: dict[str, Any], operation: dict[str, Any], status: int, told: Any
) -> Iterator[str]:
    answer = operation["responses"].get(str(status))
    if answer is None:
        yield f"{status}: no such answer"
        return
    schema = answer["content"]["application/json"]["schema"]
    yield from _wrong(spec, schema, told, str(status))


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


def _pattern(schema: dict[str, Any]) -> str:
    """The documents are written for Java, where a blank on the line has a letter of its own."""
    return str(schema["pattern"]).replace(r"\h", r" \t")


def _wrong_value(schema: dict[str, Any], body: Any, path: str) -> Iterator[str]:
    if "enum" in schema and body not in schema["enum"]:
        yield f"{path}: {body!r} not in the list"
    if isinstance(body, int) and body < schema.get("minimum", body):
        yield f"{path}: too small"
    if isinstance(body, int) and body > schema.get("maximum", body):
        yield f"{path}: too big"
    if isinstance(body, str):
        if not schema.get("minLength", 0) <= len(body) <= schema.get("maxLength", len(body)):
            yield f"{path}: {len(body)} characters"
        if "pattern" in schema and not re.search(_pattern(schema), body):
            yield f"{path}: {body!r} against the pattern"
        if schema.get("format") == "date-time" and not re.fullmatch(_DATE_TIME, body):
            yield f"{path}: {body!r} is no instant"
