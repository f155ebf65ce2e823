"""The reference page of a set of rules, and a condition as people read it."""

from __future__ import annotations

from cardtrail.risk.conditions import Above, All, Below, Condition, Is, Ramp
from cardtrail.risk.failure import SMALL_UP_TO_MINOR
from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.rules import RuleSet
from cardtrail.risk.value import DAY_MS, HOUR_MS, MINUTE_MS
from cardtrail.risk.windows import CARDS_MS
from cardtrail.wire.money import format_money


def spelled(condition: Condition, currency: str) -> str:
    """A condition in one line: `value_minor > ¥200.00 + ¥0.01 for each 1,080 ms of card_age_ms`."""
    match condition:
        case Above(measure=measure, limit=Ramp() as ramp):
            return f"{measure} > {_ramp(ramp, measure, currency)}"
        case Above(measure=measure, limit=int() as limit):
            return f"{measure} > {_amount(measure, limit, currency)}"
        case Below(measure=measure, limit=limit):
            return f"{measure} < {_amount(measure, limit, currency)}"
        case Is(fact=fact, so=so):
            return fact if so else f"not {fact}"
        case All(of=parts):
            return ", and ".join(spelled(part, currency) for part in parts)
        case _:
            raise TypeError(f"{type(condition).__name__} is no condition")


def page(rules: RuleSet = FIRST_RULES) -> str:
    """The rules as a page of the reference."""
    head = [
        "# The rules of risk",
        "",
        f"Version {rules.version}, amounts in {rules.currency}; the signals are explained in `risk/signals.py`. Where "
        "a rule applies, *then* follows; where a signal is",
        "missing, so that it cannot be told, *if unknown* does. Of all that follows the gravest counts: allow, step "
        "up, hold, block.",
        "",
        f"- A step-up is answered by a passkey or an authenticator app, used within {_span(rules.proof_fresh_ms)}.",
        f"- Cards count as moved for {_span(CARDS_MS)}, both ends included, each card once.",
        f"- If risk itself fails, up to {format_money(SMALL_UP_TO_MINOR, 'CNY')} is held and more is blocked.",
        "",
        "| rule | asked about | applies when | then | if unknown | why |",
        "|---|---|---|---|---|---|",
    ]
    rows = [
        f"| `{rule.code}` | {', '.join(rule.acts)} | {spelled(rule.when, rules.currency)} | {rule.then} "
        f"| {rule.unknown} | {rule.source} |"
        for rule in rules.rules
    ]
    told = ["", "## What people are told", "", "| rule | 中文 | English |", "|---|---|---|"]
    texts = [f"| `{rule.code}` | {rule.words.zh} | {rule.words.en} |" for rule in rules.rules]
    return "\n".join([*head, *rows, *told, *texts]) + "\n"


def _ramp(ramp: Ramp, measure: str, currency: str) -> str:
    gain, per = _amount(measure, ramp.gain, currency), _amount(ramp.of, ramp.per, currency)
    return f"{_amount(measure, ramp.base, currency)} + {gain} for each {per} of {ramp.of}"


def _amount(measure: str, amount: int, currency: str) -> str:
    if measure.endswith("_minor"):
        return format_money(amount, currency)
    return _span(amount) if measure.endswith("_ms") else f"{amount:,}"


def _span(length_ms: int) -> str:
    """A length of time in its largest whole unit."""
    for unit_ms, name in ((DAY_MS, "days"), (HOUR_MS, "hours"), (MINUTE_MS, "minutes")):
        if length_ms and length_ms % unit_ms == 0:
            return f"{length_ms // unit_ms:,} {name}"
    return f"{length_ms:,} ms"
