"""An order from its opening to its end, and what everybody can see of it."""

from __future__ import annotations

import pytest

from cardtrail.web.actions.models import Action
from cardtrail.web.notices.models import Notice
from cardtrail.web.orders import acts, codec
from cardtrail.web.orders.models import Ending, Errand, Incoming, Matter, Step
from tests.web.orders.market import Market
from tests.web.people import witness

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_hold_order_paid_delivered_confirmed_released(market: Market) -> None:
    deal = market.order()
    assert market.regions(deal) == ("awaiting_payment", "held", "none", "none")
    assert deal.pay_url.startswith("http://play/pay/")
    assert market.card.state == "sale"
    market.play.pay(deal)
    assert market.play.deliver() == [200]
    assert market.regions(deal) == ("delivered", "buyers", "held", "none")
    assert (market.card.holder, market.card.state) == (market.buyer, "active")
    acts.confirm_receipt(witness(market.buyer), deal)
    assert market.regions(deal) == ("completed", "buyers", "released", "none")
    standing = market.play.provider.query(deal_payment(market))
    assert standing is not None
    assert (standing.released_minor, standing.held_minor) == (45_000, 0)
    ending = Ending.objects.get()
    assert (ending.ended, ending.price_minor, ending.disputed) == ("completed", 45_000, False)
    assert not Matter.objects.exists()
    assert set(Errand.objects.values_list("state", flat=True)) == {"done"}
    assert not Action.objects.filter(state__in=("confirmed", "signed")).exists()


def deal_payment(market: Market):
    from cardtrail.web.orders.models import Deal
    from cardtrail.web.orders.providers import payment_of

    deal = Deal.objects.get()
    return payment_of(deal, deal.order)


def test_its_history_is_kept(market: Market) -> None:
    deal = market.bought()
    acts.confirm_receipt(witness(market.buyer), deal)
    steps = list(Step.objects.filter(deal=deal).order_by("version"))
    assert [step.kind for step in steps] == ["paid", "verdict", "delivered", "confirm", "released"]
    assert [step.confirmation is not None for step in steps] == [False, False, False, True, False]
    given = steps[3].confirmation
    assert given is not None
    assert given.person == market.buyer
    assert codec.event(bytes(steps[2].event)).balance_minor == 50_000
    [heard] = Incoming.objects.filter(kind="paid")
    assert (heard.deal, heard.outcome, heard.times) == (deal, "taken", 1)


def test_both_are_told_once(market: Market) -> None:
    deal = market.bought()
    told = {
        person: list(
            Notice.objects.filter(person=person, kind__startswith="orders.").values_list("kind", flat=True)
        )
        for person in (market.seller, market.buyer)
    }
    assert len(told[market.buyer]) == len(set(told[market.buyer]))
    assert "orders.delivered" in told[market.buyer]
    assert "orders.delivered_for_seller" in told[market.seller]
    assert deal.number not in str(told)
