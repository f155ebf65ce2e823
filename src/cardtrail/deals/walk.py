"""Every order that can come about, in the abstract: where the picture of the machine and its tests come from.

Orders that differ in times, amounts and how often something was asked only are taken for one. From each, everything is
tried that can happen: every event in its variants by whoever may make it, and every timer that runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from cardtrail.deals import events as e
from cardtrail.deals.codes import Refused
from cardtrail.deals.deadlines import Deadline, Timer
from cardtrail.deals.decided import Decided
from cardtrail.deals.effects import AnyEffect
from cardtrail.deals.order import decide, open_order
from cardtrail.deals.order_state import Order
from cardtrail.deals.parameters import Risk
from cardtrail.deals.parts import Payment, pace
from cardtrail.deals.regions import Advice, Gate, Outcome, Stage
from cardtrail.deals.rows import Trigger

PRICE_MINOR = 90_00
PART_MINOR = 30_00
BUYER, SELLER, STAFF, COLLEAGUE = "buyer", "seller", "staff", "colleague"


class Step(NamedTuple):
    """One order, one event, and what was decided."""

    before: Order
    event: e.Event
    answer: Decided[Order, AnyEffect] | Refused

    @property
    def trigger(self) -> Trigger:
        """What the table has a row for."""
        return self.event.timer if isinstance(self.event, e.DeadlinePassed) else type(self.event)

    @property
    def after(self) -> Order:
        """The order as it is then."""
        return self.before if isinstance(self.answer, Refused) else self.answer.after


def opened() -> Order:
    """The order that all walks begin with: paid by card, of middling risk, so that every timer has its turn."""
    answer = open_order(
        id="order",
        listing="listing",
        listing_version=1,
        serial=7,
        seller=SELLER,
        buyer=BUYER,
        price_minor=PRICE_MINOR,
        currency="CNY",
        balance_minor=100_00,
        pace=pace(Risk.HIGH, reversible=True),
        now_ms=0,
    )
    if isinstance(answer, Refused):
        raise LookupError(answer.code.code)
    return answer.after


def payment(id: str = "first", amount_minor: int = PRICE_MINOR, *, fits: bool = True) -> Payment:
    """A payment of the walk's price."""
    return Payment(id, amount_minor, "CNY", "account", fits, 0)


def everything(order: Order) -> Iterator[e.Event]:
    """All that can happen to an order but for time, in the variants that may make a difference."""
    digest = "00" * 32
    yield from (
        e.PaymentBegun(),
        e.PaymentFailed(),
        e.StillHeld(),
        e.Delisted(),
        e.CardUnusable("card_frozen"),
    )
    yield from (e.Paid(payment()), e.Paid(payment(fits=False)), e.Paid(payment("second")))
    yield e.Paid(payment("third", PRICE_MINOR - 1))
    yield from (e.PartyGone(who, "suspended") for who in (BUYER, SELLER, "stranger"))
    yield from (e.Verdict(order.question, advice) for advice in Advice)
    yield from (e.Verdict(order.question + 1, Advice.ALLOW), e.StepUpPassed(), e.StepUpFailed())
    yield from (e.ReviewRisk(STAFF, allow) for allow in (True, False))
    yield from (e.Delivered(order.balance_minor), e.Delivered(1), e.DeliveryRefused("hold_expired"))
    yield from (e.SetAside(), e.SetAsideRefused("too_many_hops"), e.Frozen(), e.FreezeRefused("card_dead"))
    yield from (e.Unfrozen(), e.AsideEnded(), e.AsideEndRefused("card_not_held"), e.CardUsed("redeemed"))
    yield from (e.GivenBack(), e.GiveBackRefused("hold_expired"))
    yield from (
        e.Cancel(BUYER),
        e.Confirm(BUYER),
        e.OpenDispute(BUYER, "empty", digest),
        e.DropDispute(BUYER),
    )
    for side in (BUYER, SELLER):
        yield from (e.GiveEvidence(side, digest), e.EvidenceDone(side), e.Appeal(side, digest))
        yield from (e.ProposeSplit(side, PART_MINOR), e.AcceptSplit(side, PART_MINOR), e.AcceptDecision(side))
    yield e.Concede(SELLER)
    for outcome in Outcome:
        yield e.DecideDispute(STAFF, outcome, PART_MINOR)
        yield from (e.DecideAppeal(by, outcome, PART_MINOR) for by in (STAFF, COLLEAGUE))
    for amount_minor in (PRICE_MINOR, PRICE_MINOR - PART_MINOR, PART_MINOR):
        yield e.Released(amount_minor)
        yield e.Refunded("first", amount_minor)
    yield e.ReleaseRefused("account_closed")
    for id, amount_minor in (("first", PRICE_MINOR), ("second", PRICE_MINOR), ("third", PRICE_MINOR - 1)):
        yield from (e.Refunded(id, amount_minor), e.RefundRefused(id, "account_closed"))
        yield e.ChargedBack(id, amount_minor)
        yield from (e.ChargebackEnded(id, won) for won in (True, False))


def likeness(order: Order) -> Hashable:
    """What tells two orders apart in the abstract."""
    decision, back = order.decision, order.chargeback
    return (
        order.stage, order.card, order.funds, order.dispute,
        order.gate if order.delivered_ms is None or order.gate is Gate.PAYOUT_HOLD else None,
        back and (back.won,),
        order.card_used,
        order.evidence_open if order.stage is Stage.DISPUTED else None,
        decision and decision.outcome if not order.terminal else None,
        None if order.terminal else frozenset(stray.at for stray in order.strays),
        order.deadline(Timer.REMINDER) is None,
    )  # fmt: skip


def steps(start: Order | None = None) -> Iterator[Step]:
    """Everything that can happen to every order that can come about, each once."""
    first = opened() if start is None else start
    seen, waiting = {likeness(first)}, deque([first])
    while waiting:
        order = waiting.popleft()
        for before, event, now_ms in _tries(order):
            answer = decide(before, event, now_ms)
            yield Step(before, event, answer)
            if isinstance(answer, Refused) or answer.after is before:
                continue
            if (like := likeness(answer.after)) not in seen:
                seen.add(like)
                waiting.append(answer.after)


def _tries(order: Order) -> Iterator[tuple[Order, e.Event, int]]:
    for event in everything(order):
        yield order, event, order.changed_ms
    for deadline in order.deadlines:
        now_ms = max(deadline.at_ms, order.changed_ms)
        yield _only(order, deadline, now_ms), e.DeadlinePassed(deadline.timer), now_ms


def _only(order: Order, deadline: Deadline, now_ms: int) -> Order:
    """The order in which this deadline is over first: likeness forgets which is, so each is tried."""
    others = (
        replace(each, at_ms=max(each.at_ms, now_ms + 1)) for each in order.deadlines if each != deadline
    )
    return replace(order, deadlines=(deadline, *others))
