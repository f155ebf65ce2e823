"""How carefully a deal that is allowed is treated: how long the money waits before the seller has it."""

from __future__ import annotations

import enum
from typing import Final

from cardtrail.risk.port import Verdict


class Care(enum.StrEnum):
    """From the least care to the most."""

    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


WELL_KNOWN_TIMES: Final = 10
"""Whose clean deals are worth ten times this one loses more by cheating than this one brings. Ours."""

_ORDER = list(Care)


def care(*verdicts: Verdict) -> Care:
    """The care for a deal, from the verdicts on its sides: the side that is known least decides.

    It follows from value, as limits do: clean deals of many times this one's value, of at least its value, or of less.
    A side that anything was said about, even if a proof has answered it, and one of which nothing is known, is treated
    with the most care.
    """
    return max((_of(verdict) for verdict in verdicts), key=_ORDER.index, default=Care.HIGH)


def _of(verdict: Verdict) -> Care:
    clean, value = verdict.values.get("clean_value_minor"), verdict.values.get("value_minor")
    if verdict.reasons or not isinstance(clean, int) or not isinstance(value, int):
        return Care.HIGH
    if clean >= WELL_KNOWN_TIMES * value:
        return Care.MINIMAL if verdict.values.get("counterparty_kinds", 0) == 0 else Care.LOW
    return Care.LOW if clean >= value else Care.MEDIUM
