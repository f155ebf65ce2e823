"""A person's own records: to look at, to take away, and to have checked by somebody else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cardtrail.client.errors import NotPublished, ProofError
from cardtrail.web.accounts.models import Device, Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.evidence import fits
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.cards import assignments, limits
from cardtrail.web.cards.acts import page_address
from cardtrail.web.cards.belongings import (
    cards_by_serial,
    is_own,
    kind_words,
    left_with,
    movements_of,
    serials_of,
)
from cardtrail.web.cards.exporting import records_of, short
from cardtrail.web.cards.stops import named
from cardtrail.web.documents.fonts import FontMissing
from cardtrail.web.documents.records import records_json
from cardtrail.web.ledger.link import LedgerAway, link
from cardtrail.web.ledger.states import told_apart
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.clock import SECOND_MS
from cardtrail.web.ui.errors import too_many, unavailable
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number

log = logging.getLogger(__name__)

NOTHING = Text(
    "没有可以写进转让通知的转让。卡由卡密领取、赠送或转让时才有。",
    "There is no change of holder to give notice of. There is one once a card was claimed, given or passed on.",
)
METHODS = {
    "password": Text("密码", "Password"),
    "mfa": Text("第二重验证", "Second factor"),
    "code": Text("邮件验证码", "Code by mail"),
    "api_key": Text("程序密钥", "API key"),
}
"""How somebody proved who they are, as our sign-in calls it."""

NO_FONT = Text(
    "暂时不能生成 PDF。请稍后再试，或先下载 JSON。",
    "The PDF cannot be made just now. Try again later, or take the JSON.",
)


@require_safe
@never_cache
@login_required
def records(request: HttpRequest) -> HttpResponse:
    """What is kept about a person, and the ways to see it and to take it away."""
    person = person_of(request)
    shown = {
        "cards": movements_of(person).order_by().values("serial").distinct().count(),
        "movements": movements_of(person).count(),
        "confirmations": Confirmation.objects.filter(person=person).count(),
        "notices": Notice.objects.filter(person=person).count(),
        "devices": Device.objects.filter(person=person).count(),
        "looks_url": page_address("looks"),
    }
    return render(request, "cards/records.html", shown)


@require_safe
@never_cache
@login_required
def cards(request: HttpRequest) -> HttpResponse:
    """Every card that is or was the person's."""
    person = person_of(request)
    page = page_of(serials_of(person), request)
    found = cards_by_serial(page.object_list)
    told_apart(card for card in found.values() if card.holder_id == person.pk)
    left = left_with(person, page.object_list)
    rows = [
        (card, card.holder_id == person.pk, left.get(serial, 0))
        for serial in page.object_list
        if (card := found.get(serial)) is not None
    ]
    return render(request, "cards/records_cards.html", {"page": page, "rows": rows})


@require_safe
@never_cache
@login_required
def movements(request: HttpRequest) -> HttpResponse:
    """Every movement of these cards while they were the person's, with its receipt."""
    person = person_of(request)
    page = page_of(movements_of(person), request)
    known = named(list(page.object_list))
    rows = [
        (
            row,
            of.title if (of := known.get((row.index, row.serial))) else kind_words(row),
            card_number(row.serial)[-4:],
        )
        for row in page.object_list
    ]
    return render(request, "cards/records_movements.html", {"page": page, "rows": rows})


@require_safe
@never_cache
@login_required
def confirmations(request: HttpRequest) -> HttpResponse:
    """Everything the person confirmed."""
    rows = Confirmation.objects.filter(person=person_of(request)).order_by("-at_ms", "id")
    return render(request, "cards/records_confirmations.html", {"page": page_of(rows, request)})


@require_safe
@never_cache
@login_required
def confirmation(request: HttpRequest, confirmation_id: UUID) -> HttpResponse:
    """One confirmation: the words as shown, the circumstances, its hash reckoned anew, and what came of it."""
    person = person_of(request)
    own = get_object_or_404(Confirmation, id=confirmation_id, person=person)
    device = Device.objects.filter(person=person, id=own.device).first() if _is_uuid(own.device) else None
    actions = list(own.actions.order_by("place")[:100])
    mine = {(row.serial, row.index) for row in movements_of(person).filter(index__in=_entries(actions))}
    shown = {
        "confirmation": own,
        "unchanged": fits(own),
        "evidence": bytes(own.evidence).hex(),
        "address": short(own.address),
        "device": device,
        "method": METHODS.get(own.method, own.method),
        "actions": [(action, (action.serial, action.entry_index) in mine) for action in actions],
    }
    return render(request, "cards/records_confirmation.html", shown)


@require_safe
@never_cache
@login_required
def export(request: HttpRequest) -> HttpResponse:
    """Everything as one JSON file."""

    def made(person: Person) -> HttpResponse:
        body = records_json(records_of(person, assignments.issuer().party))
        return _file(body, "application/json", f"cardtrail-records-{str(person.pk)[:8]}.json")

    return _made(request, made)


@require_safe
@never_cache
@login_required
def notice(request: HttpRequest, serial: int | None = None) -> HttpResponse:
    """The notice of assignment, for one card or all, as a PDF."""
    if serial is not None and not movements_of(person_of(request)).filter(serial=serial).exists():
        raise Http404

    def made(person: Person) -> HttpResponse:
        rows = assignments.assignments_of(person, serial)
        if not rows:
            messages.info(request, str(NOTHING))
            return redirect("records")
        body = assignments.print_notice(request, person, rows)
        name = card_number(serial) if serial is not None else str(person.pk)[:8]
        return _file(body, "application/pdf", f"cardtrail-notice-of-assignment-{name}.pdf")

    return _made(request, made)


@require_safe
@never_cache
@login_required
def receipt(request: HttpRequest, serial: int, entry: int) -> HttpResponse:
    """The log's proof of one of one's own movements, verified: for anybody who has the log's key."""
    if entry >= 2**63 or not is_own(person_of(request), serial, entry):
        raise Http404
    try:
        text = link().client.receipt_text(entry)
    except (LedgerAway, NotPublished, ProofError) as error:
        return _away(request, error)
    return _file(
        text.encode(), "text/plain; charset=utf-8", f"cardtrail-{card_number(serial)}-entry-{entry}.txt"
    )


def _made(request: HttpRequest, make: Callable[[Person], HttpResponse]) -> HttpResponse:
    """What takes a while to make, not too often and not without the ledger."""
    person = person_of(request)
    wait_ms = limits.wait_ms(person, "records")
    if wait_ms:
        return too_many(request, retry_after_s=-(-wait_ms // SECOND_MS))
    try:
        return make(person)
    except FontMissing:
        log.exception("a document could not be made for want of a font")
        messages.error(request, str(NO_FONT))
        return redirect("records")
    except (LedgerAway, NotPublished, ProofError) as error:
        return _away(request, error)


def _away(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, ProofError):
        # Nobody is handed a proof that does not hold; the operator has to see it.
        log.error("the node's proof does not hold: %s", error)
    return unavailable(request, retry_after_s=10)


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _entries(actions: list[Action]) -> list[int]:
    return [action.entry_index for action in actions if action.entry_index is not None]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
