"""Looking around: what is found, what is shown, how many questions the database is asked, and what is not shown."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cardtrail.client.verify import verify_card_state
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.link import link
from cardtrail.web.market.models import Listing, Sold
from cardtrail.web.orders import acts
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.products import Transferable
from cardtrail.wire.proofs import CARD_STATE_CODEC
from tests.web.market.stalls import Stalls, text_of
from tests.web.people import do, witness

pytestmark = pytest.mark.django_db


def found(client: Client, **query: str) -> list[str]:
    """The last four digits of the cards that a search shows, in their order."""
    rows = client.get("/market/", query).context["rows"]
    return [listing.last_four for listing, _ in rows]


@pytest.fixture
def three(stalls: Stalls) -> dict[str, Listing]:
    """Three cards on sale: ¥50 for ¥45, ¥500 for ¥400, and ¥100 of another kind, valid for a month, for ¥99."""
    small = stalls.sell(stalls.cards(1, 5_000), "45")
    large = stalls.sell(stalls.cards(1, 50_000), "400")
    other = stalls.sell(stalls.cards(1, 10_000, name="夏日卡", validity_ms=60 * DAY_MS), "99")
    return {"small": small, "large": large, "other": other}


def test_everybody_looks_around(stalls: Stalls, three: dict[str, Listing]) -> None:
    for client in (Client(), stalls.at_buyer, stalls.at_seller):
        assert len(found(client)) == 3
        assert client.get(f"/market/listing/{three['large'].pk}/").status_code == 200
        assert client.get("/market/prices/").status_code == 200


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"face": "0-20000"}, {"small", "other"}),
        ({"face": "20001-70000"}, {"large"}),
        ({"most": "99"}, {"small", "other"}),
        ({"most": "not a number"}, {"small", "large", "other"}),
        ({"discount": "1000"}, {"small", "large"}),
        ({"discount": "2000"}, {"large"}),
        ({"valid": "90"}, {"small", "large"}),
        ({"product": "1"}, {"other"}),
        ({"product": "99"}, {"small", "large", "other"}),
        ({"face": "' OR 1=1"}, {"small", "large", "other"}),
        ({"most": "1"}, set()),
    ],
)
def test_filters(stalls: Stalls, three: dict[str, Listing], query: dict[str, str], names: set[str]) -> None:
    assert set(found(Client(), **query)) == {three[name].last_four for name in names}


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("cheap", ["small", "other", "large"]),
        ("discount", ["large", "small", "other"]),
        ("large", ["large", "other", "small"]),
        ("new", ["other", "large", "small"]),
        ("nonsense", ["other", "large", "small"]),
    ],
)
def test_order(stalls: Stalls, three: dict[str, Listing], sort: str, names: list[str]) -> None:
    assert found(Client(), sort=sort) == [three[name].last_four for name in names]


def test_nothing_there_says_what_to_do(stalls: Stalls) -> None:
    assert "现在没有人出售卡" in text_of(Client().get("/market/"))
    assert "没有符合条件的卡" in text_of(Client().get("/market/", {"most": "1"}))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_in_both_languages(stalls: Stalls, language: str) -> None:
    listing = stalls.sell()
    offer = stalls.offer(listing)
    words = {"zh-hans": "集市", "en": "Market"}
    for client in (stalls.at_buyer, stalls.at_seller):
        client.cookies["cardtrail_language"] = language
    for client, url in (
        (stalls.at_buyer, "/market/"),
        (stalls.at_buyer, f"/market/listing/{listing.pk}/"),
        (stalls.at_buyer, f"/market/listing/{listing.pk}/buy/"),
        (stalls.at_buyer, "/market/prices/"),
        (stalls.at_buyer, "/market/talks/"),
        (stalls.at_buyer, f"/market/talks/{offer.talk_id}/"),
        (stalls.at_buyer, "/market/groups/"),
        (stalls.at_seller, "/market/sell/"),
        (stalls.at_seller, "/market/mine/"),
        (stalls.at_seller, f"/market/mine/{listing.pk}/"),
        (stalls.at_seller, f"/market/mine/{listing.pk}/price/"),
    ):
        answer = client.get(url)
        assert answer.status_code == 200, url
        page = text_of(answer)
        assert words[language] in page
        assert ("余额" in page or "群" in page or "出售" in page or "对话" in page) == (
            language == "zh-hans"
        ), url


# How many questions each page asks


def test_questions_do_not_grow_with_what_is_shown(stalls: Stalls) -> None:
    first = stalls.sell(stalls.cards(1, 5_000), "45")
    pages = {
        "browse": (stalls.at_buyer, "/market/"),
        "stranger": (Client(), "/market/"),
        "listing": (stalls.at_buyer, f"/market/listing/{first.pk}/"),
        "mine": (stalls.at_seller, "/market/mine/"),
        "selling": (stalls.at_seller, f"/market/mine/{first.pk}/"),
        "prices": (Client(), "/market/prices/"),
        "talks": (stalls.at_buyer, "/market/talks/"),
    }
    stalls.offer(first, "40")
    few = {name: asked(client, url) for name, (client, url) in pages.items()}
    for serial in stalls.cards(3, 5_000):
        stalls.offer(stalls.sell([serial], "45"), "40")
    stalls.offer(first, "41", stalls.at_other)
    many = {name: asked(client, url) for name, (client, url) in pages.items()}
    assert many == few
    assert few["stranger"] <= 6, few
    assert few["prices"] <= 5, few
    assert few["browse"] <= 14, few
    assert few["listing"] <= 30, few
    assert few["mine"] <= 15, few
    assert max(few["talks"], few["selling"]) <= 6, few


def asked(client: Client, url: str) -> int:
    client.get(url)  # What is kept for a while is kept now.
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


# The proof of somebody else's card


def test_a_buyer_proves_balance_and_state_before_paying(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    do(stalls.seller, Order("redeem", serial, {"amount_minor": 1_234, "order": "ab" * 32}))
    listing = stalls.sell([serial])
    proof = wait_for_proof(stalls.at_buyer, listing)
    state = CARD_STATE_CODEC.decode(base64.b64decode(proof["state"]))
    memory = link().client.memory
    assert memory is not None
    proved = verify_card_state(state, memory.vkey, serial)
    assert (proved.card.balance_minor, proved.card.frozen_by) == (48_766, None)
    assert proved.card.hold is not None
    assert proved.card.hold.price_minor == listing.price_minor
    assert proof["definition"]


def test_the_proof_says_nothing_of_the_past(stalls: Stalls) -> None:
    """No entry of its trail: not when it was used, by which orders, nor when it was passed on."""
    [serial] = stalls.cards()
    do(stalls.seller, Order("redeem", serial, {"amount_minor": 1_234, "order": "ab" * 32}))
    listing = stalls.sell([serial])
    proof = wait_for_proof(stalls.at_buyer, listing)
    assert proof["receipts"] == []
    raw = base64.b64decode(proof["state"])
    assert bytes.fromhex("ab" * 32) not in raw
    page = text_of(stalls.at_buyer.get(f"/market/listing/{listing.pk}/"))
    assert "data-state-only" in page
    assert 'data-step="trail"' not in page
    whole = text_of(stalls.at_seller.get(f"/cards/{card_number(serial)}/"))
    assert "data-state-only" not in whole
    assert 'data-step="trail"' in whole, "its holder sees all of it"


def test_the_proof_is_for_who_is_signed_in_and_while_it_is_offered(stalls: Stalls) -> None:
    listing = stalls.sell()
    url = f"/market/listing/{listing.pk}/proof"
    assert Client().get(url).status_code == 302
    stalls.at_seller.post(f"/market/mine/{listing.pk}/withdraw/")
    assert stalls.at_buyer.get(url).status_code == 404
    assert stalls.at_buyer.get(f"/market/listing/{uuid4()}/proof").status_code == 404


def test_the_page_warns_of_codes_and_of_leaving(stalls: Stalls) -> None:
    listing = stalls.sell()
    page = text_of(Client().get(f"/market/listing/{listing.pk}/"))
    assert "不要向任何人索要卡密" in page
    assert "离开集市" in page


# Prices and records


def sold(stalls: Stalls, listing: Listing, count: int, *, days_ago: int, price_minor: int = 44_000) -> None:
    """Sales as they would have been completed, each between two others."""
    for _ in range(count):
        seller, buyer = stalls.people.make("甲"), stalls.people.make("乙")
        Sold.objects.create(
            deal=uuid4(),
            listing=listing,
            serial=1_000 + Sold.objects.count(),
            currency="CNY",
            balance_minor=50_000,
            activated_ms=listing.activated_ms,
            expires_ms=listing.expires_ms,
            price_minor=price_minor,
            seller=seller,
            buyer=buyer,
            linked=False,
            at_ms=now_ms() - days_ago * DAY_MS,
        )


def test_a_band_from_what_was_sold_lately(stalls: Stalls) -> None:
    listing = stalls.sell()
    sold(stalls, listing, 8, days_ago=3)
    page = text_of(Client().get(f"/market/listing/{listing.pk}/"))
    assert "8 笔" in page
    assert "88%" in page


def test_an_amount_that_is_none_is_said_to_be(stalls: Stalls) -> None:
    page = text_of(Client().get("/market/", {"most": "cheap", "sort": "new", "discount": "x"}))
    assert page.count("请输入大于零的金额") == 1
    assert "请输入" not in text_of(Client().get("/market/", {"most": " ", "product": "999"}))


def test_kinds_that_cannot_be_sold_are_not_looked_for(stalls: Stalls, three: dict[str, Listing]) -> None:
    stalls.ledger.define(name="只送卡", transferable=Transferable.GIFT)
    kinds = [name for _, name in Client().get("/market/").context["form"].fields["product"].choices]
    assert "夏日卡" in kinds
    assert "只送卡" not in kinds


def test_price_history_for_everybody_without_thin_days(stalls: Stalls) -> None:
    listing = stalls.sell()
    sold(stalls, listing, 4, days_ago=9)
    assert "成交还不够多" in text_of(Client().get("/market/prices/"))
    sold(stalls, listing, 6, days_ago=5)
    sold(stalls, listing, 6, days_ago=4, price_minor=45_000)
    page = text_of(Client().get("/market/prices/"))
    assert "<svg" in page
    assert "90%" in page.replace(" ", "") or "90.0%" in page
    assert ">0%<" not in page, "from nothing on, every line is flat"


def test_linked_sales_make_no_price(stalls: Stalls) -> None:
    listing = stalls.sell()
    sold(stalls, listing, 8, days_ago=3)
    Sold.objects.update(linked=True)
    assert "近期同类成交不足" in text_of(Client().get(f"/market/listing/{listing.pk}/"))


def test_the_sellers_record_and_never_their_name(stalls: Stalls, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (stalls.sell([serial]) for serial in stalls.cards(2))
    page = text_of(Client().get(f"/market/listing/{second.pk}/"))
    assert "还没有" in page
    deal = stalls.bought(first)
    acts.confirm_receipt(witness(stalls.buyer), deal)
    page = text_of(Client().get(f"/market/listing/{second.pk}/"))
    assert "1 笔，共 ¥450.00" in page
    assert stalls.seller.name not in page
    assert "卖家已成交 1 笔" in text_of(Client().get("/market/"))


def headers(answer: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def test_the_frameworks_defences_are_on(stalls: Stalls) -> None:
    listing = stalls.sell()
    answer = stalls.at_buyer.get(f"/market/listing/{listing.pk}/buy/")
    assert headers(answer)["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers(answer)["content-security-policy"]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = stalls.at_buyer.cookies
    for url in (
        f"/market/listing/{listing.pk}/buy/",
        f"/market/listing/{listing.pk}/ask/",
        f"/market/mine/{listing.pk}/withdraw/",
        "/market/sell/",
        "/market/groups/",
        "/market/appeal/",
    ):
        assert strict.post(url, {}).status_code == 403, url


def wait_for_proof(client: Client, listing: Listing) -> dict[str, Any]:
    """The node publishes a checkpoint every 50 ms."""
    for _ in range(200):
        answer = client.get(f"/market/listing/{listing.pk}/proof")
        if answer.status_code == 200:
            state = CARD_STATE_CODEC.decode(base64.b64decode(answer.json()["state"]))
            memory = link().client.memory
            assert memory is not None
            if verify_card_state(state, memory.vkey, listing.serial).card.hold is not None:
                return dict(answer.json())
    raise AssertionError("no proof came")
