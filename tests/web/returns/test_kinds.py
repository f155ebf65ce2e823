"""The issuer takes only the very card that its holder has handed in, with that very balance; points are posted once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from cardtrail.pricing.offers import Unit
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import outcomes, perform
from cardtrail.web.actions.waiting import let_go
from cardtrail.web.ledger.models import Card
from cardtrail.web.returns import points
from cardtrail.web.returns.models import Posting
from cardtrail.web.ui.clock import HOUR_MS, now_ms
from tests.web.people import agree, do
from tests.web.returns.desk import Brand, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]


def orders(card: Card, balance_minor: int = 50_000) -> list[Order]:
    agreed = {"unit": "money", "pays": 1, "account": "", "balance_minor": balance_minor}
    handed = {"until_ms": now_ms() + HOUR_MS, "balance_minor": balance_minor}
    return [
        Order("hand_in", card.serial, handed),
        Order("take_in", card.serial, {"hold": "self", **agreed}, waits=True),
        Order("hand_back", card.serial, {"hold": "self"}, waits=True),
    ]


def go(confirmation: Confirmation, kind: str) -> Action:
    let_go(confirmation.actions.get(kind=kind).pk)
    perform(confirmation)
    return confirmation.actions.get(kind=kind)


def test_nothing_is_taken_that_was_not_handed_in(brand: Brand) -> None:
    person = brand.holder()
    card = brand.card(person)
    confirmation = agree(person, *orders(card, 40_000))
    perform(confirmation)
    assert outcomes(confirmation)[0].action.reason_code == "balance_changed"
    taken = go(confirmation, "take_in")
    assert (taken.state, taken.reason_code) == ("refused", "card_not_held")
    assert fresh(card).state == "active"


def test_another_hold_of_the_card_is_not_meant(brand: Brand) -> None:
    """Handed in, given back, and handed in again: the first confirmation takes nothing any more."""
    person = brand.holder()
    card = brand.card(person)
    first = agree(person, *orders(card))
    perform(first)
    assert go(first, "hand_back").state == "done"
    second = agree(person, *orders(card))
    perform(second)
    taken = go(first, "take_in")
    assert (taken.state, taken.reason_code) == ("refused", "card_not_held")
    assert go(second, "take_in").state == "done"
    assert fresh(card).state == "void"


def test_a_card_that_is_handed_in_cannot_be_spent(brand: Brand) -> None:
    person = brand.holder()
    card = brand.card(person)
    confirmation = agree(person, *orders(card))
    perform(confirmation)
    [spent] = do(person, Order("redeem", card.serial, {"amount_minor": 1, "order": bytes(32).hex()}))
    assert spent.action.reason_code == "card_held"


def test_what_was_not_confirmed_is_not_taken(brand: Brand) -> None:
    person = brand.holder()
    card = brand.card(person)
    confirmation = agree(person, *orders(card))
    perform(confirmation)
    taking = confirmation.actions.get(kind="take_in")
    taking.parameters |= {"pays": 999_999}
    taking.save(update_fields=["parameters"])
    taken = go(confirmation, "take_in")
    assert (taken.state, taken.reason_code) == ("refused", "unconfirmed")
    assert fresh(card).state == "handed_in"


@dataclass
class Ended:
    """An action of the issuer's, as it ended."""

    entry_index: int | None
    time_ms: int | None


def test_points_are_posted_once(brand: Brand) -> None:
    brand.offer(Unit.POINTS)
    person = brand.holder()
    given = brand.hand_back(brand.quoted(brand.card(person), person, Unit.POINTS))
    points.post_for(given, given.action("take_in"))
    assert (Posting.objects.count(), points.balance(person)) == (1, 5_000)
    given.pays = 6_000
    with pytest.raises(ValueError, match="other_posting"):
        points.post_for(given, given.action("take_in"))
    with pytest.raises(ValueError, match="entry of the ledger"):
        points.post_for(given, Ended(None, None))  # type: ignore[arg-type]
