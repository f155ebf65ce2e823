"""Notices of assignment: each change of holder of a card, proved by the log before it is printed."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest

from cardtrail.client.client import Client
from cardtrail.client.errors import ProofError
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.web.accounts.identity import checked_name
from cardtrail.web.accounts.models import Person
from cardtrail.web.cards.belongings import cards_by_serial, movements_of
from cardtrail.web.documents.notice_of_assignment import Assignment, notice_of_assignment
from cardtrail.web.documents.paper import Issuer
from cardtrail.web.ledger.link import link
from cardtrail.web.ledger.models import Movement
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.site import PRODUCT, sources
from cardtrail.web.ui.times import zone_for
from cardtrail.wire.identifiers import card_number

MOST: Final = 100
"""So many assignments are printed at once, the latest; for more there is a notice for each card."""


def assignments_of(person: Person, serial: int | None = None) -> list[Movement]:
    """Changes of holder in which the person is one of the two, the latest first. A rebind is none: nobody passed the
    card on."""
    rows = (
        movements_of(person)
        .filter(kind__in=("transfer", "release"))
        .exclude(holder_before=person, holder_after=person)
    )
    if serial is not None:
        rows = rows.filter(serial=serial)
    found = list(rows[: MOST + 1])
    serials = {row.serial for row in found}
    held = Movement.objects.filter(Q(kind="hold") | Q(kind="rebind"), serial__in=serials).order_by("index")
    latest: dict[int, list[tuple[int, str]]] = {}
    for hold in held:
        latest.setdefault(hold.serial, []).append((hold.index, hold.kind))
    return [row for row in found if not _is_rebind(row, latest.get(row.serial, []))][:MOST]


def print_notice(request: HttpRequest, person: Person, rows: list[Movement]) -> bytes:
    """The PDF for these changes of holder, each looked up in the log and verified.

    Raises `LedgerAway`, `NotPublished` for an entry that no checkpoint covers yet, `ProofError`, `FontMissing`,
    `ValueError` without rows.
    """
    client = link().client
    cards = cards_by_serial({row.serial for row in rows})
    name = checked_name(person) or person.name or person.email
    items = [
        Assignment(
            card_number=card_number(row.serial),
            product=cards[row.serial].product.name,
            balance_minor=row.balance_minor,
            currency=row.currency,
            assignor=name if row.holder_before_id == person.pk else None,
            assignee=name if row.holder_after_id == person.pk else None,
            reached_ms=row.time_ms,
            entry_index=row.index,
            leaf_hash=_proved(client, row),
        )
        for row in reversed(rows)
    ]
    if client.memory is None:
        raise ProofError("verifier key", "none was given, so nothing that the node says can be verified")
    vkey = client.memory.vkey
    return notice_of_assignment(
        items,
        holder=name,
        issuer=issuer(),
        log_name=vkey.name,
        verifier_key=vkey.encode(),
        published_at=f"{settings.CONFIG.public_url}/ledger/",
        made_ms=now_ms(),
        zone=zone_for(request),
    )


def issuer() -> Issuer:
    """Who issues the cards, as documents name them."""
    # The desk stands above this app, so it is asked late.
    from cardtrail.web.desk.brand import Brand

    brand = Brand.objects.first()
    if brand is None:
        return Issuer((sources.brand() if sources.brand else "") or PRODUCT.zh)
    return Issuer(brand.name, brand.legal_name)


def _proved(client: Client, row: Movement) -> bytes:
    """The leaf hash of a row's entry, once its receipt is verified and says what the row says."""
    entry = client.receipt(row.index).entry
    if entry.time_ms != row.time_ms or getattr(entry.body, "serial", None) != row.serial:
        raise ProofError("entry", f"entry {row.index} is not what our own books say")
    return leaf_hash(entry.entry)


def _is_rebind(row: Movement, held: list[tuple[int, str]]) -> bool:
    before = [kind for index, kind in held if index < row.index]
    return row.kind == "release" and bool(before) and before[-1] == "rebind"
