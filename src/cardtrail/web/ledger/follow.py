"""Following the ledger: entries become rows, a page at a time, each page in one transaction with the position.

If we were to crash anywhere, the position tells where to go on; no entry is taken in twice. Whoever submitted a command
may call `catch_up` to see it at once, and the worker follows for everybody else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Subquery

from cardtrail.client.client import PAGE
from cardtrail.client.errors import NodeUnavailable
from cardtrail.client.verify import LogEntry, read_entry
from cardtrail.web.accounts import alongside
from cardtrail.web.ledger.link import client
from cardtrail.web.ledger.models import Card, DayFlow, Movement, Position, Product, Totals
from cardtrail.web.ledger.page import Page
from cardtrail.web.ui.clock import now_ms

CONTACT_EVERY_MS = 2_000
"""How often the time of the last contact is written down, at most."""

CARDS_TOGETHER = 2_000
"""After so many changed cards a transaction ends, for others want to write, too."""

BREATH_S = 0.02
"""The pause between two such transactions."""

AWAY_AFTER_MS = 12_000
"""Without contact for so long, pages say that the ledger cannot be reached."""

_ALONGSIDE = "ledger_contact_ms"

Listener = Callable[[Sequence[Movement]], None]
Progress = Callable[[int, int], None]

_listeners: list[Listener] = []


def on_movements(listener: Listener) -> None:
    """Call this with the movements of each page, in order, inside its transaction. Apps say so when they are ready."""
    if listener not in _listeners:
        _listeners.append(listener)


def position() -> Position:
    """How far the projection has come."""
    return Position.objects.get_or_create(id=1)[0]


def ledger_away(person: AbstractBaseUser | None) -> bool:
    """Whether nobody of us has heard from the node for a while; `person` is who asks, if they are known."""
    kept = Position.objects.filter(id=1).values_list("contact_ms", flat=True)
    contact_ms = kept.first() if person is None else alongside.answer(person, _ALONGSIDE, kept.first)
    return contact_ms is None or now_ms() - contact_ms > AWAY_AFTER_MS


def register() -> None:
    """Have it asked with every person who makes a request."""
    alongside.ask(_ALONGSIDE, lambda: Subquery(Position.objects.filter(id=1).values("contact_ms")[:1]))


def catch_up(*, until: int | None = None, progress: Progress | None = None) -> int:
    """Take in every entry there is, or go no further than needed for entry `until` to be among them. Gives the number
    of entries known afterwards. Raises `NodeUnavailable`."""
    while True:
        start = position().next_index
        if until is not None and start > until:
            return start
        entries = client().entries(start - 1, PAGE)
        if not entries:
            _note_contact()
            return start
        known = _take([read_entry(item.index, item.entry) for item in entries])
        if progress is not None:
            progress(start + len(entries), max(start + len(entries), client().ledger().size))
        if until is not None and known > until:
            return known


def keep_in_touch() -> None:
    """Ask the node for a sign of life and note it: a feed with nothing to say gives none. Raises `NodeUnavailable`."""
    client().ledger()
    _note_contact()


def follow_forever(stop: threading.Event) -> None:
    """Take in entries as they come, until told to stop. A node that is away is waited for."""
    while not stop.is_set():
        try:
            last = catch_up() - 1
            for entry in client().feed(last):
                if stop.is_set():
                    return
                if position().next_index <= entry.index:
                    catch_up()
        except NodeUnavailable:
            stop.wait(0.5)


def rebuild(progress: Progress | None = None) -> int:
    """Drop the projection and make it again. Notices and whatever else listens are not told anew about old entries."""
    with transaction.atomic():
        told = _lock_position().next_index
        for model in (Card, Movement, Totals, DayFlow, Product):
            model.objects.all().delete()
        Position.objects.filter(id=1).update(next_index=0, cards=0, time_ms=0, network=None)
    return _refold(told, progress)


def _refold(told: int, progress: Progress | None) -> int:
    while True:
        start = position().next_index
        entries = client().entries(start - 1, PAGE)
        if not entries:
            return start
        _take([read_entry(item.index, item.entry) for item in entries], told=told)
        if progress is not None:
            progress(start + len(entries), max(told, start + len(entries)))


def _take(entries: Sequence[LogEntry], *, told: int = 0) -> int:
    """Take a run of entries in, in transactions that end soon enough for others to write between them. Gives how many
    are known then; 0 where the projection was dropped meanwhile."""
    last = entries[-1].index
    while 0 < (known := _take_some(entries, told)) <= last:
        # SQLite hands its one place for writers to whoever asks at the right moment: let it be somebody else.
        time.sleep(BREATH_S)
    return known


def _take_some(entries: Sequence[LogEntry], told: int) -> int:
    """Some entries, in one transaction; how many are known then. Another process may have been first with them."""
    with transaction.atomic():
        place = _lock_position()
        fresh = [entry for entry in entries if entry.index >= place.next_index]
        if not fresh:
            return place.next_index
        if fresh[0].index != place.next_index:
            # The projection was dropped meanwhile; whoever makes it again begins at the beginning.
            return 0
        page = Page(place)
        for entry in fresh:
            page.add(entry)
            if page.size >= CARDS_TOGETHER:
                break
        movements = page.save()
        place.contact_ms = now_ms()
        place.save()
        heard = [movement for movement in movements if movement.index >= told]
        if heard:
            for listener in _listeners:
                listener(heard)
        return place.next_index


def _lock_position() -> Position:
    rows = Position.objects.select_for_update()
    try:
        return rows.get(id=1)
    except Position.DoesNotExist:
        Position.objects.get_or_create(id=1)
        return rows.get(id=1)


def _note_contact() -> None:
    now = now_ms()
    Position.objects.filter(id=1, contact_ms__lt=now - CONTACT_EVERY_MS).update(contact_ms=now)
