"""How figures stand in the sentences of this room."""

from __future__ import annotations

from collections.abc import Mapping

from cardtrail.wire.money import format_money
from cardtrail.wire.words import Words


def shown(values: Mapping[str, int | Words]) -> dict[str, str | Words]:
    """Values for the places of a sentence: a whole number whose name ends in `_fen` as money, another one with
    separated thousands."""
    return {
        name: value if isinstance(value, Words) else _figure(name, value) for name, value in values.items()
    }


def _figure(name: str, value: int) -> str:
    return format_money(value, "CNY") if name.endswith("_fen") else f"{value:,}"
