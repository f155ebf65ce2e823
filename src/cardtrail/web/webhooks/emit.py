"""Events are written down in the transaction of what they tell about; sending them comes later.

So an event exists exactly if its cause does, however the process ends, and nobody waits for a receiver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from cardtrail.web.webhooks.event_types import EVENT_TYPES, check_data
from cardtrail.web.webhooks.models import Delivery, Endpoint, Event
from cardtrail.wire.identifiers import card_number

TEST = "endpoint.test"

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Happening:
    """What `emit` is told, as a value: for many at once."""

    type: str
    key: str
    subject: str
    data: Mapping[str, object]
    time_ms: int

    def event(self) -> Event:
        """The event, not yet written. Raises `ValueError` for a type or field that does not exist."""
        kind = EVENT_TYPES.get(self.type)
        if kind is None:
            raise ValueError(f"no such type of event: {self.type}")
        full = _with_numbers(self.data)
        check_data(kind, full)
        return Event(
            key=self.key,
            type=self.type,
            source=settings.CONFIG.public_url,
            subject=self.subject,
            time_ms=self.time_ms,
            data=full,
        )


def emit(type: str, *, key: str, subject: str, data: Mapping[str, object], time_ms: int) -> Event:
    """Write an event down, once per key, with a delivery for every endpoint that subscribed to its type.

    type     a name from `EVENT_TYPES`
    key      what the event is made from, such as `card.held/1234` with the entry's index: a second call gives the
             first event
    subject  what it is about: a card's number, a payment's or a batch's id
    data     fields of the type, see `EVENT_TYPES`; `card_number` and `card_numbers` are filled in from the serials
    time_ms  when it happened

    Raises `ValueError` for a type or field that does not exist.
    """
    fresh = Happening(type, key, subject, data, time_ms).event()
    fields = {name: getattr(fresh, name) for name in ("type", "source", "subject", "time_ms", "data")}
    with transaction.atomic():
        event, created = Event.objects.get_or_create(key=key, defaults=fields)
        if created:
            deliver_to(event, [one for one in listening() if type in one.event_types and type != TEST])
    return event


def emit_many(happenings: Iterable[Happening]) -> int:
    """Write down those events of many that somebody subscribed to, once per key. How many there were.

    For a page of the ledger: a range of ten thousand cards that was activated costs a few statements, and nothing if
    nobody asked. Two callers must not tell the same keys at once: one of them would fail, and its transaction with it.
    """
    endpoints = listening()
    wanted = {name for endpoint in endpoints for name in endpoint.event_types}
    told = [one for one in happenings if one.type in wanted]
    if not told:
        return 0
    count = 0
    with transaction.atomic():
        for start in range(0, len(told), _CHUNK):
            count += _write(told[start : start + _CHUNK], endpoints)
    return count


def _write(told: Sequence[Happening], endpoints: Sequence[Endpoint]) -> int:
    by_key = {one.key: one for one in told}
    known = set(Event.objects.filter(key__in=by_key).values_list("key", flat=True))
    events = [one.event() for key, one in by_key.items() if key not in known]
    Event.objects.bulk_create(events)
    Delivery.objects.bulk_create(
        [
            Delivery(event=event, endpoint=endpoint, next_try_ms=event.time_ms)
            for event in events
            for endpoint in endpoints
            if event.type in endpoint.event_types
        ],
        batch_size=_CHUNK,
    )
    return len(events)


def deliver_to(event: Event, endpoints: Iterable[Endpoint]) -> None:
    """Put an event in the queue of endpoints, once each."""
    Delivery.objects.bulk_create(
        [Delivery(event=event, endpoint=endpoint, next_try_ms=event.time_ms) for endpoint in endpoints],
        ignore_conflicts=True,
    )


def emit_test(endpoint: Endpoint, *, key: str, now_ms: int) -> Event:
    """A test event for one endpoint, whatever it subscribed to, once per key."""
    with transaction.atomic():
        event = emit(TEST, key=f"{TEST}/{key}", subject=str(endpoint.id), data={}, time_ms=now_ms)
        deliver_to(event, [endpoint])
    return event


def listening() -> list[Endpoint]:
    """Whoever gets events. A paused endpoint's wait for it; one that was stopped gets no more."""
    return list(Endpoint.objects.filter(Q(active=True) | Q(disabled_reason=Endpoint.DisabledReason.PAUSED)))


def _with_numbers(data: Mapping[str, object]) -> dict[str, object]:
    full = dict(data)
    serial, serials = full.get("serial"), full.get("serials")
    if isinstance(serial, int):
        full.setdefault("card_number", card_number(serial))
    if isinstance(serials, list) and all(isinstance(one, int) for one in serials):
        full.setdefault("card_numbers", [card_number(one) for one in serials])
    return full
