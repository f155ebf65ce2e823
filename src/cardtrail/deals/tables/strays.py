"""What the provider tells of a payment that was not accepted. Each such payment has this small region of its own."""

from __future__ import annotations

from cardtrail.deals.events import ChargebackEnded, ChargedBack, Refunded, RefundRefused
from cardtrail.deals.moves import money
from cardtrail.deals.regions import StrayAt
from cardtrail.deals.rows import SINCE_THEN, on

ROWS = (
    on(Refunded, money.stray_refunded, StrayAt.REFUNDING),
    on(Refunded, SINCE_THEN, StrayAt.REFUNDED),
    on(RefundRefused, money.stray_refused, StrayAt.REFUNDING),
    on(RefundRefused, SINCE_THEN, StrayAt.REFUNDED),
    on(ChargedBack, money.money_moved_oddly, StrayAt.REFUNDING, StrayAt.REFUNDED),
    on(ChargebackEnded, money.stray_chargeback_ended, StrayAt.REFUNDING),
    on(ChargebackEnded, SINCE_THEN, StrayAt.REFUNDED),
)
