"""One tap to the other language, and no way from there to somewhere else."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from cardtrail.web.ui.views import safe_next
from tests.web.people import People, sign_in
from tests.web.ui.drawing import asked

LANGUAGE = "/language/"


def test_the_choice_is_kept_in_the_browser_and_leads_back(client: Client, db: None) -> None:
    answer = client.post(LANGUAGE, {"language": "en", "next": "/design/?page=2"})
    assert (answer.status_code, answer["Location"]) == (302, "/design/?page=2")
    cookie = answer.cookies["cardtrail_language"]
    assert cookie.value == "en"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert 'lang="en"' in client.get("/design/").content.decode()


def test_the_choice_is_kept_with_the_person(client: Client, people: People) -> None:
    person = people.make(language="zh-hans")
    sign_in(client, person)
    client.post(LANGUAGE, {"language": "en", "next": "/"})
    person.refresh_from_db()
    assert person.language == "en"


@pytest.mark.parametrize("chosen", ["", "fr", "../../etc", "EN"])
def test_a_language_that_is_not_ours_changes_nothing(client: Client, db: None, chosen: str) -> None:
    answer = client.post(LANGUAGE, {"language": chosen, "next": "/design/"})
    assert answer["Location"] == "/design/"
    assert "cardtrail_language" not in answer.cookies


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "http:evil.example", "javascript:alert(1)", "data:text/html,x", "  //evil.example", "\t//evil.example",
        "http://testserver@evil.example/", "https:///evil.example", "", "design/", "?x",
    ],
)  # fmt: skip
def test_nobody_is_led_elsewhere(client: Client, db: None, address: str) -> None:
    answer = client.post(LANGUAGE, {"language": "en", "next": address})
    assert answer["Location"] == "/"


def test_an_address_of_this_site_is_followed() -> None:
    assert safe_next(asked(), "/wallet/?a=1&b=2#c") == "/wallet/?a=1&b=2#c"


def test_looking_does_not_choose(client: Client, db: None) -> None:
    assert client.get(LANGUAGE, {"language": "en"}).status_code == 405


def test_another_site_cannot_choose_for_a_person(db: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(LANGUAGE, {"language": "en", "next": "/"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://testserver"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "null"},
    ],
)
def test_what_the_browser_says_of_another_site_needs_a_token(db: None, headers: dict[str, str]) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(LANGUAGE, {"language": "en", "next": "/"}, headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}])
def test_a_form_of_our_own_needs_no_token(db: None, headers: dict[str, str]) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(LANGUAGE, {"language": "en", "next": "/g/1"}, headers=headers)
    assert (answer.status_code, answer["Location"]) == (302, "/g/1")
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
