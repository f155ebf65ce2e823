"""Payments and refunds."""

from __future__ import annotations

import re
from typing import Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from cardtrail.web.actions.refusals import words_of
from cardtrail.web.api.app import ERRORS, ApiKeyAuth, idempotent, key_of, witness
from cardtrail.web.api.idempotency import once
from cardtrail.web.api.problems import Problem, not_found
from cardtrail.web.api.reading import cursor, next_url, place_of
from cardtrail.web.api.schemas import (
    Fault,
    PaidBy,
    PaymentIn,
    PaymentOut,
    PaymentsOut,
    RefundIn,
    RefundOut,
    RefundsOut,
)
from cardtrail.web.checkout import asking, refunding
from cardtrail.web.checkout.models import Attempt, Payment, Refund
from cardtrail.web.checkout.refusals import NotPossible
from cardtrail.web.desk.brand import brand_name
from cardtrail.web.ui.clock import SECOND_MS
from cardtrail.web.ui.site import PRODUCT
from cardtrail.web.ui.templatetags.ui import qr
from cardtrail.wire.identifiers import card_number

router = Router(tags=["payments"])

STATES: Final = "^(open|paying|paid|cancelled|expired)$"
_PAYMENT: Final = re.compile(r"pay_[0-9a-f]{32}")
_PARTS: Final = "attempts__charges__action"
_REFUND: Final = re.compile(r"ref_[0-9a-f]{32}")


@router.post(
    "",
    auth=ApiKeyAuth("payments:write"),
    response={201: PaymentOut, **ERRORS},
    summary="Ask for a payment",
    openapi_extra=idempotent(),
)
def create_payment(request: HttpRequest, body: PaymentIn) -> HttpResponse:
    """An online payment: send the payer to `pay_url`. A till's: show `qr_svg` or `code`. Scope: payments:write."""
    key = key_of(request)

    def make() -> Payment:
        if body.return_url is not None and not asking.allowed_return(body.return_url, key.origins):
            raise _invalid("return_url_not_allowed", "/return_url", "Its origin is not one of the key's.")
        wanted = asking.Ask(
            kind=body.kind,
            amount_minor=body.amount_minor,
            currency=body.currency,
            reference=body.reference,
            shop=(body.shop or brand_name() or str(PRODUCT))[: asking.MOST_SHOP],
            made_by=key.made_by,
            lives_ms=None if body.expires_in_s is None else body.expires_in_s * SECOND_MS,
            return_url=body.return_url or "",
            api_key=key.prefix,
        )
        try:
            return asking.ask(wanted)
        except NotPossible as refusal:
            raise _invalid(refusal.code, f"/{refusal.field}", refusal.text.en) from None

    return once(request, key, make, show_payment)


@router.get(
    "", auth=ApiKeyAuth("payments:read"), response={200: PaymentsOut, **ERRORS}, summary="List payments"
)
def list_payments(
    request: HttpRequest,
    limit: int = Query(50, ge=1, le=100),
    cursor_: str | None = Query(None, alias="cursor", max_length=500),
    state: str | None = Query(None, pattern=STATES),
    reference: str | None = Query(None, min_length=1, max_length=100, pattern=r"^[^\u0000]*$"),
) -> PaymentsOut:
    """Newest first. Scope: payments:read."""
    rows = Payment.objects.all()
    if state is not None:
        rows = rows.filter(state=state)
    if reference is not None:
        rows = rows.filter(reference=reference)
    place = place_of("payments", cursor_)
    if place is not None:
        made_ms, id = place
        rows = rows.filter(Q(made_ms__lt=made_ms) | Q(made_ms=made_ms, id__lt=id))
    found = list(rows.order_by("-made_ms", "-id").prefetch_related(_PARTS)[: limit + 1])
    page = found[:limit]
    more = (
        next_url(request, cursor("payments", page[-1].made_ms, page[-1].id)) if len(found) > limit else None
    )
    return PaymentsOut(items=[show_payment(payment) for payment in page], next=more)


@router.get(
    "/{payment_id}",
    auth=ApiKeyAuth("payments:read"),
    response={200: PaymentOut, **ERRORS},
    summary="See a payment",
)
def get_payment(request: HttpRequest, payment_id: str) -> PaymentOut:
    """How a payment stands. Scope: payments:read."""
    return show_payment(_payment(payment_id))


@router.post(
    "/{payment_id}/cancel",
    auth=ApiKeyAuth("payments:write"),
    response={200: PaymentOut, **ERRORS},
    summary="Cancel a payment",
    openapi_extra=idempotent(),
)
def cancel_payment(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Only while nobody is paying it. Scope: payments:write."""
    payment = _payment(payment_id)

    def make() -> Payment:
        try:
            return asking.cancel(payment)
        except NotPossible as refusal:
            raise Problem(409, refusal.code, refusal.text.en) from None

    return once(request, key_of(request), make, show_payment, status=200)


@router.post(
    "/{payment_id}/refunds",
    auth=ApiKeyAuth("refunds:write"),
    response={201: RefundOut, **ERRORS},
    summary="Refund a payment",
    openapi_extra=idempotent(),
)
def create_refund(request: HttpRequest, payment_id: str, body: RefundIn) -> HttpResponse:
    """All or part, back to the cards that paid; never more than they paid, nor beyond a card's face. If the ledger is
    away the refund is `pending` and follows. Scope: refunds:write."""
    key, payment = key_of(request), _payment(payment_id)

    def make() -> Refund:
        try:
            return refunding.refund(
                witness(request), key.made_by, payment, body.amount_minor, note=body.note, api_key=key.prefix
            )
        except NotPossible as refusal:
            if refusal.field:
                raise _invalid(refusal.code, f"/{refusal.field}", refusal.text.en) from None
            raise Problem(409, refusal.code, refusal.text.en) from None

    return once(request, key, make, show_refund, then=refunding.go)


@router.get(
    "/{payment_id}/refunds",
    auth=ApiKeyAuth("payments:read"),
    response={200: RefundsOut, **ERRORS},
    summary="List a payment's refunds",
)
def list_refunds(request: HttpRequest, payment_id: str) -> RefundsOut:
    """Oldest first. Scope: payments:read."""
    payment = _payment(payment_id)
    return RefundsOut(items=[show_refund(one) for one in payment.refunds.select_related("payment")])


@router.get(
    "/{payment_id}/refunds/{refund_id}",
    auth=ApiKeyAuth("payments:read"),
    response={200: RefundOut, **ERRORS},
    summary="See a refund",
)
def get_refund(request: HttpRequest, payment_id: str, refund_id: str) -> RefundOut:
    """How a refund stands. Scope: payments:read."""
    payment = _payment(payment_id)
    found = payment.refunds.filter(id=refund_id).first() if _REFUND.fullmatch(refund_id) else None
    if found is None:
        raise not_found("There is no such refund.")
    return show_refund(found)


def show_payment(payment: Payment) -> PaymentOut:
    """A payment as the API tells of it."""
    open_ = payment.state == Payment.State.OPEN
    at_till = open_ and payment.kind == Payment.Kind.TILL and payment.payer_id is None
    return PaymentOut(
        id=payment.id,
        kind=payment.kind,
        state=payment.status,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        refunded_minor=payment.refunded_minor,
        reference=payment.reference,
        shop=payment.shop,
        order=bytes(payment.order).hex(),
        pay_url=payment.page_url if open_ else None,
        code=payment.code,
        qr_svg=str(qr(payment.page_url, "Payment code")) if at_till else None,
        return_url=payment.return_url or None,
        created_ms=payment.made_ms,
        expires_ms=payment.expires_ms,
        ended_ms=payment.ended_ms,
        cards=_paid_by(payment),
    )


def show_refund(refund: Refund) -> RefundOut:
    """A refund as the API tells of it."""
    return RefundOut(
        id=refund.id,
        payment=refund.payment_id,
        state=refund.state,
        amount_minor=refund.amount_minor,
        done_minor=refund.done_minor,
        currency=refund.payment.currency,
        note=refund.note,
        reason=refund.reason_code or None,
        reason_text=words_of(refund.reason_code).en if refund.reason_code else None,
        created_ms=refund.made_ms,
        ended_ms=refund.ended_ms,
    )


def _paid_by(payment: Payment) -> list[PaidBy]:
    if payment.state != Payment.State.PAID:
        return []
    charges = [
        charge
        for attempt in payment.attempts.all()
        if attempt.state == Attempt.State.PAID
        for charge in attempt.charges.all()
    ]
    return [
        PaidBy(
            card_number=card_number(charge.serial),
            amount_minor=charge.amount_minor,
            entry=charge.action.entry_index,
        )
        for charge in charges
        if charge.action.entry_index is not None
    ]


def _payment(payment_id: str) -> Payment:
    found = (
        Payment.objects.filter(id=payment_id).prefetch_related(_PARTS).first()
        if _PAYMENT.fullmatch(payment_id)
        else None
    )
    if found is None:
        raise not_found("There is no such payment.")
    return found


def _invalid(code: str, pointer: str, detail: str) -> Problem:
    return Problem(422, code, detail, errors=[Fault(pointer=pointer, code=code, detail=detail)])
