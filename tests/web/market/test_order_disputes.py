"""Disputes on their pages: opened with pictures, argued by both, settled, decided, appealed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from cardtrail.deals.regions import Outcome
from cardtrail.web.orders import acts
from cardtrail.web.orders.models import Deal, Exhibit, Picture
from tests.web.desk.team import browser
from tests.web.orders.conftest import market, play
from tests.web.orders.market import Market
from tests.web.people import witness

__all__ = ["market", "play"]

pytestmark = [pytest.mark.django_db]


def photo(colour: str = "red") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "PNG")
    return SimpleUploadedFile("shot.png", out.getvalue(), "image/png")


def at(deal: Deal, tail: str = "dispute/") -> str:
    return f"/market/orders/{deal.number}/{tail}"


def read(client: Client, deal: Deal, tail: str = "dispute/") -> str:
    answer = client.get(at(deal, tail))
    assert answer.status_code == 200, (tail, answer.status_code)
    return answer.content.decode()


def disputed(market: Market) -> Deal:
    """Delivered, and disputed on the page."""
    deal = market.bought()
    sent = {"reason": "unusable", "text": "店里说用不了", "pictures": [photo(), photo("blue")]}
    answer = browser(market.buyer).post(at(deal, "dispute/open/"), sent)
    assert answer.status_code == 302, answer.content.decode()
    return market.now(deal)


def ruled(market: Market, outcome: Outcome) -> Deal:
    deal = disputed(market)
    for person in (market.buyer, market.seller):
        assert browser(person).post(at(deal, "act/done/")).status_code == 302
    return acts.rule(witness(market.staff), market.now(deal), outcome, "看过双方的材料")


def test_opened_with_pictures_that_both_see_and_nobody_else(market: Market) -> None:
    deal = disputed(market)
    assert (deal.stage, deal.card, deal.dispute) == ("disputed", "aside", "evidence")
    buyer, seller = browser(market.buyer), browser(market.seller)
    for client, mine, theirs in (
        (buyer, "你的举证截止", "卖家举证至"),
        (seller, "你的举证截止", "买家举证至"),
    ):
        text = read(client, deal)
        for words in ("店里说用不了", "店里用不了", mine, theirs):
            assert words in text, words
    first, second = Picture.objects.order_by("place")
    for client in (buyer, seller):
        answer = client.get(at(deal, f"pictures/{first.pk}/"))
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert "no-store" in answer["Cache-Control"]
    assert browser(market.other).get(at(deal, f"pictures/{second.pk}/")).status_code == 404


def test_a_picture_of_another_order_is_not_there(market: Market) -> None:
    deal = disputed(market)
    [picture, _] = Picture.objects.all()
    market.serial, market.listing = market.list_card()
    other = market.bought()
    assert browser(market.buyer).get(at(other, f"pictures/{picture.pk}/")).status_code == 404
    assert browser(market.buyer).get(at(deal, f"pictures/{picture.pk}/")).status_code == 200


def test_what_is_no_picture_is_said_so_and_nothing_is_opened(market: Market) -> None:
    deal = market.bought()
    bad = SimpleUploadedFile("x.png", b"<svg onload=alert(1)>", "image/png")
    answer = browser(market.buyer).post(
        at(deal, "dispute/open/"), {"reason": "other", "text": "看图", "pictures": [bad]}
    )
    assert answer.status_code == 422
    assert "请上传 JPEG、PNG 或 WebP 图片" in answer.content.decode()
    assert market.now(deal).stage == "delivered"
    assert not Exhibit.objects.exists()


def test_both_show_more_until_they_say_that_this_is_all(market: Market) -> None:
    deal = disputed(market)
    seller = browser(market.seller)
    answer = seller.post(at(deal, "dispute/evidence/"), {"text": "卡是好的", "pictures": [photo("green")]})
    assert answer.status_code == 302
    assert "卡是好的" in read(browser(market.buyer), deal)
    assert "不能再补充材料" in read(seller, deal, "act/done/")
    seller.post(at(deal, "act/done/"))
    assert "补充材料</h2>" not in read(seller, deal)
    refused = seller.post(at(deal, "dispute/evidence/"), {"text": "还有"}, follow=True).content.decode()
    assert "举证期已结束" in refused
    empty = browser(market.buyer).post(at(deal, "dispute/evidence/"), {"text": ""})
    assert empty.status_code == 422


def test_a_part_is_offered_and_taken_as_it_was_seen(market: Market) -> None:
    deal = disputed(market)
    buyer, seller = browser(market.buyer), browser(market.seller)
    assert seller.post(at(deal, "dispute/split/"), {"amount": "9999"}).status_code == 422
    assert seller.post(at(deal, "dispute/split/"), {"amount": "50"}).status_code == 302
    assert "退给买家 ¥50.00" in read(buyer, deal)
    assert 'name="amount" value="5000"' in read(buyer, deal, "act/accept/")
    changed = buyer.post(at(deal, "act/accept/"), {"amount": "6000"}, follow=True).content.decode()
    assert "方案已变更" in changed
    assert market.now(deal).stage == "disputed"
    buyer.post(at(deal, "act/accept/"), {"amount": "5000"})
    market.work()
    assert market.now(deal).stage == "split"
    text = read(seller, deal)
    assert "双方和解" in text
    assert "¥50.00 退给买家，¥400.00 付给卖家" in text


def test_the_seller_gives_in(market: Market) -> None:
    deal = disputed(market)
    seller = browser(market.seller)
    assert "全额退给买家" in read(seller, deal, "act/concede/")
    seller.post(at(deal, "act/concede/"))
    market.work()
    assert market.now(deal).stage == "refunded"
    assert "卡已退回你的钱包" in read(seller, deal, "")
    assert "已退款" in read(browser(market.buyer), deal, "")


def test_the_buyer_takes_it_back(market: Market) -> None:
    deal = disputed(market)
    buyer = browser(market.buyer)
    assert "等于确认收货" in read(buyer, deal, "act/drop/")
    buyer.post(at(deal, "act/drop/"))
    market.work()
    assert market.now(deal).stage == "completed"
    assert "争议已了结" in read(buyer, deal)


def test_won_by_the_buyer_and_both_read_why(market: Market) -> None:
    deal = ruled(market, Outcome.REFUND)
    seller = browser(market.seller)
    for client in (seller, browser(market.buyer)):
        text = read(client, deal)
        assert "看过双方的材料" in text
        assert "首先" not in text
        assert "卡先退回卖家，随后 ¥450.00 全额退回" in text
    seller.post(at(deal, "act/accept-decision/"))
    market.work()
    assert market.now(deal).stage == "refunded"
    assert "卡已退回卖家。款项已退回买家。" in read(seller, deal)


def test_won_by_the_seller_appealed_once_and_overturned(market: Market) -> None:
    deal = ruled(market, Outcome.RELEASE)
    buyer, seller = browser(market.buyer), browser(market.seller)
    assert "提交申诉" in read(buyer, deal)
    assert "提交申诉" not in read(seller, deal)
    assert buyer.post(at(deal, "dispute/appeal/"), {"appeal-text": ""}).status_code == 422
    assert buyer.post(at(deal, "dispute/appeal/"), {"appeal-text": "请再看图二"}).status_code == 302
    assert "由另一位审核员复核" in read(seller, deal)
    assert "请再看图二" in read(seller, deal)
    again = buyer.post(at(deal, "dispute/appeal/"), {"appeal-text": "再来"}, follow=True).content.decode()
    assert "已申诉过一次" in again
    acts.rule_on_appeal(witness(market.colleague), market.now(deal), Outcome.REFUND, "图二清楚")
    market.work()
    text = read(buyer, deal)
    assert "另一位审核员裁决申诉" in text
    assert "图二清楚" in text
    assert market.now(deal).stage == "refunded"


def test_in_english_too(market: Market) -> None:
    deal = ruled(market, Outcome.RELEASE)
    buyer = browser(market.buyer)
    buyer.cookies["cardtrail_language"] = "en"
    text = read(buyer, deal)
    assert "Decided: the seller is paid" in text
    assert "Appeal (once)" in text
    assert "the card is the buyer&#x27;s to use again" in text


def test_a_disputes_page_asks_little(market: Market, django_assert_max_num_queries: Any) -> None:
    deal = disputed(market)
    buyer = browser(market.buyer)
    read(buyer, deal)
    with django_assert_max_num_queries(13):
        read(buyer, deal)
