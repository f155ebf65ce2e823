"""The small values inside an order."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cardtrail.deals.deadlines import DAY_MS
from cardtrail.deals.parameters import INSPECTION_MS, MOST_INSPECTION_MS, PAYOUT_MS, Risk
from cardtrail.deals.regions import Outcome, Side, StrayAt
from cardtrail.deals.value import Digest, Name, Value
from cardtrail.wire.money import Currency, Minor, PositiveMinor
from cardtrail.wire.scalars import Millis

_PAYOUT_LIMIT_MS = 30 * DAY_MS


class Pace(Value):
    """How fast this order goes once the card is the buyer's; fixed when it is opened, and shown to both.

    inspection_ms  after delivery, until it is confirmed by itself: 0 to 72 h
    payout_ms      after delivery, before which the seller is not paid even if the buyer confirms
    """

    inspection_ms: Annotated[int, Meta(ge=0, le=MOST_INSPECTION_MS)]
    payout_ms: Annotated[int, Meta(ge=0, le=_PAYOUT_LIMIT_MS)] = 0


def pace(risk: Risk, *, reversible: bool) -> Pace:
    """The pace for a risk and a way of paying. `reversible`: the payer's bank can take the payment back."""
    return Pace(INSPECTION_MS[risk, reversible], PAYOUT_MS[risk, reversible])


class Payment(Value):
    """A payment as the provider states it, verified before it comes here.

    id          the provider's; the same id is the same payment, however often it is told
    payer       the account that paid, as the provider names it
    payer_fits  whether that account is the buyer's, or nothing speaks against it
    paid_ms     the provider's time, kept for people; what counts is when we hear of it
    """

    id: Name
    amount_minor: PositiveMinor
    currency: Currency
    payer: Name
    payer_fits: bool
    paid_ms: Millis


class Stray(Value):
    """A payment that was not accepted and goes back whole. `why` is one of `StrayWhy`."""

    payment: Payment
    why: str
    at: StrayAt


class Evidence(Value):
    """A piece of evidence: who showed it, its hash, when."""

    side: Side
    sha256: Digest
    at_ms: Millis


class Decision(Value):
    """What was decided in a dispute.

    by            the member of staff; empty where time decided, or the parties did
    refund_minor  the buyer's part: the whole price, nothing, or something between
    """

    by: str
    outcome: Outcome
    refund_minor: Minor
    at_ms: Millis


class Proposal(Value):
    """A party's offer to end the dispute: so much back to the buyer, the rest to the seller."""

    side: Side
    refund_minor: Minor


class Chargeback(Value):
    """The payer's bank took the payment back. `won`: none while it is contested."""

    amount_minor: PositiveMinor
    at_ms: Millis
    won: bool | None = None
