"""Cards are shown and moved only behind a second factor."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from cardtrail.web.accounts import second_factor
from cardtrail.web.accounts.second_factor import has_second_factor, open_without_second_factor
from tests.web.accounts.flows import SECRET, app_code, enter, mailed_code, member, recovery_codes, sign_in
from tests.web.people import PASSWORD


def _view(module: str):
    def view(request):
        return HttpResponse("cards")

    view.__module__ = module
    return view


GUARDED = ["cardtrail.web.cards.views.wallet", "cardtrail.web.checkout.till", "cardtrail.web.desk.views"]
urlpatterns = [
    *(path(f"guarded/{number}/", login_required(_view(module))) for number, module in enumerate(GUARDED)),
    path("stranger/", _view(GUARDED[0])),
    path("open/", open_without_second_factor(_view(GUARDED[0]))),
    path("other/", _view("cardtrail.web.cardshop.views")),
    path("", include("cardtrail.web.urls")),
]


@pytest.fixture(autouse=True)
def _views(settings):
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize("number", range(len(GUARDED)))
def test_who_has_none_is_led_to_the_page_that_sets_one_up(client, people, number):
    sign_in(client, member(people))
    answer = client.get(f"/guarded/{number}/?x=1")
    assert answer.headers["Location"] == f"/me/protect/?next=%2Fguarded%2F{number}%2F%3Fx%3D1"
    assert client.post(f"/guarded/{number}/").status_code == 302
    assert "保护你的卡" in client.get(answer.headers["Location"]).content.decode()


@pytest.mark.parametrize("number", range(len(GUARDED)))
def test_who_has_one_is_let_through(client, people, number):
    sign_in(client, member(people, app=True))
    assert client.get(f"/guarded/{number}/").content == b"cards"


def test_strangers_and_open_pages_are_none_of_its_business(client, people):
    assert client.get("/stranger/").content == b"cards"
    sign_in(client, member(people))
    assert client.get("/open/").content == b"cards"
    assert client.get("/other/").content == b"cards"
    assert client.get("/me/").status_code == 200


def test_without_the_middleware_cards_are_shown_behind_a_password_alone(people, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "require_second_factor" not in name]
    client = Client()
    sign_in(client, member(people))
    assert client.get("/guarded/0/").content == b"cards"


def test_a_demonstration_only_recommends_it(client, people, monkeypatch):
    monkeypatch.setattr(second_factor, "is_asked_for", lambda request: False)
    sign_in(client, member(people))
    answer = client.get("/guarded/0/")
    assert answer.content == b"cards"
    assert answer.wsgi_request.advise_second_factor
    assert "以后再说" in client.get("/me/protect/").content.decode()


def test_recovery_codes_alone_are_no_second_factor(people):
    person = member(people, app=True)
    assert has_second_factor(person)
    Authenticator.objects.filter(user=person, type="totp").delete()
    assert recovery_codes(person)
    assert not has_second_factor(person)


def test_an_app_is_set_up_right_after_signing_in_without_another_question(client, people, monkeypatch):
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.generate_totp_secret", lambda: SECRET)
    person = member(people)
    sign_in(client, person)
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    assert SECRET in page.content.decode()
    answer = client.post("/accounts/2fa/totp/activate/", {"code": app_code()})
    assert answer.headers["Location"] == "/accounts/2fa/recovery-codes/"
    codes = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert all(code in codes for code in recovery_codes(person))
    assert has_second_factor(person)


def test_the_page_that_protects_leads_on_who_is_protected(client, people):
    sign_in(client, member(people, app=True))
    assert client.get("/me/protect/?next=/me/devices/").headers["Location"] == "/me/devices/"
    assert client.get("/me/protect/?next=//evil.example/").headers["Location"] == "/"


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/download/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/webauthn/add/",
        "/me/identity/",
        "/me/delete/",
    ],
)
def test_what_is_protected_is_changed_only_by_who_proves_once_more_who_they_are(client, people, path):
    person = member(people, app=True)
    sign_in(client, person)
    for answer in (client.get(path), client.post(path)):
        if answer.status_code == 405:
            continue
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/reauthenticate/?next=")
    assert has_second_factor(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get(path).status_code == 200


def test_an_old_session_proves_who_it_is_before_it_gets_a_second_factor(client, people, settings):
    sign_in(client, member(people))
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 3600
    session.save()
    answer = client.get("/accounts/2fa/totp/activate/")
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")


def test_a_changed_address_needs_the_code_and_tells_the_old_one(client, people, mailoutbox):
    person = member(people)
    sign_in(client, person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"action_add": "1", "email": "new@example.com"})
    person.refresh_from_db()
    assert person.email == "person1@example.com"
    assert mailoutbox[-1].to == ["new@example.com"]
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    person.refresh_from_db()
    assert person.email == "new@example.com"
    assert mailoutbox[-1].to == ["person1@example.com"]
    assert "邮箱已更换" in mailoutbox[-1].subject
    assert enter(Client(), person).status_code == 302
