"""Deleting an account: what goes, what stays, what stands against it."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client

from cardtrail.web.accounts import deletion, identity
from cardtrail.web.accounts.deletion import ObjectedError, Objection
from cardtrail.web.accounts.models import Device, Identity, Person, SignIn
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text
from tests.web.accounts.flows import enter, mailed_code, member, sign_in, signed_in
from tests.web.people import PASSWORD

CARDS = Objection(Text("还有 2 张卡有余额", "Two cards still have a balance"), "/wallet/")


@pytest.fixture(autouse=True)
def _only_our_hooks(monkeypatch):
    monkeypatch.setattr(deletion, "objections", [])
    monkeypatch.setattr(deletion, "wipers", [])


@pytest.fixture
def person(client, people):
    found = member(people, app=True)
    sign_in(client, found)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return found


def test_everything_personal_goes(client, person):
    identity.submit(person, "prc_id", "李小满", "11010519491231002X")
    other = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows) Firefox/132.0")
    sign_in(other, person)
    email = person.email
    answer = client.post("/me/delete/", {"understood": "on"})
    assert answer.headers["Location"] == "/me/deleted/"
    assert client.get("/me/deleted/").status_code == 200
    assert not signed_in(client)
    assert not signed_in(other)
    row = Person.objects.get(pk=person.pk)
    assert row.deleted_ms is not None
    assert (row.name, row.time_zone, row.is_active, row.has_usable_password()) == ("", "", False, False)
    for model, field in (
        (EmailAddress, "user"),
        (Authenticator, "user"),
        (SignIn, "person"),
        (Device, "person"),
    ):
        assert not model.objects.filter(**{field: person}).exists()
    assert not Identity.objects.exists()
    assert email not in everything_in_the_database()


def test_nobody_signs_in_with_it_and_the_address_is_free(client, person):
    email = person.email
    deletion.delete(person)
    fresh = Client()
    assert (
        "邮箱或密码不对"
        in fresh.post("/accounts/login/", {"login": email, "password": PASSWORD}).content.decode()
    )
    fresh.post("/accounts/signup/", {"name": "新人", "email": email, "password1": PASSWORD})
    fresh.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert signed_in(fresh)
    assert Person.objects.get(email=email).pk != person.pk


def test_a_session_that_was_open_is_nobodys(client, person):
    deletion.delete(person)
    assert client.get("/me/").status_code == 302


def test_what_stands_against_it_is_listed_and_nothing_is_deleted(client, person):
    deletion.objections.append(lambda who: [CARDS] if who == person else [])
    assert "还有 2 张卡有余额" in client.get("/me/delete/").content.decode()
    answer = client.post("/me/delete/", {"understood": "on"})
    assert answer.status_code == 409
    assert 'href="/wallet/"' in answer.content.decode()
    with pytest.raises(ObjectedError) as caught:
        deletion.delete(person)
    assert caught.value.objections == [CARDS]
    person.refresh_from_db()
    assert person.deleted_ms is None
    assert enter(Client(), person).status_code == 302


def test_without_the_tick_nothing_is_deleted(client, person):
    assert client.post("/me/delete/", {}).status_code == 200
    person.refresh_from_db()
    assert person.deleted_ms is None


def test_other_rooms_wipe_theirs_in_the_same_transaction(person):
    wiped = []
    deletion.wipers.append(wiped.append)
    deletion.delete(person)
    assert wiped == [person]
    deletion.delete(person)  # Again does nothing.
    assert wiped == [person]


def test_if_a_room_fails_nothing_is_deleted(person):
    def fails(who):
        raise RuntimeError("the room is closed")

    deletion.wipers.append(fails)
    with pytest.raises(RuntimeError):
        deletion.delete(person)
    person.refresh_from_db()
    assert person.deleted_ms is None
    assert Authenticator.objects.filter(user=person).exists()


def test_a_purchasers_identity_stays_locked(person, people):
    found = identity.submit(person, "prc_id", "李小满", "11010519491231002X")
    identity.check(found, member(people, "客服"), ok=True)
    identity.keep_for_purchase(person, 0)
    deletion.delete(person)
    kept = Identity.objects.get()
    assert kept.locked_ms is not None
    assert kept.keep_until_ms >= 5 * 365 * DAY_MS


def everything_in_the_database() -> str:
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name != "cache"]
        found = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            found.append(repr(cursor.fetchall()))
    return "\n".join(found)
