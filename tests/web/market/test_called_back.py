"""A payment that is called back after everything was over is in the record all the same."""

from __future__ import annotations

import pytest

from cardtrail.payments import port
from cardtrail.web.orders import acts, incoming, records
from cardtrail.web.orders.deciding import go
from cardtrail.web.orders.models import Claim
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS, now_ms
from tests.web.market.stalls import PRICE_MINOR, Stalls
from tests.web.people import witness

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize("noted", [True, False], ids=["with", "without"])
def test_paying_with_a_stolen_card_earns_nothing(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch, noted: bool
) -> None:
    deal = stalls.bought(stalls.sell())
    acts.confirm_receipt(witness(stalls.buyer), deal)
    deal.refresh_from_db()
    back = port.ChargedBack(
        event_id="back", payment_id=deal.payment_id, order_id=deal.number, at_ms=now_ms(), amount_minor=PRICE_MINOR
    )  # fmt: skip
    taken = incoming.receive("sandbox", back, b"{}", {})
    assert taken is not None
    go(taken)
    if not noted:
        Claim.objects.all().delete()
    clock.set_ahead(30 * DAY_MS)
    try:
        alone = frozenset((stalls.buyer.pk,))
        record = records.standing_of(stalls.buyer.pk, alone)
    finally:
        clock.set_ahead(0)
    assert (record.clean_minor, record.lost_minor) == ((0, PRICE_MINOR) if noted else (PRICE_MINOR, 0))
