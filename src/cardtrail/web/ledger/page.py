"""One page of entries, folded in memory and then written in a handful of statements."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from cardtrail.client.verify import LogEntry
from cardtrail.web.ledger import fold
from cardtrail.web.ledger.models import Card, DayFlow, HolderKey, Movement, Position, Product, Totals
from cardtrail.web.ui.clock import day_of
from cardtrail.wire.cards import Card as Record
from cardtrail.wire.cards import Status
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import (
    Activate,
    Attest,
    Body,
    Define,
    Freeze,
    Hold,
    Issue,
    Merge,
    Rebind,
    Redeem,
    Refund,
    Release,
    Return,
    Seal,
    Split,
    Transfer,
    Unfreeze,
    Void,
    kind_of,
)
from cardtrail.wire.money import Totals as TotalsRecord
from cardtrail.wire.products import Terms
from cardtrail.wire.roles import Role

_CARD_FIELDS = [field.name for field in Card._meta.concrete_fields if not field.primary_key]
_SUMS = ("issued", "outstanding", "redeemed", "voided", "inactive", "held", "frozen")
_CHUNK = 500


class Diverged(RuntimeError):  # noqa: N818 - it names what happened
    """The projection does not agree with what a seal states: a bug of ours, or a ledger with other rules."""


class Page:
    """The rows that a run of entries changes. `add` each entry in order, then `save`."""

    def __init__(self, place: Position) -> None:
        self._place = place
        self._cards: dict[int, Record] = {}
        self._known: set[int] = set()
        self._holders: dict[bytes, uuid.UUID | None] = {}
        self._movements: list[Movement] = []
        self._products = {product.id: product for product in Product.objects.all()}
        self._terms: dict[int, Terms] = {}
        self._totals = {totals.currency: totals for totals in Totals.objects.all()}
        self._counted: dict[str, Totals] = {}
        self._flows: dict[tuple[Any, str], DayFlow] = {}

    @property
    def size(self) -> int:
        """How many changes of cards it holds."""
        return len(self._movements)

    def add(self, entry: LogEntry) -> None:
        """Take one entry in. Raises `Diverged`."""
        body, place = entry.body, self._place
        self._load(fold.touched(body))
        match body:
            case Define():
                self._define(body, entry.index)
            case Attest():
                self._attest(body, entry)
            case Seal():
                self._compare(body, entry.index)
        before = {serial: self._cards[serial] for serial in fold.touched(body)}
        changed = fold.after(
            body, entry.index, entry.time_ms, place.cards, self._cards.__getitem__, self._terms_of
        )
        if changed:
            self._learn_holders(record.owner for record in (*before.values(), *changed))
            self._count(entry, before, changed)
            for record in changed:
                self._move(entry, before.get(record.serial), record)
                self._cards[record.serial] = record
            place.cards += len(changed) - len(before)
        place.next_index = entry.index + 1
        place.time_ms = entry.time_ms
        place.network = body.network

    def save(self) -> list[Movement]:
        """Write everything. Gives the movements, in order."""
        rows = [
            Card.from_record(record, self._currency(record), self._holders.get(record.owner))
            for serial, record in self._cards.items()
            if serial in self._known
        ]
        Card.objects.bulk_create(
            rows,
            batch_size=_CHUNK,
            update_conflicts=True,
            unique_fields=["serial"],
            update_fields=_CARD_FIELDS,
        )
        Movement.objects.bulk_create(self._movements, batch_size=_CHUNK)
        for changed in (*self._counted.values(), *self._flows.values()):
            row: Model = changed
            row.save()
        return self._movements

    # Reading

    def _load(self, serials: Iterable[int]) -> None:
        missing = [serial for serial in serials if serial not in self._cards]
        for start in range(0, len(missing), _CHUNK):
            for row in Card.objects.filter(serial__in=missing[start : start + _CHUNK]):
                self._cards[row.serial] = row.record
                self._holders[bytes(row.owner)] = row.holder_id

    def _learn_holders(self, owners: Iterable[bytes]) -> None:
        missing = [owner for owner in dict.fromkeys(owners) if owner not in self._holders]
        for start in range(0, len(missing), _CHUNK):
            part = missing[start : start + _CHUNK]
            found = dict(HolderKey.objects.filter(public__in=part).values_list("public", "person_id"))
            known = {bytes(public): person for public, person in found.items()}
            for owner in part:
                self._holders[owner] = known.get(owner)

    def _terms_of(self, product: int) -> Terms:
        if product not in self._terms:
            self._terms[product] = self._products[product].terms
        return self._terms[product]

    def _currency(self, record: Record) -> str:
        return self._terms_of(record.product).currency

    # Changing

    def _define(self, body: Define, index: int) -> None:
        product = Product(id=body.product, name=body.name, raw_terms=encode(body.terms), entry=index)
        product.save(force_insert=True)
        self._products[product.id] = product

    def _attest(self, body: Attest, entry: LogEntry) -> None:
        totals = self._totals_of(body.currency)
        totals.deposit_minor = body.deposit_minor
        totals.deposit_as_of_ms = body.as_of_ms
        totals.deposit_entry = entry.index
        _close(self._flow(entry.time_ms, body.currency), totals)

    def _compare(self, seal: Seal, index: int) -> None:
        ours = tuple(
            TotalsRecord(currency, *(getattr(totals, name) for name in _SUMS))
            for currency, totals in sorted(self._totals.items())
            if totals.issued
        )
        sealed = tuple(totals for totals in seal.totals if totals.issued)
        if seal.cards != self._place.cards or ours != sealed:
            raise Diverged(f"entry {index} seals {seal.cards} cards and other sums than the projection has")

    def _count(self, entry: LogEntry, before: dict[int, Record], changed: list[Record]) -> None:
        body = entry.body
        currency = self._currency(changed[-1])
        totals, flow = self._totals_of(currency), self._flow(entry.time_ms, currency)
        for sign, records in ((-1, before.values()), (1, changed)):
            for record in records:
                balance = sign * record.balance_minor
                totals.outstanding += balance
                totals.inactive += balance if record.status is Status.INACTIVE else 0
                totals.held += balance if record.hold is not None else 0
                totals.frozen += balance if record.frozen_by is not None else 0
        _count_kind(body, totals, flow, before, changed)
        _close(flow, totals)

    def _move(self, entry: LogEntry, before: Record | None, record: Record) -> None:
        body = entry.body
        kind = kind_of(body)
        if before is None and isinstance(body, Split | Merge):
            kind = "split_part" if isinstance(body, Split) else "merge_result"
        self._known.add(record.serial)
        self._movements.append(
            Movement(
                index=entry.index,
                serial=record.serial,
                time_ms=entry.time_ms,
                kind=kind,
                product_id=record.product,
                currency=self._currency(record),
                amount_minor=_amount(body, before, record),
                balance_minor=record.balance_minor,
                by_role=_role(body),
                hold_role=_hold_role(body, before),
                holder_before_id=None if before is None else self._holders.get(before.owner),
                holder_after_id=self._holders.get(record.owner),
                owner_after=record.owner,
                reference=_reference(body),
                hop=record.hop,
            )
        )

    def _totals_of(self, currency: str) -> Totals:
        """The totals of a currency, to be changed."""
        self._counted[currency] = self._totals.setdefault(currency, Totals(currency=currency))
        return self._counted[currency]

    def _flow(self, time_ms: int, currency: str) -> DayFlow:
        key = (day_of(time_ms), currency)
        if key not in self._flows:
            self._flows[key] = DayFlow.objects.filter(day=key[0], currency=currency).first() or DayFlow(
                day=key[0], currency=currency
            )
        return self._flows[key]


def _count_kind(
    body: Body, totals: Totals, flow: DayFlow, before: dict[int, Record], changed: list[Record]
) -> None:
    match body:
        case Issue():
            amount = body.face_minor * len(body.owners)
            totals.issued += amount
            flow.issued += amount
        case Activate():
            flow.activated += sum(
                record.balance_minor for record in before.values() if record.status is Status.INACTIVE
            )
        case Redeem():
            totals.redeemed += body.amount_minor
            flow.redeemed += body.amount_minor
            flow.redemptions += 1
        case Refund():
            totals.redeemed -= body.amount_minor
            flow.refunded += body.amount_minor
        case Void():
            amount = before[body.serial].balance_minor
            totals.voided += amount
            flow.voided += amount
        case Transfer() | Release():
            if isinstance(body, Transfer) and before[body.serial].hop == 0:
                flow.claims += 1
            else:
                flow.transfers += 1
        case Hold():
            flow.holds += 1
        case Return():
            flow.returns += 1
        case Split():
            flow.splits += 1
        case Merge():
            flow.merges += 1
        case Freeze():
            flow.freezes += 1


def _close(flow: DayFlow, totals: Totals) -> None:
    """How the day stands after an entry. A day on which only the bank states something has sums of its own, too."""
    flow.outstanding_after = totals.outstanding
    flow.inactive_after = totals.inactive
    flow.deposit_after = totals.deposit_minor


def _amount(body: Body, before: Record | None, record: Record) -> int:
    if isinstance(body, Redeem | Refund):
        return body.amount_minor
    if before is None:
        return record.balance_minor
    if isinstance(body, Hold):
        return body.price_minor or 0
    if isinstance(body, Release | Return):
        return (before.hold.price_minor or 0) if before.hold is not None else 0
    return before.balance_minor if isinstance(body, Void | Split | Merge) else 0


def _role(body: Body) -> int | None:
    if isinstance(body, Freeze | Unfreeze):
        return int(body.by)
    return int(Role.ISSUER) if isinstance(body, Issue | Activate | Refund | Void | Rebind) else None


def _hold_role(body: Body, before: Record | None) -> int | None:
    if isinstance(body, Hold):
        release: bytes | Role | None = body.release
    elif isinstance(body, Release | Return) and before is not None and before.hold is not None:
        release = before.hold.release
    else:
        return None
    return int(release) if isinstance(release, Role) else None


def _reference(body: Body) -> bytes | None:
    match body:
        case Redeem() | Refund():
            return body.order
        case Hold() | Release():
            return body.reference
        case Freeze() | Unfreeze() | Void() | Rebind():
            return body.case
        case Transfer():
            return body.envelope
        case _:
            return None
