"""A card on offer as it is drawn: from the listing's own columns, for the card itself is somebody else's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """A product, as far as a drawing needs it."""

    name: str


@dataclass(frozen=True, slots=True)
class Face:
    """What `card_face` draws."""

    serial: int
    product: Named
    product_id: int
    currency: str
    face_minor: int
    balance_minor: int
    expires_ms: int | None
    state: str
