"""Paying: choose cards, see exactly what will happen, confirm; then how it went."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.refusals import words_of
from cardtrail.web.checkout import paying
from cardtrail.web.checkout.allotting import first_enough, suggest, usable
from cardtrail.web.checkout.forms import AMOUNT_PREFIX, parts_in, plain_amount, serial_of
from cardtrail.web.checkout.models import Attempt, Payment
from cardtrail.web.checkout.refusals import NotPossible
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number

MOST_NAMED = 200
"""No form of ours names more cards."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cards(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Which cards pay; with `step=check` what will happen; with `step=confirm` it happens."""
    payment = _own(request, payment_id)
    if payment.state != Payment.State.OPEN:
        return redirect("pay_done", payment.id)
    offered = usable(person_of(request), payment)
    step = request.POST.get("step", "")
    if request.method != "POST" or step not in {"check", "confirm"}:
        return _choose(request, payment, offered)
    mine = _with_named(request, offered)
    parts, wrong = parts_in(request.POST, mine, payment.amount_minor)
    if wrong is None and sum(parts.values()) != payment.amount_minor:
        wrong = paying.PARTS
    if wrong is not None:
        return _choose(request, payment, offered, wrong, given=parts)
    chosen = sorted((card for card in mine if card.serial in parts), key=lambda card: card.serial)
    if step == "check":
        shown = {
            "payment": payment,
            "parts": [
                (card, parts[card.serial], plain_amount(parts[card.serial], payment.currency))
                for card in chosen
            ],
            "sentences": paying.agreement(payment, chosen, parts),
            "prefix": AMOUNT_PREFIX,
        }
        return render(request, "checkout/check.html", shown)
    return _confirmed(request, payment, offered, parts)


@never_cache
@require_safe
@login_required
def done(request: HttpRequest, payment_id: str) -> HttpResponse:
    """How it went: paid with its receipt, waiting, or why not and what came back. While it waits, it asks again by
    itself."""
    payment = _own(request, payment_id)
    attempt = payment.attempts.filter(person=person_of(request)).select_related("confirmation").last()
    if attempt is None and payment.state == Payment.State.OPEN:
        return redirect("pay_cards", payment.id)
    charges = [] if attempt is None else list(attempt.charges.select_related("action", "undo"))
    shown = {
        "payment": payment,
        "attempt": attempt,
        "charges": [(charge, card_number(charge.serial)[-4:]) for charge in charges],
        "reason": words_of(attempt.reason_code) if attempt is not None and attempt.reason_code else None,
        "refunds": payment.refunds.exclude(done_minor=0),
        "back": return_address(payment),
        "back_host": urlsplit(payment.return_url).hostname,
    }
    return render(request, "checkout/done.html", shown)


@require_safe
@login_required
def receipts(request: HttpRequest) -> HttpResponse:
    """Everything this person has paid, newest first."""
    own = (
        Payment.objects.filter(payer=person_of(request), state__in=(Payment.State.PAID, Payment.State.PAYING))
        .prefetch_related("attempts__charges__action")
        .order_by("-made_ms", "-id")
    )
    page = page_of(own, request, 20)
    rows = [
        (
            payment,
            [
                charge
                for attempt in payment.attempts.all()
                if attempt.state == Attempt.State.PAID
                for charge in attempt.charges.all()
            ],
        )
        for payment in page.object_list
    ]
    return render(request, "checkout/receipts.html", {"page": page, "rows": rows})


def return_address(payment: Payment) -> str:
    """Where the payer goes on: the shop's own address, which was checked when it was given, with the payment's id."""
    if not payment.return_url:
        return ""
    sign = "&" if urlsplit(payment.return_url).query else "?"
    return f"{payment.return_url}{sign}{urlencode({'payment': payment.id})}"


def _own(request: HttpRequest, payment_id: str) -> Payment:
    """The payment, if this person has taken it up. Raises `Http404`."""
    return get_object_or_404(Payment, id=payment_id, payer=person_of(request))


def _with_named(request: HttpRequest, offered: list[Card]) -> list[Card]:
    """The offered cards and whichever else of the person's own the form names: one that cannot pay now is told why."""
    named = [name.removeprefix(AMOUNT_PREFIX) for name in request.POST if name.startswith(AMOUNT_PREFIX)]
    serials = {serial_of(number) for number in [*named, *request.POST.getlist("card")][:MOST_NAMED]}
    more = serials - {card.serial for card in offered}
    if not more:
        return offered
    own = Card.objects.filter(holder=person_of(request), serial__in=more).select_related("product")
    return [*offered, *own]


def _choose(
    request: HttpRequest,
    payment: Payment,
    offered: list[Card],
    wrong: Text | None = None,
    given: dict[int, int] | None = None,
) -> HttpResponse:
    parts = given or suggest(offered, payment.amount_minor)
    enough = [card for card in offered if card.balance_minor >= payment.amount_minor]
    several = (
        "several" in request.GET or not enough or any(name.startswith(AMOUNT_PREFIX) for name in request.POST)
    )
    shown = {
        "payment": payment,
        "several": several,
        "enough": enough,
        "chosen": first_enough(offered, payment.amount_minor),
        "rows": [
            (card, plain_amount(parts[card.serial], card.currency) if card.serial in parts else "")
            for card in offered
        ],
        "prefix": AMOUNT_PREFIX,
        "short_minor": payment.amount_minor - sum(card.balance_minor for card in offered),
        "offered": offered,
        "wrong": wrong,
    }
    return render(request, "checkout/cards.html", shown, status=422 if wrong else 200)


def _confirmed(
    request: HttpRequest, payment: Payment, offered: list[Card], parts: dict[int, int]
) -> HttpResponse:
    try:
        attempt = paying.pay(request, person_of(request), payment, parts)
    except NotPossible as refusal:
        if refusal.code == "unknown_card":
            raise Http404 from None
        current = Payment.objects.get(id=payment.id)
        if current.state != Payment.State.OPEN:  # The same form twice: the first one counts.
            return redirect("pay_done", payment.id)
        messages.error(request, str(refusal.text))
        return _choose(request, current, offered, refusal.text)
    attempt = paying.go(attempt)
    return redirect("pay_done", payment.id)
