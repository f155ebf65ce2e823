"""Decided twice: on appeal, or by a person once what was decided cannot be carried out. Both rulings stay, each with
its own confirmation, and money and card move once, as the last one says."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from cardtrail.deals.regions import Outcome
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.orders import Order
from cardtrail.web.orders import acts
from cardtrail.web.orders.models import Deal, Ending, Errand, Ruling
from cardtrail.web.orders.refusals import NotPossible
from tests.web.orders.market import Market
from tests.web.orders.test_disputes import ruled, shown
from tests.web.orders.test_paying import standing
from tests.web.people import do, witness

pytestmark = pytest.mark.django_db


def rulings(deal: Deal) -> list[tuple[bool, str, object]]:
    return list(Ruling.objects.filter(deal=deal).order_by("pk").values_list("appeal", "outcome", "by"))


def moved(deal: Deal) -> dict[str, int]:
    """How often each thing was done at the provider and on the ledger because of the dispute."""
    found = {"release": 0, "refund": 0, "give_up": 0, "end_sale": 0}
    for kind in Errand.objects.filter(deal=deal, state="done").values_list("kind", flat=True):
        if kind in found:
            found[kind] += 1
    for kind in Action.objects.filter(confirmation=deal.disputed_by, state="done").values_list(
        "kind", flat=True
    ):
        if kind in found:
            found[kind] += 1
    return found


@pytest.mark.database
@pytest.mark.parametrize(
    ("first", "second", "loser", "done"),
    [
        (Outcome.RELEASE, Outcome.REFUND, "buyer", {"release": 0, "refund": 1, "give_up": 1, "end_sale": 0}),
        (Outcome.REFUND, Outcome.RELEASE, "seller", {"release": 1, "refund": 0, "give_up": 0, "end_sale": 1}),
        (Outcome.RELEASE, Outcome.RELEASE, "buyer", {"release": 1, "refund": 0, "give_up": 0, "end_sale": 1}),
    ],
)
def test_the_ruling_on_appeal_stands_beside_the_first_and_alone_is_carried_out(
    market: Market, first: Outcome, second: Outcome, loser: str, done: dict[str, int]
) -> None:
    deal = ruled(market, first)
    market.work()
    assert moved(deal) == {"release": 0, "refund": 0, "give_up": 0, "end_sale": 0}
    deal = acts.appeal(witness(getattr(market, loser)), deal, shown("请再看一遍"))
    deal = acts.rule_on_appeal(witness(market.colleague), deal, second, "看过全部材料")
    both = [(False, first.value, market.staff.pk), (True, second.value, market.colleague.pk)]
    assert rulings(deal) == both
    assert Ruling.objects.filter(deal=deal).values("confirmation").distinct().count() == 2
    for _ in range(2):
        market.work()
    assert moved(market.now(deal)) == done
    money = standing(market, deal)
    assert (money.released_minor, money.refunded_minor, money.held_minor) == (
        45_000 * done["release"],
        45_000 * done["refund"],
        0,
    )
    assert market.card.holder == (market.seller if done["give_up"] else market.buyer)
    assert market.card.state == "active"
    assert Ending.objects.filter(deal=deal).count() == 1
    with pytest.raises(NotPossible):
        acts.rule_on_appeal(witness(market.colleague), market.now(deal), first, "反悔")
    market.work()
    assert rulings(deal) == both
    assert moved(market.now(deal)) == done


def test_what_cannot_be_carried_out_is_decided_anew_and_that_is_final(market: Market) -> None:
    deal = ruled(market, Outcome.REFUND)
    [frozen] = do(market.staff, Order("freeze", market.serial, {"cause": "court_order", "case": "ab" * 32}))
    assert frozen.state == "done"
    acts.accept_decision(witness(market.seller), deal)
    market.work()
    deal = market.now(deal)
    assert deal.dispute == "escalated"
    assert moved(deal) == {"release": 0, "refund": 0, "give_up": 0, "end_sale": 0}
    deal = acts.rule(witness(market.colleague), deal, Outcome.SPLIT, "卡被司法冻结，各担一半", 20_000)
    assert rulings(deal) == [
        (False, "refund", market.staff.pk),
        (False, "split", market.colleague.pk),
    ]
    for _ in range(2):
        market.work()
    money = standing(market, deal)
    assert (money.refunded_minor, money.released_minor, money.held_minor) == (20_000, 25_000, 0)
    found = moved(market.now(deal))
    assert (found["release"], found["refund"]) == (1, 1)
    assert market.now(deal).stage == "split"
    assert Ending.objects.filter(deal=deal).count() == 1
    with pytest.raises(NotPossible):
        acts.appeal(witness(market.buyer), market.now(deal), shown("再看"))


@pytest.mark.database
def test_one_confirmation_stands_for_one_ruling(market: Market) -> None:
    deal = ruled(market, Outcome.REFUND)
    known = Ruling.objects.get(deal=deal)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ruling.objects.create(
            deal=deal,
            by=known.by,
            appeal=True,
            outcome="release",
            refund_minor=0,
            reasons="同一份确认",
            at_ms=known.at_ms,
            confirmation=known.confirmation,
        )
