"""The closed set of conditions that a rule may be made of. A condition holds, does not hold, or cannot be told.

Limits on amounts are not steps but ramps: they grow with an age, millisecond by millisecond. A step at 24 hours would
be a time to wait for; on a ramp, waiting a second gains a few fen.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from cardtrail.risk.signals import Fact, Measure, Signals
from cardtrail.risk.value import Value
from cardtrail.wire.scalars import Count

Positive = Annotated[int, Meta(ge=1)]


class Ramp(Value):
    """A limit that grows evenly: `base`, and `gain` more for every `per` of a measure, rounded down."""

    base: Count
    of: Measure
    gain: Positive
    per: Positive

    def at(self, of: int) -> int:
        """The limit where the measure has this value."""
        return self.base + of * self.gain // self.per

    def enough_for(self, value: int) -> int:
        """The least value of the measure at which the limit is at least this."""
        return max(-((self.base - value) * self.per // self.gain), 0)


class Above(Value, tag="above"):
    """A measure is greater than a limit."""

    measure: Measure
    limit: Count | Ramp


class Below(Value, tag="below"):
    """A measure is less than a limit."""

    measure: Measure
    limit: Count


class Is(Value, tag="is"):
    """A fact is so, or is not."""

    fact: Fact
    so: bool


class All(Value, tag="all"):
    """Each of these holds. If one does not, that settles it, whatever is not known about the others."""

    of: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=10)]


Condition: TypeAlias = Above | Below | Is | All


class Asked(Value):
    """What is known, and the currency in which the rules state amounts."""

    signals: Signals
    currency: str

    def measure(self, name: Measure) -> int | None:
        """A number; none: not known, or an amount in another currency."""
        return self.signals.measure(name, self.currency)


def holds(condition: Condition, asked: Asked) -> bool | None:
    """Whether it holds; none: cannot be told."""
    match condition:
        case Above(measure=measure):
            value, limit = asked.measure(measure), limit_of(condition, asked)
            return None if value is None or limit is None else value > limit
        case Below(measure=measure, limit=limit):
            value = asked.measure(measure)
            return None if value is None else value < limit
        case Is(fact=fact, so=so):
            known: bool | None = getattr(asked.signals, fact)
            return None if known is None else known is so
        case All(of=parts):
            found = [holds(part, asked) for part in parts]
            return False if False in found else (None if None in found else True)


def limit_of(condition: Above, asked: Asked) -> int | None:
    """The limit as it is now; none: what it grows with is not known."""
    if isinstance(condition.limit, int):
        return condition.limit
    of = asked.measure(condition.limit.of)
    return None if of is None else condition.limit.at(of)


def clears_in_ms(condition: Condition, asked: Asked) -> int | None:
    """In how many milliseconds a condition that holds no longer would, if nothing but ages grew. None: never."""
    match condition:
        case Above(measure=measure, limit=Ramp(of=of) as ramp) if of.endswith("_age_ms"):
            value, age_ms = asked.measure(measure), asked.measure(of)
            return None if value is None or age_ms is None else max(ramp.enough_for(value) - age_ms, 0)
        case Below(measure=measure, limit=limit) if measure.endswith("_age_ms"):
            age = asked.measure(measure)
            return None if age is None else max(limit - age, 0)
        case All(of=parts):
            waits = [wait for part in parts if (wait := clears_in_ms(part, asked)) is not None]
            return min(waits, default=None)
        case _:
            return None


def comparisons(condition: Condition) -> tuple[Above, ...]:
    """The comparisons in it that have a limit, for the record."""
    match condition:
        case Above():
            return (condition,)
        case All(of=parts):
            return tuple(above for part in parts for above in comparisons(part))
        case _:
            return ()
