"""Traces: with what a person was seen, since when, and who else was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db.models import F, Min, Q
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


def see(person: Person, kind: str, name: str, first_ms: int, last_ms: int) -> None:
    """Keep a trace, or stretch the one there is. Safe if another process does the same."""
    Seen.objects.bulk_create(
        [Seen(person=person, kind=kind, token=name, first_ms=first_ms, last_ms=last_ms)],
        ignore_conflicts=True,
    )
    Seen.objects.filter(
        Q(first_ms__gt=first_ms) | Q(last_ms__lt=last_ms), person=person, kind=kind, token=name
    ).update(first_ms=Least(F("first_ms"), first_ms), last_ms=Greatest(F("last_ms"), last_ms))


class Traces:
    """A person's traces, read once for a question."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._rows = {(row.kind, row.token): row for row in Seen.objects.filter(person=person)}

    def note(self, kind: str, value: str, at_ms: int, first_ms: int | None = None) -> None:
        """The person is seen with this, at the latest since `first_ms`."""
        key = (str(kind), token(kind, value))
        first = at_ms if first_ms is None else min(first_ms, at_ms)
        row = self._rows.get(key)
        if row is not None and row.first_ms <= first and at_ms - row.last_ms < RENEW_MS:
            return
        see(self._person, *key, first, at_ms)
        if row is not None:
            first, at_ms = min(first, row.first_ms), max(at_ms, row.last_ms)
        self._rows[key] = Seen(person=self._person, kind=key[0], token=key[1], first_ms=first, last_ms=at_ms)

    def note_device(self, device: Device | None, at_ms: int) -> None:
        """The browser's own random name, which is the same for everybody who signs in on it."""
        if device is not None:
            self.note(Kind.DEVICE, device.token, at_ms, device.first_seen_ms)

    def note_address(self, address: str, at_ms: int) -> None:
        """The address and its network; before the first one, those of everything that was confirmed until now."""
        if not any(kind == NETWORK for kind, _ in self._rows):
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
        row = self._rows.get((NETWORK, token(NETWORK, neighbourhood(address)))) if address else None
        return None if row is None else row.first_ms

    def linking(self, since_ms: int) -> list[Seen]:
        """What may link the person to others, renewed since a moment."""
        return [row for row in self._rows.values() if row.kind in LINKING and row.last_ms >= since_ms]

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
