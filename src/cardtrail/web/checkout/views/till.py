"""The till: type an amount, show the code, see it turn green; give money back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.refusals import words_of
from cardtrail.web.cards.once import new_token, token_of
from cardtrail.web.checkout import asking, refunding
from cardtrail.web.checkout.forms import RefundForm, TillForm, plain_amount
from cardtrail.web.checkout.models import Attempt, Payment, payment_id_of
from cardtrail.web.checkout.refusals import NotPossible
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.brand import brand_name
from cardtrail.web.desk.sections import show
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.site import PRODUCT
from cardtrail.web.ui.texts import say
from cardtrail.wire.identifiers import card_number


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("till")
def till(request: HttpRequest) -> HttpResponseBase:
    """Ask for an amount; below, what was asked for last."""
    form = TillForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person, token = person_of(request), token_of(request)
        wanted = asking.Ask(
            kind=Payment.Kind.TILL,
            amount_minor=form.cleaned_data["amount"],
            currency=asking.CURRENCY,
            reference=form.cleaned_data["reference"] or _number(token),
            shop=(brand_name() or str(PRODUCT))[: asking.MOST_SHOP],
            made_by=person,
            id=payment_id_of(person, token),
        )
        try:
            return redirect("till_payment", asking.ask(wanted).id)
        except NotPossible as refusal:
            form.add_error(None, str(refusal.text))
    recent = Payment.objects.filter(kind=Payment.Kind.TILL, made_by=person_of(request))
    status = 422 if form.errors else 200
    shown = {"form": form, "page": page_of(recent, request, 10), "token": new_token()}
    return show(request, "checkout/till.html", shown, status)


@never_cache
@require_safe
@staff_only("till")
def payment(request: HttpRequest, payment_id: str) -> HttpResponse:
    """One payment at the till: its code while it is open, its receipt once it is paid."""
    shown = _shown(_at_till(payment_id))
    if "fragment" in request.GET:
        return show(request, "checkout/parts/till_state.html", shown)
    return show(request, "checkout/till_payment.html", shown)


@require_POST
@staff_only("till")
def cancel(request: HttpRequest, payment_id: str) -> HttpResponseBase:
    """The customer pays otherwise, or not at all."""
    try:
        asking.cancel(_at_till(payment_id))
    except NotPossible as refusal:
        messages.error(request, str(refusal.text))
    return redirect("till_payment", payment_id)


@require_POST
@staff_only("till")
def refund(request: HttpRequest, payment_id: str) -> HttpResponseBase:
    """Give back an amount. The page names how much was left when it was shown, so the same form twice refunds once."""
    found = _at_till(payment_id)
    form = RefundForm(request.POST)
    if not form.is_valid():
        return show(request, "checkout/till_payment.html", _shown(found) | {"refund_form": form}, 422)
    left = refunding.refundable(found)
    if request.POST.get("left") != str(left):
        messages.info(
            request,
            str(
                say("这笔款刚刚有退款，请核对后再退。", "Something was refunded just now; look again first.")
            ),
        )
        return redirect("till_payment", payment_id)
    try:
        made = refunding.refund(
            request, person_of(request), found, form.cleaned_data["amount"], note=form.cleaned_data["note"]
        )
    except NotPossible as refusal:
        messages.error(request, str(refusal.text))
        return redirect("till_payment", payment_id)
    made = refunding.go(made)
    if made.state == made.State.REFUSED:
        messages.error(request, str(words_of(made.reason_code)))
    elif made.state == made.State.PENDING:
        messages.warning(
            request, str(say("已记下，账本一有答复就退。", "Kept; it is done as soon as the ledger answers."))
        )
    else:
        messages.success(request, str(say("已退回付款的卡。", "It went back to the card.")))
    return redirect("till_payment", payment_id)


def _at_till(payment_id: str) -> Payment:
    found: Payment = get_object_or_404(Payment, id=payment_id, kind=Payment.Kind.TILL)
    return found


def _shown(payment: Payment) -> dict[str, object]:
    paid = payment.attempts.filter(state=Attempt.State.PAID).first()
    charges = [] if paid is None else list(paid.charges.select_related("action"))
    left = refunding.refundable(payment)
    return {
        "payment": payment,
        "charges": [(charge, card_number(charge.serial)[-4:]) for charge in charges],
        "refunds": payment.refunds.all(),
        "left": left,
        "refund_form": RefundForm(initial={"amount": plain_amount(left, payment.currency)}) if left else None,
        "code": payment.code and f"{payment.code[:4]} {payment.code[4:]}",
        "waits": payment.state in (Payment.State.OPEN, Payment.State.PAYING),
    }


def _number(token: str) -> str:
    """A reference for a sale that the shop did not number: the same for the same form."""
    return f"T-{int(token, 16) % 10**8:08d}"
