"""A text in Chinese and English, side by side: this room knows no framework that would translate for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cardtrail.wire.money import format_money


@dataclass(frozen=True, slots=True)
class Words:
    """One title or sentence in both languages. Places in it are written `{name}`."""

    zh: str
    en: str

    def filled(self, values: Mapping[str, int | Words]) -> Words:
        """The text with its places filled. A whole number whose name ends in `_fen` is shown as money, another one
        with separated thousands; words are taken in the language of the text. Raises `KeyError` for a place without
        a value."""
        return Words(
            self.zh.format_map({name: _shown(name, value).zh for name, value in values.items()}),
            self.en.format_map({name: _shown(name, value).en for name, value in values.items()}),
        )


def _shown(name: str, value: int | Words) -> Words:
    if isinstance(value, Words):
        return value
    text = format_money(value, "CNY") if name.endswith("_fen") else f"{value:,}"
    return Words(text, text)


def listed(words: tuple[Words, ...]) -> Words:
    """Several words as a list: `甲、乙` and `one, two`."""
    return Words("、".join(each.zh for each in words), ", ".join(each.en for each in words))
