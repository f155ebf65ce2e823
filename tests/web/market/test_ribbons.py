"""What a card says of itself while the market or the brand has to do with it: on sale, in escrow, in dispute, handed
in; and how its trail shows each of these."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cardtrail.web.accounts.models import Person
from cardtrail.web.cards import wallet
from cardtrail.web.cards.stops import stops
from cardtrail.web.ledger import states
from cardtrail.web.ledger.models import Card
from cardtrail.web.ledger.trails import trail
from cardtrail.web.market import changing, order_stops
from cardtrail.web.orders import acts, exhibits
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.roles import Role
from tests.web.market.stalls import Stalls, text_of
from tests.web.people import witness

pytestmark = pytest.mark.django_db


def disputed(stalls: Stalls) -> Deal:
    """Bought, delivered, and disputed by its buyer."""
    deal = stalls.bought(stalls.sell())
    return acts.open_dispute(witness(stalls.buyer), deal, "not_as_described", exhibits.read("店里用不了", []))


def drawn(stalls: Stalls, serial: int, person: Person) -> list[tuple[str, str]]:
    """Icon and title of each stop, as the person sees the card's trail."""
    card = stalls.card(serial)
    return [(stop.icon, str(stop.title)) for stop in stops(card, trail(card), person.pk)]


def test_on_sale_then_in_escrow_then_on_sale_again(stalls: Stalls) -> None:
    listing = stalls.sell()
    page = f"/cards/{card_number(listing.serial)}/"
    assert "出售中" in text_of(stalls.at_seller.get(page))
    stalls.buy(listing)
    deal = Deal.objects.get()
    card = stalls.card(listing.serial)
    assert (card.state, card.shown_state) == ("sale", "escrow")
    text = text_of(stalls.at_seller.get(page))
    assert "交易中" in text
    assert "有买家下单了" in text
    assert "出售中" not in text
    wanted = stalls.at_seller.get(f"/market/card/{card_number(listing.serial)}/")
    assert wanted["Location"] == f"/market/orders/{deal.number}/"
    acts.cancel(witness(stalls.buyer), deal)
    assert stalls.card(listing.serial).shown_state == "sale"


@pytest.mark.database
def test_a_card_in_dispute_says_so_wherever_its_holder_sees_it(stalls: Stalls) -> None:
    deal = disputed(stalls)
    number = card_number(deal.serial)
    assert stalls.card(deal.serial).shown_state == "dispute"
    for path in ("/", f"/cards/{number}/", "/records/cards/"):
        text = text_of(stalls.at_buyer.get(path))
        assert "争议中" in text, path
        assert "出售中" not in text, path
    assert "已送出，等待领取" not in text_of(stalls.at_buyer.get("/"))
    wanted = stalls.at_buyer.get(f"/market/card/{number}/")
    assert wanted["Location"] == f"/market/orders/{deal.number}/dispute/"


@pytest.mark.database
def test_a_card_that_is_sold_on_is_on_sale_whatever_was_before(stalls: Stalls) -> None:
    deal = stalls.bought(stalls.sell())
    acts.confirm_receipt(witness(stalls.buyer), deal)
    Card.objects.filter(serial=deal.serial).update(hold_kind=1, hold_role=Role.SETTLER)
    assert stalls.card(deal.serial).shown_state == "sale"


@pytest.mark.database
def test_the_ledger_alone_says_that_a_card_is_handed_in(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    Card.objects.filter(serial=serial).update(
        hold_kind=0, hold_role=Role.ISSUER, hold_until_ms=now_ms() + DAY_MS
    )
    card = stalls.card(serial)
    assert (card.state, card.shown_state) == ("handed_in", "handed_in")
    assert "交回品牌中" in text_of(stalls.at_seller.get("/"))
    [sorted_card] = wallet.cards_of(stalls.seller, now_ms())
    assert getattr(sorted_card, "group") == wallet.DEALING  # noqa: B009 - an annotation


def test_a_page_of_cards_is_looked_up_together(stalls: Stalls) -> None:
    serials = stalls.cards(4)
    stalls.sell(serials)
    cards = list(Card.objects.filter(serial__in=serials))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        states.told_apart(cards)
        assert {card.shown_state for card in cards} == {"sale"}
    assert len(asked) == 1


def test_without_whoever_tells_them_apart_all_are_on_sale(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = disputed(stalls)
    monkeypatch.setattr(states, "tell_apart", [])
    assert stalls.card(deal.serial).shown_state == "sale"


def test_the_trail_draws_a_sale_and_a_dispute_as_what_they_are(stalls: Stalls) -> None:
    deal = disputed(stalls)
    seen = drawn(stalls, deal.serial, stalls.buyer)
    assert seen[-3:] == [
        ("sale", "挂牌出售，锁定"),
        ("sale", "售出，交付买家"),
        ("dispute", "争议中，锁定"),
    ]
    acts.drop_dispute(witness(stalls.buyer), deal)
    assert drawn(stalls, deal.serial, stalls.buyer)[-1] == ("unlock", "争议了结，解锁")


def test_what_ended_is_named_by_its_own_beginning_in_whatever_order_and_part_it_is_shown(
    stalls: Stalls,
) -> None:
    deal = disputed(stalls)
    movements = trail(stalls.card(deal.serial))
    in_order = order_stops.names(movements)
    assert {str(name.title) for name in in_order.values()} == {
        "挂牌出售，锁定",
        "售出，交付买家",
        "争议中，锁定",
    }
    assert order_stops.names(movements[::-1]) == in_order  # The newest first, as a person's records are.
    [sold] = [row for row in movements if row.kind == "release" and row.hold_role == Role.SETTLER]
    alone = order_stops.names([sold])
    assert str(alone[sold.index, sold.serial].title) == "售出，交付买家"
    own = text_of(stalls.at_buyer.get("/records/movements/"))
    assert "售出，交付买家" in own
    assert "争议了结，退回卖家" not in own


def test_a_trail_without_sales_asks_our_rows_nothing(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    movements = trail(stalls.card(serial))
    with CaptureQueriesContext(connection) as asked:
        assert order_stops.names(movements) == {}
    assert len(asked) == 0


@pytest.mark.database
def test_what_was_taken_down_can_be_appealed_once(stalls: Stalls) -> None:
    listing = stalls.sell()
    mine = f"/market/mine/{listing.pk}/"
    assert "申诉" not in text_of(stalls.at_seller.get(mine))
    changing.delist(listing.pk, by=str(stalls.staff.pk), why="rules")
    assert "为什么应当恢复" in text_of(stalls.at_seller.get(mine))
    given = {"listing": str(listing.pk), "words": "价格是按余额定的"}
    first = stalls.at_seller.post("/market/appeal/", given)["Location"]
    assert stalls.at_seller.post("/market/appeal/", given)["Location"] == first
    text = text_of(stalls.at_seller.get(mine))
    assert first in text
    assert "为什么应当恢复" not in text
    assert stalls.at_buyer.post("/market/appeal/", given).status_code == 404, "somebody else's listing"
    changing.overturn(listing.pk, by=str(stalls.somebody("客服二")[0].pk))
    assert stalls.at_seller.post("/market/appeal/", given).status_code == 404, "it is back"
