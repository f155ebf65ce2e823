"""Signing up by e-mail and password."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache

from cardtrail.web.accounts.models import Person
from tests.web.accounts.flows import mailed_code, member, signed_in
from tests.web.people import PASSWORD

SIGN_UP = "/accounts/signup/"
CONFIRM = "/accounts/confirm-email/"
NEW = {"name": "小满", "email": "xm@example.com", "password1": PASSWORD}

pytestmark = pytest.mark.django_db


def test_from_start_to_finish(client):
    assert client.post(SIGN_UP, NEW).headers["Location"] == CONFIRM
    assert not signed_in(client)
    assert mail.outbox[-1].to == ["xm@example.com"]
    answer = client.post(CONFIRM, {"code": mailed_code()})
    assert signed_in(client)
    assert answer.headers["Location"] == "/me/protect/"
    person = Person.objects.get()
    assert (person.name, person.email, person.language) == ("小满", "xm@example.com", "zh-hans")
    assert EmailAddress.objects.get().verified


def test_the_language_of_the_page_is_kept(client):
    client.cookies["cardtrail_language"] = "en"
    client.post(SIGN_UP, NEW)
    assert Person.objects.get().language == "en"
    assert mail.outbox[-1].subject == "Your code"


def test_an_address_in_capitals_is_the_same(client):
    client.post(SIGN_UP, NEW | {"email": "XM@Example.COM"})
    assert Person.objects.get().email == "xm@example.com"


def test_without_the_code_nobody_gets_in(client, people):
    client.post(SIGN_UP, NEW)
    for _ in range(3):
        client.post(CONFIRM, {"code": "WRNG-CODX"})
    client.post(CONFIRM, {"code": mailed_code()})
    assert not signed_in(client)
    assert not EmailAddress.objects.get().verified


def test_a_code_can_be_sent_again_twice(client):
    client.post(SIGN_UP, NEW)
    first = mailed_code()
    for _ in range(3):
        cache.clear()  # Ten seconds later.
        client.post(CONFIRM, {"action": "resend"})
    assert len(mail.outbox) == 3
    assert mailed_code() != first
    client.post(CONFIRM, {"code": first})
    assert not signed_in(client)
    client.post(CONFIRM, {"code": mailed_code()})
    assert signed_in(client)


def test_asking_again_at_once_does_not_spoil_the_code_that_is_on_its_way(client):
    client.post(SIGN_UP, NEW)
    assert client.post(CONFIRM, {"action": "resend"}).status_code == 429
    client.post(CONFIRM, {"code": mailed_code()})
    assert signed_in(client)


def test_an_address_that_has_an_account_is_answered_in_the_same_way(client, people):
    known = member(people)
    answers = []
    for email in (known.email, "nobody@example.com"):
        client.cookies.clear()
        answer = client.post(SIGN_UP, NEW | {"email": email})
        page = client.get(answer.headers["Location"]).content.decode().replace(email, "")
        answers.append((answer.status_code, answer.headers["Location"], _without_tokens(page)))
    assert answers[0] == answers[1]
    assert [message.to for message in mail.outbox] == [[known.email], ["nobody@example.com"]]
    assert "已经有账户" in mail.outbox[0].body
    assert Person.objects.filter(email=known.email).count() == 1


@pytest.mark.parametrize(
    ("password", "reason"),
    [("short", "太短"), ("password123", "太常见"), ("12345678901", "数字")],
)
def test_weak_passwords(client, password, reason):
    page = client.post(SIGN_UP, NEW | {"password1": password}).content.decode()
    assert 'role="alert"' in page
    assert not Person.objects.exists(), reason


@pytest.mark.parametrize("name", ["满\u202e小", "小\u200b满", "a\x00b", "a\nb", "   "])
def test_names_that_hide_something(client, name):
    client.post(SIGN_UP, NEW | {"name": name})
    assert not Person.objects.exists()


def test_mail_that_cannot_be_sent_is_told_and_loses_nothing(client, settings):
    settings.EMAIL_BACKEND = "tests.web.accounts.mail_away.Away"
    answer = client.post(SIGN_UP, NEW, follow=True)
    assert answer.status_code == 200
    assert "邮件没有发出去" in answer.content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()  # Ten seconds later.
    client.post(CONFIRM, {"action": "resend"})
    client.post(CONFIRM, {"code": mailed_code()})
    assert signed_in(client)


def test_links_in_mails_do_not_believe_the_request(client, people):
    known = member(people)
    client.post(SIGN_UP, NEW | {"email": known.email}, HTTP_HOST="evil.example")
    assert "evil.example" not in mail.outbox[-1].body
    assert "http://localhost/accounts/login/" in mail.outbox[-1].body


def test_sign_ups_are_limited_by_address(client, settings):
    assert settings.ACCOUNT_RATE_LIMITS["signup"] == "600/m/ip,5000/d/ip"
    settings.ACCOUNT_RATE_LIMITS = {"signup": "20/m/ip"}
    codes = {client.post(SIGN_UP, NEW | {"name": ""}).status_code for _ in range(20)}
    assert codes == {200}
    assert client.post(SIGN_UP, NEW).status_code == 429
    assert not Person.objects.exists()


def _without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)
