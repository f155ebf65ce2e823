"""What linked accounts may have under way, they may have together, in the same moment too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from cardtrail.risk.links import Kind
from cardtrail.web.market import standings
from cardtrail.web.market.models import Listing
from cardtrail.web.orders.models import Deal
from cardtrail.web.risks import counters
from tests.web.desk.team import browser
from tests.web.ledgers import Ledger
from tests.web.market.stalls import Stalls, hidden_of
from tests.web.market.test_races import at_once
from tests.web.people import claim
from tests.web.risks.scene import share


def linked(*people: Any) -> frozenset[UUID]:
    for kind in (Kind.DEVICE, Kind.PAYER):
        share(kind, *people, value=f"{kind} of {people[0].pk}")
    return frozenset(person.pk for person in people)


def in_order(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Whose gates are locked, and when limits are read."""
    found: list[object] = []
    lock, room_of = counters.lock, standings.room_of

    def noted(name: object, act: Callable[[], Any]) -> Any:
        found.append(name)
        return act()

    monkeypatch.setattr(
        counters, "lock", lambda people: noted(("gates", frozenset(people)), lambda: lock(people))
    )
    monkeypatch.setattr(standings, "room_of", lambda *about: noted("limits", lambda: room_of(*about)))
    return found


@pytest.mark.django_db
def test_before_limits_are_read_the_gates_of_all_are_locked(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the buyer's accounts, of the seller's: nobody else of them counts until this is written."""
    sellers, buyers = linked(stalls.seller, stalls.staff), linked(stalls.buyer, stalls.other)
    cards = stalls.cards(1)
    with monkeypatch.context() as patched:
        done = in_order(patched)
        listing = stalls.sell(cards)
        locked = done.index(("gates", sellers))
        assert done[locked + 1] == "limits", "what the form had read counts no more"
    url = f"/market/listing/{listing.pk}/buy/"
    form = hidden_of(stalls.at_buyer.get(url))
    done = in_order(monkeypatch)
    assert stalls.at_buyer.post(url, form)["Location"].startswith("/market/orders/")
    assert done[:2] == [("gates", buyers), "limits"]


@pytest.mark.slow
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_linked_buyers_at_once(stalls: Stalls) -> None:
    """Newcomers may have ¥1,000 under way together: two of these, whoever is first."""
    linked(stalls.buyer, stalls.other)
    urls = [f"/market/listing/{stalls.sell().pk}/buy/" for _ in range(4)]
    people = [stalls.buyer, stalls.other, stalls.buyer, stalls.other]
    clients = [browser(person) for person in people]
    forms = [hidden_of(client.get(url)) for client, url in zip(clients, urls, strict=True)]
    at_once(
        *(
            lambda client=client, url=url, form=form: client.post(url, form)
            for client, url, form in zip(clients, urls, forms, strict=True)
        )
    )
    assert Deal.objects.count() == 2


@pytest.mark.slow
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_linked_sellers_at_once(stalls: Stalls, ledger: Ledger) -> None:
    """Newcomers may offer five cards together: not three and three."""
    linked(stalls.seller, stalls.other)
    mine = stalls.cards(3)
    theirs = ledger.issue(3, 50_000)
    claim(stalls.other, ledger, theirs)
    forms = [(stalls.at_seller, stalls.sell_form(mine)), (stalls.at_other, stalls.sell_form(theirs))]
    at_once(*(lambda client=client, form=form: client.post("/market/sell/", form) for client, form in forms))
    assert Listing.objects.filter(stage__in=Listing.OPEN).count() == 3
