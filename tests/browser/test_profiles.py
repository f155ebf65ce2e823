"""A browser profile that is used again has forgotten what was done with it, or a test would find what another left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PHONE
from tests.browser.profiles import Profiles

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WRITE = """async () => {
  localStorage.setItem("left", "1");
  sessionStorage.setItem("left", "1");
  window.name = "left";
  document.cookie = "left=1";
  await new Promise((done) => { indexedDB.open("left").onsuccess = done; });
  await caches.open("left");
}"""
READ = """async () => [
  localStorage.length, sessionStorage.length, window.name.length, document.cookie.length,
  (await indexedDB.databases()).length, (await caches.keys()).length,
]"""
LOGIN = "/accounts/login/"


def test_it_knows_nothing_of_before(profiles: Profiles, site: str) -> None:
    page = profiles.take(site, PHONE, english=False)
    page.goto(LOGIN)
    page.evaluate(WRITE)
    assert page.evaluate(READ) == [1, 1, 4, 6, 1, 1]
    profiles.give_back(page, site, PHONE, english=False)
    again = profiles.take(site, PHONE, english=False)
    assert again is page
    again.goto(LOGIN)
    assert again.evaluate(READ) == [0, 0, 0, 0, 0, 0]
    profiles.give_back(again, site, PHONE, english=False)


def test_its_language_comes_with_it_and_goes_with_it(profiles: Profiles, site: str) -> None:
    english = profiles.take(site, PHONE, english=True)
    assert lang(english) == "en"
    profiles.give_back(english, site, PHONE, english=True)
    assert english.context.cookies() == []
    chinese = profiles.take(site, PHONE, english=False)
    assert chinese is not english
    assert lang(chinese) == "zh-Hans"
    profiles.give_back(chinese, site, PHONE, english=False)


def test_people_who_meet_have_one_each(profiles: Profiles, site: str) -> None:
    one, other = (profiles.take(site, PHONE, english=False) for _ in range(2))
    assert one.context is not other.context
    for page in (one, other):
        profiles.give_back(page, site, PHONE, english=False)


def test_what_cannot_forget_is_thrown_away(profiles: Profiles, site: str) -> None:
    page = profiles.take(site, PHONE, english=False)
    page.close()
    profiles.give_back(page, site, PHONE, english=False)
    again = profiles.take(site, PHONE, english=False)
    assert again is not page
    profiles.give_back(again, site, PHONE, english=False)


def lang(page: Page) -> str | None:
    page.goto(LOGIN)
    return page.locator("html").get_attribute("lang")
