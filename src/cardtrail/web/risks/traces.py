"""Traces: with what a person was seen, since when, and who else was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db.models import F, Min
from django.db.models.functions import Greatest, Least

from cardtrail.risk.links import Kind
from cardtrail.web.accounts.address import parse_address, shortened
from cardtrail.web.accounts.models import Device, Identity, Person
from cardtrail.web.accounts.sealing import ring
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.risks.models import Seen
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS

NETWORK: Final = "network"
"""The neighbourhood of an address (`192.0.2.*`): what is usual for a person. Not a `Kind`, for it links nobody."""

FRESH_MS: Final = 90 * DAY_MS
"""Traces that were not renewed for so long link nobody any more: addresses and devices change hands."""

RENEW_MS: Final = HOUR_MS
"""How old a trace's last sight gets before it is written down again: not every question is a write."""

LINKING: Final = tuple(str(kind) for kind in Kind)

_ABOUT = b"risk-trace"


def token(kind: str, value: str) -> str:
    """What is kept of something. Raises `CustodyError` without the operator's keys."""
    return ring().keyed_hash(_ABOUT, f"{kind}/{value}".encode()).hex()


class Traces:
    """The traces of those whom a question is about, read once. What is noted is kept by `write`."""

    def __init__(self, person: Person, *others: Person) -> None:
        """`person`: whose question it is; `others` are read with them."""
        self._person = person
        self._rows: dict[tuple[UUID, str, str], Seen] = {}
        for row in Seen.objects.filter(person_id__in=[person.pk, *(other.pk for other in others)]):
            self._rows[row.person_id, row.kind, row.token] = row
        self._noted: dict[tuple[UUID, str, str], Seen] = {}

    def note(
        self, kind: str, value: str, at_ms: int, first_ms: int | None = None, *, of: Person | None = None
    ) -> None:
        """The person, or one of those who were read with them, is seen with this, at the latest since `first_ms`."""
        person = of or self._person
        key = (person.pk, str(kind), token(kind, value))
        first = at_ms if first_ms is None else min(first_ms, at_ms)
        row = self._rows.get(key)
        if row is None:
            row = Seen(person=person, kind=key[1], token=key[2], first_ms=first, last_ms=at_ms)
        elif row.first_ms <= first and at_ms - row.last_ms < RENEW_MS:
            return
        row.first_ms, row.last_ms = min(first, row.first_ms), max(at_ms, row.last_ms)
        self._rows[key] = self._noted[key] = row

    def write(self) -> None:
        """Keep what was noted. Safe if another process does the same."""
        # Always in the same order, or two questions about the same people would wait for each other.
        noted, self._noted = [self._noted[key] for key in sorted(self._noted)], {}
        # One that another process has written meanwhile was seen at about the same time.
        Seen.objects.bulk_create([row for row in noted if row.pk is None], ignore_conflicts=True)
        for row in noted:
            if row.pk is not None:
                Seen.objects.filter(pk=row.pk).update(
                    first_ms=Least(F("first_ms"), row.first_ms), last_ms=Greatest(F("last_ms"), row.last_ms)
                )

    def note_device(self, device: Device | None, at_ms: int) -> None:
        """The browser's own random name, which is the same for everybody who signs in on it."""
        if device is not None:
            self.note(Kind.DEVICE, device.token, at_ms, device.first_seen_ms)

    def note_address(self, address: str, at_ms: int) -> None:
        """The address and its network; before the first one, those of everything that was confirmed until now."""
        if not any((person, kind) == (self._person.pk, NETWORK) for person, kind, _ in self._rows):
            self._remember_networks()
        if address:
            self.note(Kind.ADDRESS, address, at_ms)
            self.note(NETWORK, neighbourhood(address), at_ms)

    def note_identity(self, at_ms: int) -> None:
        """The identity document, if staff have checked it: anybody can type somebody else's number."""
        checked = Identity.objects.filter(person=self._person, state="checked")
        for known in checked.values_list("known", flat=True):
            self.note(Kind.PERSON, bytes(known).hex(), at_ms)

    def network_since_ms(self, address: str) -> int | None:
        """Since when the person has been seen in the network of an address; none: never."""
        name = token(NETWORK, neighbourhood(address)) if address else ""
        row = self._rows.get((self._person.pk, NETWORK, name))
        return None if row is None else row.first_ms

    def linking(self, since_ms: int, *others: Person) -> list[Seen]:
        """What may link the person, and others who were read with them, to somebody, renewed since a moment."""
        whose = {self._person.pk, *(other.pk for other in others)}
        fresh = (row for row in self._rows.values() if row.kind in LINKING and row.last_ms >= since_ms)
        return [row for row in fresh if row.person_id in whose]

    def _remember_networks(self) -> None:
        earlier = Confirmation.objects.filter(person=self._person).values("address")
        for row in earlier.annotate(first=Min("at_ms")):
            if row["address"]:
                self.note(NETWORK, neighbourhood(row["address"]), row["first"])


def neighbourhood(address: str) -> str:
    """The network that an address lies in, as far as people recognise it."""
    parsed = parse_address(address)
    return address if parsed is None else shortened(parsed)


def linking_traces(people: Iterable[UUID], since_ms: int) -> list[Seen]:
    """What may link these people to others, renewed since a moment."""
    return list(Seen.objects.filter(person_id__in=list(people), kind__in=LINKING, last_ms__gte=since_ms))
