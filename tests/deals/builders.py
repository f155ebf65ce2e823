"""Orders brought to where a test needs them, by the events that lead there."""

from __future__ import annotations

from cardtrail.deals import events as e
from cardtrail.deals.codes import Refused
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.effects import AnyEffect
from cardtrail.deals.order import Order, decide, open_order
from cardtrail.deals.parts import Pace, Payment
from cardtrail.deals.regions import Advice, Stage

BUYER, SELLER, STAFF, COLLEAGUE = "buyer", "seller", "staff", "colleague"
PRICE = 90_00
BALANCE = 100_00
HASH = "ab" * 32
T0 = 1_700_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR
SLOW = Pace(72 * HOUR, 0)


def new(pace: Pace = SLOW, now_ms: int = T0) -> Order:
    answer = open_order(
        id="o1",
        listing="l1",
        listing_version=1,
        serial=7,
        seller=SELLER,
        buyer=BUYER,
        price_minor=PRICE,
        currency="CNY",
        balance_minor=BALANCE,
        pace=pace,
        now_ms=now_ms,
    )
    assert not isinstance(answer, Refused)
    return answer.after


def payment(id: str = "p1", amount: int = PRICE, currency: str = "CNY", *, fits: bool = True) -> Payment:
    return Payment(id, amount, currency, "payer-account", fits, T0)


PAID = e.Paid(payment())
ALLOW = e.Verdict(1, Advice.ALLOW)
DELIVERED = e.Delivered(BALANCE)
DISPUTE = e.OpenDispute(BUYER, "empty", HASH)
DONE = (e.EvidenceDone(BUYER), e.EvidenceDone(SELLER))


def go(order: Order, *events: e.Event, now_ms: int | None = None) -> tuple[Order, list[AnyEffect]]:
    """The order after these events and all their effects; none of them may be refused."""
    effects: list[AnyEffect] = []
    for event in events:
        answer = decide(order, event, order.changed_ms if now_ms is None else now_ms)
        assert not isinstance(answer, Refused), (event, answer)
        order = answer.after
        effects += answer.effects
    return order, effects


def after(order: Order, *events: e.Event, now_ms: int | None = None) -> Order:
    return go(order, *events, now_ms=now_ms)[0]


def refusal(order: Order, event: e.Event, now_ms: int | None = None) -> str:
    answer = decide(order, event, order.changed_ms if now_ms is None else now_ms)
    assert isinstance(answer, Refused), answer
    return answer.code.code


def names(effects: list[AnyEffect]) -> list[str]:
    """The kinds of effects, without what people are told."""
    return [type(effect).__name__ for effect in effects if type(effect).__name__ not in ("Tell", "OpenCase")]


def told(effects: list[AnyEffect]) -> list[str]:
    """What parties and staff are told."""
    return [effect.what for effect in effects if type(effect).__name__ in ("Tell", "OpenCase")]


def funded() -> Order:
    return after(new(), PAID)


def delivering() -> Order:
    return after(funded(), ALLOW)


def delivered(pace: Pace = SLOW) -> Order:
    return after(new(pace), PAID, ALLOW, DELIVERED)


def disputed() -> Order:
    return after(delivered(), DISPUTE, e.SetAside())


def deciding() -> Order:
    return after(disputed(), *DONE)


def at(stage: Stage) -> Order:
    """An order at a stage, by the shortest way."""
    ways = {
        Stage.AWAITING_PAYMENT: new,
        Stage.PAYMENT_PENDING: lambda: after(new(), e.PaymentBegun()),
        Stage.FUNDED: funded,
        Stage.DELIVERING: delivering,
        Stage.DELIVERED: delivered,
        Stage.DISPUTED: disputed,
        Stage.CONTESTED: lambda: after(delivered(), e.ChargedBack("p1", PRICE)),
        Stage.CONFIRMED: lambda: after(delivered(Pace(HOUR, DAY)), e.Confirm(BUYER)),
        Stage.RELEASING: lambda: after(delivered(), e.Confirm(BUYER)),
        Stage.REFUNDING: lambda: after(delivering(), e.DeliveryRefused("hold_expired")),
        Stage.SPLITTING: lambda: after(
            disputed(), e.ProposeSplit(SELLER, 10_00), e.AcceptSplit(BUYER, 10_00)
        ),
        Stage.COMPLETED: lambda: after(delivered(), e.Confirm(BUYER), e.Released(PRICE)),
        Stage.REFUNDED: lambda: after(delivering(), e.DeliveryRefused("x"), e.Refunded("p1", PRICE)),
        Stage.SPLIT: lambda: after(at(Stage.SPLITTING), e.Refunded("p1", 10_00), e.Released(PRICE - 10_00)),
        Stage.CANCELLED: lambda: after(new(), e.Cancel(BUYER)),
        Stage.REVERSED: lambda: after(
            delivered(), e.ChargedBack("p1", PRICE), e.ChargebackEnded("p1", False)
        ),
    }
    order = ways[stage]()
    assert order.stage is stage
    return order


def pass_deadline(order: Order, timer: Timer, by_ms: int = 0) -> Order:
    """The order when a timer's moment has come, or so many milliseconds after (before, if negative)."""
    deadline = order.deadline(timer)
    assert deadline is not None, timer
    return after(order, e.DeadlinePassed(timer), now_ms=deadline.at_ms + by_ms)
