"""What a check answers when the law stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cardtrail.compliance.rules import Rule
from cardtrail.compliance.words import shown
from cardtrail.wire.words import Words


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal as a value: which rule, what is wrong in this case and what to do, and the numbers it rests on.

    words   for people; `rule.citation` goes beside them
    values  whole numbers by name, for records and programs: amounts end in `_fen`
    """

    rule: Rule
    words: Words
    values: Mapping[str, int] = field(default_factory=dict)

    @property
    def with_source(self) -> Words:
        """The words with the rule's title before and its source behind them, as a page or a log states them."""
        title, source = self.rule.title, self.rule.citation
        return Words(
            f"{title.zh}：{self.words.zh}依据：{source.zh}。",
            f"{title.en}: {self.words.en} Source: {source.en}.",
        )


def refused(rule: Rule, words: Words, **places: int | Words) -> Refused:
    """A refusal whose words have their places filled from the rule's own numbers and from these. Numbers are kept
    with the refusal, words are not."""
    numbers = {name: value for name, value in places.items() if isinstance(value, int)}
    return Refused(rule, words.filled(**shown({**rule.numbers, **places})), {**rule.numbers, **numbers})


def amounts(**fen: int) -> None:
    """Raises `ValueError` if an amount is below nothing: a bug of the caller, not a question of law."""
    for name, amount_fen in fen.items():
        if amount_fen < 0:
            raise ValueError(f"{name} is {amount_fen}; an amount is at least 0")
