"""How a table of a machine is written down: rows of what leads where, total by construction or loudly not.

A machine's table answers for each pair of a state and a trigger (a kind of event, or a timer) with one of three: a move
that may change things, a no-op with its reason, or the code of a refusal."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cardtrail.deals.codes import Code
from cardtrail.deals.deadlines import Timer

Move = Callable[[Any, Any], Code | None]
"""A move changes the draft that it is given, or refuses with a code."""

Trigger = type | Timer
"""What a row is about: a class of events, or a timer whose time is over."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """A no-op, and why it is one."""

    why: str


Rule = Move | Nothing | Code
Pair = tuple[enum.Enum, Trigger]
Table = Mapping[Pair, Rule]

SINCE_THEN = Nothing("it is so already, or things have gone on since")
NOT_RUNNING = Nothing("the timer does not run then")


@dataclass(frozen=True, slots=True)
class Row:
    """One rule for one trigger in several states."""

    trigger: Trigger
    rule: Rule
    states: tuple[enum.Enum, ...]


def on(trigger: Trigger, rule: Rule, *states: enum.Enum) -> Row:
    """A row."""
    return Row(trigger, rule, states)


def timer(which: Timer, rule: Rule, *states: enum.Enum) -> tuple[Row, ...]:
    """A timer's row, and the one that says that it does not run in any other state."""
    rest = tuple(state for state in type(states[0]) if state not in states)
    return (Row(which, rule, states), *((Row(which, NOT_RUNNING, rest),) if rest else ()))


def table(rows: Iterable[Row]) -> Table:
    """The rows as pairs. Raises `ValueError` for a pair that two rows speak of."""
    pairs: dict[Pair, Rule] = {}
    for row in rows:
        for state in row.states:
            if (state, row.trigger) in pairs:
                raise ValueError(f"two rules for {state} and {name_of(row.trigger)}")
            pairs[state, row.trigger] = row.rule
    return pairs


def holes(rules: Table, states: type[enum.Enum], triggers: Iterable[Trigger]) -> list[Pair]:
    """The pairs of which a table says nothing. A machine has none."""
    return [(state, trigger) for trigger in triggers for state in states if (state, trigger) not in rules]


def name_of(trigger: Trigger) -> str:
    """A trigger's name for people who read tables."""
    return f"{trigger.value} is over" if isinstance(trigger, Timer) else trigger.__name__
