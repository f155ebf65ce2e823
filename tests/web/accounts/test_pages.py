"""Every page in both languages, with our words and none of allauth's."""

from __future__ import annotations

import re

import pytest
from allauth.account import urls as account_urls
from allauth.mfa import urls as mfa_urls
from django.template.loader import get_template
from django.urls import URLPattern

from cardtrail.web.accounts.mail_groups import wants_mail
from tests.web.accounts.flows import member, sign_in
from tests.web.people import PASSWORD

STRANGER = ["/accounts/login/", "/accounts/signup/", "/accounts/signup/passkey/", "/accounts/password/reset/",
            "/accounts/inactive/", "/me/deleted/"]  # fmt: skip
OWN = ["/me/", "/me/profile/", "/me/mails/", "/me/devices/", "/me/identity/", "/me/delete/", "/accounts/2fa/",
       "/accounts/email/", "/accounts/logout/", "/accounts/password/change/", "/accounts/2fa/webauthn/",
       "/accounts/2fa/webauthn/add/", "/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/",
       "/accounts/2fa/recovery-codes/generate/", "/accounts/reauthenticate/",
       "/accounts/2fa/reauthenticate/"]  # fmt: skip
NEVER_SHOWN = {"confirm_login_code", "email_verification_sent"}
"""Views of allauth that are there and that nothing leads to, or that choose among others."""

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_speaks_the_language(client, people, language):
    client.cookies["cardtrail_language"] = language
    pages = {path: client.get(path) for path in STRANGER}
    person = member(people, "Xiaoman" if language == "en" else "小满", app=True)
    sign_in(client, person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    pages |= {path: client.get(path) for path in OWN}
    for path, answer in pages.items():
        assert answer.status_code == 200, path
        page = answer.content.decode()
        assert page.count("<h1") == 1, path
        assert ('<html lang="en"' if language == "en" else '<html lang="zh-Hans"') in page
        words = _words(page)
        if language == "en":
            assert not re.search("[\u4e00-\u9fff]", words), (path, re.findall("[\u4e00-\u9fff]+", words))
        else:
            strange = re.findall(r"\b[a-z]{4,}\b", words)
            assert not strange, (path, strange)


def test_every_template_of_allauth_that_can_be_shown_is_ours():
    shown = set()
    for pattern in _patterns([*account_urls.urlpatterns, *mfa_urls.urlpatterns]):
        template = getattr(getattr(pattern.callback, "view_class", None), "template_name", None)
        if template and not template.endswith(".txt") and pattern.callback.__name__ not in NEVER_SHOWN:
            shown.add(template)
    shown -= {"account/confirm_login_code.html", "account/email.html"}
    assert len(shown) >= 20
    for name in sorted(shown):
        assert "cardtrail/web/accounts/templates" in get_template(name).origin.name, name


def test_profile_keeps_name_language_and_zone(client, people):
    person = member(people)
    sign_in(client, person)
    data = {"name": "  谷 雨 ", "language": "en", "time_zone": "Europe/Berlin"}
    answer = client.post("/me/profile/", data, follow=True)
    person.refresh_from_db()
    assert (person.name, person.language, person.time_zone) == ("谷 雨", "en", "Europe/Berlin")
    assert "Saved" in answer.content.decode()


@pytest.mark.parametrize(
    "data", [{"time_zone": "Mars/Base"}, {"language": "tlh"}, {"name": ""}, {"name": "x" * 61}]
)
def test_a_profile_that_cannot_be(client, people, data):
    person = member(people)
    sign_in(client, person)
    given = {"name": "谷雨", "language": "en", "time_zone": ""} | data
    assert 'role="alert"' in client.post("/me/profile/", given).content.decode()
    person.refresh_from_db()
    assert person.name == "小满"


def test_mail_settings(client, people):
    person = member(people)
    sign_in(client, person)
    client.post("/me/mails/", {"groups": ["gifts"]})
    person.refresh_from_db()
    assert [wants_mail(person, group) for group in ("gifts", "payments", "reminders", "new_device")] == [
        True, False, False, True,
    ]  # fmt: skip


def test_whoever_signs_in_reads_their_own_language(client, people):
    person = member(people)
    person.language = "en"
    person.save()
    sign_in(client, person)
    client.cookies.pop("cardtrail_language", None)
    assert '<html lang="en"' in client.get("/me/").content.decode()
    client.cookies["cardtrail_language"] = "zh-hans"
    assert '<html lang="zh-Hans"' in client.get("/me/").content.decode()


def test_strangers_are_sent_to_sign_in(client):
    for path in OWN:
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].split("?")[0] in {"/accounts/login/", "/"}, path


def _patterns(found):
    for pattern in found:
        if isinstance(pattern, URLPattern):
            yield pattern
        else:
            yield from _patterns(pattern.url_patterns)


def _words(page: str) -> str:
    """What a person reads on a page: no markup, no addresses, none of the names that stay as they are."""
    main = page[page.index("<main") : page.index("</main>")]
    main = re.sub(r"<(script|select|svg|code)\b.*?</\1>", " ", main, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", main)
    return re.sub(r"\S+@\S+|JavaScript|Linux|Chrome|Safari|Browser|中文|简体中文", " ", text)
