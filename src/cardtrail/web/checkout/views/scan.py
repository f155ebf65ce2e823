"""How a payment is reached: by scanning a till's code, by typing its eight digits, or sent here by a shop."""

from __future__ import annotations

import hmac

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.second_factor import open_without_second_factor
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.cards import throttle
from cardtrail.web.cards.access import lacks_second_factor, own_card, protect_address
from cardtrail.web.checkout.forms import CodeForm
from cardtrail.web.checkout.models import Payment, typed_hash
from cardtrail.web.checkout.paying import CLOSED, TAKEN, take_up
from cardtrail.web.checkout.refusals import NotPossible
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.errors import too_many
from cardtrail.web.ui.texts import Text, say

_UNKNOWN = Text(
    "没有这个付款码，或者它已被使用、已过期。请核对，或请收银员重新出码。",
    "There is no such code, or it was used or has expired. Check it, or ask the till for a new one.",
)
_INCOMPLETE = Text(
    "这个付款码打不开：请直接扫描收银台屏幕上的码。",
    "This does not open a payment: scan the code on the till's screen itself.",
)


@open_without_second_factor
@never_cache
@require_safe
def landing(request: HttpRequest, payment_id: str) -> HttpResponse:
    """An online payment shows what is asked for. A till's page is the same for every visitor: what it asks for opens
    with the secret behind the #, which only the browser has."""
    payment = get_object_or_404(Payment, id=payment_id)
    if payment.kind == Payment.Kind.TILL:
        if request.user.is_authenticated and payment.payer_id == request.user.pk:
            return redirect("pay_done" if payment.state != Payment.State.OPEN else "pay_cards", payment.id)
        return render(request, "checkout/scanned.html", {"look_url": reverse("pay_look", args=[payment.id])})
    if (
        request.user.is_authenticated
        and payment.payer_id == request.user.pk
        and payment.state != Payment.State.OPEN
    ):
        return redirect("pay_done", payment.id)
    return render(request, "checkout/online.html", _shown(request, payment))


@open_without_second_factor
@csrf_exempt  # It changes nothing and answers only to whoever has the secret.
@never_cache
@sensitive_post_parameters("secret")
@require_POST
def look(request: HttpRequest, payment_id: str) -> HttpResponse:
    """What a till's secret opens, as a piece of the page."""
    payment = Payment.objects.filter(id=payment_id, kind=Payment.Kind.TILL).first()
    if payment is None or not _fits(request, payment):
        return render(request, "checkout/parts/asked.html", {"refusal": _INCOMPLETE}, status=404)
    shown = _shown(request, payment)
    return render(request, "checkout/parts/asked.html", shown, status=410 if shown["refusal"] else 200)


@require_POST
@login_required
@sensitive_post_parameters("secret")
def take(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Take a payment up: a till's with its secret, once; an online one as whoever was sent here."""
    payment = get_object_or_404(Payment, id=payment_id)
    if payment.kind == Payment.Kind.TILL and not _fits(request, payment):
        raise Http404
    return _taken_up(request, payment)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def code(request: HttpRequest) -> HttpResponse:
    """Eight digits where a camera fails. Guessing is throttled, and gains nothing but somebody else's bill."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            entered = throttle.enter(request)
        except throttle.TooOften as slow:
            return too_many(request, -(-slow.wait_ms // 1000))
        payment = Payment.objects.filter(
            code=form.cleaned_data["code"], state=Payment.State.OPEN, expires_ms__gt=now_ms()
        ).first()
        if payment is not None:
            entered.was_right()
            return _taken_up(request, payment)
        mine = _mine(person_of(request), form.cleaned_data["code"])
        if mine is not None:
            entered.was_right()
            return redirect("pay_cards", mine.id)
        form.add_error("code", str(_UNKNOWN))
    return render(request, "checkout/code.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@login_required
def with_card(request: HttpRequest, serial: int) -> HttpResponse:
    """From a card's page: how to pay with it."""
    return render(request, "checkout/code.html", {"form": CodeForm(), "card": own_card(request, serial)})


def _mine(person: Person, code: str) -> Payment | None:
    """What this very person has taken up with a code, whose answer may have been lost. Of others nobody learns."""
    waiting = (Payment.State.OPEN, Payment.State.PAYING)
    rows = Payment.objects.filter(payer=person, state__in=waiting, expires_ms__gt=now_ms())
    return rows.filter(typed=typed_hash(code)).first()


def _taken_up(request: HttpRequest, payment: Payment) -> HttpResponse:
    try:
        take_up(payment, person_of(request))
    except NotPossible as refusal:
        messages.error(request, str(refusal.text))
        return render(request, "checkout/refused.html", {"refusal": refusal.text}, status=409)
    return redirect("pay_cards", payment.id)


def _fits(request: HttpRequest, payment: Payment) -> bool:
    given = request.POST.get("secret", "")[:64]
    return hmac.compare_digest(given.encode(), payment.token.encode())


def _shown(request: HttpRequest, payment: Payment) -> dict[str, object]:
    refusal: Text | None = None
    if payment.payer_id is not None and payment.payer_id != request.user.pk:
        refusal = TAKEN
    elif payment.state != Payment.State.OPEN:
        refusal = CLOSED[payment.state]
    elif payment.expires_ms <= now_ms():
        refusal = CLOSED[Payment.State.EXPIRED]
    here = reverse("pay_landing", args=[payment.id])
    return {
        "payment": payment,
        "refusal": refusal,
        "here": here,
        "take_url": reverse("pay_take", args=[payment.id]),
        "protect_url": protect_address(here)
        if request.user.is_authenticated and lacks_second_factor(request)
        else "",
        "title": say("付款给 {shop}", "Pay {shop}", shop=payment.shop),
    }
