"""Comparing orders, cards and funds: what was lost is fed in, what differs is a matter for staff, once."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from cardtrail.deals import events
from cardtrail.payments.port import ProviderRefused
from cardtrail.web.ledger import follow
from cardtrail.web.ledger.models import Card
from cardtrail.web.orders import acts, codec, hooks, reconcile
from cardtrail.web.orders.deciding import go, take
from cardtrail.web.orders.models import Deal, Errand, Matter, Reconciled
from cardtrail.web.ui.clock import now_ms
from tests.web.orders.market import Market
from tests.web.orders.test_disputes import disputed, ruled
from tests.web.people import do, witness

pytestmark = pytest.mark.django_db


@pytest.mark.database
@pytest.mark.parametrize("how", ["awaiting", "delivered", "completed", "disputed", "refunded", "cancelled"])
def test_where_all_is_well_nothing_is_found(market: Market, how: str) -> None:
    from cardtrail.deals.regions import Outcome
    from tests.web.orders.test_disputes import let_stand

    match how:
        case "awaiting":
            market.order()
        case "delivered":
            market.bought()
        case "completed":
            acts.confirm_receipt(witness(market.buyer), market.bought())
        case "disputed":
            disputed(market)
        case "refunded":
            let_stand(market, ruled(market, Outcome.REFUND), market.seller)
        case _:
            acts.cancel(witness(market.buyer), market.order())
    report = reconcile.run()
    assert (report.compared, report.fed, report.differing, report.away) == (1, {}, [], 0)


@pytest.mark.database
def test_a_payment_whose_notification_was_lost_is_fed_in(market: Market) -> None:
    deal = market.order()
    market.play.pay(deal, lost=True)
    report = reconcile.run()
    assert report.fed == {"Paid": 1}
    assert market.regions(deal) == ("delivered", "buyers", "held", "none")
    assert reconcile.run().fed == {}
    assert not Matter.objects.filter(origin="reconcile").exists()


def test_a_delivery_that_nobody_listened_to_is_fed_in(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = market.order()
    market.play.pay(deal)
    with monkeypatch.context() as deaf:
        deaf.setattr(follow, "_listeners", [])
        market.play.deliver()
    assert market.now(deal).stage == "delivering"
    report = reconcile.run()
    assert report.fed == {"Delivered": 1}
    assert market.now(deal).stage == "delivered"


def test_a_card_that_was_spent_unheard_is_fed_in(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    from cardtrail.web.actions.orders import Order

    deal = market.bought()
    with monkeypatch.context() as deaf:
        deaf.setattr(follow, "_listeners", [])
        do(market.buyer, Order("redeem", market.serial, {"amount_minor": 1, "order": "ab" * 32}))
    assert not market.now(deal).order.card_used
    assert reconcile.run().fed == {"CardUsed": 1}
    assert market.now(deal).order.card_used


@pytest.mark.database
def test_money_that_moved_behind_our_back_is_a_matter_once(market: Market) -> None:
    """Somebody refunds in the provider's own pages."""
    from cardtrail.web.orders.providers import payment_of

    deal = market.bought()
    market.play.provider.refund(payment_of(deal, deal.order), 1_000, "by_hand")
    told: list[str] = []
    hooks.on_matter(lambda matter: told.append(matter.kind))
    first, second = reconcile.run(), reconcile.run()
    assert Matter.objects.filter(deal=deal).count() == 1 or first.differing
    assert second.differing == []
    assert told
    assert len(told) == len(set(told))
    hooks._matter.pop()


@pytest.mark.database
def test_a_row_that_somebody_changed_is_a_matter(market: Market) -> None:
    from msgspec.structs import replace

    deal = market.bought()
    acts.confirm_receipt(witness(market.buyer), deal)
    deal = market.now(deal)
    forged = replace(deal.order, released_minor=1)
    Deal.objects.filter(pk=deal.pk).update(state=codec.store(forged))
    report = reconcile.run()
    assert report.differing or report.fed


def test_a_card_that_left_its_hold_unheard(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    from cardtrail.web.actions.perform import perform
    from cardtrail.web.actions.waiting import let_go
    from tests.web.actions.sales import action_of

    deal = market.order()
    with monkeypatch.context() as deaf:
        deaf.setattr(follow, "_listeners", [])
        let_go(action_of(market.listing, "end_sale").id)
        perform(market.listing)
    assert market.now(deal).stage == "awaiting_payment"
    reconcile.run()
    assert market.now(deal).stage == "cancelled"


def test_a_provider_that_is_away_is_no_difference(market: Market) -> None:
    market.bought()
    market.play.cut = True
    report = reconcile.run()
    assert (report.away, report.differing) == (1, [])


@pytest.mark.database
def test_once_a_day_and_when_a_worker_starts(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Any] = []
    monkeypatch.setattr(reconcile, "run", lambda: runs.append(1) or reconcile.Report())
    monkeypatch.setattr(reconcile, "_started", False)
    now = now_ms()
    for at_ms in (now, now + 1, now + reconcile.EVERY_MS - 1, now + reconcile.EVERY_MS):
        reconcile.run_due(at_ms)
    assert len(runs) == 2
    assert Reconciled.objects.get().at_ms == now + reconcile.EVERY_MS


@pytest.mark.database
def test_what_is_under_way_is_no_difference(market: Market) -> None:
    deal = market.bought()
    market.play.cut = True
    acts.confirm_receipt(witness(market.buyer), deal)
    market.play.cut = False
    assert Errand.objects.filter(deal=deal, kind="release", state="due").exists()
    assert reconcile.run().differing == []


def found(market: Market) -> set[str]:
    """The kinds of differences, found once and not again."""
    assert reconcile.run().differing
    assert not reconcile.run().differing
    return set(Matter.objects.filter(origin="reconcile").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("stands", "changed", "kind"),
    [
        ("held", {"hold_reference": bytes(32)}, "card_not_held"),
        ("held", {"holder_id": None}, "card_not_held"),
        ("buyers", {"holder_id": None}, "card_not_buyers"),
        ("aside", {"hold_reference": bytes(32)}, "card_not_aside"),
        ("aside", {"holder_id": None}, "card_not_aside"),
        ("frozen", {"frozen_by": None}, "card_not_frozen"),
    ],
)
def test_a_card_that_is_not_where_its_order_says_is_a_matter(
    market: Market, stands: str, changed: dict[str, Any], kind: str
) -> None:
    made = {"held": market.order, "aside": lambda: disputed(market)}
    deal = made.get(stands, market.bought)()
    if stands == "frozen":
        payment = deal.order.payment
        assert payment is not None
        go(take(deal.pk, events.ChargedBack(payment.id, 45_000)))
        market.work()
    assert market.now(deal).card == stands
    Card.objects.filter(serial=deal.serial).update(**changed)
    assert kind in found(market)


def test_a_card_that_nobody_knows_is_a_matter(market: Market) -> None:
    deal = market.bought()
    Card.objects.filter(serial=deal.serial).delete()
    assert "card_unknown" in found(market)


def test_a_card_that_is_kept_for_no_order_is_a_matter(market: Market) -> None:
    deal = disputed(market)
    Deal.objects.filter(pk=deal.pk).update(watches=False)
    assert found(market) == {"aside_of_nobody"}
    assert Matter.objects.get(kind="aside_of_nobody").serial == deal.serial


def test_money_that_is_left_after_the_end_is_a_matter(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = acts.confirm_receipt(witness(market.buyer), market.bought())
    assert deal.stage == "completed"
    query = market.play.provider.query

    def more(*given: Any, **named: Any) -> Any:
        standing = query(*given, **named)
        return replace(standing, paid_minor=standing.paid_minor + 1_000) if standing else None

    monkeypatch.setattr(market.play.provider, "query", more)
    assert found(market) == {"money_left"}


def test_money_of_a_cancelled_order_that_cannot_go_back_is_a_matter(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> Any:
        raise ProviderRefused("not_allowed")

    deal = market.order()
    market.play.cut = True
    acts.cancel(witness(market.buyer), deal)
    market.play.cut = False
    market.play.pay(deal)
    monkeypatch.setattr(market.play.provider, "refund", refused)
    market.play.deliver()
    market.work()
    assert market.now(deal).stage == "cancelled"
    assert found(market) == {"money_left"}
