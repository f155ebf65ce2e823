"""Cards with their codes, on their way to whoever prints or sends them."""

from __future__ import annotations

from dataclasses import dataclass, field

from cardtrail.wallet.codes import CardCode
from cardtrail.wire.identifiers import card_number


@dataclass(frozen=True, slots=True)
class FreshCard:
    """A card that nobody has claimed, and its code. Its repr hides the code.

    expires_ms    the day the card ends, if that is known already
    validity_ms   otherwise how long it will be valid from its activation; none: for ever
    """

    serial: int
    code: CardCode = field(repr=False)
    product: str
    face_minor: int
    currency: str
    expires_ms: int | None = None
    validity_ms: int | None = None

    @property
    def number(self) -> str:
        """The card number, 16 digits."""
        return card_number(self.serial)


def claim_address(base: str, card: FreshCard) -> str:
    """`https://host/claim#<number>.<code>`: number and code in the fragment, which browsers do not send.

    base   the site's address, such as `https://cards.example`
    """
    return f"{base.rstrip('/')}/claim#{card.number}.{card.code.text}"
