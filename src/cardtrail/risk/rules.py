"""Rules as data: what staff edit, what is kept with every decision by its version, and what a court can read."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from cardtrail.risk.conditions import Condition
from cardtrail.risk.port import Act, Outcome
from cardtrail.risk.value import MINUTE_MS, Value
from cardtrail.wire.money import Currency
from cardtrail.wire.scalars import Duration
from cardtrail.wire.words import Words

PLACES: Final = ("value", "limit", "cards", "group_cards")
"""What a rule's words may name: the amount at stake, the limit it is above, and the counts of cards."""


class Rule(Value):
    """One rule.

    code      its name, for ever
    acts      what it is about
    when      when it applies
    then      what follows if it does
    unknown   what follows if that cannot be told
    words     what the person is told
    source    why there is such a rule, and where its numbers come from
    """

    code: Annotated[str, Meta(pattern="^[a-z_]{3,32}$")]
    acts: Annotated[tuple[Act, ...], Meta(min_length=1)]
    when: Condition
    then: Outcome
    unknown: Outcome
    words: Words
    source: Annotated[str, Meta(min_length=1, max_length=300)]


class RuleSet(Value):
    """All rules that apply together.

    version         counts up; 0 is kept for verdicts that no rule made
    currency        of the rules' amounts
    proof_fresh_ms  so recent a proof of who somebody is counts as a step-up
    """

    version: Annotated[int, Meta(ge=1)]
    currency: Currency
    rules: Annotated[tuple[Rule, ...], Meta(max_length=200)]
    proof_fresh_ms: Duration = 10 * MINUTE_MS

    def to_json(self) -> bytes:
        """The set as text that people can read and edit."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


def read_rules(text: bytes) -> RuleSet:
    """A set from its text. Raises `ValueError` with what is wrong and where: an unknown signal or field, a place in a
    text that nothing fills, a code that stands twice."""
    rules = msgspec.json.decode(text, type=RuleSet)
    codes = [rule.code for rule in rules.rules]
    for rule in rules.rules:
        if codes.count(rule.code) > 1:
            raise ValueError(f"the code {rule.code} stands twice")
        try:
            rule.words.filled(**dict.fromkeys(PLACES, ""))
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"the words of {rule.code} have a place that nothing fills: {error}") from None
    return rules
