"""A decision in the making: the order as it will be, and the effects so far. It never leaves `decide`."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from cardtrail.deals.deadlines import Deadline, Timer, find, started, with_deadline, without
from cardtrail.deals.effects import AnyEffect, Effect, OpenCase, Tell
from cardtrail.deals.notices import Case, Notice
from cardtrail.deals.order_state import Order
from cardtrail.deals.parameters import MOST_BETWEEN_ASKING_MS, PERIODS, SILENT_MS
from cardtrail.deals.regions import Side


class Draft:
    """What a move works on. Dropped whole if the move refuses."""

    def __init__(self, order: Order, now_ms: int, fired: Deadline | None = None) -> None:
        self.order = order
        self.now_ms = now_ms
        self.fired = fired
        self.effects: list[AnyEffect] = []

    def set(self, **changes: Any) -> None:
        """Change fields of the order."""
        self.order = replace(self.order, **changes)

    def start(self, timer: Timer, length_ms: int | None = None) -> Deadline:
        """Let a timer run from now on, for its period unless another length is given."""
        deadline = started(timer, self.now_ms, PERIODS[timer].length_ms if length_ms is None else length_ms)
        self.set(deadlines=with_deadline(self.order.deadlines, deadline))
        return deadline

    def stop(self, *timers: Timer) -> None:
        """Stop timers, whether or not they run."""
        self.set(deadlines=without(self.order.deadlines, *timers))

    def keep_only(self, *timers: Timer) -> None:
        """Stop all others."""
        self.set(deadlines=tuple(each for each in self.order.deadlines if each.timer in timers))

    def ask_again(self) -> bool:
        """Let the timer that fired run on: from the same anchor, so that a pause over outages counts the whole wait,
        and after ever longer times. Gives whether it has been silent for long."""
        fired = self.fired
        if fired is None:
            raise LookupError("only a timer that fired can run on")
        wait_ms = min(fired.length_ms, MOST_BETWEEN_ASKING_MS)
        later = started(fired.timer, fired.anchor_ms, fired.length_ms + wait_ms)
        # After an outage the moment may lie in the past; asking once is enough.
        later = replace(later, at_ms=max(later.at_ms, self.now_ms + 1))
        self.set(deadlines=with_deadline(self.order.deadlines, later), asks=self.order.asks + 1)
        return fired.length_ms >= SILENT_MS

    def do(self, effect: type[Effect], name: str, **fields: Any) -> None:
        """Have something done. `name` tells it apart from all else that is done for this order, for ever."""
        made: Any = effect(key=f"{self.order.id}/{name}", **fields)
        self.effects.append(made)

    def tell(self, notice: Notice, *sides: Side) -> None:
        """Tell parties; each is told a thing once, or once more where it happens again."""
        for side in sides:
            name = f"tell/{notice.code}/{side.value}/{self.order.version}"
            self.do(Tell, name, side=side, what=notice.code)

    def case(self, case: Case, detail: str = "", *, number: int | None = None) -> None:
        """Open a case, or keep it open. `number`: not the same as an earlier one."""
        name = f"case/{case.code}" if number is None else f"case/{case.code}/{number}"
        self.do(OpenCase, name, what=case.code, detail=detail)

    def running(self, timer: Timer) -> bool:
        """Whether a timer runs."""
        return find(self.order.deadlines, timer) is not None
