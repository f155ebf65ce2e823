"""Payments and refunds in a card's trail: each leads its payer, and nobody else, to their own receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.urls import reverse

from cardtrail.web.cards.stops import Receipt
from cardtrail.web.checkout.models import Attempt, Charge, Payment, Repayment
from cardtrail.web.ledger.models import Movement


def receipts_of(movements: Sequence[Movement], viewer: UUID) -> Mapping[tuple[int, int], Receipt]:
    """The receipts behind a trail's movements that are `viewer`'s own, by entry and card."""
    entries = {row.index for row in movements if row.kind in {"redeem", "refund"}}
    if not entries:
        return {}
    charges = Charge.objects.filter(
        action__entry_index__in=entries, attempt__person=viewer, attempt__state=Attempt.State.PAID
    ).select_related("action", "attempt__payment")
    parts = Repayment.objects.filter(
        action__entry_index__in=entries, refund__payment__payer=viewer
    ).select_related("action", "refund__payment")
    found = {_place(charge): _receipt(charge.attempt.payment) for charge in charges}
    return found | {_place(part): _receipt(part.refund.payment) for part in parts}


def _place(of: Charge | Repayment) -> tuple[int, int]:
    index = of.action.entry_index
    if index is None:
        raise ValueError("it was found by its entry")
    return index, of.serial


def _receipt(payment: Payment) -> Receipt:
    return Receipt(payment.shop, reverse("pay_done", args=[payment.pk]))
