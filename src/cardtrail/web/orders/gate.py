"""The question to risk between payment and delivery. Whoever answers registers here; that nobody does, or that the
answer fails, never means "allow": a small order is held for a person, a large one is blocked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.db import transaction

from cardtrail.deals.events import Verdict
from cardtrail.deals.parameters import LIMITS_CURRENCY
from cardtrail.deals.regions import Advice
from cardtrail.web.orders.models import Deal

log = logging.getLogger(__name__)

SMALL_MINOR: Final = 20_000
"""Up to here an order counts as small: it is held, not blocked, when risk itself fails. In `LIMITS_CURRENCY`; an order
in another one never counts as small."""

Ask = Callable[[Deal], tuple[Advice, tuple[str, ...]]]

_ask: Ask | None = None


def answered_by(ask: Ask | None) -> Ask | None:
    """From now on this answers, with advice and the codes of its reasons, inside the decision's transaction. Gives
    what answered before. The risk app says so when it is ready."""
    global _ask
    before, _ask = _ask, ask
    return before


def verdict(deal: Deal, question: int) -> Verdict:
    """Risk's answer, in the caller's transaction: what it counts and what follows from it are written together."""
    try:
        if _ask is None:
            raise LookupError("no risk room answers")
        with transaction.atomic():
            advice, reasons = _ask(deal)
    except Exception:
        log.exception("risk could not answer about order %s", deal.number)
        small = deal.currency == LIMITS_CURRENCY and deal.price_minor <= SMALL_MINOR
        advice = Advice.HOLD if small else Advice.BLOCK
        reasons = ("risk_failed",)
    return Verdict(question, advice, reasons[:32])
