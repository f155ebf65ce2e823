"""What a provider says, as events of the machine: from a notification, and from an answer to a question."""

from __future__ import annotations

from typing import Final

from cardtrail.deals import events as machine
from cardtrail.deals.events import AnyEvent
from cardtrail.deals.order_state import Order
from cardtrail.deals.parts import Payment
from cardtrail.payments import port
from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Deal

NOBODY: Final = "unknown"
"""Stands for a payer whom the provider does not name."""


def event_of(deal: Deal, event: port.Event) -> AnyEvent:
    """A provider's event about an order."""
    match event:
        case port.Paid():
            return machine.Paid(
                _payment(deal, event.payment_id, event.amount_minor, event.currency, event.payer, event.at_ms)
            )
        case port.Closed():
            return machine.PaymentFailed()
        case port.Refunded():
            return machine.Refunded(event.payment_id, event.amount_minor)
        case port.RefundFailed():
            return machine.RefundRefused(event.payment_id, event.code)
        case port.Released():
            return machine.Released(event.amount_minor)
        case port.ChargedBack():
            return machine.ChargedBack(event.payment_id, event.amount_minor)
        case port.ChargebackEnded():
            return machine.ChargebackEnded(event.payment_id, event.won)


def events_of(deal: Deal, order: Order, standing: port.Standing | None, now: int) -> list[AnyEvent]:
    """What a provider's answer tells an order that it does not know yet; `StillHeld` where it knows everything.

    Of money that came at once with its loss, both are told, in their order.
    """
    if standing is None or (standing.state == "closed" and not standing.paid_minor):
        return [machine.PaymentFailed()]
    if standing.state == "pending":
        return []
    told: list[AnyEvent] = []
    known = {payment.id for payment in (order.payment, *(stray.payment for stray in order.strays)) if payment}
    if standing.paid_minor and standing.payment_id not in known:
        payment = _payment(
            deal, standing.payment_id, standing.paid_minor, standing.currency, standing.payer, now
        )
        told.append(machine.Paid(payment))
    if standing.charged_back_minor and order.chargeback is None:
        told.append(machine.ChargedBack(standing.payment_id, standing.charged_back_minor))
    if standing.chargeback in ("won", "lost") and _awaits_the_bank(order, told):
        told.append(machine.ChargebackEnded(standing.payment_id, standing.chargeback == "won"))
    if standing.refunded_minor > _refunded(order, standing.payment_id):
        told.append(
            machine.Refunded(
                standing.payment_id, standing.refunded_minor - _refunded(order, standing.payment_id)
            )
        )
    if standing.released_minor > order.released_minor:
        told.append(machine.Released(standing.released_minor - order.released_minor))
    return told or [machine.StillHeld()]


def _awaits_the_bank(order: Order, told: list[AnyEvent]) -> bool:
    """Whether the order knows, or is just being told, of a chargeback, and not how it ended."""
    if order.chargeback is not None:
        return order.chargeback.won is None
    return any(isinstance(event, machine.ChargedBack) for event in told)


def _refunded(order: Order, payment_id: str) -> int:
    """What of a payment the order knows to be back."""
    if order.payment is not None and order.payment.id == payment_id:
        return order.refunded_minor
    back = [
        stray.payment.amount_minor
        for stray in order.strays
        if stray.payment.id == payment_id and stray.at.value == "refunded"
    ]
    return sum(back)


def _payment(
    deal: Deal, payment_id: str, amount_minor: int, currency: str, payer: str, at_ms: int
) -> Payment:
    expected = providers.payer(deal.provider, deal.buyer_id)
    return Payment(
        id=payment_id,
        amount_minor=amount_minor,
        currency=currency,
        payer=payer or NOBODY,
        payer_fits=not payer or not expected or payer == expected,
        paid_ms=at_ms,
    )
