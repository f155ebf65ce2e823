"""Deleting an account: cards with a balance stand against it, and what a person wrote goes with it."""

from __future__ import annotations

import pytest

from cardtrail.web.accounts.deletion import ObjectedError, delete, objections_of
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import run_due
from cardtrail.web.cards.models import Gift, Once, Share, Visitor
from cardtrail.web.ledger.models import Card
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.cards.giving import give
from tests.web.cards.test_share import looked, share
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do

pytestmark = pytest.mark.django_db


def test_cards_with_a_balance_stand_against_it(ledger: Ledger, people: People) -> None:
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    [objection] = [objection for objection in objections_of(person) if "余额" in objection.text.zh]
    assert "¥500.00" in objection.text.zh
    do(person, Order("redeem", serial, {"amount_minor": 50_000, "order": "ab" * 32}))
    assert not any("余额" in objection.text.zh for objection in objections_of(person))


def test_what_they_wrote_goes(ledger: Ledger, people: People, browser: Browser) -> None:
    person, visitor = people.make(), people.make()
    serials = ledger.issue(3)
    claim(person, ledger, serials)
    gift = give(browser(person), serials[0], how="person", to="friend@example.com", note="写给你")
    browser(person).post(f"/gifts/{gift.id}/take-back/")
    made, path, secret = share(browser(person), serials[1:], note="写给大家")
    looked(browser(visitor), path, secret)
    assert Visitor.objects.filter(person=visitor).exists()
    delete(visitor)
    assert not Visitor.objects.filter(person=visitor).exists()
    browser(person).post(f"/shares/{made.id}/stop/")
    for number, serial in enumerate(serials):
        do(person, Order("redeem", serial, {"amount_minor": 50_000, "order": f"{number:064x}"}))
    delete(person)
    assert list(Gift.objects.exclude(note="").values_list("note", flat=True)) == []
    assert not Gift.objects.filter(to_sealed__isnull=False).exists()
    assert Share.objects.get().note == ""
    assert not Once.objects.filter(person=person).exists()


def test_what_waits_for_the_ledger_stands_against_it(ledger: Ledger, people: People) -> None:
    person = people.make()
    [serial] = ledger.issue()
    ledger.wire.cut = True
    do(person, Order("claim", serial, secret=ledger.codes[serial].secret))
    with pytest.raises(ObjectedError):
        delete(person)
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    run_due()
    assert Card.objects.get(serial=serial).holder == person
    assert [objection.url for objection in objections_of(person)] == [f"/cards/{card_number(serial)}/"]
