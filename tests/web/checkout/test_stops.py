"""In a card's trail a payment leads its payer to the receipt, and nobody else."""

from __future__ import annotations

import pytest

from cardtrail.web.cards.stops import stops
from cardtrail.web.checkout import paying, refunding
from cardtrail.web.desk.paths import path_of
from cardtrail.web.ledger.models import Card
from cardtrail.web.ledger.trails import trail
from cardtrail.wire.identifiers import card_number
from tests.web.checkout.test_paying import begin
from tests.web.people import witness

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(shop, payer, cards):
    """A payment with two cards, part of which came back."""
    payment = shop.ask(8_800)
    paying.go(begin(payer, payment, cards, 5_000, 3_800))
    payment.refresh_from_db()
    refunding.go(refunding.refund(witness(shop.staff), shop.staff, payment, 1_000))
    return payment


def test_the_payer_is_led_to_the_receipt(paid, payer, cards, phone):
    url = f"/pay/{paid.pk}/done/"
    card = Card.objects.get(serial=cards[1].serial)
    spent, back = stops(card, trail(card), payer.pk)[-2:]
    assert (spent.sub_href, back.sub_href) == (url, url)
    assert paid.shop in spent.sub.zh
    assert paid.shop in spent.sub.en
    page = phone.get(f"/cards/{card_number(card.serial)}/").content.decode()
    assert page.count(f'<a href="{url}">') == 2
    assert phone.get(url).status_code == 200


def test_nobody_else_learns_the_shop(paid, people, cards):
    card = Card.objects.get(serial=cards[1].serial)
    for drawn in (stops(card, trail(card), people.make().pk), path_of(card)[0]):
        assert "付给商户" in {stop.sub.zh for stop in drawn if stop.sub}
        assert not any(stop.sub_href for stop in drawn)
        assert paid.shop not in repr(drawn)


def test_one_query_for_each_kind_however_long_the_trail(paid, payer, cards, django_assert_num_queries):
    card = Card.objects.get(serial=cards[1].serial)
    movements = trail(card)
    with django_assert_num_queries(2):
        stops(card, movements * 20, payer.pk)
