"""A party is put under a penalty while an order is under way: nobody is paid before a person has looked."""

from __future__ import annotations

import pytest

from cardtrail.risk.links import Kind
from cardtrail.web.orders import acts
from cardtrail.web.orders.models import Matter
from cardtrail.web.risks import penalties
from cardtrail.web.risks.models import Penalty
from cardtrail.web.risks.traces import Traces
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from tests.web.orders.market import Market
from tests.web.orders.test_paying import standing
from tests.web.people import witness

pytestmark = pytest.mark.django_db

WHY = Text("多次虚假描述。", "False descriptions, again.")


def penalise(market: Market, person: object = None, kind: str = Penalty.Kind.ALL) -> None:
    who = person or market.seller
    penalties.penalise(who, by=market.staff, case="1", reason=WHY, kind=kind)


def released_minor(market: Market, deal: object) -> int:
    return int(standing(market, deal).released_minor)


@pytest.mark.parametrize("defended", [True, False], ids=["with the hook", "without"])
def test_after_delivery_the_payout_waits_for_a_person(
    market: Market, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        monkeypatch.setattr(penalties, "when_begun", [])
    deal = market.bought()
    penalise(market)
    acts.confirm_receipt(witness(market.buyer), deal)
    market.work()
    deal = market.now(deal)
    assert (deal.stage, deal.gate) == (("confirmed", "payout_hold") if defended else ("completed", "allowed"))
    assert released_minor(market, deal) == (0 if defended else 45_000)
    assert market.card.holder == market.buyer
    assert Matter.objects.filter(deal=deal, kind="payout_hold").exists() is defended


def test_a_person_lets_it_pass(market: Market) -> None:
    deal = market.bought()
    penalise(market)
    acts.confirm_receipt(witness(market.buyer), deal)
    acts.review(witness(market.staff), market.now(deal), "查过了，这笔没有问题。", allow=True)
    market.work()
    assert (market.now(deal).stage, released_minor(market, deal)) == ("completed", 45_000)


def test_a_person_says_no_and_a_colleague_decides_where_it_goes(market: Market) -> None:
    from cardtrail.deals.regions import Outcome

    deal = market.bought()
    penalise(market)
    acts.confirm_receipt(witness(market.buyer), deal)
    acts.review(witness(market.staff), market.now(deal), "这笔也不实。", allow=False)
    market.work()
    assert market.regions(deal) == ("disputed", "frozen", "held", "escalated")
    acts.rule(witness(market.colleague), market.now(deal), Outcome.REFUND, "退款。")
    market.work()
    market.play.deliver()
    assert market.regions(deal)[0] == "refunded"
    assert released_minor(market, deal) == 0


def test_before_delivery_the_money_goes_back(market: Market) -> None:
    from cardtrail.deals.regions import Advice

    market.risk_says(Advice.HOLD)
    deal = market.order()
    market.play.pay(deal)
    market.play.deliver()
    penalise(market)
    market.work()
    market.play.deliver()
    assert market.regions(deal)[0] == "refunded"


def test_a_penalty_stops_what_it_is_about_and_no_more(market: Market) -> None:
    """Whoever may not buy is paid for what they sold."""
    deal = market.bought()
    penalise(market, market.seller, Penalty.Kind.BUY)
    assert market.now(deal).gate == "allowed"
    penalise(market, market.buyer, Penalty.Kind.BUY)
    assert market.now(deal).gate == "payout_hold"


def test_another_account_of_the_same_person(market: Market) -> None:
    for person in (market.seller, market.other):
        seen = Traces(person)
        seen.note(Kind.PERSON, "one document", now_ms())
        seen.write()
    deal = market.bought()
    penalise(market, market.other)
    assert market.now(deal).gate == "payout_hold"
