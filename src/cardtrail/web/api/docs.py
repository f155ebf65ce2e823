"""The page that describes the API, drawn from its own OpenAPI description: no script, nothing from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from cardtrail.web.accounts.second_factor import open_without_second_factor
from cardtrail.web.api.app import api
from cardtrail.web.api.scopes import SCOPES


@dataclass(frozen=True, slots=True)
class Row:
    """A field or a parameter."""

    name: str
    kind: str
    required: bool
    text: SafeString


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked."""

    id: str
    method: str
    path: str
    title: str
    text: SafeString
    parameters: list[Row]
    takes: str
    fields: list[Row]
    gives: str


@open_without_second_factor
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation, what it takes and gives, and every schema."""
    schema = api.get_openapi_schema()
    groups: dict[str, list[Operation]] = {}
    for path, operations in schema["paths"].items():
        for method, one in operations.items():
            groups.setdefault(one["tags"][0], []).append(_operation(path, method, one, schema))
    schemas = [(name, _fields(value)) for name, value in sorted(schema["components"]["schemas"].items())]
    shown = {"groups": groups.items(), "schemas": schemas, "scopes": SCOPES.items(), "info": schema["info"]}
    shown["lead"] = _words(schema["info"]["description"])
    return render(request, "api/docs.html", shown)


def _operation(path: str, method: str, one: dict[str, Any], schema: dict[str, Any]) -> Operation:
    parameters = [
        Row(
            each["name"],
            f"{each['in']} · {_kind(each['schema'])}",
            each["required"],
            _words(each.get("description", "")),
        )
        for each in one.get("parameters", [])
    ]
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    takes = _kind(body) if body else ""
    status, answer = next(
        (status, answer) for status, answer in one["responses"].items() if int(status) < 400
    )
    content = answer.get("content", {}).get("application/json", {}).get("schema")
    gives = f"{status} {_kind(content)}" if content else str(status)
    fields = _fields(schema["components"]["schemas"].get(takes, {}))
    return Operation(
        one["operationId"],
        method.upper(),
        path,
        one["summary"],
        _words(one.get("description", "")),
        parameters,
        takes,
        fields,
        gives,
    )


def _fields(schema: dict[str, Any]) -> list[Row]:
    required = schema.get("required", [])
    return [
        Row(name, _kind(value), name in required, _words(value.get("description", "")))
        for name, value in schema.get("properties", {}).items()
    ]


def _words(text: str) -> SafeString:
    """A description with what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in parts)
    )


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("type", "any"))
