"""What a request may say: a body's bytes to a checked value, or a refusal in one line.

The schemas are JSON Schema as OpenAPI 3.1 prints it; `check` knows the keywords that they
use and no others. Patterns must be anchored on both ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any]

DEPTH = 8  # nested arrays and objects of a body
BRACKETS = 20_000  # all of them: what a body has more of is no request of ours
_STRING = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?', re.S)  # also one without its end: linear
_BRACKET = re.compile(rb"[\[\]{}]")
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}


class Refused(Exception):
    """A request that is not answered: the status and one line that says why."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


def obj(required: Iterable[str] = (), **properties: Schema) -> dict[str, Any]:
    """The schema of an object that has these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def read(body: bytes) -> Any:
    """The JSON value of a body. Refused(400) for what is none, or nested too deep."""
    depth = 0
    for count, found in enumerate(_BRACKET.finditer(_STRING.sub(b"", body))):
        depth += 1 if found[0] in b"[{" else -1
        if depth > DEPTH or count > BRACKETS:
            raise Refused(400, "the JSON is nested too deep or has too many parts")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError too
        words = error.msg if isinstance(error, json.JSONDecodeError) else "bad bytes or number"
        raise Refused(400, f"the body is not JSON in UTF-8: {words}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def parameters(given: Iterable[tuple[str, str]], schema: Schema) -> dict[str, Any]:
    """The checked parameters of a query string; one that is an array may come repeatedly."""
    values: dict[str, Any] = {}
    for name, text in given:
        kind = schema["properties"].get(name, {}).get("type")
        if kind == "array":
            values.setdefault(name, []).append(text)
        elif name in values:
            raise Refused(422, f"{name} is given twice")
        else:
            values[name] = _number(name, text, kind) if kind in ("integer", "number") else text
    check(values, schema)
    return values


def _number(name: str, text: str, kind: str) -> int | float:
    try:
        return int(text) if kind == "integer" else float(text)
    except ValueError:
        raise Refused(422, f"{name} must be of type {kind}") from None


def check(value: Any, schema: Schema, where: str = "") -> None:
    """Refused(422), with the place, where the value is not as the schema says."""
    name = where or "the body"
    if "oneOf" in schema:
        _one_of(value, schema["oneOf"], where)
        return
    if "const" in schema and value != schema["const"]:
        raise Refused(422, f"{name} must be {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        raise Refused(422, f"{name} must be one of {', '.join(schema['enum'])}")
    kind = schema["type"]
    fits: bool = isinstance(value, _TYPES[kind])
    if not fits or (kind != "boolean" and isinstance(value, bool)):
        raise Refused(422, f"{name} must be of type {kind}")
    if kind == "object":
        _object(value, schema, where)
    elif kind == "array":
        _within(name, "items", len(value), 0, schema.get("maxItems"))
        for item in value:
            check(item, schema["items"], f"an item of {name}")
    elif kind == "string":
        _within(name, "characters", len(value), schema.get("minLength", 0), schema.get("maxLength"))
        if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
            raise Refused(422, f"{name} must match {schema['pattern']}")
    elif kind in ("number", "integer") and not (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
    ):
        raise Refused(422, f"{name} is out of bounds")


def _within(name: str, what: str, size: int, least: int, most: int | None) -> None:
    if size < least or (most is not None and size > most):
        raise Refused(422, f"{name} has {size} {what}, which is too few or too many")


def _object(value: dict[str, Any], schema: Schema, where: str) -> None:
    within = f" in {where}" if where else ""
    known = schema["properties"]
    for key in value:
        if key not in known:
            raise Refused(422, f"unknown key {json.dumps(key[:40])}{within}")
    for key in schema["required"]:
        if key not in value:
            raise Refused(422, f"{key} is missing{within}")
    _within(where or "the body", "keys", len(value), schema.get("minProperties", 0), None)
    for key, item in value.items():
        check(item, known[key], f"{where}.{key}" if where else key)


def _one_of(value: Any, forms: Iterable[Schema], where: str) -> None:
    """Matches if one form does; else says what the form that came furthest wants."""
    last = Refused(422, "")
    for form in forms:
        try:
            check(value, form, where)
            return
        except Refused as refused:
            last = refused
    raise last
