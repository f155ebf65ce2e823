"""All templates of the web application: they compile, and have nothing that the content security policy stops."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.loader import get_template

import cardtrail.web

ROOT = Path(cardtrail.web.__file__).parent
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))
DOCUMENTS = {"cards/templates/cards/standalone.html"}
"""Handed out as files: they stand alone, with a policy of their own, and are never a page of the site."""

MODULES = sorted(ROOT.glob("*/static/**/*.js"))
_TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)


class Forbidden(HTMLParser):
    """Finds inline styles and handlers, <style>, scripts without nonce or source, links of scripts, foreign sources."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[str] = []
        # Tags become words, so that attributes stay attributes; the nonce's stays recognisable.
        self.feed(_TAG.sub(lambda match: "NONCE" if "csp_nonce" in match[0] else " TAG ", source))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += [
            f"<{tag} {name}>" for name in given if name == "style" or re.fullmatch(r"on[a-z]+", name)
        ]
        self.found += [
            f"<{tag} {name}>"
            for name in given
            if name.startswith("hx-on") or (name == "hx-vals" and "js:" in given[name])
        ]
        if tag == "style":
            self.found.append("<style>")
        runs = tag == "script" and given.get("type") != "application/json"
        if runs and "src" not in given and given.get("nonce") != "NONCE":
            self.found.append("<script> without source or nonce")
        for name in ("href", "src", "action", "formaction"):
            if given.get(name, "").strip().lower().startswith("javascript:"):
                self.found.append(f"<{tag} {name}> runs a script")
        if tag in {"script", "img", "link", "iframe"} and re.match(
            r"(https?:)?//", given.get("src", given.get("href", ""))
        ):
            self.found.append(f"<{tag}> from elsewhere")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_has_what_the_policy_stops(path: Path) -> None:
    if str(path.relative_to(ROOT)) in DOCUMENTS:
        assert 'http-equiv="Content-Security-Policy"' in path.read_text(encoding="utf-8")
        return
    assert Forbidden(path.read_text(encoding="utf-8")).found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_template_compiles(path: Path) -> None:
    get_template(str(path.relative_to(ROOT)).split("/templates/", 1)[1])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_needs_what_the_policy_stops(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(
        r"\beval\(|new Function\(|\.innerHTML\s*=|document\.write\(|[\"'`]https?://(?!www\.w3\.org)", source
    )


@pytest.mark.parametrize(
    "source",
    [
        '<p style="color:red">', '<a onclick="x()">', "<style>p{}</style>", "<script>x()</script>",
        '<script nonce="guessed">', '<a href=" JavaScript:x()">', '<script src="https://cdn.example/x.js">',
        '<button hx-on:click="x()">', '<p {% if a %}style="x"{% endif %}>', "<img src=//cdn.example/x.png>",
    ],
)  # fmt: skip
def test_the_scan_finds_what_it_looks_for(source: str) -> None:
    assert Forbidden(source).found


@pytest.mark.parametrize(
    "source",
    [
        '<script nonce="{{ csp_nonce }}">x()</script>', '<script type="module" src="{% static "x.js" %}">',
        "<p class=\"{% if a > b %}x{% endif %}\">", '<script type="application/json">{}</script>',
        '<a href="https://example.com/">',
    ],
)  # fmt: skip
def test_the_scan_lets_pass_what_is_allowed(source: str) -> None:
    assert not Forbidden(source).found


def test_there_is_something_to_scan() -> None:
    assert len(TEMPLATES) > 20
    assert len(MODULES) >= 2
