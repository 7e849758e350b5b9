"""The service's specification: the OpenAPI 3.1 document and the page that lists it, both
from the table of operations in api.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

from repair import __version__
from repair.review.shapes import Schema

REFUSALS = {
    "400": "The body is not JSON in UTF-8, or nested too deep.",
    "401": "No valid token.",
    "403": "The request comes from another origin.",
    "404": "No such address, finding or document.",
    "405": "Another method is needed.",
    "408": "The body took too long to come.",
    "409": "Contradicts what there is: a stale finding, a decision made meanwhile, two phrases.",
    "413": "The body is too large.",
    "415": "The body must be application/json.",
    "421": "The Host header is not an address of this service.",
    "422": "A key, parameter or value that is not allowed.",
    "429": "Too much at once: come back after Retry-After seconds.",
    "500": "A defect; the server's log has more.",
    "503": "The service is stopping.",
    "504": "The text took longer than a request may.",
}


class Described(Protocol):
    """What the document says of an operation."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def query(self) -> Schema | None: ...
    @property
    def body(self) -> Schema | None: ...
    @property
    def answer(self) -> Schema: ...


@dataclass(frozen=True, slots=True)
class Path:
    """A parameter in a path."""

    name: str
    schema: Schema


def document(operations: Sequence[Described], path: Path, schemas: dict[str, Schema]) -> Any:
    """The OpenAPI document; `schemas` are those that the answers refer to."""
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, path)
    error = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "repair",
            "version": __version__,
            "description": "Cleans Chinese text, compares versions of it, and takes decisions "
            "about what it is not sure of. Offsets count code points.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas, "Error": error},
            "responses": {
                status: {
                    "description": words,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Error"}}
                    },
                }
                for status, words in REFUSALS.items()
            },
        },
    }


def _operation(operation: Described, path: Path) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": {
            "200": {
                "description": "Done.",
                "content": {"application/json": {"schema": operation.answer}},
            },
            **{status: {"$ref": f"#/components/responses/{status}"} for status in REFUSALS},
        },
    }
    given = [
        {"name": name, "in": "query", "schema": schema}
        for name, schema in (operation.query or {"properties": {}})["properties"].items()
    ]
    if f"{{{path.name}}}" in operation.path:
        given.append({"name": path.name, "in": "path", "required": True, "schema": path.schema})
    if given:
        said["parameters"] = given
    if operation.body is not None:
        content = {"application/json": {"schema": operation.body}}
        said["requestBody"] = {"required": True, "content": content}
    return said


def page(operations: Sequence[Described]) -> str:
    """The list of operations as plain HTML, without scripts, styles or anything from afar."""
    listed = "".join(_listed(operation) for operation in operations)
    refused = "".join(f"<dt>{s}</dt><dd>{escape(w)}</dd>" for s, w in REFUSALS.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>repair: API</title>'
        f"<h1>repair {__version__}: API</h1>"
        "<p>Every request needs <code>Authorization: Bearer TOKEN</code>; bodies and answers "
        "are JSON in UTF-8; offsets count code points. The specification: "
        '<a href="/openapi.json">openapi.json</a>.</p>'
        f"{listed}<h2>Refusals</h2><p>Each is <code>{{&quot;error&quot;: &quot;one line&quot;}}"
        f"</code>.</p><dl>{refused}</dl></html>"
    )


def _listed(operation: Described) -> str:
    head = f"<h2><code>{operation.method} {escape(operation.path)}</code></h2>"
    parts = [head, f"<p>{escape(operation.summary)}</p>"]
    for title, schema in (("Parameters", operation.query), ("Body", operation.body)):
        for form in (schema or {}).get("oneOf", [schema] if schema else []):
            items = "".join(
                f"<dt><code>{escape(name)}</code>"
                f"{' (needed)' if name in form['required'] else ''}</dt>"
                f"<dd>{escape(_words(value))}</dd>"
                for name, value in form["properties"].items()
            )
            parts.append(f"<h3>{title}</h3><dl>{items}</dl>")
    return "".join(parts)


def _words(schema: Schema) -> str:
    """A schema in a few words."""
    if "enum" in schema or "const" in schema:
        return " | ".join(schema.get("enum", [schema.get("const")]))
    if schema["type"] == "array":
        return f"list of {_words(schema['items'])}"
    if schema["type"] == "object":
        return f"object of {', '.join(schema['properties'])}"
    return f"{schema['type']} {schema.get('description', '')}".strip()
