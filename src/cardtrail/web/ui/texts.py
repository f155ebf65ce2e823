"""Texts in both languages, side by side, so that whoever changes one sees the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.utils.translation import get_language

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

CHINESE = "zh-hans"
ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or phrase in Chinese and English. `str()` gives the one of the active language, each time anew."""

    zh: str
    en: str

    def format(self, **values: object) -> Text:
        """The text with `{name}` places filled."""
        return Text(self.zh.format_map(_In(CHINESE, values)), self.en.format_map(_In(ENGLISH, values)))

    def in_language(self, language: str | None) -> str:
        """The text in a language; Chinese for any that is not English."""
        return self.en if (language or "").startswith("en") else self.zh

    def __str__(self) -> str:
        return self.in_language(get_language())


class _In(dict[str, object]):
    """The values of one language: a value that is itself a `Text` is taken in that language."""

    def __init__(self, language: str, values: dict[str, object]) -> None:
        super().__init__(values)
        self._language = language

    def __getitem__(self, key: str) -> object:
        value = super().__getitem__(key)
        return value.in_language(self._language) if isinstance(value, Text) else value


def say(zh: str, en: str, **values: object) -> Text:
    """A text in both languages, its places filled."""
    text = Text(zh, en)
    return text.format(**values) if values else text


def promise(zh: str, en: str) -> StrPromise:
    """A text for Django's forms, which take what becomes a `str` late: a `Text` does, only its type is another."""
    return cast("StrPromise", Text(zh, en))
