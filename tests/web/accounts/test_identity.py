"""Who a person is by law."""

from __future__ import annotations

import pytest
from django.db import connection

from cardtrail.wallet.custody import KeyRing
from cardtrail.web.accounts import identity, sealing
from cardtrail.web.accounts.identity import (
    AlreadyDecidedError,
    check,
    checked_name,
    identity_of,
    reveal,
    submit,
)
from cardtrail.web.accounts.models import Identity
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text
from tests.web.accounts.flows import member, sign_in
from tests.web.people import PASSWORD

NUMBER = "11010519491231002X"
UNCLEAR = Text("姓名看不清", "The name cannot be read")


@pytest.fixture
def person(people):
    return member(people)


@pytest.fixture
def staff(people):
    return member(people, "客服")


def test_submitted_checked_named(person, staff):
    assert identity_of(person) is None
    found = submit(person, "prc_id", "李小满", NUMBER)
    assert checked_name(person) is None
    check(found, staff, ok=True)
    assert checked_name(person) == "李小满"
    assert (found.state, found.checked_by) == ("checked", staff)
    assert reveal(found).number == NUMBER
    assert NUMBER not in repr(reveal(found))


def test_refused_with_a_reason(person, staff):
    found = submit(person, "prc_id", "李小满", NUMBER)
    check(found, staff, ok=False, reason=UNCLEAR)
    assert checked_name(person) is None
    assert identity_of(person).reason == UNCLEAR
    with pytest.raises(AlreadyDecidedError):
        check(found, staff, ok=True)


def test_a_decision_needs_somebody_else_and_a_refusal_its_reason(person, staff):
    found = submit(person, "prc_id", "李小满", NUMBER)
    with pytest.raises(ValueError, match="reason"):
        check(found, staff, ok=False)
    with pytest.raises(ValueError, match="own"):
        check(found, person, ok=True)


def test_what_was_replaced_cannot_be_decided_on(person, staff):
    old = submit(person, "prc_id", "李小满", NUMBER)
    new = submit(person, "passport", "LI XIAOMAN", "E12345678")
    with pytest.raises(AlreadyDecidedError):
        check(old, staff, ok=True)
    check(new, staff, ok=True)
    assert list(Identity.objects.all()) == [new]


def test_the_database_alone_tells_nothing(person):
    submit(person, "prc_id", "李小满", NUMBER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_identity")
        row = repr(cursor.fetchall())
    assert NUMBER not in row
    assert "小满" not in row
    assert repr("李小满".encode())[2:-1] not in row


def test_sealed_values_do_not_open_in_another_row(person, people):
    mine = submit(person, "prc_id", "李小满", NUMBER)
    other = submit(member(people, "谷雨"), "passport", "GU YU", "E12345678")
    other.name = mine.name
    with pytest.raises(ValueError, match="sealed"):
        reveal(other)


def test_the_same_document_is_known_again_without_reading_it(person, people):
    mine = submit(person, "prc_id", "李小满", NUMBER)
    other = submit(member(people, "谷雨"), "prc_id", "谷雨", NUMBER)
    assert bytes(mine.known) == bytes(other.known)
    assert bytes(mine.known) != sealing.known("passport", NUMBER)


def test_a_rotated_key_opens_and_reseals(person, monkeypatch):
    ring = KeyRing.generate()
    monkeypatch.setattr(sealing, "ring", lambda: ring)
    found = submit(person, "prc_id", "李小满", NUMBER)
    new = ring.rotated()
    for sealed in sealing.columns():
        sealed.reseal(new, 0, 1, None)
    monkeypatch.setattr(sealing, "ring", new.without_old)
    found.refresh_from_db()
    assert reveal(found).name == "李小满"


def test_a_purchasers_identity_outlives_the_account_locked(person, staff):
    found = submit(person, "prc_id", "李小满", NUMBER)
    check(found, staff, ok=True)
    identity.keep_for_purchase(person, 1_000)
    assert identity.lock_or_wipe(person) == 1
    assert identity_of(person) is None
    assert checked_name(person) is None
    until = identity.Identity.objects.get().keep_until_ms
    assert until - 1_000 >= 5 * 365 * DAY_MS
    assert identity.wipe_expired(until - 1) == 0
    assert identity.wipe_expired(until) == 1
    assert not Identity.objects.exists()


def test_all_others_go_at_once(person):
    submit(person, "prc_id", "李小满", NUMBER)
    assert identity.lock_or_wipe(person) == 0
    assert not Identity.objects.exists()


def test_the_page(client, person):
    sign_in(client, person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    data = {"kind": "prc_id", "name": "李小满", "number": "110105194912310021"}
    assert "有一位不对" in client.post("/me/identity/", data).content.decode()
    assert client.post("/me/identity/", data | {"number": "110105 19491231 002x"}).status_code == 302
    page = client.get("/me/identity/").content.decode()
    assert "等待核对" in page
    assert "1*************002X" in page
    assert NUMBER not in page
