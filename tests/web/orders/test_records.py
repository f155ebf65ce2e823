"""Records: what says nothing about anybody adds nothing, whether it goes round by sales or by gifts."""

from __future__ import annotations

import pytest

from cardtrail.web.orders import acts, records
from cardtrail.web.orders.models import Deal
from tests.web.orders.market import Market
from tests.web.people import do, witness

pytestmark = pytest.mark.django_db


def completed(market: Market) -> Deal:
    deal = market.bought()
    acts.confirm_receipt(witness(market.buyer), deal)
    assert market.now(deal).stage == "completed"
    return deal


def seen(market: Market, *linked: object) -> tuple[int, int]:
    group = frozenset(person.pk for person in (market.seller, *linked))
    found = records.standing_of(market.seller.pk, group)
    return found.completed, found.completed_minor


def give_back(market: Market) -> None:
    """The buyer gives the card to whom they bought it from."""
    from cardtrail.web.actions.orders import Order
    from cardtrail.web.actions.public import gift_secret
    from cardtrail.web.ui.clock import HOUR_MS, now_ms

    [held] = do(market.buyer, Order("hold", market.serial, {"until_ms": now_ms() + HOUR_MS}))
    secret = gift_secret(held.action)
    [taken] = do(market.seller, Order("accept", market.serial, secret=secret))
    assert taken.state == "done"
    assert market.card.holder == market.seller


def test_a_deal_between_strangers_counts(market: Market) -> None:
    completed(market)
    assert seen(market) == (1, 45_000)


def test_linked_accounts_add_nothing(market: Market) -> None:
    """Attack row 16."""
    completed(market)
    assert seen(market, market.buyer) == (0, 0)


@pytest.mark.parametrize("defended", [True, False], ids=["with rings", "without"])
def test_a_card_that_is_given_back_was_not_sold(
    market: Market, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    """Attack row 16: a sale, and the way back by a gift."""
    if not defended:
        monkeypatch.setattr(records, "given_away", lambda *_: [])
    completed(market)
    give_back(market)
    assert seen(market) == ((0, 0) if defended else (1, 45_000))
