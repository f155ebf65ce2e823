"""How shares stand in the sentences of this room."""

from __future__ import annotations


def percent(share_bp: int) -> str:
    """A share as people write it, without needless noughts: `86%`, `86.5%`, `86.05%`."""
    whole, part = divmod(share_bp, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + "%"
