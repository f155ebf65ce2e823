"""What all works of one run share: how much to do, the yardstick, and the ledgers, prepared once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cardtrail.cli.benching.figures import Figure, conditions
from cardtrail.cli.benching.stock import Stock, prepare
from cardtrail.cli.benching.yardstick import Measured, Yardstick

CARDS = 100_000
SCALE_CARDS = 5_000_000
ROUNDS = 3


@dataclass(slots=True)
class Setting:
    """One run.

    root     where the ledgers are kept
    cards    how many cards; none: what each work takes by itself
    count    commands or requests in a round; none: what each work takes by itself
    rounds   how often each work is timed; the round in the middle is reported
    """

    root: Path
    cards: int | None = None
    count: int | None = None
    rounds: int = ROUNDS
    yardstick: Yardstick = field(default_factory=Yardstick)

    def stock(self, cards: int | None = None) -> Stock:
        """A ledger of so many cards; the same again as earlier in this run, or in an earlier one in this place."""
        wanted = cards or self.cards or CARDS
        return prepare(self.root / f"cards-{wanted}", wanted)

    def each(self, usual: int) -> int:
        """How much is done in a round."""
        return self.count or usual


def figure(work: str, measured: Measured, *parts: str, times: bool = True) -> Figure:
    """A measurement as a line of the table. `times`: how long one request took says something about this work."""
    rate, ratio = measured.rate_per_s, measured.ratio_to_v
    p50_ms, p99_ms = (measured.p50_ms, measured.p99_ms) if times else (None, None)
    return Figure(work, rate, ratio, p50_ms, p99_ms, conditions(*parts, f"V {rate / ratio:,.0f}/s"))
