"""A payment is taken back by the payer's bank, and the bank decides: the provider's word ends it, however it comes."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.web.notices.models import Notice
from cardtrail.web.orders import acts, heard, reconcile
from cardtrail.web.orders.models import Claim, Deal, Ending
from tests.web.orders.market import Market
from tests.web.orders.test_paying import standing
from tests.web.people import witness

pytestmark = pytest.mark.django_db


def taken_back(market: Market, deal: Deal, **faults: Any) -> Deal:
    """The bank takes it back, and we hear of it."""
    market.play.faults(deal, charged_back=True, **faults)
    assert set(market.play.deliver()) == {200}
    market.work()
    return market.now(deal)


def decided(market: Market, deal: Deal, outcome: str) -> Deal:
    """The bank decides, and we hear of it."""
    market.play.faults(deal, bank_decides=outcome)
    assert set(market.play.deliver()) == {200}
    market.work()
    market.play.deliver()
    market.work()
    return market.now(deal)


def told(deal: Deal) -> set[tuple[str, Any]]:
    rows = Notice.objects.filter(key__startswith=f"{deal.pk}/tell/") | Notice.objects.filter(
        key__contains="/tell/charge"
    )
    return set(rows.values_list("kind", "person__name"))


def test_won_before_the_payout_the_card_goes_on_and_the_seller_is_paid(market: Market) -> None:
    deal = market.bought()
    assert taken_back(market, deal).stage == "contested"
    assert market.card.state == "frozen"
    assert decided(market, deal, "won").stage == "completed"
    assert (market.card.state, market.card.holder) == ("active", market.buyer)
    money = standing(market, deal)
    assert (money.released_minor, money.charged_back_minor, money.held_minor) == (45_000, 0, 0)
    assert Ending.objects.get(deal=deal).ended == "completed"
    assert {("orders.chargeback_won", "小满"), ("orders.chargeback_won", "阿强")} <= told(deal)


@pytest.mark.database
def test_lost_before_the_payout_the_deal_is_undone(market: Market) -> None:
    deal = market.bought()
    taken_back(market, deal)
    deal = decided(market, deal, "lost")
    assert (deal.stage, deal.funds) == ("reversed", "reversed")
    assert Ending.objects.get(deal=deal).ended == "reversed"
    assert ("orders.chargeback_lost", "小满") in told(deal)
    assert Notice.objects.filter(kind="orders.card_goes_back", person=market.buyer).exists()
    assert deal.matters.filter(kind="recover_card").exists(), "the issuer brings the frozen card back"


@pytest.mark.database
@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_after_the_payout_the_claim_ends_with_it(market: Market, outcome: str) -> None:
    deal = market.bought()
    acts.confirm_receipt(witness(market.buyer), deal)
    assert taken_back(market, deal).funds == "reversed"
    assert Claim.objects.get(deal=deal).dropped_ms is None
    deal = decided(market, deal, outcome)
    won = outcome == "won"
    assert (deal.stage, deal.funds) == ("completed", "released" if won else "reversed")
    assert (Claim.objects.get(deal=deal).dropped_ms is not None) is won


def test_told_in_the_wrong_order_it_ends_all_the_same(market: Market) -> None:
    deal = market.bought()
    market.play.faults(deal, charged_back=True, bank_decides="won")
    taken, ended = [body for _, body in market.play.news()][-2:]
    assert [market.play.post(body).status_code for body in (ended, taken)] == [200, 200]
    assert market.now(deal).stage == "contested"
    reconcile.run()
    market.work()
    assert market.now(deal).stage == "completed"


def test_a_lost_notification_is_asked_for(market: Market) -> None:
    """Nothing is told; the nightly comparison, and the question that follows a chargeback, find it."""
    deal = market.bought()
    taken_back(market, deal)
    market.play.faults(deal, bank_decides="won", lost=True)
    assert market.play.deliver() == []
    assert reconcile.run().fed == {"ChargebackEnded": 1}
    market.work()
    assert market.now(deal).stage == "completed"


def test_without_hearing_of_its_end_the_money_stays_where_it_is(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardtrail.deals import order as machine
    from cardtrail.deals.events import ChargebackEnded
    from cardtrail.deals.rows import SINCE_THEN

    deaf = {pair: SINCE_THEN if pair[1] is ChargebackEnded else rule for pair, rule in machine.TABLE.items()}
    monkeypatch.setattr(machine, "TABLE", deaf)
    deal = market.bought()
    taken_back(market, deal)
    assert decided(market, deal, "won").stage == "contested"


def test_an_answer_tells_the_end_only_of_what_is_open(market: Market) -> None:
    deal = market.bought()
    taken_back(market, deal)
    deal = decided(market, deal, "won")
    told = heard.events_of(deal, deal.order, standing(market, deal), 0)
    assert "ChargebackEnded" not in {type(event).__name__ for event in told}
