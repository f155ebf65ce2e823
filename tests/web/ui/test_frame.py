"""What stands around every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from cardtrail.web.ui.site import Site, sources
from tests.web.ui.drawing import Elements, asked

SOURCES = ("brand", "ledger_away", "unread", "staff", "sections", "known_brand")


@pytest.fixture
def told() -> Iterator[Callable[..., None]]:
    """Sets what higher apps would tell."""
    before = {name: getattr(sources, name) for name in SOURCES}

    def tell(**given: Any) -> None:
        for name in SOURCES:
            setattr(sources, name, given.get(name, {} if name == "known_brand" else None))

    tell()
    yield tell
    for name, value in before.items():
        setattr(sources, name, value)


def _person() -> SimpleNamespace:
    return SimpleNamespace(is_authenticated=True, time_zone="", language="zh-hans")


def _page(name: str, request: Any, **more: object) -> Elements:
    return Elements(render_to_string(name, more, request))


@pytest.mark.parametrize("name", ["ui/holder.html", "ui/public.html", "ui/desk.html", "ui/base.html"])
def test_every_base_has_one_main_a_skip_link_and_a_language(name: str, told: Callable[..., None]) -> None:
    with translation.override("en"):
        page = _page(name, asked(person=_person()))
    assert len(page.all("main")) == 1
    assert page.all("a", "skip")[0]["href"] == "#" + page.all("main")[0]["id"]
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("meta")[0]["charset"] == "utf-8"


def test_a_page_about_an_error_names_the_brand_in_its_own_language(told: Callable[..., None]) -> None:
    told(brand=lambda: "Camellia" if translation.get_language() == "en" else "山茶")
    for language, name in (("zh-hans", "山茶"), ("en", "Camellia")):
        with translation.override(language):
            assert Site(asked()).brand == name
    for language, name in (("zh-hans", "山茶"), ("en", "Camellia")):
        with translation.override(language):
            assert Site(None).brand == name


def test_a_holder_has_four_places_and_sees_what_is_unread(told: Callable[..., None]) -> None:
    told(unread=lambda person: 120)
    page = _page("ui/holder.html", asked("/notices/", _person()))
    assert "99+" in page.text
    assert "120 条未读" in page.text
    assert [link["href"] for link in page.all("a") if "aria-current" in link] == ["/notices/"]


def test_a_stranger_is_offered_to_sign_in_and_costs_no_query(
    client: Client, django_assert_num_queries: Any, db: None, told: Callable[..., None]
) -> None:
    with django_assert_num_queries(0):
        page = Elements(client.get("/design/").content.decode())
    assert page.all("form", "language")
    signed_out = _page("ui/holder.html", asked(person=SimpleNamespace(is_authenticated=False)))
    assert any(link["href"].endswith("/login/") for link in signed_out.all("a"))
    assert not signed_out.all("nav")


def test_hooks_are_asked_at_most_once_and_not_for_strangers(told: Callable[..., None]) -> None:
    asked_for: list[object] = []

    def unread(person: object) -> int:
        asked_for.append(person)
        return 2

    told(unread=unread)
    person = _person()
    site = Site(asked(person=person))
    assert (site.unread, site.unread, asked_for) == (2, 2, [person])
    assert Site(asked(person=SimpleNamespace(is_authenticated=False))).unread == 0
    assert Site(None).unread == 0
    assert asked_for == [person]


def test_a_page_says_when_the_ledger_is_away(told: Callable[..., None]) -> None:
    assert not _page("ui/public.html", asked()).all("div", "banner")
    assert _page("ui/public.html", asked(), ledger_away=True).all("div", "banner")
    told(ledger_away=lambda person: True)
    assert "账本暂时连不上" in _page("ui/public.html", asked()).text


def test_the_brand_is_named_and_escaped(told: Callable[..., None]) -> None:
    told(brand=lambda: "<云间>")
    drawn = render_to_string("ui/public.html", {}, asked())
    assert "<云间>" not in drawn
    assert "&lt;云间&gt;" in drawn
    told(brand=lambda: "")
    assert Site(asked()).brand == "卡迹"


def test_a_page_without_a_request_asks_nothing_and_knows_the_last_brand(told: Callable[..., None]) -> None:
    def never() -> bool:
        raise AssertionError("asked")

    told(brand=lambda: "云间", ledger_away=never)
    assert Site(asked()).brand == "云间"
    sources.brand = never  # type: ignore[assignment]
    assert Site(None).brand == "云间"
    assert Site(None).ledger_away is False


def test_the_desk_shows_its_sections_in_both_navigations(told: Callable[..., None]) -> None:
    sections = [
        SimpleNamespace(icon="chart", title="总览", url="/desk/", active=True, count=0),
        SimpleNamespace(icon="search", title="查卡", url="/desk/cards/", active=False, count=120),
    ]
    page = _page("ui/desk.html", asked("/desk/", _person()), desk_sections=sections)
    assert [link["href"] for link in page.all("a") if "aria-current" in link] == ["/desk/", "/desk/"]
    assert "120 件等你处理" in page.text
    assert "99+" in page.text
    assert "0 件" not in page.text.replace("120 件", "")


def test_the_page_of_all_components_is_whole(client: Client, db: None) -> None:
    answer = client.get("/design/")
    page = Elements(answer.content.decode())
    assert answer.status_code == 200
    assert len(page.all("h1")) == 1
    named = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert sorted(set(named)) == sorted(named)
    inside = {link["href"][1:] for link in page.all("a") if link.get("href", "").startswith("#")}
    assert inside <= set(named) | {""}
    assert "style-src 'self'" in answer["Content-Security-Policy"]


def test_the_manifest_names_the_brand_and_its_icons(client: Client, db: None) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    assert {icon["src"] for icon in answer.json()["icons"]} == {
        "/static/ui/mark.svg",
        "/static/ui/mark-maskable.svg",
    }
