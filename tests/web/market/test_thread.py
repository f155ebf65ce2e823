"""From a card in one wallet to the same card in another's, by the pages."""

from __future__ import annotations

import pytest

from cardtrail.web.market.models import Sold
from cardtrail.web.orders import acts
from tests.web.market.stalls import PRICE_MINOR, Stalls
from tests.web.people import witness

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_from_listing_to_the_other_wallet(stalls: Stalls, monkeypatch: pytest.MonkeyPatch) -> None:
    [serial] = stalls.cards()
    listing = stalls.sell([serial])
    assert (listing.stage, listing.why) == ("listed", "")
    assert stalls.card(serial).state == "sale"
    deal = stalls.bought(listing)
    assert (deal.stage, deal.price_minor) == ("delivered", PRICE_MINOR)
    assert stalls.card(serial).holder == stalls.buyer
    assert stalls.now(listing).stage == "sold"
    acts.confirm_receipt(witness(stalls.buyer), deal)
    deal.refresh_from_db()
    assert deal.stage == "completed"
    [sold] = Sold.objects.all()
    assert (sold.price_minor, sold.balance_minor, sold.linked) == (PRICE_MINOR, 50_000, False)
