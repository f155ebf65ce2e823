"""The market with one defence taken away: the attack then succeeds, and with the defence it does not."""

from __future__ import annotations

import base64
import re
from typing import Any

import msgspec
import pytest
from django.http import HttpRequest
from django.template import engines
from django.test import Client

from cardtrail.client.errors import ProofError
from cardtrail.deals.regions import Side
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.link import link
from cardtrail.web.market import buying, order_access, proofs, saying
from cardtrail.web.market.models import Listing, Message
from cardtrail.web.market.order_access import Own
from cardtrail.web.orders.models import Deal
from cardtrail.wire.cards import CARD_CODEC
from cardtrail.wire.codec import encode
from cardtrail.wire.proofs import CARD_STATE_CODEC
from tests.web.market.stalls import Stalls, said, text_of
from tests.web.people import do

pytestmark = pytest.mark.django_db

defended = pytest.mark.parametrize("defended", [True, False], ids=["with", "without"])
WANTS_THE_CODE = "把卡密发我，我先验一下卡"


# A code demanded "to check the card"


@pytest.mark.database
@defended
def test_whoever_demands_the_code_is_warned_about(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    """Both are told at once, and what to do in its place; nobody is punished for a word."""
    if not defended:
        monkeypatch.setattr(saying, "WARNINGS", ())
    talk = stalls.talk(stalls.sell(), WANTS_THE_CODE)
    for at in (stalls.at_seller, stalls.at_buyer):
        page = text_of(at.get(f"/market/talks/{talk.pk}/"))
        assert WANTS_THE_CODE in page
        assert ("余额在卡的页面上就能核验" in page) is defended
    assert Message.objects.get().warned == (["code"] if defended else [])


def test_from_looking_to_paying_nobody_is_asked_for_a_code(stalls: Stalls) -> None:
    listing = stalls.sell()
    code = stalls.ledger.codes[listing.serial]
    for client in (Client(), stalls.at_buyer, stalls.at_seller):
        page = text_of(client.get(f"/market/listing/{listing.pk}/"))
        assert "不要向任何人索要卡密" in page
        assert not re.search(r'<input[^>]*name="(?:code|secret|pin)"', page)
        assert code.text not in page
    page = text_of(stalls.at_buyer.get(f"/market/listing/{listing.pk}/buy/"))
    assert not re.search(r'<input[^>]*name="(?:code|secret|pin)"', page)


def test_a_code_that_was_handed_over_takes_nothing(stalls: Stalls) -> None:
    """It died when the seller took the card into their wallet."""
    listing = stalls.sell()
    claimed = do(
        stalls.other, Order("claim", listing.serial, secret=stalls.ledger.codes[listing.serial].secret)
    )
    assert claimed[0].state == "refused"
    assert stalls.card(listing.serial).holder == stalls.seller


@defended
def test_a_node_that_praises_an_emptied_card_is_not_shown(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    """The proof that makes the code unnecessary: a balance that the log does not bear out is never shown."""
    [serial] = stalls.cards()
    do(stalls.seller, Order("redeem", serial, {"amount_minor": 49_999, "order": "ab" * 32}))
    client = link().client
    client.wait_for_checkpoint(client.ledger().size)
    honest = CARD_STATE_CODEC.decode(client.card_state_bytes(serial))
    card = CARD_CODEC.decode(honest.record)
    assert card.balance_minor == 1
    praised = encode(msgspec.structs.replace(card, balance_minor=50_000))
    lie = encode(msgspec.structs.replace(honest, record=praised))
    monkeypatch.setattr(client, "card_state_bytes", lambda *_, **__: lie)
    if defended:
        with pytest.raises(ProofError):
            proofs.state_proof(client, serial)
        return
    monkeypatch.setattr(proofs, "verify_card_state", lambda *_: None)
    shown = CARD_STATE_CODEC.decode(
        base64.b64decode(str(proofs.state_proof(client, serial).record()["state"]))
    )
    assert CARD_CODEC.decode(shown.record).balance_minor == 50_000


# Many at once of somebody nobody knows


@defended
def test_a_newcomer_has_little_under_way(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        monkeypatch.setattr(buying, "check_order", lambda *_: None)
    listings: list[Listing] = [stalls.sell([serial]) for serial in stalls.cards(3)]
    answers = [stalls.buy(listing) for listing in listings]
    assert ("超过目前的额度" in said(answers[-1])) is defended
    assert Deal.objects.count() == (2 if defended else 3)


# Orders of others


@pytest.mark.database
@defended
def test_an_order_of_others_is_not_found(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    deal = stalls.bought(stalls.sell())

    def anybodys(_: HttpRequest, deal_id: Any) -> Own:
        found = Deal.objects.get(pk=deal_id)
        return Own(found, found.order, Side.BUYER)

    if not defended:
        for module in used_in():
            monkeypatch.setattr(module, "own_order", anybodys)
    answer = stalls.at_other.get(f"/market/orders/{deal.number}/")
    assert answer.status_code == (404 if defended else 200)


def used_in() -> list[Any]:
    """The modules that ask whose an order is."""
    from cardtrail.web.market.views import disputes, orders

    assert orders.own_order is disputes.own_order is order_access.own_order
    return [orders, disputes]


# Script in what people write


@defended
def test_what_people_write_is_never_run(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    talk = stalls.talk(stalls.sell(), "<script>alert(1)</script>")
    if not defended:
        monkeypatch.setattr(engines["django"].engine, "autoescape", False)
    page = text_of(stalls.at_seller.get(f"/market/talks/{talk.pk}/"))
    assert ("<script>alert(1)" in page) is not defended
