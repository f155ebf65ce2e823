"""The decision: every rule is asked, the gravest outcome counts, and a fresh proof answers a step-up."""

from __future__ import annotations

from typing import Final

from cardtrail.risk.conditions import Above, Asked, Ramp, clears_in_ms, comparisons, holds, limit_of
from cardtrail.risk.port import Outcome, Question, Reason, Verdict
from cardtrail.risk.rules import Rule, RuleSet
from cardtrail.wire.money import format_money
from cardtrail.wire.words import Words

UNKNOWN: Final = Words(
    zh="判断所需的信息目前不全，所以要再确认一次，或先由工作人员查看。",
    en="Not everything that is needed to judge this is known, so it takes another proof of who you are, or a look by "
    "our staff.",
)
"""What is said where it cannot be told whether a rule applies."""


def decide(rules: RuleSet, question: Question) -> Verdict:
    """The verdict on a question. Total: every question has one."""
    asked = Asked(signals=question.signals, currency=rules.currency)
    proved = _proved(rules, question)
    applying = [rule for rule in rules.rules if question.act in rule.acts]
    found = [reason for rule in applying if (reason := _reason(rule, question, asked, proved)) is not None]
    reasons = tuple(sorted(found, key=lambda reason: -reason.outcome.gravity))
    return Verdict(
        outcome=reasons[0].outcome if reasons else Outcome.ALLOW,
        reasons=reasons,
        values=question.signals.known() | _limits(applying, asked),
        rules=rules.version,
        clears_ms=_clears(reasons),
    )


def _proved(rules: RuleSet, question: Question) -> bool:
    age_ms = question.signals.proof_age_ms
    return age_ms is not None and age_ms <= rules.proof_fresh_ms


def _reason(rule: Rule, question: Question, asked: Asked, proved: bool) -> Reason | None:
    applies = holds(rule.when, asked)
    outcome = rule.unknown if applies is None else rule.then
    if applies is False or outcome is Outcome.ALLOW:
        return None
    wait_ms = None if applies is None else clears_in_ms(rule.when, asked)
    return Reason(
        code=rule.code,
        outcome=Outcome.ALLOW if outcome is Outcome.STEP_UP and proved else outcome,
        unknown=applies is None,
        words=UNKNOWN if applies is None else rule.words.filled(**_places(rule, asked)),
        clears_ms=None if wait_ms is None else question.at_ms + wait_ms,
    )


def _clears(reasons: tuple[Reason, ...]) -> int | None:
    """When the last of what stands against it is over; none: nothing does, or time does not help."""
    against = [reason.clears_ms for reason in reasons if reason.outcome.gravity > Outcome.STEP_UP.gravity]
    times = [at_ms for at_ms in against if at_ms is not None]
    return max(times) if times and len(times) == len(against) else None


def _limits(rules: list[Rule], asked: Asked) -> dict[str, int | str]:
    """Every limit that something was compared with, as `rule.measure`, with what it grows with if it grows."""
    return {
        f"{rule.code}.{above.measure}{_growing(above)}": limit
        for rule in rules
        for above in comparisons(rule.when)
        if (limit := limit_of(above, asked)) is not None
    }


def _growing(above: Above) -> str:
    return f".{above.limit.of}" if isinstance(above.limit, Ramp) else ""


def _places(rule: Rule, asked: Asked) -> dict[str, str]:
    amounts = [limit_of(above, asked) for above in comparisons(rule.when) if above.measure.endswith("_minor")]
    # Where several limits have to be broken, the highest is the one that would have let it pass.
    limits = [limit for limit in amounts if limit is not None]
    value = asked.measure("value_minor")
    return {
        "value": "—" if value is None else format_money(value, asked.currency),
        "limit": format_money(max(limits), asked.currency) if limits else "—",
        "cards": str(asked.signals.cards_moved),
        "group_cards": str(asked.signals.group_cards),
    }
