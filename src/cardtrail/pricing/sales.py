"""What is priced, and what was sold: the facts that prices are read from."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cardtrail.pricing.value import WHOLE_BP, Value
from cardtrail.wire.money import Currency, PositiveMinor
from cardtrail.wire.scalars import Millis


class Ware(Value):
    """A card as a buyer sees it.

    balance_minor   what can still be paid with it. This is what is priced: a card of ¥1,000 with ¥80 left on it is
                    worth what an ¥80 card is
    activated_ms    when its time began
    expires_ms      when it ends, none: never
    """

    currency: Currency
    balance_minor: PositiveMinor
    activated_ms: Millis
    expires_ms: Millis | None = None


class Sale(Value):
    """A card that was sold and delivered.

    id              a name of the sale, so that equal sales are told apart
    at_ms           when it was completed
    seller, buyer   any names of theirs that stay the same; they never leave this room
    linked          the two are linked, or the sale is part of a ring, as risk sees it: its price says nothing
    """

    id: Annotated[str, Meta(min_length=1, max_length=128)]
    ware: Ware
    price_minor: PositiveMinor
    at_ms: Millis
    seller: str
    buyer: str
    linked: bool = False

    @property
    def share_bp(self) -> int:
        """The price as a share of the balance, rounded down to a basis point."""
        return self.price_minor * WHOLE_BP // self.ware.balance_minor


def one_voice(sales: list[Sale], most: int) -> list[Sale]:
    """At most so many sales of each seller and of each buyer, the newest: nobody sets a price by trading much."""
    sold: dict[str, int] = {}
    bought: dict[str, int] = {}
    kept = []
    for sale in sorted(sales, key=lambda one: (-one.at_ms, one.id)):
        if sold.get(sale.seller, 0) < most and bought.get(sale.buyer, 0) < most:
            sold[sale.seller] = sold.get(sale.seller, 0) + 1
            bought[sale.buyer] = bought.get(sale.buyer, 0) + 1
            kept.append(sale)
    return kept
