"""Payments that do not fit: late, short, over, in another currency, by somebody else, twice. None is accepted silently;
whatever is not accepted goes back whole."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.deals import events
from cardtrail.deals.regions import Advice
from cardtrail.payments import port
from cardtrail.web.orders import acts, heard, incoming
from cardtrail.web.orders.deciding import go
from cardtrail.web.orders.models import Account, Deal, Errand, Matter
from cardtrail.web.orders.providers import payment_of
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.orders.timers import fire
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import HOUR_MS, MINUTE_MS, now_ms
from tests.web.orders.market import Market
from tests.web.people import witness

pytestmark = pytest.mark.django_db


def standing(market: Market, deal: Deal) -> port.Standing:
    found = market.play.provider.query(payment_of(deal, deal.order))
    assert found is not None
    return found


@pytest.fixture
def later() -> Any:
    yield clock.set_ahead
    clock.set_ahead(0)


@pytest.mark.parametrize(
    ("faults", "account"),
    [
        ({"amount": "short"}, ""),
        ({"wrong_currency": True}, ""),
    ],
    ids=["short", "in another currency"],
)
def test_what_does_not_fit_goes_back_whole_and_the_card_stays(
    market: Market, faults: dict[str, Any], account: str
) -> None:
    deal = market.order()
    market.play.pay(deal, account, **faults)
    market.play.deliver()
    market.work()
    market.play.deliver()
    money = standing(market, market.now(deal))
    assert money.held_minor == 0
    assert money.refunded_minor == money.paid_minor > 0
    assert market.card.holder == market.seller


def test_what_is_over_goes_back(market: Market) -> None:
    deal = market.order()
    market.play.pay(deal, amount="over")
    market.play.deliver()
    market.work()
    money = standing(market, market.now(deal))
    assert money.paid_minor == 49_500
    kept = market.now(deal).order.payment
    accepted = 45_000 if kept is not None else 0
    assert money.held_minor == accepted


def test_somebody_else_pays_and_a_person_looks_at_it(market: Market) -> None:
    deal = market.order()
    market.play.pay(deal, "person_somebody_else")
    market.play.deliver()
    market.work()
    assert market.card.holder == market.seller or Matter.objects.filter(deal=deal).exists()
    assert market.now(deal).stage != "delivered"


@pytest.mark.parametrize(
    ("provider", "reference", "fits"),
    [("alipay", "2088000000000001", True), ("stripe", "acct_1", True), ("sandbox", "person_other", False)],
)
def test_where_somebody_is_paid_says_nothing_about_what_they_pay_from(
    market: Market, provider: str, reference: str, fits: bool
) -> None:
    """Or whoever sells, too, could buy nothing without a person looking."""
    deal = market.order()
    Account.objects.create(person=market.buyer, provider=provider, reference=reference, made_ms=now_ms())
    deal.provider = provider
    paid = port.Paid(
        event_id="1", payment_id="p1", order_id=deal.number, at_ms=now_ms(), amount_minor=deal.price_minor,
        currency=deal.currency, payer="2088102175953034", method=port.Method.BALANCE,
    )  # fmt: skip
    heard_of = heard.event_of(deal, paid)
    assert isinstance(heard_of, events.Paid)
    assert heard_of.payment.payer_fits is fits


def test_paid_after_its_time_goes_back_and_the_card_is_free(market: Market, later: Any) -> None:
    deal = market.order()
    market.play.faults(deal, pay_after_expiry=True)
    later(3 * HOUR_MS)
    market.play.cut = True
    fire(now_ms())
    market.play.cut = False
    assert market.regions(deal)[0] == "cancelled"
    market.play.pay(deal, pay_after_expiry=True)
    market.play.deliver()
    market.work()
    money = standing(market, market.now(deal))
    assert (money.paid_minor, money.refunded_minor) == (45_000, 45_000)
    assert market.regions(deal)[0] == "cancelled"
    assert market.card.holder == market.seller
    again = market.order(market.other)
    assert market.regions(again)[0] == "awaiting_payment"


@pytest.mark.database
def test_a_notification_that_is_hours_late_finds_the_order_as_it_was_when_it_ran_out(
    market: Market, later: Any
) -> None:
    """It was paid in time; we hear of it hours later, and no timer has fired meanwhile."""
    deal = market.order()
    market.play.pay(deal)
    later(5 * HOUR_MS)
    assert market.play.deliver() == [200]
    market.work()
    market.play.deliver()
    now = market.now(deal)
    assert now.stage == "cancelled"
    assert standing(market, now).refunded_minor == 45_000
    assert market.card.holder == market.seller


def test_paid_twice_the_second_goes_back(market: Market) -> None:
    deal = market.bought()
    second = port.Paid(
        event_id="second",
        payment_id="another",
        order_id=deal.number,
        at_ms=now_ms(),
        amount_minor=45_000,
        currency="CNY",
        payer=f"person_{market.buyer.pk.hex}",
        method=port.Method.CARD,
    )
    taken = incoming.receive("sandbox", second, b"{}", {})
    assert taken is not None
    go(taken)
    assert [stray.payment.id for stray in market.now(deal).order.strays] == ["another"]
    assert Errand.objects.filter(deal=deal, kind="refund").count() == 1
    assert market.regions(deal)[:3] == ("delivered", "buyers", "held")


def test_cancelled_before_it_is_paid(market: Market) -> None:
    deal = market.order()
    acts.cancel(witness(market.buyer), deal)
    assert market.regions(deal)[0] == "cancelled"
    assert standing(market, deal).state == "closed"
    assert market.order(market.other).stage == "awaiting_payment"


def test_cancelled_while_the_payer_pays(market: Market) -> None:
    """The payment is there first, only we do not know it yet: closing it tells us, and it goes back."""
    deal = market.order()
    market.play.pay(deal)
    acts.cancel(witness(market.buyer), deal)
    market.work()
    money = standing(market, market.now(deal))
    assert (money.paid_minor, money.held_minor) == (45_000, 0)
    market.play.deliver()
    assert market.regions(deal)[0] == "cancelled"
    assert standing(market, market.now(deal)).refunded_minor == 45_000


def test_after_paying_it_cannot_be_cancelled(market: Market) -> None:
    deal = market.bought()
    with pytest.raises(NotPossible) as refused:
        acts.cancel(witness(market.buyer), deal)
    assert refused.value.code == "cancel_after_payment"


def test_nobody_cancels_anothers_order(market: Market) -> None:
    deal = market.order()
    with pytest.raises(NotPossible) as refused:
        acts.cancel(witness(market.other), deal)
    assert refused.value.code == "not_a_party"
    with pytest.raises(NotPossible) as refused:
        acts.cancel(witness(market.seller), deal)
    assert refused.value.code == "not_the_buyer"


@pytest.mark.database
def test_a_refusal_leaves_nothing_behind(market: Market) -> None:
    from cardtrail.web.actions.models import Confirmation

    deal = market.order()
    before = (Confirmation.objects.count(), deal.steps.count(), market.now(deal).version)
    with pytest.raises(NotPossible):
        acts.confirm_receipt(witness(market.buyer), deal)
    assert (Confirmation.objects.count(), deal.steps.count(), market.now(deal).version) == before


def test_the_provider_is_away_and_comes_back(market: Market) -> None:
    market.play.cut = True
    deal = market.order()
    assert (deal.stage, deal.pay_url) == ("awaiting_payment", "")
    market.play.cut = False
    market.work()
    assert market.now(deal).pay_url.startswith("http://play/pay/")
    market.play.pay(deal)
    market.play.deliver()
    market.play.cut = True
    acts.confirm_receipt(witness(market.buyer), deal)
    assert market.regions(deal)[0] == "releasing"
    market.work()
    assert market.regions(deal)[0] == "releasing"
    market.play.cut = False
    market.work()
    assert market.regions(deal)[:3] == ("completed", "buyers", "released")


@pytest.mark.parametrize("answers", ["lost", "error"])
def test_an_answer_that_is_lost_moves_no_money_twice(market: Market, answers: str) -> None:
    deal = market.bought()
    market.play.faults(deal, answers=answers)
    acts.confirm_receipt(witness(market.buyer), deal)
    assert market.regions(deal)[0] == "releasing"
    market.work()
    market.play.faults(deal)
    market.work()
    money = standing(market, market.now(deal))
    assert (money.released_minor, money.held_minor) == (45_000, 0)
    assert market.regions(deal)[0] == "completed"
    assert market.play.provider.differences() == []


@pytest.mark.database
def test_a_refused_refund_is_a_matter_for_staff(market: Market) -> None:
    deal = market.order()
    market.play.pay(deal, amount="short", refund="refuse")
    market.play.deliver()
    market.work()
    assert Matter.objects.filter(deal=deal, closed_ms__isnull=True).exists()


@pytest.mark.database
@pytest.mark.parametrize("refund", ["slow", "fail"])
def test_a_refund_that_takes_its_time(market: Market, later: Any, refund: str) -> None:
    deal = market.order()
    market.play.pay(deal, amount="short", refund=refund)
    market.play.deliver()
    assert Errand.objects.get(deal=deal, kind="refund").state == "pending"
    later(10 * MINUTE_MS)
    market.play.deliver()
    market.work()
    if refund == "slow":
        assert standing(market, market.now(deal)).refunded_minor == 40_500
        assert [stray.at.value for stray in market.now(deal).order.strays] == ["refunded"]
    else:
        assert Matter.objects.filter(deal=deal).exists()


def test_a_lost_notification_is_asked_for(market: Market) -> None:
    from cardtrail.web.orders.errands import ask_now

    deal = market.order()
    market.play.pay(deal, lost=True)
    assert market.play.deliver() == []
    assert ask_now(deal).stage == "delivered"


@pytest.mark.parametrize("late", [False, True], ids=["an accepted payment", "one that came too late"])
def test_a_refund_that_is_only_ever_taken_is_asked_for_until_it_is_told(
    market: Market, monkeypatch: pytest.MonkeyPatch, *, late: bool
) -> None:
    """WeChat Pay answers every refund so, however often it is asked, and tells of its end in a notification."""
    asked, refund = [], market.play.provider.refund

    def taken(*given: Any) -> port.Progress:
        asked.append(given)
        refund(*given)
        return port.Progress.PENDING

    monkeypatch.setattr(market.play.provider, "refund", taken)
    market.risk_says(Advice.BLOCK)
    deal = market.order()
    market.play.cut = late
    if late:
        acts.cancel(witness(market.buyer), deal)
        market.play.cut = False
    market.play.pay(deal)
    market.play.deliver()
    market.work()
    assert Errand.objects.get(deal=deal, kind="refund").state == "pending"
    market.play.deliver()
    market.work()
    assert Errand.objects.get(deal=deal, kind="refund").state == "done"
    before = len(asked)
    market.work()
    assert len(asked) == before
    assert standing(market, market.now(deal)).held_minor == 0
