"""Whom we tell about payments: the shop's systems by events. People hear of each card by the ledger's movements, and
here of what no movement says: that a payment did not come about."""

from __future__ import annotations

from django.urls import reverse

from cardtrail.web.accounts.models import Person
from cardtrail.web.checkout.models import Attempt, Payment, Refund
from cardtrail.web.desk.models import Staff
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.webhooks.emit import emit
from cardtrail.wire.money import format_money

_FAILED = Text(
    "向「{shop}」付款 {amount} 没有成功，你的卡没有少一分钱。{reason}",
    "Your payment of {amount} to “{shop}” did not go through; your cards lost nothing. {reason}",
)
_STUCK = Text(
    "付款 {payment} 未成立，有一张卡的款项还没能退回：{reason} 系统会继续尝试，请跟进。",
    "Payment {payment} did not come about, and money has not come back to one card yet: {reason} It is tried again; "
    "please look after it.",
)


def created(payment: Payment) -> None:
    """A payment waits to be paid. Part of the caller's transaction, as all of these."""
    _emit("created", payment, payment.made_ms, until_ms=payment.expires_ms)


def ended(payment: Payment) -> None:
    """A payment was paid, cancelled, or is too old."""
    more: dict[str, object] = {}
    if payment.state == Payment.State.PAID:
        charges = list(payment.attempts.get(state=Attempt.State.PAID).charges.select_related("action"))
        more["serials"] = [charge.serial for charge in charges]
        if len(charges) == 1:
            more |= {"serial": charges[0].serial, "entry": charges[0].action.entry_index}
    _emit(payment.state, payment, payment.ended_ms or now_ms(), **more)


def refunded(refund: Refund) -> None:
    """Money of a payment has come back."""
    payment = refund.payment
    emit(
        "payment.refunded",
        key=f"payment.refunded/{refund.id}",
        subject=payment.id,
        data={
            "payment": payment.id,
            "amount_minor": refund.done_minor,
            "currency": payment.currency,
            "order": payment.reference,
            "refund": refund.id,
        },
        time_ms=refund.ended_ms or now_ms(),
    )


def failed(attempt: Attempt, reason: Text) -> None:
    """Tell the payer that nothing came of it."""
    payment = attempt.payment
    notify(
        attempt.person,
        "payments.failed",
        key=f"payment/{payment.id}/attempt/{attempt.pk}",
        text=_FAILED.format(
            shop=payment.shop, amount=format_money(payment.amount_minor, payment.currency), reason=reason
        ),
        url=reverse("pay_done", args=[payment.id]),
    )


def stuck(attempt: Attempt, reason: Text) -> None:
    """Tell staff that money cannot be put back by itself yet."""
    text = _STUCK.format(payment=attempt.payment_id, reason=reason)
    for staff in Staff.objects.filter(active=True).select_related("person"):
        if staff.may("finance", "support"):
            person: Person = staff.person
            notify(person, "checkout.stuck", key=f"payment/{attempt.payment_id}/stuck", text=text)


def _emit(what: str, payment: Payment, time_ms: int, **more: object) -> None:
    emit(
        f"payment.{what}",
        key=f"payment.{what}/{payment.id}",
        subject=payment.id,
        data={
            "payment": payment.id,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "order": payment.reference,
            **more,
        },
        time_ms=time_ms,
    )
