"""A sale whose payment the bank takes back was none: it makes no price, no record and no success, unless the bank gives
the money again."""

from __future__ import annotations

import pytest

from cardtrail.payments import port
from cardtrail.web.market import bands, browsing, desk_figures, following
from cardtrail.web.market.models import Sold
from cardtrail.web.orders import acts, incoming
from cardtrail.web.orders.deciding import go
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.clock import now_ms
from tests.web.market.stalls import PRICE_MINOR, Stalls
from tests.web.people import witness

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def sold(stalls: Stalls) -> Deal:
    deal = stalls.bought(stalls.sell())
    acts.confirm_receipt(witness(stalls.buyer), deal)
    deal.refresh_from_db()
    assert (deal.stage, deal.funds) == ("completed", "released")
    return deal


def hear(event: port.Event) -> None:
    taken = incoming.receive("sandbox", event, b"{}", {})
    assert taken is not None
    go(taken)


def taken_back(deal: Deal) -> None:
    hear(
        port.ChargedBack(
            event_id=f"back-{deal.number}", payment_id=deal.payment_id, order_id=deal.number, at_ms=now_ms(),
            amount_minor=PRICE_MINOR,
        )
    )  # fmt: skip


def decided(deal: Deal, *, won: bool) -> None:
    hear(
        port.ChargebackEnded(
            event_id=f"end-{deal.number}", payment_id=deal.payment_id, order_id=deal.number, at_ms=now_ms(),
            amount_minor=PRICE_MINOR, won=won,
        )
    )  # fmt: skip


def counted(stalls: Stalls) -> tuple[int, int, int, int, int]:
    """Sales in bands and charts, in the seller's record on cards, in the desk's prices, as a success, taken back."""
    since_ms = desk_figures.since(7)
    success = desk_figures.success(since_ms)
    [today] = [counts for _, counts, _ in desk_figures.days(since_ms)[-1:]]
    assert today.get("completed", 0) == success.completed
    assert today.get("reversed", 0) == success.by_stage.get("reversed", 0)
    return (
        len(bands.sales("CNY")),
        browsing.sold_by([stalls.seller.pk]).get(stalls.seller.pk, 0),
        sum(size.sales for size in desk_figures.prices(since_ms)),
        success.completed,
        success.by_stage.get("reversed", 0),
    )


def test_it_counts_while_the_payment_stands(stalls: Stalls) -> None:
    deal = sold(stalls)
    assert counted(stalls) == (1, 1, 1, 1, 0)
    taken_back(deal)
    assert counted(stalls) == (0, 0, 0, 0, 1)
    decided(deal, won=True)
    assert counted(stalls) == (1, 1, 1, 1, 0)


def test_a_payment_that_is_lost_does_not_come_back(stalls: Stalls) -> None:
    deal = sold(stalls)
    taken_back(deal)
    decided(deal, won=False)
    assert counted(stalls) == (0, 0, 0, 0, 1)


def test_another_sale_goes_on_counting(stalls: Stalls) -> None:
    first, second = sold(stalls), sold(stalls)
    taken_back(first)
    assert counted(stalls) == (1, 1, 1, 1, 1)
    assert [sale.id for sale in bands.sales("CNY")] == [str(second.pk)]


def test_prices_are_read_anew_though_the_last_to_be_taken_back_stays_so(stalls: Stalls) -> None:
    first, second = sold(stalls), sold(stalls)
    taken_back(first)
    taken_back(second)
    assert bands.sales("CNY") == []
    decided(first, won=True)
    assert [sale.id for sale in bands.sales("CNY")] == [str(first.pk)]


def test_prices_are_read_anew_though_as_many_stand_as_before(stalls: Stalls) -> None:
    first, second = sold(stalls), sold(stalls)
    taken_back(first)
    assert [sale.id for sale in bands.sales("CNY")] == [str(second.pk)]
    decided(first, won=True)
    taken_back(second)
    assert [sale.id for sale in bands.sales("CNY")] == [str(first.pk)]


def test_taken_back_while_the_seller_is_being_paid_it_was_never_sold(stalls: Stalls) -> None:
    deal = stalls.bought(stalls.sell())
    stalls.play.cut = True
    acts.confirm_receipt(witness(stalls.buyer), deal)
    taken_back(deal)
    stalls.play.cut = False
    deal.refresh_from_db()
    assert deal.stage == "releasing"
    hear(
        port.Released(
            event_id="out", payment_id=deal.payment_id, order_id=deal.number, at_ms=now_ms(), key="",
            amount_minor=PRICE_MINOR,
        )
    )  # fmt: skip
    deal.refresh_from_db()
    assert (deal.stage, deal.funds) == ("completed", "reversed")
    assert not Sold.objects.exists()
    decided(deal, won=True)
    assert Sold.objects.filter(Sold.STANDS).count() == 1


def test_it_is_undone_with_the_orders_change(stalls: Stalls, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the same transaction: neither without the other."""
    deal = sold(stalls)

    def fail(*_: object) -> None:
        raise RuntimeError("the database is on fire")

    with monkeypatch.context() as patched:
        patched.setattr("cardtrail.web.orders.effects.ToDo.write", fail)
        with pytest.raises(RuntimeError):
            taken_back(deal)
    deal.refresh_from_db()
    assert deal.funds == "released"
    assert counted(stalls) == (1, 1, 1, 1, 0)


def test_told_again_it_changes_nothing(stalls: Stalls) -> None:
    deal = sold(stalls)
    before = Sold.objects.values().get()
    following.staged(deal, None, deal.order)
    following.staged(deal, deal.order, deal.order)
    assert Sold.objects.values().get() == before
