"""How long things may take, in one place, each with where it comes from. "design" is the design of this market's
orders; "ours" was decided here, where the design leaves room."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cardtrail.deals.deadlines import DAY_MS, HOUR_MS, MINUTE_MS, Timer


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time and where it comes from."""

    length_ms: int
    source: str


PERIODS: Final[Mapping[Timer, Period]] = {
    Timer.PAYMENT: Period(15 * MINUTE_MS, "design: 15 min to begin paying"),
    Timer.PENDING: Period(2 * HOUR_MS, "design: at most 2 h for the provider to say whether it was paid"),
    Timer.VERDICT: Period(10 * MINUTE_MS, "ours: risk that does not answer never means allow, but a hold"),
    Timer.STEP_UP: Period(30 * MINUTE_MS, "design: 30 min to prove oneself once more"),
    Timer.RISK_HOLD: Period(
        24 * HOUR_MS, "design: at most 24 h, then a person has said yes or it is refunded"
    ),
    Timer.RECONCILE: Period(
        10 * MINUTE_MS, "design: after 10 min the ledger is asked (ours: then ever less often)"
    ),
    Timer.EVIDENCE_BUYER: Period(
        48 * HOUR_MS, "design: 48 h each side (ours: both at once, from the opening)"
    ),
    Timer.EVIDENCE_SELLER: Period(
        48 * HOUR_MS, "design: 48 h each side (ours: both at once, from the opening)"
    ),
    Timer.DECISION: Period(5 * DAY_MS, "design: decided within 5 d"),
    Timer.APPEAL: Period(7 * DAY_MS, "design: 7 d to appeal, once"),
    Timer.APPEAL_DECISION: Period(5 * DAY_MS, "ours: an appeal is decided as fast as the first time"),
    Timer.HARD_STOP: Period(30 * DAY_MS, "design: 30 d from the opening of a dispute"),
    Timer.REMINDER: Period(24 * HOUR_MS, "ours: staff hear every day of what waits for them too long"),
    Timer.MONEY: Period(
        5 * MINUTE_MS, "ours: a provider that says nothing is asked after 5 min, then ever less often"
    ),
    Timer.CHARGEBACK: Period(120 * DAY_MS, "ours: card schemes end a chargeback within about four months"),
    Timer.LISTING: Period(30 * DAY_MS, "design: a listing stays for 30 d"),
    Timer.OFFER: Period(24 * HOUR_MS, "design: an offer stands for 24 h, and each counter-offer"),
}
"""Timers of fixed length. `CONFIRM` and `PAYOUT` follow from risk and the way of paying: see `INSPECTION_MS`."""


class Risk(enum.Enum):
    """How carefully a deal is treated: what the risk room says of it in one word."""

    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


MOST_INSPECTION_MS: Final = 72 * HOUR_MS
"""design: between 0 and 72 h after delivery an order is confirmed by itself."""

INSPECTION_MS: Final[Mapping[tuple[Risk, bool], int]] = {
    (Risk.MINIMAL, False): 0,
    (Risk.MINIMAL, True): 2 * HOUR_MS,
    (Risk.LOW, False): 2 * HOUR_MS,
    (Risk.LOW, True): 24 * HOUR_MS,
    (Risk.MEDIUM, False): 24 * HOUR_MS,
    (Risk.MEDIUM, True): 48 * HOUR_MS,
    (Risk.HIGH, False): MOST_INSPECTION_MS,
    (Risk.HIGH, True): MOST_INSPECTION_MS,
}
"""ours, within the design's 0-72 h: by risk, and whether the payer's bank can take the payment back (a card can, a
balance cannot)."""

PAYOUT_MS: Final[Mapping[tuple[Risk, bool], int]] = {
    **{(risk, False): 0 for risk in Risk},
    (Risk.MINIMAL, True): 2 * HOUR_MS,
    (Risk.LOW, True): 12 * HOUR_MS,
    (Risk.MEDIUM, True): 24 * HOUR_MS,
    (Risk.HIGH, True): MOST_INSPECTION_MS,
}
"""ours: how long after delivery the seller is paid at the earliest, even if the buyer confirms at once. Who pays with a
stolen card confirms at once, too, and a long clean record is what an account is taken over for: so a payment that its
bank can take back always leaves the card's owner some hours to notice, whatever the risk."""

MOST_BETWEEN_ASKING_MS: Final = DAY_MS
"""ours: who was asked and said nothing is asked again after twice the time, but at least once a day."""

SILENT_MS: Final = HOUR_MS
"""ours: after so long without an answer it is a case for staff."""

MOST_EVIDENCE: Final = 20
"""ours: pieces of evidence that each side may show in one dispute."""

MOST_ROUNDS: Final = 6
"""design: so often may an offer be countered."""

# Records and limits. All of them "ours", in fen, and to be tuned by what the simulation of the market shows.

LIMITS_CURRENCY: Final = "CNY"
"""ours: the money that the limits are in. Amounts of another one are not compared with them; where limits apply, deals
in a currency for which none are set are refused."""

MATURE_MS: Final = 7 * DAY_MS
"""ours: so long after its end a deal begins to count; what is stolen is mostly told within days."""

MOST_BY_ONE_COUNTERPART_MINOR: Final = 1_000_00
"""ours: the most that deals with one person add to one's standing. A ring of two earns one deal's worth."""

BASE_MINOR: Final = 500_00
"""ours: one order of a newcomer, below the median loss of a fraud case (800 yuan, as reported for 2023)."""

LEAST_MINOR: Final = 100_00
"""ours: what is left to somebody who lost disputes, so that there is a way back."""

MOST_MINOR: Final = 20_000_00
"""ours: one order of anybody."""

GROWTH_BP: Final = 5_000
"""ours: half of clean value is added to the limit of one order, and so all of it to what may be under way."""

LOSS_WEIGHT: Final = 3
"""ours: what was lost counts threefold against the limit."""

BASE_LISTINGS: Final = 5
CLEAN_FOR_A_LISTING_MINOR: Final = 500_00
MOST_LISTINGS: Final = 50
"""ours: cards on offer: of a newcomer, one more for so much clean value, of anybody."""
