"""A person's records as one file: gathered from every part of the application, with the ledger's own entries hashed."""

from __future__ import annotations

from typing import Final

from cardtrail.merkle.hashing import leaf_hash
from cardtrail.web.accounts.address import parse_address, shortened
from cardtrail.web.accounts.models import Device, Person, SignIn
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.cards.belongings import (
    PASSED_ON,
    cards_by_serial,
    left_with,
    movements_of,
    serials_of,
)
from cardtrail.web.documents.records import (
    CardRecord,
    ConfirmationRecord,
    LookUpRecord,
    MovementRecord,
    NoticeRecord,
    Party,
    PersonRecord,
    Records,
    SessionRecord,
)
from cardtrail.web.ledger.link import link
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.ledger.states import told_apart
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number

UNKNOWN: Final = ""


def records_of(person: Person, issuer: str) -> Records:
    """Everything that is kept about a person. Raises `LedgerAway`."""
    here = link()
    memory = here.client.memory
    serials = serials_of(person)
    return Records(
        made_ms=now_ms(),
        issuer=issuer,
        network=here.network,
        log=UNKNOWN if memory is None else memory.vkey.name,
        verifier_key=UNKNOWN if memory is None else memory.vkey.encode(),
        person=PersonRecord(
            id=str(person.pk),
            name=person.name,
            email=person.email,
            language=person.language,
            time_zone=person.time_zone,
            joined_ms=int(person.joined.timestamp() * 1000),
        ),
        cards=_cards(person, serials),
        movements=_movements(person),
        confirmations=tuple(_confirmation(row) for row in Confirmation.objects.filter(person=person)),
        sessions=_sessions(person),
        notices=tuple(
            NoticeRecord(row.at_ms, row.kind, str(Text(row.zh, row.en)))
            for row in Notice.objects.filter(person=person)
        ),
        look_ups=_look_ups(person),
    )


def short(address: str) -> str:
    """An address as it is shown: without its end."""
    parsed = parse_address(address)
    return shortened(parsed) if parsed else ""


def _cards(person: Person, serials: list[int]) -> tuple[CardRecord, ...]:
    left = left_with(person, serials)
    cards = cards_by_serial(serials)
    told_apart(card for card in cards.values() if card.holder_id == person.pk)
    return tuple(
        _card(card, card.holder_id == person.pk, left.get(card.serial, 0)) for card in cards.values()
    )


def _card(card: Card, held: bool, left_minor: int) -> CardRecord:
    return CardRecord(
        number=card_number(card.serial),
        product=card.product.name,
        currency=card.currency,
        face_minor=card.face_minor,
        balance_minor=card.balance_minor if held else left_minor,
        state=card.shown_state if held else PASSED_ON,
        held=held,
        expires_ms=card.expires_ms,
    )


def _movements(person: Person) -> tuple[MovementRecord, ...]:
    rows = list(movements_of(person))
    hashes = _hashes(rows)
    return tuple(
        MovementRecord(
            entry=row.index,
            leaf_hash=hashes[row.index],
            time_ms=row.time_ms,
            number=card_number(row.serial),
            kind=row.kind,
            amount_minor=row.amount_minor,
            balance_minor=row.balance_minor,
            currency=row.currency,
            holder_before=_party(row.holder_before_id, person),
            holder_after=_party(row.holder_after_id, person),
        )
        for row in rows
    )


def _party(holder: object, person: Person) -> Party | None:
    if holder is None:
        return None
    return "self" if holder == person.pk else "another"


def _hashes(rows: list[Movement]) -> dict[int, bytes]:
    """The leaf hash of each row's entry, a card's whole trail at a time."""
    client = link().client
    found: dict[int, bytes] = {}
    for row in rows:
        if row.index not in found:
            found |= {entry.index: leaf_hash(entry.entry) for entry in client.trail(row.serial)}
    return found


def _confirmation(row: Confirmation) -> ConfirmationRecord:
    return ConfirmationRecord(
        id=str(row.id),
        time_ms=row.at_ms,
        purpose=row.purpose,
        text=row.text,
        method=row.method,
        device=row.device,
        address=short(row.address),
        evidence_sha256=bytes(row.evidence),
    )


def _sessions(person: Person) -> tuple[SessionRecord, ...]:
    """Devices, each with the time it was first and last used, and the sessions that run."""
    devices = [
        SessionRecord(row.label, short(row.address), row.first_seen_ms, row.last_seen_ms)
        for row in Device.objects.filter(person=person)
    ]
    running = [
        SessionRecord(row.device.label, short(row.address), row.started_ms, row.seen_ms)
        for row in SignIn.objects.filter(person=person).select_related("device")
    ]
    return tuple(devices + running)


def _look_ups(person: Person) -> tuple[LookUpRecord, ...]:
    # The desk stands above this app, so it is asked late.
    from cardtrail.web.desk.looks import looks_of

    found = []
    for look in looks_of(person):
        staff = getattr(look.staff, "staff", None)
        role = ", ".join(staff.roles) if staff is not None else ""
        found.append(LookUpRecord(look.at_ms, role, look.case.number, str(look.what_text)))
    return tuple(found)
