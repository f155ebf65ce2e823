"""Helps to read what templates draw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

from django.http import HttpRequest
from django.template import engines
from django.test import RequestFactory
from django.utils import translation


def draw(source: str, language: str = "zh-hans", request: HttpRequest | None = None, **values: Any) -> str:
    """What a template gives in a language."""
    with translation.override(language):
        made: str = engines["django"].from_string(source).render(values, request)
        return made


def asked(path: str = "/", person: object = None) -> HttpRequest:
    """A request of somebody."""
    request = RequestFactory().get(path)
    request.user = person  # type: ignore[assignment]
    return request


@contextmanager
def in_language(language: str) -> Iterator[None]:
    with translation.override(language):
        yield


class Elements(HTMLParser):
    """All start tags of a page, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, css_class: str = "") -> list[dict[str, str]]:
        return [
            attributes
            for name, attributes in self.tags
            if name == tag and (not css_class or css_class in attributes.get("class", "").split())
        ]
