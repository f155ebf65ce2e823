"""Questions, offers and counter-offers; an accepted price is kept for its buyer; a changed listing ends them all."""

from __future__ import annotations

import pytest
from django.test import Client

from cardtrail.web.accounts.deletion import delete as delete_account
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.market import bargaining, changing, timers
from cardtrail.web.market.models import Message, Offer, Round, Talk
from cardtrail.web.notices.models import Notice
from cardtrail.web.orders import acts
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, now_ms
from tests.web.market.stalls import Stalls, said, text_of
from tests.web.people import do, witness

pytestmark = pytest.mark.django_db


def test_offer_counter_and_the_buyer_accepts_by_buying(stalls: Stalls) -> None:
    listing = stalls.sell()
    offer = stalls.offer(listing, "400")
    assert (offer.stage, offer.price_minor) == ("open", 40_000)
    stalls.answer(offer, "counter", stalls.at_seller, price="430")
    page = text_of(stalls.at_buyer.get(f"/market/talks/{offer.talk_id}/"))
    assert "接受，按 ¥430.00 购买" in page
    deal = stalls.bought(listing)
    assert deal.price_minor == 43_000
    offer.refresh_from_db()
    assert offer.stage == "accepted"
    assert list(Round.objects.values_list("side", "what", "price_minor").order_by("pk")) == [
        ("buyer", "open", 40_000),
        ("seller", "countered", 43_000),
        ("buyer", "accepted", 43_000),
    ]


def test_a_price_that_is_refused_stays_to_be_mended(stalls: Stalls) -> None:
    """First on the card's page, and no talk has begun; then in the talk, for either side."""
    listing = stalls.sell()
    ask = f"/market/listing/{listing.pk}/ask/"
    form = {"price": "450", "version": str(listing.shown_version)}
    answer = stalls.at_buyer.post(ask, form, follow=True)
    page = text_of(answer)
    assert "出价须低于标价" in page
    assert 'value="450"' in page
    assert not Talk.objects.exists()
    offer = stalls.answer(stalls.offer(listing, "400"), "reject", stalls.at_seller)
    for price, words in (("450", "出价须低于标价"), ("viel", "请输入大于零的金额")):
        answer = stalls.at_buyer.post(ask, form | {"price": price})
        assert answer.status_code == 422
        assert answer.templates[0].name == "market/talk.html"
        assert words in text_of(answer)
        assert f'value="{price}"' in text_of(answer)
    offer = stalls.offer(listing, "410")
    for price, words in (("460", "须低于你的标价 ¥450.00"), ("0", "请输入大于零的金额")):
        answer = stalls.at_seller.post(f"/market/offers/{offer.pk}/counter/", {"price": price})
        assert answer.status_code == 422
        assert words in text_of(answer)
    offer.refresh_from_db()
    assert (offer.stage, offer.price_minor) == ("open", 41_000)


def test_the_seller_accepts_and_the_card_is_kept_for_the_buyer(stalls: Stalls) -> None:
    listing = stalls.sell()
    offer = stalls.answer(stalls.offer(listing), "accept", stalls.at_seller)
    assert offer.stage == "accepted"
    assert stalls.now(listing).stage == "reserved"
    assert "为你保留到" in text_of(stalls.at_buyer.get(f"/market/listing/{listing.pk}/"))
    assert "你接受了 ¥400.00 的出价，为对方保留到" in text_of(
        stalls.at_seller.get(f"/market/mine/{listing.pk}/")
    )
    assert "正在为其保留" in said(stalls.buy(listing, stalls.at_other))
    assert not Deal.objects.exists()
    deal = stalls.bought(listing)
    assert (deal.price_minor, deal.stage, stalls.now(listing).stage) == (40_000, "delivered", "sold")


def test_kept_for_two_hours_and_not_longer(stalls: Stalls) -> None:
    listing = stalls.sell()
    offer = stalls.answer(stalls.offer(listing), "accept", stalls.at_seller)
    assert offer.kept_until_ms is not None
    assert timers.run_due(offer.kept_until_ms - 1) == 0
    assert timers.run_due(offer.kept_until_ms) == 1
    offer.refresh_from_db()
    assert offer.kept_until_ms is None
    assert stalls.now(listing).stage == "listed"
    assert timers.run_due(now_ms() + bargaining.KEEP_MS) == 0


def test_the_buyer_gives_way(stalls: Stalls) -> None:
    listing = stalls.sell()
    offer = stalls.answer(stalls.offer(listing), "accept", stalls.at_seller)
    stalls.answer(offer, "give-way", stalls.at_seller)
    assert stalls.now(listing).stage == "reserved", "that is the buyer's to say"
    stalls.answer(offer, "give-way", stalls.at_buyer)
    assert (stalls.now(listing).stage, offer.kept_until_ms) == ("listed", None)


@pytest.mark.parametrize("how", ["frozen", "delisted"])
def test_stopped_while_it_is_kept(stalls: Stalls, how: str) -> None:
    listing = stalls.sell()
    offer = stalls.answer(stalls.offer(listing), "accept", stalls.at_seller)
    if how == "frozen":
        do(None, Order("freeze", listing.serial, {"cause": "request", "case": "00" * 32}))
        catch_up()
    else:
        changing.delist(listing.pk, by=str(stalls.staff.pk), why="rules")
    offer.refresh_from_db()
    assert offer.kept_until_ms is None
    assert stalls.now(listing).stage == {"frozen": "withdrawn", "delisted": "delisted"}[how]


def test_a_price_that_is_kept_no_more_is_not_bought_at(stalls: Stalls) -> None:
    listing = stalls.sell()
    offer = stalls.answer(stalls.offer(listing), "accept", stalls.at_seller)
    clock.set_ahead(bargaining.KEEP_MS + HOUR_MS)
    try:
        assert stalls.buy(listing, offer=str(offer.pk), price_minor="40000").status_code == 302
    finally:
        clock.set_ahead(0)
    assert not Deal.objects.exists()


def test_an_order_that_falls_through_brings_it_back_at_the_price_asked(stalls: Stalls) -> None:
    listing = stalls.sell()
    stalls.answer(stalls.offer(listing), "accept", stalls.at_seller)
    stalls.buy(listing)
    acts.cancel(witness(stalls.buyer), Deal.objects.get())
    now = stalls.now(listing)
    assert (now.stage, now.price_minor) == ("listed", 45_000)


def test_others_hear_that_their_offer_is_over(stalls: Stalls) -> None:
    listing = stalls.sell()
    first = stalls.offer(listing, "400")
    second = stalls.offer(listing, "410", stalls.at_other)
    stalls.answer(first, "accept", stalls.at_seller)
    second.refresh_from_db()
    assert second.stage == "superseded"
    assert Notice.objects.filter(person=stalls.other, kind="market.offer_superseded").exists()


@pytest.mark.parametrize("how", ["price", "withdraw", "sold"])
def test_a_listing_that_changes_ends_its_offers(stalls: Stalls, how: str) -> None:
    listing = stalls.sell()
    offer = stalls.offer(listing)
    if how == "price":
        stalls.at_seller.post(f"/market/mine/{listing.pk}/price/", {"price": "440"})
    elif how == "withdraw":
        stalls.at_seller.post(f"/market/mine/{listing.pk}/withdraw/")
    else:
        stalls.bought(listing, stalls.at_other)
    offer.refresh_from_db()
    assert offer.stage == "superseded"
    assert "结束" in said(stalls.at_seller.post(f"/market/offers/{offer.pk}/accept/"))
    assert stalls.now(listing).stage != "reserved"


def test_a_day_without_an_answer(stalls: Stalls, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = stalls.offer(stalls.sell())
    later = now_ms() + DAY_MS + 1
    monkeypatch.setattr("cardtrail.web.market.deciding.now_ms", lambda: later)
    timers.run_due(later)
    offer.refresh_from_db()
    assert offer.stage == "expired"


def test_six_counter_offers_and_no_more(stalls: Stalls) -> None:
    listing = stalls.sell()
    offer = stalls.offer(listing, "300")
    for step in range(6):
        at = stalls.at_seller if step % 2 == 0 else stalls.at_buyer
        stalls.answer(offer, "counter", at, price=str(310 + step))
    page = text_of(stalls.at_seller.get(f"/market/talks/{offer.talk_id}/"))
    assert "还可以还价 0 次" in page
    assert "/counter/" not in page
    stalls.answer(offer, "counter", stalls.at_seller, price="400")
    assert offer.price_minor == 31_500
    stalls.answer(offer, "accept", stalls.at_seller)
    assert offer.stage == "accepted"


def test_only_who_is_asked_answers(stalls: Stalls) -> None:
    offer = stalls.offer(stalls.sell())
    for act in ("accept", "reject", "counter"):
        stalls.answer(offer, act, stalls.at_buyer, price="420")
    assert (offer.stage, offer.price_minor) == ("open", 40_000)
    for act in ("accept", "reject", "counter", "take-back"):
        assert stalls.at_other.post(f"/market/offers/{offer.pk}/{act}/", {"price": "1"}).status_code == 404
    stalls.answer(offer, "take-back", stalls.at_buyer)
    assert offer.stage == "withdrawn"


@pytest.mark.parametrize(
    ("price", "words"),
    [
        ("450", "出价须低于标价"),
        ("0", "大于零"),
        ("-3", "大于零"),
        ("abc", "大于零"),
        ("", ""),
        ("1e400", "大于零"),
    ],
)
def test_offers_that_are_none(stalls: Stalls, price: str, words: str) -> None:
    listing = stalls.sell()
    given = {"price": price, "version": listing.shown_version}
    assert words in said(stalls.at_buyer.post(f"/market/listing/{listing.pk}/ask/", given))
    assert not Offer.objects.exists()


def test_an_offer_is_for_what_was_seen(stalls: Stalls) -> None:
    listing = stalls.sell()
    answer = stalls.at_buyer.post(f"/market/listing/{listing.pk}/ask/", {"price": "400", "version": "7"})
    assert "价格或内容已变更" in said(answer)
    assert not Offer.objects.exists()


def test_one_offer_at_a_time_and_ten_in_all(stalls: Stalls, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = stalls.sell()
    stalls.offer(listing)
    given = {"price": "410", "version": listing.shown_version}
    assert "已有一个出价" in said(stalls.at_buyer.post(f"/market/listing/{listing.pk}/ask/", given))
    monkeypatch.setattr(bargaining, "MOST_WAITING", 1)
    other = stalls.sell()
    given = {"price": "410", "version": other.shown_version}
    assert "已有 1 个" in said(stalls.at_buyer.post(f"/market/listing/{other.pk}/ask/", given))


def test_nobody_offers_for_their_own_card(stalls: Stalls) -> None:
    listing = stalls.sell()
    answer = stalls.at_seller.post(f"/market/listing/{listing.pk}/ask/", {"price": "400", "version": "1"})
    assert "这是你自己出售的卡" in said(answer)
    assert not Talk.objects.exists()


# Talking


def test_a_question_before_an_offer(stalls: Stalls) -> None:
    listing = stalls.sell()
    talk = stalls.talk(listing, "这张卡哪里能用？")
    url = f"/market/talks/{talk.pk}/"
    assert "这张卡哪里能用" in text_of(stalls.at_seller.get(url))
    stalls.at_seller.post(f"{url}say/", {"text": "全国门店都行"})
    assert "全国门店都行" in text_of(stalls.at_buyer.get(f"{url}?fragment=1"))
    assert Notice.objects.filter(person=stalls.seller, kind="market.message").count() == 1
    assert "全国" in text_of(stalls.at_buyer.get(url))
    for method in ("get", "post"):
        assert getattr(stalls.at_other, method)(url).status_code in {404, 405}
    assert stalls.at_other.post(f"{url}say/", {"text": "我也要"}).status_code == 404


def test_neither_sees_who_the_other_is(stalls: Stalls) -> None:
    listing = stalls.sell()
    talk = stalls.talk(listing)
    at: Client
    for at, hidden in ((stalls.at_buyer, stalls.seller), (stalls.at_seller, stalls.buyer)):
        for url in (
            f"/market/listing/{listing.pk}/",
            f"/market/talks/{talk.pk}/",
            f"/market/mine/{listing.pk}/",
        ):
            page = text_of(at.get(url))
            assert hidden.name not in page
            assert hidden.email not in page
            assert str(hidden.pk) not in page


def test_script_and_markup_are_words(stalls: Stalls) -> None:
    listing = stalls.sell()
    talk = stalls.talk(listing, "<script>alert(1)</script><img src=x onerror=alert(1)>")
    for at in (stalls.at_seller, stalls.at_buyer):
        page = text_of(at.get(f"/market/talks/{talk.pk}/"))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "<img src=x" not in page


def test_warned_gently_and_still_delivered(stalls: Stalls) -> None:
    listing = stalls.sell()
    talk = stalls.talk(listing, "加我微信 abc，把卡密发我看看")
    page = text_of(stalls.at_seller.get(f"/market/talks/{talk.pk}/"))
    assert "加我微信" in page
    assert "不要把卡密" in page
    assert "没有人能替你把关" in page
    assert Message.objects.get().warned == ["code", "contact"]


@pytest.mark.parametrize(
    "text",
    ["", " \n ", "\u200b\u202e", "长" * 501, "x" * 10_000_000],
    ids=["empty", "blank", "unseen", "long", "huge"],
)
def test_messages_that_are_none(stalls: Stalls, text: str) -> None:
    talk = stalls.talk(stalls.sell())
    answer = stalls.at_buyer.post(f"/market/talks/{talk.pk}/say/", {"text": text})
    assert answer.status_code in {400, 422}
    assert Message.objects.count() == 1


def test_many_messages_wait(stalls: Stalls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bargaining, "MOST_MESSAGES", 2)
    talk = stalls.talk(stalls.sell())
    url = f"/market/talks/{talk.pk}/say/"
    assert stalls.at_buyer.post(url, {"text": "在？"}).status_code == 302
    assert stalls.at_buyer.post(url, {"text": "在吗？"}).status_code == 422
    assert stalls.at_seller.post(url, {"text": "在的"}).status_code == 302


def test_no_card_waits_for_an_account_that_is_gone(stalls: Stalls) -> None:
    accepted, asked, countered = (stalls.offer(stalls.sell()) for _ in range(3))
    stalls.answer(accepted, "accept", stalls.at_seller)
    stalls.answer(countered, "counter", stalls.at_seller, price="430")
    delete_account(stalls.buyer)
    for offer, stage in ((accepted, "accepted"), (asked, "withdrawn"), (countered, "rejected")):
        offer.refresh_from_db()
        assert (offer.stage, offer.kept_until_ms) == (stage, None)
        assert stalls.now(offer.listing).stage == "listed"
    text = said(stalls.at_seller.post(f"/market/offers/{asked.pk}/accept/"))
    assert "该出价已结束" in text
    assert stalls.now(asked.listing).stage == "listed"


@pytest.mark.parametrize("accepted", [True, False], ids=["the buyer's offer", "the seller's price"])
@pytest.mark.parametrize("price", ["1", "39999", "40001", "45000"])
def test_an_agreed_price_is_paid_to_the_fen(stalls: Stalls, price: str, *, accepted: bool) -> None:
    """What the form says counts only where it is what the two agreed upon."""
    listing = stalls.sell()
    offer = stalls.offer(listing, "400" if accepted else "390")
    more = {} if accepted else {"price": "400"}
    stalls.answer(offer, "accept" if accepted else "counter", stalls.at_seller, **more)
    assert "价格或内容已变更" in said(stalls.buy(listing, price_minor=price))
    assert not Deal.objects.exists()
    assert stalls.buy(listing)["Location"].startswith("/market/orders/")
    assert Deal.objects.get().price_minor == 40_000
