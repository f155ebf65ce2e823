"""A copy of the database takes over nobody's session."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from cardtrail.web.accounts import sessions
from cardtrail.web.accounts.models import SignIn
from tests.web.accounts.flows import member, sign_in

pytestmark = pytest.mark.django_db


def everything() -> list[str]:
    """Every text of every row that has to do with sessions."""
    with connection.cursor() as cursor:
        found = []
        for table in (Session._meta.db_table, SignIn._meta.db_table):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [str(value) for row in cursor.fetchall() for value in row]
    return found


def taken_over() -> bool:
    """Whether anything that the database holds, used as a cookie, signs somebody in."""
    for text in everything():
        thief = Client()
        thief.cookies["cardtrail_session"] = text.replace(";", "")
        if thief.get("/me/").status_code == 200:
            return True
    return False


def test_nothing_in_the_database_works_as_a_cookie(client, people):
    sign_in(client, member(people))
    assert client.session.session_key not in everything()
    assert not taken_over()
    assert client.get("/me/").status_code == 200


def test_without_the_hash_a_copy_of_the_database_signs_in(client, people, monkeypatch):
    monkeypatch.setattr(sessions, "kept", lambda key: key)
    sign_in(client, member(people))
    assert taken_over()


def test_a_session_is_kept_changed_and_ended(client):
    store = sessions.SessionStore()
    store["what"] = "this"
    store.save()
    key = store.session_key
    assert sessions.SessionStore(key)["what"] == "this"
    again = sessions.SessionStore(key)
    again["what"] = "that"
    again.save()
    assert sessions.SessionStore(key)["what"] == "that"
    again.cycle_key()
    assert not store.exists(key)
    assert sessions.SessionStore(again.session_key)["what"] == "that"
    again.flush()
    assert not Session.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "0" * 32, "x" * 5000, "../../etc/passwd", "\x00"])
def test_a_key_that_nobody_was_given_is_an_empty_session(key):
    assert sessions.SessionStore(key).load() == {}
