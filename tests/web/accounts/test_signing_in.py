"""Signing in, and attack 40 on it: guessing, fixed sessions, redirects elsewhere."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.core.internal.ratelimit import consume
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client, RequestFactory

from cardtrail.web.accounts.adapter import AccountAdapter
from cardtrail.web.accounts.models import Person, SignIn
from cardtrail.web.accounts.sessions import kept
from tests.web.accounts.flows import (
    LOGIN,
    app_code,
    enter,
    mailed_code,
    member,
    recovery_codes,
    sign_in,
    signed_in,
    wrong_code,
)
from tests.web.people import PASSWORD

SECOND = "/accounts/2fa/authenticate/"
RESET = "/accounts/password/reset/"
ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "http:///evil.example", "\\\\evil.example", "/\\evil.example",
    "javascript:alert(1)", "https:evil.example", " https://evil.example", "http://localhost@evil.example/",
    "http://localhost/elsewhere",
]  # fmt: skip


def test_password_and_app(client, people):
    person = member(people, app=True)
    assert enter(client, person).headers["Location"] == SECOND
    assert not signed_in(client)
    client.post(SECOND, {"code": app_code()})
    assert signed_in(client)


def test_a_password_alone_leads_to_the_page_that_protects(client, people):
    assert enter(client, member(people)).headers["Location"] == "/me/protect/"
    assert signed_in(client)


def test_a_code_works_once(client, people):
    person = member(people, app=True)
    code = app_code()
    enter(client, person)
    client.post(SECOND, {"code": code})
    other = Client()
    enter(other, person)
    other.post(SECOND, {"code": code})
    assert not signed_in(other)


def test_a_recovery_code_works_once(client, people):
    person = member(people, app=True)
    code = recovery_codes(person)[0]
    enter(client, person)
    client.post(SECOND, {"code": code})
    assert signed_in(client)
    assert len(recovery_codes(person)) == 9
    other = Client()
    enter(other, person)
    other.post(SECOND, {"code": code})
    assert not signed_in(other)


def test_the_apps_secret_is_not_readable_in_the_database(people):
    person = member(people, app=True)
    for row in Authenticator.objects.filter(user=person):
        assert "JBSWY3DPEHPK3PXP" not in str(row.data)
        assert not any(code in str(row.data) for code in recovery_codes(person))


def test_wrong_password_and_unknown_person_are_told_the_same(client, people):
    person = member(people)
    pages = [
        client.post(LOGIN, {"login": email, "password": "wrong wrong wrong"})
        .content.decode()
        .replace(email, "")
        for email in (person.email, "nobody@example.com")
    ]
    assert "邮箱或密码不对" in pages[0]
    assert _plain(pages[0]) == _plain(pages[1])


def test_an_unknown_person_costs_a_password_check_too(client, people, monkeypatch):
    checked = []
    monkeypatch.setattr(
        "cardtrail.web.accounts.models.Person.set_password", lambda self, password: checked.append(password)
    )
    client.post(LOGIN, {"login": "nobody@example.com", "password": "wrong"})
    assert checked == ["wrong"]


# Guessing


def test_attack_40_guessing_a_password_is_stopped_for_the_account_from_whatever_address(people):
    person = member(people)
    for number in range(5):
        assert "邮箱或密码不对" in guess(person, "wrong", number)
    assert "太多次" in guess(person, PASSWORD, 6)


def test_attack_40_without_the_limit_the_sixth_guess_gets_in(people, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    person = member(people)
    for number in range(5):
        guess(person, "wrong", number)
    assert guess(person, PASSWORD, 6) == ""


def guess(person, password: str, number: int) -> str:
    """The page that answers a guess, each from another address. Empty: it was right."""
    return enter(Client(), person, password, REMOTE_ADDR=f"192.0.2.{number}").content.decode()


SCHOOL = "198.51.100.7"


@pytest.mark.slow
def test_attack_13_500_honest_people_behind_one_address_sign_in(people):
    """All within the same minutes; some of them mistype, and one account that somebody guesses at is stopped."""
    first = people.make()
    crowd = [Person(email=f"pupil{n}@example.com", name="同学", password=first.password) for n in range(500)]
    Person.objects.bulk_create(crowd)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=each, email=each.email, primary=True, verified=True) for each in crowd
    )
    for number, person in enumerate(crowd):
        if number % 50 == 0:
            assert "邮箱或密码不对" in from_school(person, "mistyped it").content.decode()
        assert from_school(person).status_code == 302, number
    guessed = [from_school(first, "wrong guess").content.decode() for _ in range(5)]
    assert all("邮箱或密码不对" in page for page in guessed)
    assert "太多次" in from_school(first).content.decode()
    assert from_school(crowd[0]).status_code == 302


def test_attack_13_an_address_is_far_above_what_an_account_may(people, settings):
    """500 failures of 500 accounts within one minute, from one address; one account has five."""
    request = RequestFactory().post(LOGIN, REMOTE_ADDR=SCHOOL)
    request.user = AnonymousUser()

    def fails(key: str) -> bool:
        return bool(consume(request, app="allauth.account", action="login_failed", key=key))

    assert all(fails(f"pupil{n}") for n in range(500))
    assert [fails("one") for _ in range(6)] == [True] * 5 + [False]
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key,50/d/key"}
    assert not all(fails(f"somebody{n}") for n in range(500)), "with an address's limit near an account's"


def from_school(person, password: str = PASSWORD):
    return enter(Client(), person, password, REMOTE_ADDR=SCHOOL)


def test_attack_40_guessing_the_apps_code_is_stopped(people):
    person = member(people, app=True)
    for _ in range(5):
        client = Client()
        enter(client, person)
        assert "太多次" not in client.post(SECOND, {"code": wrong_code()}).content.decode()
    client = Client()
    enter(client, person)
    assert "太多次" in client.post(SECOND, {"code": app_code()}).content.decode()
    assert not signed_in(client)


def test_attack_40_without_the_limit_codes_can_be_guessed_on_and_on(people, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    person = member(people, app=True)
    client = Client()
    enter(client, person)
    for _ in range(30):
        client.post(SECOND, {"code": wrong_code()})
    client.post(SECOND, {"code": app_code()})
    assert signed_in(client)


def test_guessing_the_code_for_a_new_password_is_stopped(client, people):
    person = member(people)
    client.post(RESET, {"email": person.email})
    right = mailed_code()
    for _ in range(3):
        client.post(RESET + "confirm/", {"code": "BBBB-BBBB"})
    client.post(RESET + "confirm/", {"code": right})
    assert client.post(RESET + "complete/", {"password1": "another good one 7"}).headers["Location"] == RESET
    assert enter(client, person).status_code == 302
    assert [client.post(RESET, {"email": person.email}).status_code for _ in range(3)] == [302, 302, 429]


def test_the_answer_to_too_many_is_our_page(client, people):
    for _ in range(4):
        answer = client.post(RESET, {"email": "a@example.com"})
    assert answer.status_code == 429
    assert "请稍候" in answer.content.decode()


# Sessions


def test_attack_40_a_session_given_by_somebody_else_is_not_the_one_that_gets_signed_in(client, people):
    client.get(LOGIN)
    client.session.save()
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["cardtrail_session"] = planted
    sign_in(client, member(people, app=True))
    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=kept(planted)).exists()


def test_attack_40_without_a_new_key_the_planted_session_is_signed_in(client, people, monkeypatch):
    def keep_the_key(self, request, user):
        request.session[SESSION_KEY] = str(user.pk)
        request.session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
        request.session["_auth_user_hash"] = user.get_session_auth_hash()
        request.user = user

    monkeypatch.setattr(AccountAdapter, "login", keep_the_key)
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["cardtrail_session"] = session.session_key
    sign_in(client, member(people, app=True))
    attacker = Client()
    attacker.cookies["cardtrail_session"] = session.session_key
    assert attacker.get("/me/").status_code == 200


def test_other_sessions_end_when_the_password_is_changed(client, people):
    person = member(people)
    other = Client()
    sign_in(other, person)
    sign_in(client, person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    data = {"oldpassword": PASSWORD, "password1": "another good one 7"}
    assert client.post("/accounts/password/change/", data).headers["Location"] == "/me/"
    assert client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 302
    assert SignIn.objects.get().session == kept(client.session.session_key)
    assert "密码刚刚修改" in mail.outbox[-1].body


def test_all_sessions_end_when_the_password_is_reset(client, people):
    person = member(people)
    other = Client()
    sign_in(other, person)
    client.post(RESET, {"email": person.email})
    client.post(RESET + "confirm/", {"code": mailed_code()})
    answer = client.post(RESET + "complete/", {"password1": "another good one 7"})
    assert answer.status_code == 302
    assert other.get("/me/").status_code == 302
    assert enter(client, person, "another good one 7").status_code == 302


def test_a_reset_does_not_replace_the_second_factor(client, people):
    person = member(people, app=True)
    client.post(RESET, {"email": person.email})
    client.post(RESET + "confirm/", {"code": mailed_code()})
    client.post(RESET + "complete/", {"password1": "another good one 7"})
    assert not signed_in(client)
    assert enter(client, person, "another good one 7").headers["Location"] == SECOND


def test_a_reset_for_an_unknown_address_is_answered_in_the_same_way(client, people):
    person = member(people)
    pages = []
    for email in (person.email, "nobody@example.com"):
        client.cookies.clear()
        answer = client.post(RESET, {"email": email}, follow=True)
        pages.append((answer.redirect_chain, _plain(answer.content.decode().replace(email, ""))))
    assert pages[0] == pages[1]
    assert "没有账户" in mail.outbox[-1].body


# Redirects


@pytest.mark.parametrize("url", ELSEWHERE)
def test_attack_40_nobody_is_led_elsewhere_after_signing_in(client, people, url):
    person = member(people, app=True)
    enter(client, person, next=url)
    assert client.post(SECOND, {"code": app_code()}).headers["Location"] == "/"


@pytest.mark.parametrize("url", ELSEWHERE)
def test_nobody_is_led_elsewhere_after_signing_out(client, people, url):
    sign_in(client, member(people))
    assert client.post("/accounts/logout/", {"next": url}).headers["Location"] == "/"


def test_people_are_led_on_to_our_own_pages(client, people):
    person = member(people, app=True)
    enter(client, person, next="/me/devices/?x=1")
    assert client.post(SECOND, {"code": app_code()}).headers["Location"] == "/me/devices/?x=1"


def test_attack_40_without_the_check_of_the_address_people_are_led_elsewhere(client, people, monkeypatch):
    monkeypatch.setattr(AccountAdapter, "is_safe_url", lambda self, url: True)
    person = member(people, app=True)
    enter(client, person, next=ELSEWHERE[0])
    assert client.post(SECOND, {"code": app_code()}).headers["Location"] == ELSEWHERE[0]


def test_signing_out_needs_a_click(client, people):
    sign_in(client, member(people))
    assert client.get("/accounts/logout/").status_code == 200
    assert signed_in(client)


def _plain(page: str) -> str:
    return "\n".join(
        line for line in page.splitlines() if "csrfmiddlewaretoken" not in line and "nonce" not in line
    )
