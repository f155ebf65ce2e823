"""Two at the same moment: one of them has it, the other is told, nothing is done by halves. And what would happen if
the rows were not compared."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction

from cardtrail.deals import listing_events
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.market import deciding
from cardtrail.web.market.models import Listing, Offer
from cardtrail.web.orders.models import Deal
from tests.web.desk.team import browser
from tests.web.market.stalls import Stalls, hidden_of, said, text_of

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.django_db(transaction=True)]


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """What each of them gives, begun in the same moment."""
    barrier, results = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(place: int, task: Callable[[], Any]) -> None:
        try:
            barrier.wait(60)
            results[place] = task()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, task)) for place, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def test_two_buyers_at_once(stalls: Stalls) -> None:
    listing = stalls.sell()
    url = f"/market/listing/{listing.pk}/buy/"
    clients = [stalls.at_buyer, stalls.at_other]
    forms = [hidden_of(client.get(url)) for client in clients]
    answers = at_once(
        *(
            lambda client=client, form=form: client.post(url, form)
            for client, form in zip(clients, forms, strict=True)
        )
    )
    to_orders = [answer for answer in answers if "/market/orders/" in answer["Location"]]
    assert len(to_orders) == 1
    [late] = [answer for answer in answers if answer not in to_orders]
    assert "已有买家正在付款" in said(late)
    deal = Deal.objects.get()
    assert stalls.now(listing).machine.order == deal.number
    assert Confirmation.objects.filter(purpose="buy").count() == 1, "the other has agreed to nothing"


def test_one_buyer_at_several_tills_at_once_stays_within_their_limit(stalls: Stalls) -> None:
    """A newcomer may have ¥1,000 under way: two of these, not three."""
    urls = [f"/market/listing/{stalls.sell().pk}/buy/" for _ in range(3)]
    forms = [hidden_of(stalls.at_buyer.get(url)) for url in urls]
    clients = [browser(stalls.buyer) for _ in urls]
    at_once(
        *(
            lambda client=client, url=url, form=form: client.post(url, form)
            for client, url, form in zip(clients, urls, forms, strict=True)
        )
    )
    assert Deal.objects.filter(buyer=stalls.buyer).count() == 2


def test_one_seller_with_two_forms_at_once_offers_no_more_than_they_may(stalls: Stalls) -> None:
    """A newcomer may offer five cards: not three and three."""
    cards = stalls.cards(6)
    forms = [stalls.sell_form(cards[:3]), stalls.sell_form(cards[3:])]
    clients = [browser(stalls.seller) for _ in forms]
    at_once(
        *(
            lambda client=client, form=form: client.post("/market/sell/", form)
            for client, form in zip(clients, forms, strict=True)
        )
    )
    assert Listing.objects.filter(seller=stalls.seller, stage__in=Listing.OPEN).count() == 3


def test_accept_races_withdraw(stalls: Stalls) -> None:
    listing = stalls.sell()
    offer = stalls.offer(listing)
    at_once(
        lambda: stalls.at_seller.post(f"/market/offers/{offer.pk}/accept/"),
        lambda: stalls.at_seller.post(f"/market/mine/{listing.pk}/withdraw/"),
    )
    offer.refresh_from_db()
    state = (stalls.now(listing).stage, offer.stage, offer.kept_until_ms is not None)
    assert state in {("reserved", "accepted", True), ("withdrawn", "superseded", False)}
    held = stalls.card(listing.serial).state
    assert held == ("sale" if state[0] == "reserved" else "active")


def test_buying_races_withdraw(stalls: Stalls) -> None:
    listing = stalls.sell()
    url = f"/market/listing/{listing.pk}/buy/"
    form = hidden_of(stalls.at_buyer.get(url))
    at_once(
        lambda: stalls.at_buyer.post(url, form),
        lambda: stalls.at_seller.post(f"/market/mine/{listing.pk}/withdraw/"),
    )
    stage, orders = stalls.now(listing).stage, Deal.objects.count()
    assert (stage, orders) in {("reserved", 1), ("withdrawn", 0)}
    release = Action.objects.get(pk=listing.release_id)
    assert release.state == ("awaiting" if orders else "done"), "a card that somebody buys is not let go"


def test_price_edited_during_an_offer(stalls: Stalls) -> None:
    listing = stalls.sell()
    offer = stalls.offer(listing)
    at_once(
        lambda: stalls.at_seller.post(f"/market/mine/{listing.pk}/price/", {"price": "440"}),
        lambda: stalls.at_seller.post(f"/market/offers/{offer.pk}/accept/"),
    )
    offer.refresh_from_db()
    now = stalls.now(listing)
    assert (now.stage, now.price_minor, offer.stage) in {
        ("reserved", 45_000, "accepted"),
        ("listed", 44_000, "superseded"),
    }


def test_two_buyers_whose_offers_are_accepted_at_once(stalls: Stalls) -> None:
    listing = stalls.sell()
    first, second = stalls.offer(listing, "400"), stalls.offer(listing, "410", stalls.at_other)
    at_once(
        *(
            lambda offer=offer: stalls.at_seller.post(f"/market/offers/{offer.pk}/accept/")
            for offer in (first, second)
        )
    )
    assert sorted(Offer.objects.values_list("stage", flat=True)) == ["accepted", "superseded"]
    assert Offer.objects.filter(kept_until_ms__isnull=False).count() == 1


def test_the_same_card_listed_twice_at_once(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    answers = at_once(
        *(lambda: stalls.at_seller.post("/market/sell/", stalls.sell_form([serial])) for _ in range(2))
    )
    assert Listing.objects.count() == 1
    assert sorted(answer.status_code for answer in answers) in ([302, 422], [200, 302]), [
        text_of(answer) for answer in answers
    ]


# What is compared, and why


def test_a_row_that_changed_meanwhile_is_not_written_over(stalls: Stalls) -> None:
    listing = stalls.sell()
    stale = stalls.now(listing)
    stalls.at_seller.post(f"/market/mine/{listing.pk}/withdraw/")
    reserve = listing_events.Reserve("order", str(stalls.buyer.pk), 1)
    with pytest.raises(deciding.Overtaken), transaction.atomic():
        deciding.change(stale, reserve, deciding.Left())
    assert stalls.now(listing).stage == "withdrawn"


def test_without_comparing_a_withdrawn_card_would_be_sold(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The companion: the same, with an update that does not ask for the version."""
    monkeypatch.setattr(
        deciding, "_swap", lambda id, version, fresh: bool(Listing.objects.filter(pk=id).update(**fresh))
    )
    listing = stalls.sell()
    stale = stalls.now(listing)
    stalls.at_seller.post(f"/market/mine/{listing.pk}/withdraw/")
    with transaction.atomic():
        deciding.change(stale, listing_events.Reserve("order", str(stalls.buyer.pk), 1), deciding.Left())
    assert stalls.now(listing).stage == "reserved"
    assert stalls.card(listing.serial).state == "active", "somebody pays for a card that is not set aside"


def test_without_the_listings_lock_an_edit_is_lost_or_refused(stalls: Stalls) -> None:
    """Two edits read the same row: the second is told that it was overtaken, and neither price is lost silently."""
    listing = stalls.sell()
    one, two = stalls.now(listing), stalls.now(listing)
    seller = str(stalls.seller.pk)
    with transaction.atomic():
        deciding.change(one, listing_events.Edit(seller, 44_000), deciding.Left())
    with pytest.raises(deciding.Overtaken), transaction.atomic():
        deciding.change(two, listing_events.Edit(seller, 43_000), deciding.Left())
    assert stalls.now(listing).price_minor == 44_000
