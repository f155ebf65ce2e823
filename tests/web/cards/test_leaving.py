"""Deleting an account: cards with a balance stand against it, and what a person wrote goes with it."""

from __future__ import annotations

import pytest

from cardtrail.web.accounts.deletion import ObjectedError, delete, objections_of
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import run_due
from cardtrail.web.actions.public import gift_secret
from cardtrail.web.cards.models import Gift, Once, Share, Visitor
from cardtrail.web.ledger.models import Card, Position
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.times import moment, zone_for
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
    with pytest.raises(ObjectedError) as stopped:
        delete(person)
    [objection] = stopped.value.objections
    assert f"尾号 {card_number(serial)[-4:]} 的卡“领取”" in objection.text.zh
    assert "最迟" in objection.text.zh
    assert "You will know by" in objection.text.en
    assert objection.url == f"/confirmed/{Action.objects.get().confirmation_id}/"
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    run_due()
    assert Card.objects.get(serial=serial).holder == person
    assert [objection.url for objection in objections_of(person)] == [f"/cards/{card_number(serial)}/"]


def never_done(ledger: Ledger, people: People) -> tuple[Person, Action]:
    """Somebody whose claim waits while the ledger is away."""
    person = people.make()
    [serial] = ledger.issue()
    ledger.wire.cut = True
    do(person, Order("claim", serial, secret=ledger.codes[serial].secret))
    return person, Action.objects.get()


def earlier(action: Action, ms: int) -> None:
    """As if it had been confirmed so much earlier."""
    Confirmation.objects.filter(pk=action.confirmation_id).update(at_ms=now_ms() - ms)


def test_what_can_never_be_signed_blocks_for_a_day_and_is_dropped_then(
    ledger: Ledger, people: People
) -> None:
    person, action = never_done(ledger, people)
    earlier(action, DAY_MS - 60_000)
    assert objections_of(person)
    earlier(action, DAY_MS + 1)
    assert objections_of(person) == []
    delete(person)
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    run_due()
    action.refresh_from_db()
    assert action.state == Action.State.DECLINED
    assert action.sealed is None
    assert Card.objects.get(serial=action.serial).holder is None, (
        "it takes no effect for somebody who is gone"
    )


def test_what_came_too_late_does_not_block(ledger: Ledger, people: People) -> None:
    person = people.make()
    [serial] = ledger.issue()
    ledger.wire.cut = True
    at_ms = now_ms()
    order = Order("claim", serial, {"by_ms": at_ms + 60_000}, secret=ledger.codes[serial].secret)
    do(person, order)
    [objection] = objections_of(person)
    assert str(moment(at_ms + 60_000, zone_for(None))) in objection.text.zh
    Action.objects.update(parameters={"by_ms": at_ms - 1})
    assert objections_of(person) == []


def sign(action: Action, ms: int) -> None:
    """Signed, with a command whose time ends after `ms`, and which the ledger has never seen."""
    Action.objects.filter(pk=action.pk).update(
        state=Action.State.SIGNED, command_id=b"\7" * 32, raw=b"", not_after_ms=now_ms() + ms
    )


def test_what_is_signed_blocks_until_its_time_is_over_and_the_log_does_not_have_it(
    ledger: Ledger, people: People
) -> None:
    person, action = never_done(ledger, people)
    earlier(action, 3 * DAY_MS)
    sign(action, 60_000)
    assert "最迟" in objections_of(person)[0].text.zh
    sign(action, -10 * 60_000)
    assert "账本暂时连不上" in objections_of(person)[0].text.zh, (
        "only the ledger knows whether it was accepted"
    )
    ledger.wire.cut = False
    assert objections_of(person) == []


def test_what_the_ledger_has_and_we_have_not_read_blocks(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = people.make()
    [serial] = ledger.issue()
    do(person, Order("claim", serial, secret=ledger.codes[serial].secret))
    Action.objects.update(state=Action.State.SIGNED, not_after_ms=now_ms() - DAY_MS)
    said = [objection.url for objection in objections_of(person)]
    assert said == [f"/cards/{card_number(serial)}/"], "the card is there: the action brings nothing more"
    Position.objects.update(next_index=Action.objects.get().entry_index)
    assert "正在记到你名下" in objections_of(person)[-1].text.zh


def test_a_gift_that_was_being_taken_is_free_again(ledger: Ledger, people: People, browser: Browser) -> None:
    giver, taker = people.make(), people.make()
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    gift = give(browser(giver), serial, how="link")
    secret = gift_secret(gift.action)
    ledger.wire.cut = True
    [outcome] = do(taker, Order("accept", serial, secret=secret))
    Gift.objects.update(taker=taker)
    earlier(outcome.action, 2 * DAY_MS)
    delete(taker)
    gift.refresh_from_db()
    assert (gift.state, gift.taker) == ("offered", None)


def test_many_are_named_by_their_number(ledger: Ledger, people: People) -> None:
    person = people.make()
    serials = ledger.issue(7)
    ledger.wire.cut = True
    do(person, *(Order("claim", serial, secret=ledger.codes[serial].secret) for serial in serials))
    found = objections_of(person)
    assert len(found) == 6
    assert "另有 2 项" in found[-1].text.zh
