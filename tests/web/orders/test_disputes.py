"""Disputes: the card is set aside, somebody decides, card and money follow, each once."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.deals.regions import Outcome
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.orders import Order
from cardtrail.web.orders import acts, exhibits
from cardtrail.web.orders.models import Deal, Ending, Exhibit, Matter, Ruling
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.orders.timers import fire
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, now_ms
from tests.web.orders.market import Market
from tests.web.orders.test_paying import standing
from tests.web.people import do, witness

pytestmark = pytest.mark.django_db


@pytest.fixture
def later() -> Any:
    yield clock.set_ahead
    clock.set_ahead(0)


def shown(text: str = "卡打不开") -> exhibits.Shown:
    return exhibits.read(text, [])


def disputed(market: Market) -> Deal:
    """Delivered, and disputed at once."""
    return acts.open_dispute(witness(market.buyer), market.bought(), "not_as_described", shown())


def decidable(market: Market) -> Deal:
    deal = disputed(market)
    for person in (market.buyer, market.seller):
        deal = acts.evidence_done(witness(person), deal)
    assert deal.dispute == "deciding"
    return deal


def ruled(market: Market, outcome: Outcome, refund_minor: int = 0) -> Deal:
    deal = decidable(market)
    return acts.rule(witness(market.staff), deal, outcome, "看过证据", refund_minor)


def let_stand(market: Market, deal: Deal, loser: Any) -> Deal:
    acts.accept_decision(witness(loser), deal)
    market.work()
    return market.now(deal)


@pytest.mark.database
def test_the_card_is_set_aside_and_cannot_be_spent(market: Market) -> None:
    deal = disputed(market)
    assert market.regions(deal) == ("disputed", "aside", "held", "evidence")
    assert (market.card.holder, market.card.state) == (market.buyer, "sale")
    [spent] = do(market.buyer, Order("redeem", market.serial, {"amount_minor": 1, "order": "ab" * 32}))
    assert spent.state == "refused"
    [claim] = Exhibit.objects.filter(deal=deal)
    assert (claim.by, claim.purpose, claim.text) == (market.buyer, "claim", "卡打不开")


def test_won_by_the_buyer_the_card_goes_back_first_and_then_the_money(market: Market) -> None:
    deal = ruled(market, Outcome.REFUND)
    assert deal.dispute == "decided"
    deal = let_stand(market, deal, market.seller)
    assert market.regions(deal)[:3] == ("refunded", "returned", "refunded")
    assert (market.card.holder, market.card.state) == (market.seller, "active")
    assert standing(market, deal).refunded_minor == 45_000
    assert Ending.objects.get().ended == "refunded"


def test_won_by_the_seller_the_card_is_free_and_the_money_paid(market: Market) -> None:
    deal = let_stand(market, ruled(market, Outcome.RELEASE), market.buyer)
    assert market.regions(deal)[:3] == ("completed", "buyers", "released")
    assert (market.card.holder, market.card.state) == (market.buyer, "active")
    assert standing(market, deal).released_minor == 45_000


def test_split_by_staff(market: Market) -> None:
    deal = ruled(market, Outcome.SPLIT, 10_000)
    deal = let_stand(market, deal, market.buyer)
    if deal.stage == "disputed":
        deal = let_stand(market, deal, market.seller)
    money = standing(market, deal)
    assert (money.refunded_minor, money.released_minor, money.held_minor) == (10_000, 35_000, 0)
    assert market.regions(deal)[0] == "split"
    assert (market.card.holder, market.card.state) == (market.buyer, "active")


def test_peers_settle_and_it_closes(market: Market) -> None:
    deal = disputed(market)
    acts.propose_split(witness(market.seller), deal, 5_000)
    with pytest.raises(NotPossible) as refused:
        acts.accept_split(witness(market.buyer), deal, 6_000)
    assert refused.value.code == "no_such_proposal"
    deal = acts.accept_split(witness(market.buyer), deal, 5_000)
    market.work()
    money = standing(market, deal)
    assert (money.refunded_minor, money.released_minor) == (5_000, 40_000)
    assert market.regions(deal)[0] == "split"


def test_the_seller_concedes(market: Market) -> None:
    deal = acts.concede(witness(market.seller), disputed(market))
    market.work()
    assert market.regions(deal)[:3] == ("refunded", "returned", "refunded")


def test_the_buyer_takes_it_back(market: Market) -> None:
    deal = acts.drop_dispute(witness(market.buyer), disputed(market))
    market.work()
    assert market.regions(deal)[:3] == ("completed", "buyers", "released")
    assert market.card.state == "active"


@pytest.mark.database
def test_an_appeal_is_decided_by_somebody_else_and_overturns(market: Market) -> None:
    deal = ruled(market, Outcome.RELEASE)
    deal = acts.appeal(witness(market.buyer), deal, shown("请再看一遍"))
    with pytest.raises(NotPossible) as refused:
        acts.rule_on_appeal(witness(market.staff), deal, Outcome.REFUND, "还是我")
    assert refused.value.code == "same_reviewer"
    deal = acts.rule_on_appeal(witness(market.colleague), deal, Outcome.REFUND, "证据充分")
    market.work()
    assert market.regions(deal)[:3] == ("refunded", "returned", "refunded")
    assert list(Ruling.objects.order_by("pk").values_list("appeal", "outcome")) == [
        (False, "release"),
        (True, "refund"),
    ]
    with pytest.raises(NotPossible):
        acts.appeal(witness(market.seller), market.now(deal), shown("我也要"))


def test_only_who_lost_appeals_and_nobody_judges_their_own(market: Market) -> None:
    deal = decidable(market)
    with pytest.raises(NotPossible) as refused:
        acts.rule(witness(market.seller), deal, Outcome.RELEASE, "我判我赢")
    assert refused.value.code == "own_case"
    deal = acts.rule(witness(market.staff), deal, Outcome.RELEASE, "看过证据")
    with pytest.raises(NotPossible) as refused:
        acts.appeal(witness(market.seller), deal, shown("再来"))
    assert refused.value.code == "appeal_by_the_loser"


@pytest.mark.database
def test_before_payment_and_after_completion_there_is_none(market: Market) -> None:
    deal = market.order()
    with pytest.raises(NotPossible) as refused:
        acts.open_dispute(witness(market.buyer), deal, "x", shown())
    assert refused.value.code == "dispute_before_payment"
    assert not Exhibit.objects.exists()
    assert market.now(deal).disputed_by is None
    market.play.pay(deal)
    market.play.deliver()
    acts.confirm_receipt(witness(market.buyer), deal)
    with pytest.raises(NotPossible) as refused:
        acts.open_dispute(witness(market.buyer), market.now(deal), "x", shown())
    assert refused.value.code == "dispute_after_completion"


def test_the_seller_opens_none(market: Market) -> None:
    with pytest.raises(NotPossible) as refused:
        acts.open_dispute(witness(market.seller), market.bought(), "x", shown())
    assert refused.value.code == "not_the_buyer"


def test_a_second_dispute_is_refused_and_leaves_the_first_as_it_is(market: Market) -> None:
    deal = disputed(market)
    first = deal.disputed_by_id
    with pytest.raises(NotPossible) as refused:
        acts.open_dispute(witness(market.buyer), deal, "x", shown("又一个"))
    assert refused.value.code == "dispute_already_open"
    assert market.now(deal).disputed_by_id == first


def test_whoever_spends_first_has_accepted(market: Market) -> None:
    """The buyer spends some in the moment in which the dispute is opened: it cannot be set aside any more."""
    deal = market.bought()
    do(market.buyer, Order("redeem", market.serial, {"amount_minor": 1, "order": "ab" * 32}))
    deal = market.now(deal)
    assert deal.order.card_used
    assert deal.stage in {"completed", "confirmed", "releasing"}
    with pytest.raises(NotPossible):
        acts.open_dispute(witness(market.buyer), deal, "x", shown())


@pytest.mark.database
def test_where_it_cannot_be_set_aside_it_is_frozen(market: Market) -> None:
    """The ledger is asked to set it aside only after its hops are used up."""
    market.serial, market.listing = _last_hop(market)
    deal = disputed(market)
    market.work()
    assert market.regions(deal)[1] == "frozen"
    assert (market.card.state, market.card.holder) == ("frozen", market.buyer)
    assert Matter.objects.filter(deal=deal).exists() or deal.dispute in {"evidence", "escalated"}
    left = Action.objects.filter(confirmation=market.now(deal).disputed_by).values_list("kind", "state")
    assert dict(left) == {"set_aside": "refused", "give_up": "declined", "end_sale": "declined"}


def _last_hop(market: Market) -> tuple[int, Any]:
    from tests.web.actions.sales import offer
    from tests.web.people import claim

    product = market.ledger.define("两跳", max_hops=2)
    [serial] = market.ledger.issue(product=product)
    claim(market.seller, market.ledger, [serial])
    return serial, offer(market.seller, serial)


def test_time_decides_nothing_against_whoever_said_something(market: Market, later: Any) -> None:
    """Nobody of the staff decides: after 30 days the buyer is refunded, for the card is unspent."""
    deal = disputed(market)
    for hours in range(0, 31 * 24, 6):
        later(hours * HOUR_MS)
        from cardtrail.web.orders.models import Pulse

        Pulse.objects.all().delete()
        fire(now_ms())
    market.work()
    assert market.regions(deal)[:3] == ("refunded", "returned", "refunded")
    assert market.card.holder == market.seller


def test_by_time_alone_it_is_confirmed(market: Market, later: Any) -> None:
    deal = market.bought()
    later(3 * DAY_MS)
    fire(now_ms())
    market.work()
    assert market.regions(deal)[:3] == ("completed", "buyers", "released")
