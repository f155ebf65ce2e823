"""The one transaction in which an order changes: lock its row, let the machine decide, write what it says.

    lock ─▶ decide ─▶ compare-and-swap the row ─▶ history, errands, actions let go or dropped, notices ─▶ commit ─▶ `go`

Whatever is killed before the commit leaves nothing; whatever is killed after it leaves rows that the worker goes on
with (`errands`, `actions.perform`). What happens after the commit is only the hurry of whoever waits for an answer.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from msgspec import Struct

from cardtrail.deals.codes import Refused
from cardtrail.deals.decided import Decided
from cardtrail.deals.effects import AnyEffect
from cardtrail.deals.events import AnyEvent
from cardtrail.deals.order import decide
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import CardAt
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.notices.tell import News, notify_all
from cardtrail.web.orders import codec, effects, hooks, outages
from cardtrail.web.orders.models import Deal, Step
from cardtrail.web.ui.clock import now_ms

log = logging.getLogger(__name__)

T = TypeVar("T")

TRIES: Final = 4
"""How often a decision is made anew whose transaction the database gave up in favour of another's."""

RESERVING: Final = frozenset((CardAt.HELD, CardAt.SENDING))
MOVING: Final = frozenset((*RESERVING, CardAt.SETTING_ASIDE, CardAt.ASIDE, CardAt.FREEZING, CardAt.FROZEN,
                           CardAt.ENDING_ASIDE, CardAt.GIVING_BACK))  # fmt: skip


class Overtaken(RuntimeError):  # noqa: N818 - it names what happened
    """Somebody else has changed the order since it was read. Nothing was written."""


@dataclass(slots=True)
class Taken:
    """What came of events.

    refused   why the first of them was not taken; then nothing was written
    changed   whether the order is another than before
    to_do     what `go` does after the commit
    """

    deal: Deal
    order: Order
    refused: Refused | None = None
    changed: bool = False
    to_do: effects.ToDo = field(default_factory=effects.ToDo)


def take(deal_id: UUID, *events: AnyEvent, by: Confirmation | None = None) -> Taken:
    """Let an order take events, in this order, in one transaction. Raises `Deal.DoesNotExist`.

    by   what the person agreed to who made them

    Call `go` afterwards, outside of any transaction; the worker does what nobody has done.
    """
    return as_one(lambda: take_locked(lock(deal_id), *events, by=by))


def take_locked(
    deal: Deal,
    *events: AnyEvent,
    by: Confirmation | None = None,
    tell: Callable[[Iterable[News]], object] = notify_all,
) -> Taken:
    """Like `take`, for an order that the caller has locked: part of the caller's transaction, to be given up with it
    whatever is raised.

    tell   who writes what people are to be told, in the same transaction
    """
    before, now = deal.order, now_ms()
    start = before
    if before.next_ms is not None and before.next_ms <= now:
        start = outages.counted_again(before, now)
    work = _Work(deal, start, now, by)
    for place, event in enumerate(events):
        refused = work.take(event)
        if refused is not None:
            if place == 0:
                return Taken(deal, before, refused)
            log.info("order %s refuses %s: %s", deal.number, codec.kind_of(event), refused.code.code)
    if work.order is not before:
        _write(deal, before, work)
    work.to_do.write()
    tell(work.to_do.news)
    return Taken(deal, work.order, changed=work.order is not before, to_do=work.to_do)


def as_one(act: Callable[[], T]) -> T:
    """Do something in one transaction: from the beginning again where the database gave it up in favour of another's,
    or where another was first. Inside of another transaction that is for the outer one to do."""
    for _ in range(TRIES - 1):
        try:
            with transaction.atomic():
                return act()
        except (Overtaken, OperationalError):
            if connection.in_atomic_block:
                raise
    with transaction.atomic():
        return act()


def go(taken: Taken) -> Deal:
    """Do at once what was decided, as far as it goes: the card, then the money. Never inside a transaction. Gives the
    order's row as it stands then."""
    do(taken)
    return Deal.objects.get(pk=taken.deal.pk)


def do(taken: Taken) -> None:
    """The same, for whoever does not look at the order any more."""
    effects.go(taken.deal.pk, taken.to_do)


def columns(order: Order) -> dict[str, object]:
    """The columns that say the same as the order."""
    return {
        "state": codec.store(order),
        "version": order.version,
        "stage": order.stage.value,
        "card": order.card.value,
        "funds": order.funds.value,
        "dispute": order.dispute.value,
        "gate": order.gate.value,
        "reserves": order.card in RESERVING,
        "watches": order.card in MOVING or (order.card is CardAt.BUYERS and not order.terminal),
        "next_ms": order.next_ms,
        "changed_ms": order.changed_ms,
    }


def lock(deal_id: UUID) -> Deal:
    """The row, for this transaction alone."""
    return locked().get(pk=deal_id)


def locked() -> QuerySet[Deal]:
    """Rows, each for this transaction alone."""
    return Deal.objects.select_for_update(of=("self",))


class _Work:
    """A decision in the making, with all that follows from it at once."""

    def __init__(self, deal: Deal, order: Order, now: int, by: Confirmation | None) -> None:
        self.deal, self.order, self.now, self.by = deal, order, now, by
        self.steps: list[Step] = []
        self.to_do = effects.ToDo()

    def take(self, event: AnyEvent) -> Refused | None:
        """The event, and those that answers given at once make of it."""
        refused = self._one(event)
        queue = deque(self.to_do.answers())
        while queue:
            self._one(queue.popleft())
            queue.extend(self.to_do.answers())
        return refused

    def _one(self, event: AnyEvent) -> Refused | None:
        decided = decide(self.order, event, self.now)
        if isinstance(decided, Refused):
            return decided
        self._note(event, decided)
        for effect in decided.effects:
            effects.follow(self.deal, self.order, effect, self.to_do)
        return None

    def _note(self, event: AnyEvent, decided: Decided[Order, AnyEffect]) -> None:
        if decided.after is self.order:
            return
        self.order = decided.after
        _show(
            self.deal, columns(self.order)
        )  # Whoever is asked on the way, such as risk, sees it as it is by now.
        made: Struct = event
        self.steps.append(
            Step(
                deal=self.deal,
                version=self.order.version,
                at_ms=self.order.changed_ms,
                kind=codec.kind_of(event),
                event=codec.store(made),
                stage=self.order.stage.value,
                confirmation=self.by,
            )
        )


def _write(deal: Deal, before: Order, work: _Work) -> None:
    """The row, if it still is what was read; the history; and whoever wants to know. Raises `Overtaken`."""
    fresh = columns(work.order)
    if not _swap(deal.pk, before.version, fresh):
        raise Overtaken(f"order {deal.number} was changed meanwhile")
    _show(deal, fresh)
    if work.steps:
        Step.objects.bulk_create(work.steps)
    hooks.tell_stage(deal, before, work.order)


def _show(deal: Deal, fresh: dict[str, object]) -> None:
    """Give the row in memory these values."""
    for name, value in fresh.items():
        setattr(deal, name, value)


def _swap(deal_id: UUID, version: int, fresh: dict[str, object]) -> bool:
    """Compare and swap: one writer for each version, even where a database's locks were forgotten."""
    return bool(Deal.objects.filter(pk=deal_id, version=version).update(**fresh))
