"""What may happen to a card while it is listed, ordered or just delivered; risk's word; parties that go."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from cardtrail.deals import events
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.effects import Freeze, Unfreeze
from cardtrail.deals.parameters import PERIODS
from cardtrail.deals.regions import Advice
from cardtrail.web.accounts.deletion import objections_of
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.actions.waiting import let_go
from cardtrail.web.orders import acts, gate, ledger_side, opening
from cardtrail.web.orders.deciding import go, take
from cardtrail.web.orders.models import Claim, Deal, Matter
from cardtrail.web.orders.refusals import NotPossible
from tests.web.actions.sales import action_of
from tests.web.orders.market import Market
from tests.web.orders.test_paying import standing
from tests.web.people import do, witness

pytestmark = pytest.mark.django_db
CASE = {"cause": "fraud", "case": "ab" * 32}


def paid(market: Market, deal: Deal) -> Deal:
    market.play.pay(deal)
    market.play.deliver()
    market.work()
    return market.now(deal)


def refunded(market: Market, deal: Deal) -> bool:
    money = standing(market, deal)
    return (money.paid_minor, money.refunded_minor, money.held_minor) == (45_000, 45_000, 0)


@pytest.mark.parametrize("kind", ["freeze", "void"])
def test_stopped_before_it_is_paid_the_order_ends(market: Market, kind: str) -> None:
    deal = market.order()
    assert do(None, Order(kind, market.serial, CASE))[0].state == "done"
    assert market.now(deal).stage == "cancelled"
    with pytest.raises(NotPossible) as refused:
        market.order(market.other)
    assert refused.value.code == "not_on_sale"


def test_stopped_behind_our_back_the_money_comes_back(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The freeze is on the ledger, but the order has not heard of it when the payment arrives."""
    from cardtrail.web.ledger import follow

    deal = market.order()
    monkeypatch.setattr(follow, "_listeners", [])
    do(None, Order("freeze", market.serial, CASE))
    monkeypatch.undo()
    deal = paid(market, deal)
    market.play.deliver()
    assert market.regions(deal)[0] == "refunded"
    assert refunded(market, deal)
    assert market.card.holder == market.seller


def test_the_hold_lasts_until_everything_that_can_happen_before_delivery_is_over(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card whose hold ends while its buyer pays or staff look would be the seller's again, and the price paid."""
    waits = (Timer.PAYMENT, Timer.PENDING, Timer.VERDICT, Timer.STEP_UP, Timer.RISK_HOLD, Timer.RECONCILE)
    assert sum(PERIODS[timer].length_ms for timer in waits) < opening.HOLD_LEFT_MS
    ends_ms = market.card.hold_until_ms
    assert ends_ms is not None
    monkeypatch.setattr(opening, "now_ms", lambda: ends_ms - opening.HOLD_LEFT_MS + 1)
    with pytest.raises(NotPossible) as refused:
        market.order()
    assert refused.value.code == "hold_too_short"
    assert not Deal.objects.exists()
    monkeypatch.setattr(opening, "now_ms", lambda: ends_ms - opening.HOLD_LEFT_MS)
    assert market.order().stage == "awaiting_payment"


def test_risk_fails_for_an_order_in_another_money(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts as small is an amount of one money."""
    monkeypatch.setattr(gate, "SMALL_MINOR", 45_000)
    monkeypatch.setattr(gate, "_ask", None)
    deal = market.order()
    assert gate.verdict(deal, 1).advice is Advice.HOLD
    deal.currency = "KWD"
    assert gate.verdict(deal, 1).advice is Advice.BLOCK


def test_a_listing_that_ended_sells_nothing(market: Market) -> None:
    let_go(action_of(market.listing, "end_sale").id)
    perform(market.listing)
    with pytest.raises(NotPossible) as refused:
        market.order()
    assert refused.value.code == "not_on_sale"


def test_ended_while_it_was_ordered_the_money_comes_back(market: Market) -> None:
    deal = market.order()
    let_go(action_of(market.listing, "end_sale").id)
    perform(market.listing)
    assert market.card.state == "active"
    assert market.now(deal).stage == "cancelled"


@pytest.mark.database
def test_nobody_orders_their_own(market: Market) -> None:
    with pytest.raises(NotPossible) as refused:
        market.order(market.seller)
    assert refused.value.code == "self_purchase"
    assert not Deal.objects.exists()


@pytest.mark.database
def test_one_order_reserves_a_card(market: Market) -> None:
    market.order()
    with pytest.raises(NotPossible) as refused:
        market.order(market.other)
    assert refused.value.code == "listing_reserved"


@pytest.mark.parametrize(("price_minor", "code"), [(45_001, "not_on_sale"), (45_000, None), (40_000, None)])
def test_never_more_than_the_hold_says(market: Market, price_minor: int, code: str | None) -> None:
    if code is None:
        assert market.order(price_minor=price_minor).price_minor == price_minor
        return
    with pytest.raises(NotPossible) as refused:
        market.order(price_minor=price_minor)
    assert refused.value.code == code


def test_risk_blocks_and_the_money_comes_back(market: Market) -> None:
    market.risk_says(Advice.BLOCK, "ring")
    deal = paid(market, market.order())
    assert market.regions(deal)[:3] == ("refunded", "free", "refunded")
    assert refunded(market, deal)
    assert market.card.state == "sale"


def test_risk_holds_and_a_person_lets_it_pass(market: Market) -> None:
    market.risk_says(Advice.HOLD, "new_device")
    deal = paid(market, market.order())
    assert (deal.stage, deal.gate) == ("funded", "hold")
    assert Matter.objects.filter(deal=deal, kind="risk_hold").exists()
    deal = acts.review(witness(market.staff), deal, "认识这位买家", allow=True)
    assert deal.stage == "delivered"


def test_risk_wants_a_proof(market: Market) -> None:
    market.risk_says(Advice.STEP_UP)
    deal = paid(market, market.order())
    assert deal.gate == "step_up"
    with pytest.raises(NotPossible):
        acts.step_up_passed(witness(market.seller), deal)
    assert acts.step_up_passed(witness(market.buyer), deal).stage == "delivered"


@pytest.mark.parametrize(("small", "held"), [(True, "hold"), (False, "blocked")])
def test_risk_that_fails_never_allows(
    market: Market, monkeypatch: pytest.MonkeyPatch, small: bool, held: str
) -> None:
    def broken(_: Deal) -> Any:
        Deal.objects.filter(pk="not a key")
        raise RuntimeError("a bug")

    gate.answered_by(broken)
    if small:
        monkeypatch.setattr(gate, "SMALL_MINOR", 45_000)
    deal = paid(market, market.order())
    assert deal.gate == held


def test_risk_sees_the_order_as_it_is_when_it_is_asked(market: Market) -> None:
    """Who has paid is part of what it judges."""
    seen: list[tuple[str, str]] = []

    def ask(deal: Deal) -> Any:
        payment = deal.order.payment
        assert payment is not None
        seen.append((deal.stage, payment.payer))
        return Advice.ALLOW, ()

    gate.answered_by(ask)
    paid(market, market.order())
    assert seen == [("funded", f"person_{market.buyer.pk.hex}")]


def test_nobody_answers_for_risk(market: Market) -> None:
    gate.answered_by(None)
    assert paid(market, market.order()).gate == "blocked"


@pytest.mark.database
def test_charged_back_after_the_seller_was_paid(market: Market) -> None:
    deal = market.bought()
    acts.confirm_receipt(witness(market.buyer), deal)
    _charge_back(market, deal)
    market.work()
    assert market.card.state == "frozen"
    [claim] = Claim.objects.all()
    assert (claim.seller, claim.amount_minor, claim.dropped_ms) == (market.seller, 45_000, None)
    assert market.now(deal).stage == "completed"
    assert Matter.objects.filter(deal=deal).exists()


@pytest.mark.database
def test_charged_back_before_the_seller_is_paid(market: Market) -> None:
    deal = market.bought()
    _charge_back(market, deal)
    market.work()
    assert market.now(deal).stage == "contested"
    assert market.card.state == "frozen"
    assert not Claim.objects.exists()


def _charge_back(market: Market, deal: Deal) -> None:
    from cardtrail.payments import port
    from cardtrail.web.orders import incoming
    from cardtrail.web.ui.clock import now_ms

    event = port.ChargedBack(
        event_id=f"cb-{deal.number}",
        payment_id=market.now(deal).payment_id,
        order_id=deal.number,
        at_ms=now_ms(),
        amount_minor=45_000,
    )
    taken = incoming.receive("sandbox", event, b"{}", {})
    assert taken is not None
    go(taken)


def test_delisted_while_it_is_paid_it_is_finished_or_refunded(market: Market) -> None:
    market.risk_says(Advice.HOLD)
    deal = paid(market, market.order())
    go(take(deal.pk, events.Delisted()))
    market.work()
    market.play.deliver()
    assert market.regions(deal)[0] == "refunded"
    assert refunded(market, deal)


@pytest.mark.database
def test_a_party_is_suspended(market: Market) -> None:
    market.risk_says(Advice.HOLD)
    deal = paid(market, market.order())
    go(take(deal.pk, events.PartyGone(str(market.seller.pk), "suspended")))
    market.work()
    market.play.deliver()
    assert market.regions(deal)[0] == "refunded"


def test_a_provider_that_does_not_take_the_money_is_not_asked_to(market: Market) -> None:
    """Or the card would be kept for a payment that nobody can make."""
    terms = market.play.provider.terms
    market.play.provider.terms = structs.replace(terms, currencies=frozenset(("USD",)))
    with pytest.raises(NotPossible) as refused:
        market.order()
    assert refused.value.code == "no_provider"
    assert not Deal.objects.exists()
    market.play.provider.terms = terms
    assert market.order().stage == "awaiting_payment"


def test_an_account_with_orders_does_not_go(market: Market) -> None:
    deal = market.bought()
    assert any("1 orders" in str(each.text.en) for each in objections_of(market.buyer))
    assert any("1 orders" in str(each.text.en) for each in objections_of(market.seller))
    acts.confirm_receipt(witness(market.buyer), deal)
    assert not any("orders" in str(each.text.en) for each in objections_of(market.seller))


def test_delivered_is_heard_from_the_ledger_whoever_was_killed_on_the_way(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that delivered dies before it hears the answer; another's projection tells."""
    from cardtrail.web.actions import perform as performing
    from cardtrail.web.ledger.follow import catch_up

    deal = market.order()
    market.play.pay(deal)
    settle = performing._settle
    monkeypatch.setattr(performing, "_settle", lambda *_: None)
    monkeypatch.setattr(performing, "catch_up", lambda **_: 0)
    market.play.deliver()
    assert market.now(deal).stage == "delivering"
    catch_up()
    assert market.now(deal).stage == "delivered"
    monkeypatch.setattr(performing, "_settle", settle)
    market.work()
    assert market.regions(deal) == ("delivered", "buyers", "held", "none")
    assert deal.delivery.__class__.objects.get(pk=deal.delivery_id).state == "done"


def test_sold_on_while_the_money_waits(market: Market) -> None:
    """The buyer gives the card away: that is acceptance, and the seller is paid."""
    from cardtrail.web.actions.public import gift_secret
    from cardtrail.web.ui.clock import DAY_MS, now_ms
    from tests.web.people import agree

    deal = market.bought()
    gift = agree(market.buyer, Order("hold", market.serial, {"until_ms": now_ms() + DAY_MS}))
    perform(gift)
    assert not market.now(deal).order.card_used
    do(market.other, Order("accept", market.serial, secret=gift_secret(gift.only_action)))
    market.work()
    assert market.now(deal).order.card_used
    assert market.now(deal).stage == "completed"


def test_a_delivery_that_takes_long_is_asked_for(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node is away for ten minutes and more; then the card comes, once. Asked meanwhile, it is still under way."""
    from cardtrail.web.orders.timers import fire
    from cardtrail.web.ui import clock
    from cardtrail.web.ui.clock import MINUTE_MS, now_ms

    deal = market.order()
    market.play.pay(deal)
    market.ledger.wire.cut = True
    assert market.play.deliver() == [200]
    try:
        for minutes in (11, 30):
            clock.set_ahead(minutes * MINUTE_MS)
            fire(now_ms())
            assert market.regions(deal)[:2] == ("delivering", "sending")
        market.ledger.wire.cut = False
        monkeypatch.setattr("cardtrail.web.ledger.follow._listeners", [])
        market.work()
        assert market.now(deal).stage == "delivering"
        clock.set_ahead(120 * MINUTE_MS)
        fire(now_ms())
    finally:
        clock.set_ahead(0)
    assert market.regions(deal)[:3] == ("delivered", "buyers", "held")


@pytest.mark.database
def test_a_delivery_that_is_refused_for_good_gives_the_money_back(market: Market) -> None:
    from cardtrail.web.actions.models import Action

    deal = market.order()
    Action.objects.filter(pk=deal.delivery_id).update(parameters={"hold": "tampered with"})
    deal = paid(market, deal)
    market.play.deliver()
    assert market.regions(deal)[:3] == ("refunded", "free", "refunded")
    assert Action.objects.get(pk=deal.delivery_id).reason_code == "unconfirmed"


def test_a_card_is_stopped_and_let_go_on_as_often_as_that_is_decided(market: Market) -> None:
    """By a dispute, then by a review of the payout, say. Decided again while it is so already, it is the same act."""
    deal = market.bought()
    freeze = Freeze(f"{deal.number}/freeze/dispute", "dispute")
    unfreeze = Unfreeze(f"{deal.number}/unfreeze")
    done = []
    for effect, stopped in ((freeze, True), (unfreeze, False)) * 3:
        given = ledger_side.stop(deal, effect)
        assert ledger_side.stop(deal, effect) == given
        perform(Confirmation.objects.get(pk=given))
        assert (market.card.frozen_by is not None) is stopped
        assert ledger_side.stop(deal, effect) == given
        done.append(given)
    assert len(set(done)) == 6
