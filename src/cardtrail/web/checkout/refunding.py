"""Refunds: a shop gives money of a payment back, to the cards it came from and never more than they gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.checkout import told
from cardtrail.web.checkout.heirs import heir_of, refund_order
from cardtrail.web.checkout.models import Attempt, Charge, Payment, Refund, Repayment
from cardtrail.web.checkout.refusals import NotPossible
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money
from cardtrail.wire.text import is_plain_text

PURPOSE: Final = "refund"
MOST_NOTE: Final = 200

_WITHOUT: Final = (Action.State.REFUSED, Action.State.DECLINED)


@dataclass(frozen=True, slots=True)
class _Part:
    charge: Charge
    serial: int
    amount_minor: int


def refundable(payment: Payment) -> int:
    """What may still be given back: what was paid without what came back or is on its way."""
    if payment.state != Payment.State.PAID:
        return 0
    return payment.amount_minor - _given(payment)


def refund(
    request: HttpRequest | Witness,
    person: Person,
    payment: Payment,
    amount_minor: int | None,
    *,
    note: str = "",
    api_key: str = "",
) -> Refund:
    """Give back an amount, or all that is left. `perform` and the worker then do it. Raises `NotPossible`.

    The card that paid last gets its money first.
    """
    if note and not (len(note) <= MOST_NOTE and is_plain_text(note)):
        raise NotPossible(
            "bad_note",
            Text("说明须为可见字符，最多 200 个。", "The note may have 200 visible characters."),
            "note",
        )
    with transaction.atomic():
        current = Payment.objects.select_for_update().get(id=payment.id)
        if current.state != Payment.State.PAID:
            raise NotPossible("not_paid", Text("这笔款还没有付清。", "This has not been paid."))
        left = refundable(current)
        wanted = left if amount_minor is None else amount_minor
        if not 1 <= wanted <= left:
            raise NotPossible(
                "amount_over_paid",
                Text("最多还可退 {left}。", "At most {left} can still be given back.").format(
                    left=format_money(left, current.currency)
                ),
                "amount_minor",
            )
        parts = _allot(current, wanted)
        confirmation = confirm(
            request, purpose=PURPOSE, text=_agreement(current, wanted, note), orders=_orders(current, parts)
        )
        made = Refund.objects.create(
            payment=current,
            amount_minor=wanted,
            note=note,
            confirmation=confirmation,
            made_by=person,
            api_key=api_key,
            made_ms=now_ms(),
        )
        actions = confirmation.actions.order_by("place")
        Repayment.objects.bulk_create(
            [
                Repayment(
                    refund=made,
                    charge=part.charge,
                    serial=part.serial,
                    amount_minor=part.amount_minor,
                    action=action,
                )
                for part, action in zip(parts, actions, strict=True)
            ]
        )
    return made


def go(made: Refund) -> Refund:
    """Do it as far as it goes now. Outside of any transaction."""
    perform(made.confirmation)
    return Refund.objects.select_related("payment").get(pk=made.pk)


def on_refunded(action: Action) -> None:
    """Hook: money has come back to a card, or the ledger refused."""
    found = (
        Refund.objects.filter(confirmation_id=action.confirmation_id).values_list("pk", "payment_id").first()
    )
    if found is None:
        return
    payment = Payment.objects.select_for_update().get(id=found[1])
    current = Refund.objects.get(pk=found[0])
    parts = list(current.parts.select_related("action"))
    if current.state != Refund.State.PENDING or not all(part.action.ended for part in parts):
        return
    done = [part for part in parts if part.action.state == Action.State.DONE]
    refused = next((part for part in parts if part.action.state in _WITHOUT), None)
    current.done_minor = sum(part.amount_minor for part in done)
    current.ended_ms = now_ms()
    if refused is None:
        current.state = Refund.State.DONE
    else:
        current.state = Refund.State.PARTLY if done else Refund.State.REFUSED
        current.reason_code = refused.action.reason_code
    current.save(update_fields=["state", "done_minor", "ended_ms", "reason_code"])
    if current.done_minor:
        payment.refunded_minor += current.done_minor
        payment.save(update_fields=["refunded_minor"])
        current.payment = payment
        told.refunded(current)


def _given(payment: Payment) -> int:
    parts = Repayment.objects.filter(refund__payment=payment).exclude(action__state__in=_WITHOUT)
    total: int | None = parts.aggregate(sum=Sum("amount_minor"))["sum"]
    return total or 0


def _allot(payment: Payment, wanted: int) -> list[_Part]:
    """How much goes back to which card. Raises `NotPossible` if a card is not the payer's any more: whoever has it now
    would get what they did not pay."""
    attempt = payment.attempts.select_related("person").get(state=Attempt.State.PAID)
    parts, rest = [], wanted
    for charge in attempt.charges.order_by("-pk"):
        given: int | None = charge.repayments.exclude(action__state__in=_WITHOUT).aggregate(
            sum=Sum("amount_minor")
        )["sum"]
        part = min(rest, charge.amount_minor - (given or 0))
        if part <= 0:
            continue
        serial = heir_of(charge.serial, attempt.person)
        if serial is None:
            raise NotPossible("card_passed_on", _PASSED_ON)
        parts.append(_Part(charge, serial, part))
        rest -= part
    if rest:
        raise NotPossible("amount_over_paid", Text("超过已付的金额。", "That is more than was paid."))
    return parts


def _orders(payment: Payment, parts: list[_Part]) -> list[Order]:
    order = bytes(payment.order)
    return [refund_order(part.serial, part.amount_minor, order) for part in parts]


def _agreement(payment: Payment, wanted: int, note: str) -> Text:
    text = Text(
        "订单 {order}（付款 {payment}）退款 {amount}，退回付款的卡。",
        "Refund {amount} of order {order} (payment {payment}) to the cards that paid.",
    ).format(order=payment.reference, payment=payment.id, amount=format_money(wanted, payment.currency))
    return Text(f"{text.zh}{note}", f"{text.en} {note}".strip()) if note else text


_PASSED_ON: Final = Text(
    "付款的卡已不在付款人名下，不能退到卡上；请用其他方式退款。",
    "The card that paid is no longer the payer's, so nothing can go back to it; refund in another way.",
)
