"""The machines as a page: `docs/reference/orders.md` is this text, and a test compares them.

The arrows of the order's pictures are not drawn by anybody: they are what a walk over everything that can happen has
come upon. The tables are the machines' own."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping

from cardtrail.deals import effects, listing, offer
from cardtrail.deals.codes import Code
from cardtrail.deals.deadlines import DAY_MS, HOUR_MS, MINUTE_MS, Timer
from cardtrail.deals.order_table import TRIGGERS
from cardtrail.deals.parameters import INSPECTION_MS, PAYOUT_MS, PERIODS
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Stage, StrayAt
from cardtrail.deals.rows import Nothing, Row, Rule, Trigger, name_of
from cardtrail.deals.tables import card, dispute, funds, gate, stage, strays
from cardtrail.deals.walk import steps

Arrows = Mapping[tuple[enum.Enum, enum.Enum], Iterable[str]]

_REGIONS: Mapping[type[enum.Enum], tuple[str, tuple[Row, ...]]] = {
    Stage: ("Stage · 阶段", stage.ROWS),
    Gate: ("Risk gate · 风控闸门", gate.ROWS),
    CardAt: ("Card · 卡", card.ROWS),
    Funds: ("Funds · 资金", funds.ROWS),
    Dispute: ("Dispute · 争议", dispute.ROWS),
    StrayAt: ("A payment that was not accepted · 未接受的付款", strays.ROWS),
}


def page() -> str:
    """The whole page, in Markdown."""
    arrows = _order_arrows()
    parts = [_HEAD]
    for region, (title, rows) in _REGIONS.items():
        parts.append(f"## {title}\n")
        if region is not StrayAt:
            parts.append(_picture(region, arrows[region]))
        parts.append(_rules(rows))
    parts += ["## Listing · 挂牌\n", _rules(listing.ROWS)]
    parts += ["## Offer · 出价\n", _rules(offer.ROWS)]
    parts += [_periods(), _effects(), _codes()]
    return "\n".join(parts)


_HEAD = """\
# Orders, listings, offers · 订单、挂牌、出价

What `cardtrail.deals` decides. An order is five regions, one state of each, and one table: each pair of a state and a
trigger (an event, or a timer whose time is over) is a move, a no-op with its reason, or a refusal with its code. Which
region a trigger is looked up in follows from the trigger. Deadlines that are over take effect before the event at hand.
The arrows below were found by trying everything that can happen on every order that can come about, here one of high
risk, paid by card. Where the payout has no time of its own, `confirmed` is left in the very decision that enters it.
"""


def _order_arrows() -> dict[type[enum.Enum], dict[tuple[enum.Enum, enum.Enum], list[str]]]:
    found: dict[type[enum.Enum], dict[tuple[enum.Enum, enum.Enum], dict[str, None]]] = {
        region: defaultdict(dict) for region in _REGIONS
    }
    for step in steps():
        before, after, name = step.before, step.after, name_of(step.trigger)
        if after is before:
            continue
        pairs: tuple[tuple[enum.Enum, enum.Enum], ...] = (
            (before.stage, after.stage),
            (before.card, after.card),
            (before.funds, after.funds),
            (before.dispute, after.dispute),
            (before.gate, after.gate),
        )
        for one, other in pairs:
            if one is not other:
                found[type(one)][one, other][name] = None
    places = {name_of(trigger): place for place, trigger in enumerate(_all_triggers())}
    return {
        region: {
            pair: sorted(names, key=places.__getitem__)
            for pair, names in sorted(pairs.items(), key=lambda item: _places(item[0]))
        }
        for region, pairs in found.items()
    }


def _all_triggers() -> tuple[Trigger, ...]:
    return tuple(dict.fromkeys(trigger for triggers in TRIGGERS.values() for trigger in triggers))


def _places(pair: tuple[enum.Enum, enum.Enum]) -> tuple[int, int]:
    states = list(type(pair[0]))
    return states.index(pair[0]), states.index(pair[1])


def _picture(region: type[enum.Enum], arrows: Arrows) -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(region)).value}"]
    left = {one for one, _ in arrows}
    for (one, other), names in arrows.items():
        lines.append(f"    {one.value} --> {other.value} : {', '.join(names)}")
    if region is Stage:
        lines += [f"    {state.value} --> [*]" for state in region if state not in left]
    return "\n".join([*lines, "```", ""])


def _rules(rows: Iterable[Row]) -> str:
    lines = ["| trigger | in | what happens |", "|---|---|---|"]
    lines += [
        f"| {name_of(row.trigger)} | {', '.join(str(state.value) for state in row.states)} | {_said(row.rule)} |"
        for row in rows
        if row.states and not _is_idle(row)
    ]
    return "\n".join([*lines, ""])


def _is_idle(row: Row) -> bool:
    return isinstance(row.trigger, Timer) and isinstance(row.rule, Nothing)


def _said(rule: Rule) -> str:
    if isinstance(rule, Code):
        return f"refused: `{rule.code}`"
    if isinstance(rule, Nothing):
        return f"no-op: {rule.why}"
    return _one_line(rule.__doc__)


def _one_line(text: str | None) -> str:
    """The first paragraph of a docstring."""
    first = (text or "").split("\n\n")[0]
    return " ".join(line.strip(" ") for line in first.split("\n"))


def _periods() -> str:
    lines = ["## Times · 时限\n", "| timer | length | source |", "|---|---|---|"]
    lines += [
        f"| {timer.value} | {_length(each.length_ms)} | {each.source} |" for timer, each in PERIODS.items()
    ]
    lines += [
        "",
        "| risk | the payer's bank can take it back | confirmed by itself after | paid out not before |",
    ]
    lines.append("|---|---|---|---|")
    lines += [
        f"| {risk.value} | {'yes' if back else 'no'} | {_length(ms)} | {_length(PAYOUT_MS[risk, back])} |"
        for (risk, back), ms in INSPECTION_MS.items()
    ]
    return "\n".join([*lines, ""])


def _length(ms: int) -> str:
    for unit_ms, unit in ((DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "min")):
        if ms >= 2 * unit_ms and ms % unit_ms == 0:
            return f"{ms // unit_ms} {unit}"
    return f"{ms // MINUTE_MS} min" if ms else "0"


def _effects() -> str:
    lines = ["## Effects · 后续动作\n", "| effect | what is done |", "|---|---|"]
    kinds = (kind for kind in vars(effects).values() if isinstance(kind, type))
    lines += [
        f"| {kind.__name__} | {_one_line(kind.__doc__)} |"
        for kind in kinds
        if issubclass(kind, effects.Effect) and kind is not effects.Effect
    ]
    return "\n".join([*lines, ""])


def _codes() -> str:
    lines = ["## Refusals · 拒绝理由\n", "| code | 中文 | English |", "|---|---|---|"]
    lines += [f"| `{code.code}` | {code.words.zh} | {code.words.en} |" for code in Code]
    return "\n".join([*lines, ""])
