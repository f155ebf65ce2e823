"""Deadlines: absolute milliseconds, with what they are counted from, so that they can be counted again.

A day is 86,400,000 ms everywhere in this room: 30 days are 2,592,000,000 ms, whatever the month, and no clock that is
put forward or back for the summer shortens them. Our own outages do not count: a deadline is the moment by which its
whole length has passed *outside* the recorded outages. It follows from anchor, length and outages alone, so to pause
twice for the same outage is to pause once, and the order in which outages become known makes no difference."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from cardtrail.deals.value import Value
from cardtrail.wire.scalars import Duration, Millis

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class Timer(enum.Enum):
    """What a deadline is for. Each order has at most one of each running."""

    # An order's.
    PAYMENT = "payment"
    PENDING = "pending"
    VERDICT = "verdict"
    STEP_UP = "step_up"
    RISK_HOLD = "risk_hold"
    RECONCILE = "reconcile"
    CONFIRM = "confirm"
    PAYOUT = "payout"
    EVIDENCE_BUYER = "evidence_buyer"
    EVIDENCE_SELLER = "evidence_seller"
    DECISION = "decision"
    APPEAL = "appeal"
    APPEAL_DECISION = "appeal_decision"
    HARD_STOP = "hard_stop"
    REMINDER = "reminder"
    MONEY = "money"
    CHARGEBACK = "chargeback"
    # A listing's and an offer's.
    LISTING = "listing"
    OFFER = "offer"


class Deadline(Value):
    """One running timer.

    anchor_ms  the moment of the event that started it
    length_ms  how long it runs, outages not counted
    at_ms      when it is over: at this very millisecond, not one later
    """

    timer: Timer
    anchor_ms: Millis
    length_ms: Duration
    at_ms: Millis

    def due(self, now_ms: int) -> bool:
        """Whether its time is over."""
        return now_ms >= self.at_ms


Deadlines = Annotated[tuple[Deadline, ...], Meta(max_length=len(Timer))]


class Outage(Value):
    """A recorded outage of ours: from `start_ms` on, until before `end_ms`."""

    start_ms: Millis
    end_ms: Millis

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise ValueError("an outage ends after it starts")


def started(timer: Timer, anchor_ms: int, length_ms: int) -> Deadline:
    """A deadline that runs from a moment on."""
    return Deadline(timer, anchor_ms, length_ms, anchor_ms + length_ms)


def paused(deadline: Deadline, outages: Iterable[Outage]) -> Deadline:
    """The same deadline with every outage left out that it ran into. `outages` are all that are known, in any order;
    they may overlap.

    A deadline that would fall on the very start of an outage had its whole length and does not move."""
    at_ms = deadline.anchor_ms + deadline.length_ms
    counted_to_ms = deadline.anchor_ms
    for outage in sorted(outages, key=lambda each: each.start_ms):
        if outage.start_ms >= at_ms:
            break
        at_ms += max(0, outage.end_ms - max(outage.start_ms, counted_to_ms))
        counted_to_ms = max(counted_to_ms, outage.end_ms)
    return replace(deadline, at_ms=at_ms)


def all_paused(deadlines: Deadlines, outages: Iterable[Outage]) -> Deadlines:
    """`paused` for each."""
    known = tuple(outages)
    return tuple(paused(deadline, known) for deadline in deadlines)


def with_deadline(deadlines: Deadlines, deadline: Deadline) -> Deadlines:
    """With this one running, in place of an earlier one of its kind; soonest first."""
    return tuple(sorted((*without(deadlines, deadline.timer), deadline), key=_order))


def without(deadlines: Deadlines, *timers: Timer) -> Deadlines:
    """Without these timers, whether or not they ran."""
    return tuple(deadline for deadline in deadlines if deadline.timer not in timers)


def find(deadlines: Deadlines, timer: Timer) -> Deadline | None:
    """The running deadline of that kind."""
    return next((deadline for deadline in deadlines if deadline.timer is timer), None)


def next_due(deadlines: Deadlines, now_ms: int) -> Deadline | None:
    """The first of those whose time is over."""
    return min((deadline for deadline in deadlines if deadline.due(now_ms)), key=_order, default=None)


_PLACES = {timer: place for place, timer in enumerate(Timer)}


def _order(deadline: Deadline) -> tuple[int, int]:
    # What happens first at the same millisecond is fixed: the order of declaration.
    return deadline.at_ms, _PLACES[deadline.timer]
