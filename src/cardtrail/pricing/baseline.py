"""Prices for as long as we know too few of our own: what a market article reported in 2023 for one brand's cards in
China. A starting point and nothing more; each band that rests on it says so."""

from __future__ import annotations

from typing import Final

from cardtrail.pricing.likeness import size_of
from cardtrail.pricing.value import Share, Value
from cardtrail.wire.words import Words

CURRENCY: Final = "CNY"
SOURCE: Final[Words] = Words("2023 年市场文章", "market article 2023")


class Reported(Value):
    """What was reported for one face value, as shares of it in basis points: [low, high].

    dealer   what dealers pay, for comparison; no band is made of it
    peak     in a holiday peak, none: not reported
    """

    face_minor: int
    second_hand: tuple[Share, Share]
    dealer: tuple[Share, Share]
    peak: tuple[Share, Share] | None = None


TABLE: Final = (
    # "small cards trade above face in holiday peaks": a premium of 5 to 8 %.
    Reported(face_minor=10_000, second_hand=(8_500, 9_000), dealer=(8_000, 8_500), peak=(10_500, 10_800)),
    Reported(face_minor=50_000, second_hand=(8_000, 8_500), dealer=(7_500, 8_000)),
    Reported(face_minor=100_000, second_hand=(7_500, 8_000), dealer=(7_000, 7_500)),
)
"""One row for each size (`likeness.size_of`). The higher the face value, the deeper the discount."""


def reported(currency: str, balance_minor: int) -> Reported | None:
    """The row for a balance; none for a currency of which nothing was reported."""
    return TABLE[size_of(balance_minor)] if currency == CURRENCY else None
