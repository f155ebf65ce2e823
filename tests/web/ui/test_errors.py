"""Pages for what went wrong."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from cardtrail.web.ui import errors
from tests.web.ui.drawing import Elements, in_language

ALL = [
    (400, errors.bad_request),
    (403, errors.permission_denied),
    (404, errors.page_not_found),
    (500, errors.server_error),
    (403, errors.csrf_failure),
    (429, errors.too_many),
    (503, errors.unavailable),
]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(("status", "view"), ALL)
def test_every_error_says_what_and_what_next_without_a_database(
    status: int, view: object, language: str
) -> None:
    """No `db` fixture: pytest-django fails whatever reaches for the database."""
    request = RequestFactory().get("/some/page/?q=1")
    assert callable(view)
    with in_language(language):
        answer: HttpResponse = view(request)
    assert answer.status_code == status
    page = Elements(answer.content.decode())
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert page.all("html")[0]["lang"] == ("en" if language == "en" else "zh-Hans")
    assert page.all("a", "primary")
    trouble = errors.STALE_FORM if view is errors.csrf_failure else errors.TROUBLES[status]
    assert trouble.title.in_language(language) in page.text
    assert trouble.advice.in_language(language) in page.text


@pytest.mark.parametrize("status", sorted(errors.TROUBLES))
def test_the_advice_is_there_for_each_status(status: int) -> None:
    assert errors.trouble_page(RequestFactory().post("/"), status).status_code == status


def test_whoever_asks_too_often_is_told_how_long_to_wait() -> None:
    answer = errors.too_many(RequestFactory().get("/"), retry_after_s=120)
    assert answer["Retry-After"] == "120"
    assert answer["Cache-Control"] == "no-store"


def test_trying_again_leads_to_the_same_page_but_never_repeats_an_order() -> None:
    looked = errors.unavailable(RequestFactory().get("/wallet/?q=1")).content.decode()
    sent = errors.unavailable(RequestFactory().post("/give/")).content.decode()
    assert 'href="/wallet/?q=1"' in looked
    assert "/give/" not in sent


def test_broken_templates_still_give_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise ValueError("no manifest entry")

    monkeypatch.setattr(errors, "render_to_string", broken)
    answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert str(errors.TROUBLES[500].title) in answer.content.decode()


def test_the_address_on_the_page_is_escaped() -> None:
    request = RequestFactory().get("/")
    request.path = request.path_info = '/"><script>'
    assert "<script>" not in errors.unavailable(request).content.decode().replace('<script type="module"', "")


def test_the_settings_know_the_page_for_a_stale_form() -> None:
    assert settings.CSRF_FAILURE_VIEW == "cardtrail.web.ui.errors.csrf_failure"
