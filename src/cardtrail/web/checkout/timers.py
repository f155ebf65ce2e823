"""What happens to payments without anybody looking at a page."""

from __future__ import annotations

from cardtrail.web.checkout.asking import expire_due
from cardtrail.web.checkout.paying import put_back_due


def run_due(now_ms: int) -> int:
    """End payments that are too old, and try again to put money back. Gives how many things were done."""
    return expire_due(now_ms) + put_back_due(now_ms)
