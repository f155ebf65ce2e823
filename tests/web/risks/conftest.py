"""Cards that are old enough for nothing to be said about their age."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cardtrail.web.ledger.models import Card, Product
from cardtrail.web.ui.clock import now_ms
from cardtrail.wire.cards import Status
from tests.web.risks.scene import YEAR_MS


@pytest.fixture
def cards(db: None) -> Callable[..., list[int]]:
    """Makes rows of cards, as the projection would have them; gives their serials."""

    def make(number: int, *, balance_minor: int = 50_000, age_ms: int = YEAR_MS) -> list[int]:
        product, _ = Product.objects.get_or_create(id=0, defaults={"name": "x", "raw_terms": b"", "entry": 1})
        first = Card.objects.count()
        for serial in range(first, first + number):
            Card.objects.create(
                serial=serial,
                product=product,
                currency="CNY",
                face_minor=balance_minor,
                balance_minor=balance_minor,
                owner=bytes(32),
                status=Status.ACTIVE,
                hop=0,
                version=0,
                activated_ms=now_ms() - age_ms,
                entry=1,
            )
        return list(range(first, first + number))

    return make
