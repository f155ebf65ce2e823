"""Parts of a whole and shares, drawn as rings. See `charts` for what all drawings have in common."""

from __future__ import annotations

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from cardtrail.web.ui.charts import TONES, chart_id
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.units import COUNT, Unit, percent

WHOLE_BP = 10_000
"""A whole in basis points; a ring's full length."""


def donut(title: Text, parts: Sequence[tuple[Text, int]], unit: Unit = COUNT) -> SafeString:
    """The parts of a whole as a ring, each with its amount and share beside it. Raises `ValueError` below nothing."""
    if any(value < 0 for _, value in parts):
        raise ValueError("a part of a whole is not negative")
    whole = sum(value for _, value in parts)
    pieces, before = [], 0
    for place, (name, value) in enumerate(parts):
        start, end = (number * WHOLE_BP // whole if whole else 0 for number in (before, before + value))
        before += value
        pieces.append(
            {
                "tone": place % TONES,
                "name": name,
                "value": unit.full(value),
                "share": percent(round_to(value * WHOLE_BP, whole, 10) if whole else 0),
                "length": end - start,
                "offset": -start,
            }
        )
    return render_to_string(
        "ui/charts/donut.html",
        {
            "id": chart_id(title, parts),
            "title": title,
            "pieces": pieces,
            "whole": unit.full(whole),
            "length": WHOLE_BP,
        },
    )


def gauge(title: Text, share_bp: int, target_bp: int | None = None, target: Text | None = None) -> SafeString:
    """A share as a half ring; a target is a stroke across it, and falling short of it shows."""
    shown = min(max(share_bp, 0), WHOLE_BP)
    mark = min(max(target_bp, 0), WHOLE_BP) if target_bp is not None else None
    return render_to_string(
        "ui/charts/gauge.html",
        {
            "id": chart_id(title, (share_bp, target_bp)),
            "title": title,
            "share": percent(share_bp),
            "length": shown,
            "whole": WHOLE_BP,
            "turn": None if mark is None else mark * 180 // WHOLE_BP,
            "target": target,
            "target_share": None if target_bp is None else percent(target_bp),
            "short": target_bp is not None and share_bp < target_bp,
        },
    )


def round_to(numerator: int, denominator: int, step: int) -> int:
    """`numerator / denominator`, to the nearest multiple of `step`."""
    return (2 * numerator + denominator * step) // (2 * denominator * step) * step
