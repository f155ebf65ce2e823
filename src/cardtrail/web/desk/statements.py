"""The custodian's statements of the deposit, entered by finance where the brand keeps the custodian's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.ui.clock import SHANGHAI, moment
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

PURPOSE: Final = "attest"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the bank says.

    statement_sha256   of the bank's document, 64 hexadecimal digits
    """

    currency: str
    deposit_minor: int
    as_of_ms: int
    statement_sha256: str


def agreement(statement: Statement) -> Text:
    """What whoever enters it agrees to."""
    as_of = moment(statement.as_of_ms).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return Text(
        "以存管机构的名义在账本上登记：截至 {as_of}（北京时间），存管资金为 {deposit}。对账单 SHA-256：{hash}。"
        "任何人都能看到这条记录，它不能删除。",
        "State on the ledger in the custodian's name: as of {as_of} (Beijing time), {deposit} are in custody. SHA-256 "
        "of the bank's statement: {hash}. Everybody can see this entry, and it cannot be removed.",
    ).format(
        as_of=as_of,
        deposit=format_money(statement.deposit_minor, statement.currency),
        hash=statement.statement_sha256,
    )


def attest(request: HttpRequest | Witness, statement: Statement) -> Confirmation:
    """Confirm the statement; `perform` enters it."""
    parameters = {
        "currency": statement.currency,
        "deposit_minor": statement.deposit_minor,
        "as_of_ms": statement.as_of_ms,
        "statement": statement.statement_sha256,
    }
    order = Order("attest", None, parameters)
    return confirm(request, purpose=PURPOSE, text=agreement(statement), orders=[order])
