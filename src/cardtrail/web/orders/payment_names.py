"""By which names a provider knows an order's payments: the newest stands in the order's row, the others beside it. A
bank can take back each of them, months later, in words that name nothing but the payment."""

from __future__ import annotations

from django.db.models import QuerySet

from cardtrail.deals.order_state import Order
from cardtrail.web.orders.models import Deal, PaymentName


def known_to(order: Order) -> set[str]:
    """The payments that an order has heard of, whatever became of them."""
    payments = (order.payment, *(stray.payment for stray in order.strays))
    return {payment.id for payment in payments if payment is not None}


def keep(deal: Deal, before: Order | None, after: Order) -> None:
    """Hook: an order that has heard of another payment keeps the names that its row does not, in the same transaction,
    whoever told it: a notification, or the provider when it was asked."""
    names = known_to(after)
    if before is None or names == known_to(before):
        return
    rows = [PaymentName(deal=deal, provider=deal.provider, payment_id=name) for name in sorted(names)]
    other = [row for row in rows if row.payment_id != deal.payment_id]
    if other:
        PaymentName.objects.bulk_create(other, ignore_conflicts=True)


def find(rows: QuerySet[Deal], provider: str, name: str) -> Deal | None:
    """The order that has, or had, a payment of this name; none for a name that says nothing."""
    if not name:
        return None
    newest = rows.filter(payment_id=name).first()
    if newest is not None:
        return newest
    return rows.filter(payment_names__provider=provider, payment_names__payment_id=name).first()
