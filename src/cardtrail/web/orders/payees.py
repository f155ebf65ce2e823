"""Whom an order pays: sealed when it is opened, looked at before anything is asked of the provider.

Only an account that two members of staff have confirmed comes into an order (`providers.named`). In the order's row it
would be a column like others; under the operator's key, which is not in the database, it is bound to this very order.
Whoever can write to the database alone turns no payout, neither with an account of their own nor with another order's.
"""

from __future__ import annotations

import logging
from hmac import compare_digest
from typing import Final
from uuid import UUID

from django.db import transaction

from cardtrail.payments.port import PaymentFault
from cardtrail.web.actions.custody import keyring
from cardtrail.web.orders import matters
from cardtrail.web.orders.models import Deal

log = logging.getLogger(__name__)

CHANGED: Final = "payee_changed"
"""The kind of matter that staff find."""

_PURPOSE: Final = b"order-payee"


class PayeeChanged(PaymentFault):
    """The order's account is not the one that it was opened with. Its provider is asked nothing."""


def seal_of(deal_id: UUID, provider: str, payee: str) -> bytes:
    """What makes this account with this provider the one that this order pays. Raises `CustodyError`."""
    return keyring().keyed_hash(_PURPOSE, f"{deal_id.hex}/{provider}/{payee}".encode())


def check(deal: Deal) -> None:
    """Raises `PayeeChanged` for an order whose account is not what it was; staff find that, once. Outside of any
    transaction, or what they are to find goes with it."""
    if compare_digest(seal_of(deal.pk, deal.provider, deal.payee), bytes(deal.payee_seal)):
        return
    log.error("order %s is not paid: its account is not the one that it was opened with", deal.number)
    with transaction.atomic():
        matters.find(
            f"payee/{deal.number}",
            CHANGED,
            deal=deal,
            facts={"provider": deal.provider, "payee": deal.payee[-4:]},
        )
    raise PayeeChanged("the account to be paid to is not the one that the order was opened with")
