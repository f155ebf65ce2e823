"""Attack 40: forged requests, framed pages, scripts that are not ours."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.web.accounts.flows import LOGIN, enter, member, sign_in, signed_in
from tests.web.people import PASSWORD

PUBLIC = [LOGIN, "/accounts/signup/", "/accounts/signup/passkey/", "/accounts/password/reset/"]
OWN = [
    "/me/",
    "/me/profile/",
    "/me/mails/",
    "/me/devices/",
    "/accounts/2fa/",
    "/accounts/logout/",
    "/accounts/email/",
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(client, people):
    found = {path: client.get(path) for path in PUBLIC}
    sign_in(client, member(people, app=True))
    return found | {path: client.get(path) for path in OWN}


def test_every_page_forbids_scripts_that_are_not_ours(pages):
    for path, answer in pages.items():
        assert answer.status_code == 200, path
        policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'", path
        assert policy["style-src"] == "'self'"
        assert re.fullmatch(r"'self'( 'nonce-[^']+')?", policy["script-src"])
        assert policy["form-action"] == "'self'"
        assert (policy["base-uri"], policy["object-src"]) == ("'none'", "'none'")
        assert "unsafe" not in answer["Content-Security-Policy"]


def test_no_page_needs_what_the_policy_forbids(pages):
    for path, answer in pages.items():
        page = answer.content.decode()
        assert not re.search(r"\son\w+=|\sstyle=|javascript:", page), path
        for tag in re.findall(r"<script\b[^>]*>", page):
            assert "src=" in tag or 'type="application/json"' in tag, (path, tag)


def test_attack_40_no_page_can_be_framed(pages):
    for path, answer in pages.items():
        assert answer["X-Frame-Options"] == "DENY", path
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_attack_40_without_the_headers_a_page_could_be_framed(settings):
    settings.MIDDLEWARE = [
        name
        for name in settings.MIDDLEWARE
        if not name.endswith(("XFrameOptionsMiddleware", "CSPMiddleware"))
    ]
    answer = Client().get(LOGIN)
    assert "X-Frame-Options" not in answer
    assert "Content-Security-Policy" not in answer


FORGED = [
    (LOGIN, {"login": "person1@example.com", "password": PASSWORD}),
    ("/accounts/signup/", {"name": "x", "email": "x@example.com", "password1": PASSWORD}),
    ("/accounts/password/reset/", {"email": "person1@example.com"}),
    ("/accounts/logout/", {}),
    ("/me/profile/", {"name": "x", "language": "en", "time_zone": ""}),
    ("/me/mails/", {"groups": []}),
    ("/me/identity/", {}),
    ("/me/delete/", {"understood": "on"}),
    ("/me/devices/end/1/", {}),
    ("/me/devices/end/others/", {}),
    ("/accounts/2fa/totp/deactivate/", {}),
    ("/accounts/2fa/recovery-codes/generate/", {}),
]


@pytest.mark.parametrize(("path", "data"), FORGED, ids=[path for path, _ in FORGED])
def test_attack_40_requests_made_by_another_site_are_refused(people, path, data):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member(people))
    assert strict.post(path, data).status_code == 403
    assert signed_in(strict)


def test_attack_40_without_tokens_another_site_signs_people_out(people, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member(people))
    strict.post("/accounts/logout/", {})
    assert not signed_in(strict)


def test_cookies_are_not_for_scripts_nor_for_other_sites(client, people):
    client.get(LOGIN)
    enter(client, member(people))
    assert {"cardtrail_session", "cardtrail_csrf", "cardtrail_device"} <= set(client.cookies)
    for name in ("cardtrail_session", "cardtrail_csrf", "cardtrail_device"):
        assert client.cookies[name]["httponly"]
        assert client.cookies[name]["samesite"] == "Lax"


def test_what_a_person_calls_themselves_is_text(client, people):
    person = member(people, '<script>alert("1")</script>', app=True)
    sign_in(client, person)
    page = client.get("/me/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_nobody_keeps_a_copy_of_what_is_a_persons_own(client, people):
    """Not a proxy, and not the browser of a library whose next visitor presses "back"."""
    sign_in(client, member(people, app=True))
    for path in ("/", "/me/", "/notices/", "/gifts/", "/claim/", "/no-such-page/"):
        assert "no-store" in client.get(path)["Cache-Control"], path
