"""A text in Chinese and English, side by side, for rooms that know no framework that would translate for them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One title or sentence in both languages. Places in it are written `{name}`."""

    zh: str
    en: str

    def filled(self, **values: str | int | Words) -> Words:
        """The text with its places filled; words are taken in the language of the text. Raises `KeyError` for a place
        without a value."""
        zh = {name: value.zh if isinstance(value, Words) else value for name, value in values.items()}
        en = {name: value.en if isinstance(value, Words) else value for name, value in values.items()}
        return Words(self.zh.format_map(zh), self.en.format_map(en))


def listed(words: Iterable[Words]) -> Words:
    """Several words as a list: `甲、乙` and `one, two`."""
    given = tuple(words)
    return Words("、".join(each.zh for each in given), ", ".join(each.en for each in given))


def sentence(parts: Iterable[Words]) -> Words:
    """Phrases as one sentence: `甲；乙。` and `one; two.`"""
    given = tuple(parts)
    return Words("；".join(each.zh for each in given) + "。", "; ".join(each.en for each in given) + ".")
