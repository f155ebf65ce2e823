"""The demonstration's market: every state that an order can stand still in, prices that say something, queues with
something to do, and books that agree."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.demo.cast import TRADERS
from cardtrail.web.demo.play_money import PlayMoney
from cardtrail.web.desk.models import Staff
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import bands, groups, rules, screening, standings
from cardtrail.web.market.desk_queue import queue
from cardtrail.web.market.models import Group, Listing, Message, Offer
from cardtrail.web.orders import errands, reconcile
from cardtrail.web.orders.models import Claim, Deal, Errand, Exhibit, Outage, Picture, Pulse, Ruling
from cardtrail.web.orders.providers import payer
from cardtrail.web.returns import reconcile as returns_reconcile
from cardtrail.web.returns.models import Offer as Terms
from cardtrail.web.returns.models import Return
from cardtrail.web.risks.models import Moved
from cardtrail.web.ui.clock import DAY_MS, now_ms

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_an_order_stands_still_in_every_state(told: dict[str, Any]) -> None:
    stages = set(Deal.objects.values_list("stage", flat=True))
    assert stages >= {
        *("awaiting_payment", "delivered", "confirmed", "disputed"),
        *("completed", "refunded", "split", "cancelled"),
    }
    assert not stages & {"delivering", "releasing", "refunding", "splitting"}, "something got stuck"
    assert set(Deal.objects.filter(stage="disputed").values_list("dispute", flat=True)) == {
        *("evidence", "deciding", "decided")
    }
    assert Deal.objects.filter(stage="funded", gate="hold").count() == 1
    for deal in Deal.objects.filter(next_ms__isnull=False):
        assert (deal.next_ms or 0) > now_ms(), f"a deadline of {deal.stage} was missed"


def test_disputes_have_evidence_and_reasons(told: dict[str, Any]) -> None:
    for deal in Deal.objects.filter(stage="disputed"):
        assert Exhibit.objects.filter(deal=deal, purpose="claim").exists()
        assert Picture.objects.filter(exhibit__deal=deal).exists()
    assert set(Ruling.objects.values_list("appeal", "outcome")) == {
        *((False, "refund"), (False, "release"), (True, "release"))
    }
    by = {ruling.by.email.partition("@")[0] for ruling in Ruling.objects.all()}
    assert by == {"wutong", "zhenglan"}, "another member of staff decides on appeal"


def test_a_chargeback_came_after_the_money_was_gone(told: dict[str, Any]) -> None:
    claim = Claim.objects.get(dropped_ms__isnull=True)
    assert claim.seller.email == "qiming@demo.example"
    assert claim.amount_minor == claim.deal.price_minor


def test_prices_have_something_to_say(told: dict[str, Any]) -> None:
    known = bands.sales("CNY")
    assert not [sale for sale in known if sale.linked], "a sale that makes no price"
    assert bands.days("CNY", None, known), "no day is public"
    for face in (50_00, 100_00, 200_00):
        card = Card.objects.filter(balance_minor=face, product__name="春日礼品卡").first()
        assert card is not None
        found = bands.band_of(card, known, cap_bp=10_000)
        assert found.sales >= 3
        assert 0.75 * face < found.low_minor <= found.middle_minor <= found.high_minor <= face


def test_a_visitor_has_cards_to_sell(told: dict[str, Any]) -> None:
    """Two alike and another, and nothing stands against offering them together."""
    seller = Person.objects.get(email="luobei@demo.example")
    cards = [
        card
        for card in Card.objects.filter(holder=seller).select_related("product")
        if card.state == "active"
    ]
    assert sorted(card.balance_minor for card in cards) == [100_00, 100_00, 200_00]
    assert [rules.hindrance(card, card.product.terms, now_ms()) for card in cards] == [None] * 3
    room = standings.room_of(seller)
    assert room.listed + len(cards) <= room.limits.listings
    lately = Moved.objects.filter(person=seller, at_ms__gt=now_ms() - 3 * DAY_MS).values("serial").distinct()
    assert lately.count() == 1, "two more go through, and the next one is looked at"


def test_there_is_something_to_buy_and_to_answer(told: dict[str, Any]) -> None:
    stages = set(Listing.objects.values_list("stage", flat=True))
    assert stages >= {"listed", "reserved", "sold", "delisted", "screening"}
    assert Listing.objects.filter(stage="listed", group_only=False).count() >= 6
    assert set(Offer.objects.values_list("stage", flat=True)) >= {"open", "countered", "accepted"}
    kept = Offer.objects.get(kept_until_ms__gt=now_ms())
    assert kept.buyer.email == "xiahe@demo.example"
    assert Message.objects.exclude(warned=[]).exists()
    assert Message.objects.filter(warned=[]).exists()


def test_a_group_sees_what_others_do_not(told: dict[str, Any]) -> None:
    group = Group.objects.get()
    listing = Listing.objects.get(group=group)
    people = {part.key: Person.objects.get(email=part.email) for part in TRADERS}
    assert {key for key, person in people.items() if groups.may_see(person, listing)} == {
        *("luobei", "xiahe", "leo", "caiwei", "yuzhou")
    }


def test_staff_have_something_to_do_and_are_not_late(told: dict[str, Any]) -> None:
    def kinds(key: str) -> set[str]:
        waiting = queue(Staff.objects.get(person__email=f"{key}@demo.example"))
        assert not [each for each in waiting if each.late]
        return {each.matter.kind for each in waiting}

    assert "decide_dispute" in kinds("wutong")
    assert kinds("zhenglan") >= {"decide_dispute", "payer_differs", "gift_held", "return_held"}
    assert kinds("sunli") >= {"chargeback", "payout_refused"}
    assert [one.seller.email for one in screening.waiting()] == ["shanhu@demo.example"]
    assert len([terms for terms in Terms.objects.all() if terms.waits]) == 1


def test_cards_came_back_for_money_and_for_points(told: dict[str, Any]) -> None:
    paid = Return.objects.filter(state="paid")
    assert set(paid.values_list("unit", flat=True)) == {"money", "points"}
    for given in paid:
        assert Card.objects.get(serial=given.serial).state == "void"


def test_three_books_agree(bank: PlayMoney) -> None:
    found = reconcile.run()
    assert found.compared >= Deal.objects.count() > 20
    assert (found.fed, found.differing, found.away) == ({}, [], 0)
    returned = returns_reconcile.run()
    assert (returned.differing, returned.away) == ([], 0)
    assert bank.provider.differences() == []


def test_whoever_pays_next_finds_the_provider(told: dict[str, Any], bank: PlayMoney) -> None:
    """The page that somebody pays on is asked for again: its address is known only when the provider runs."""
    deal = Deal.objects.get(stage="awaiting_payment")
    assert deal.pay_url == ""
    assert set(Errand.objects.filter(state__in=Errand.OPEN).values_list("kind", "deal")) == {
        ("create_payment", deal.pk)
    }
    errands.run_due()
    deal.refresh_from_db()
    assert deal.pay_url.rpartition("/")[2] == deal.payment_id
    assert bank.pay(deal).stage == "delivered"


def test_nobody_was_away_while_the_clock_jumped(told: dict[str, Any]) -> None:
    """A jump of the stage's clock is no outage: it would move every deadline."""
    assert not Outage.objects.exists()
    assert not Pulse.objects.exists()


def test_every_sale_was_confirmed_by_the_people_it_binds(told: dict[str, Any]) -> None:
    for purpose, kind in (("sell", "hold_sale"), ("buy", "deliver")):
        done = Action.objects.filter(kind=kind, state=Action.State.DONE)
        assert done.exists()
        assert not done.exclude(confirmation__purpose=purpose).exists()
    assert not Confirmation.objects.filter(purpose__in=("sell", "buy"), person=None).exists()


def test_visitors_learn_who_pays(told: dict[str, Any]) -> None:
    accounts = {account["email"]: account for account in told["accounts"]}
    printed = [part for part in TRADERS if part.printed]
    assert printed
    for part in printed:
        account = accounts[part.email]
        assert account["payer"] == payer("sandbox", Person.objects.get(email=part.email).pk)
        assert account["what"]["zh"]
        assert account["what"]["en"]
