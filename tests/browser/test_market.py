"""The market in browsers: a card sold and bought, once on two telephones and once with nothing but the keyboard and the
provider's own page; a price bargained for; a group."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cardtrail.deals.regions import Advice
from cardtrail.web.ledger.models import Card
from cardtrail.web.market.models import Listing
from cardtrail.web.orders import gate, providers
from cardtrail.web.orders.models import Deal
from tests.browser.conftest import press_to
from tests.browser.ways import EN_DESK, EN_PHONE, PHONE_AND_DESK, ZH_PHONE, Enter, Look, Way, tab_to
from tests.payments.worlds import Process
from tests.web.ledgers import Ledger
from tests.web.market.stalls import Stalls
from tests.web.orders.play import Play
from tests.web.people import People

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stalls(here: None, ledger: Ledger, people: People, tmp_path: Path) -> Iterator[Stalls]:
    """People with cards, play money, and a risk room that lets deliveries pass."""
    play = Play(tmp_path / "play")
    before = gate.answered_by(lambda _: (Advice.ALLOW, ()))
    with providers.using(play.registry):
        yield Stalls(ledger, people, play)
    gate.answered_by(before)
    play.close()


def titled(page: Page, words: str) -> None:
    """The page's title is this: it is there."""
    expect(page.get_by_role("heading", level=1, name=words, exact=True)).to_be_visible()


@pytest.mark.parametrize("way", [ZH_PHONE], ids=str)
def test_sold_on_one_phone_and_bought_on_another(stalls: Stalls, enter: Enter, look: Look, way: Way) -> None:
    stalls.cards(2)
    seller, buyer = enter(stalls.seller, way), enter(stalls.buyer, way)
    seller.goto("/market/")
    look(seller, "market-empty")
    seller.get_by_role("link", name="出售我的卡").first.click()
    titled(seller, "出售哪些卡？")
    look(seller, "market-choose")
    for box in seller.get_by_role("checkbox").all():
        box.check()
    seller.get_by_role("button", name="下一步").click()
    titled(seller, "卖多少钱？")
    seller.get_by_label("每张标价").fill("600")
    seller.get_by_text("收到的礼物，用不上").click()
    seller.get_by_role("button", name="下一步").click()
    expect(seller.get_by_text("最多可标 ¥500.00").first).to_be_visible()
    look(seller, "market-over-cap")
    seller.get_by_label("每张标价").fill("450")
    seller.get_by_role("button", name="下一步").click()
    titled(seller, "确认出售")
    look(seller, "market-sell-check")
    seller.get_by_role("button", name="确认出售").click()
    expect(seller.get_by_text("已上架。")).to_be_visible()
    look(seller, "market-mine")

    buyer.goto("/market/")
    look(buyer, "market-browse")
    buyer.get_by_role("link", name="余额 ¥500.00").first.click()
    buyer.get_by_role("button", name="开始核验").click()
    expect(buyer.get_by_text("核验通过")).to_be_visible()
    look(buyer, "market-listing")
    buyer.get_by_role("link", name="购买", exact=True).click()
    titled(buyer, "确认购买")
    look(buyer, "market-buy")
    buyer.get_by_role("button", name="确认购买，去付款").click()
    buyer.wait_for_url("**/market/orders/**")
    deal = Deal.objects.get()
    stalls.play.pay(deal)
    stalls.play.deliver()
    buyer.goto("/")
    expect(buyer.get_by_text("¥500.00").first).to_be_visible()
    assert Card.objects.get(serial=deal.serial).holder == stalls.buyer
    seller.goto(f"/market/mine/{deal.listing}/")
    expect(seller.get_by_text("已售出")).to_be_visible()
    look(seller, "market-sold")


@pytest.mark.parametrize("way", [EN_DESK], ids=str)
def test_sold_and_bought_with_the_keyboard_alone(
    stalls: Stalls, checkout: Process, enter: Enter, look: Look, way: Way
) -> None:
    """No mouse from the card in one wallet to the card in the other, the provider's page on the way."""
    stalls.cards()
    seller, buyer = enter(stalls.seller, way), enter(stalls.buyer, way)
    seller.goto("/market/")
    press_to(seller, "Sell a card")
    titled(seller, "Which cards?")
    look(seller, "keys-choose")
    tab_to(seller, seller.get_by_role("checkbox"))
    seller.keyboard.press("Space")
    press_to(seller, "Next")
    titled(seller, "For how much?")
    tab_to(seller, seller.get_by_label("Price", exact=False).first)
    seller.keyboard.type("450")
    tab_to(seller, seller.get_by_role("radio", checked=True))
    seller.keyboard.press("ArrowUp")
    expect(seller.get_by_role("radio", name="Something else")).to_be_checked()
    look(seller, "keys-price")
    press_to(seller, "Next")
    titled(seller, "Confirm the sale")
    look(seller, "keys-sell-check")
    press_to(seller, "Offer for sale")
    expect(seller.get_by_text("On sale", exact=True)).to_be_visible()
    look(seller, "keys-on-sale")
    assert Listing.objects.get().motive == Listing.Motive.OTHER

    buyer.goto("/market/")
    tab_to(buyer, buyer.get_by_role("link", name=re.compile("¥500.00")))
    buyer.keyboard.press("Enter")
    buyer.wait_for_url("**/market/listing/**")
    press_to(buyer, "Check now")
    expect(buyer.get_by_text("It checks out")).to_be_visible()
    look(buyer, "keys-listing")
    tab_to(buyer, buyer.get_by_role("link", name="Buy", exact=True))
    buyer.keyboard.press("Enter")
    titled(buyer, "Confirm the purchase")
    press_to(buyer, "Buy and go on to pay")
    buyer.wait_for_url("**/market/orders/**")
    press_to(buyer, "Pay ¥450.00 with Play Money")
    buyer.wait_for_url(f"{checkout.url}/pay/**")
    expect(buyer.get_by_text("To be paid", exact=True)).to_be_visible()
    tab_to(buyer, buyer.get_by_role("radio").first)
    press_to(buyer, "Pay ¥450.00")
    expect(buyer.get_by_role("heading", name="Where the money is")).to_be_visible()
    press_to(buyer, "Back to the shop")
    expect(buyer.get_by_role("heading", name="The card is in your wallet")).to_be_visible()
    press_to(buyer, "Confirm receipt")
    titled(buyer, "Confirm receipt")
    press_to(buyer, "Confirm receipt")
    expect(buyer.get_by_role("heading", name="Confirmed", exact=True)).to_be_visible()
    press_to(buyer, "See my card")
    expect(buyer.get_by_text("¥500.00").first).to_be_visible()
    assert Card.objects.get().holder == stalls.buyer


@PHONE_AND_DESK
def test_a_price_is_bargained_for(stalls: Stalls, enter: Enter, look: Look, way: Way) -> None:
    listing = stalls.sell()
    buyer, seller = enter(stalls.buyer, way), enter(stalls.seller, way.other)
    buyer.goto(f"/market/listing/{listing.pk}/")
    look(buyer, "market-listing-before")
    buyer.get_by_text(way("出个价，或先问问", "Offer a price, or ask first")).click()
    buyer.locator("#offer-price").fill("400")
    buyer.get_by_role("button", name=way("出价", "Offer"), exact=True).click()
    expect(buyer.get_by_text(way("等对方回复 ¥400.00", "They have to answer: ¥400.00"))).to_be_visible()
    buyer.locator("textarea[name=text]").fill(
        way("加我微信 abc-123，卡密是多少？", "My WeChat is abc-123, what is the code?")
    )
    buyer.get_by_role("button", name=way("发送", "Send")).click()
    warned = way("不要把卡密、密码或验证码告诉任何人", "Never tell anybody a card's code")
    expect(buyer.get_by_text(warned).first).to_be_visible()

    seller.goto(f"/market/mine/{listing.pk}/")
    look(seller, "market-selling")
    seller.get_by_role("link", name=way("出价 ¥400.00", "Offer of ¥400.00")).click()
    titled(seller, way("与买家的对话", "Talk with a buyer"))
    look(seller, "market-talk-seller")
    seller.locator("[name=price]").fill("430")
    seller.get_by_role("button", name=way("还价", "Counter")).click()
    expect(seller.get_by_text(way("等对方回复 ¥430.00", "They have to answer: ¥430.00"))).to_be_visible()
    # It comes by itself to who has the talk open.
    expect(buyer.get_by_text(way("轮到你回复 ¥430.00", "It is your turn: ¥430.00"))).to_be_visible()
    buyer.reload()
    look(buyer, "market-talk-buyer")
    buyer.get_by_role("link", name=way("接受，按 ¥430.00 购买", "Accept and buy for ¥430.00")).click()
    titled(buyer, way("确认购买", "Confirm the purchase"))
    look(buyer, "market-buy-agreed")
    buyer.get_by_role("button", name=way("确认购买，去付款", "Buy and go on to pay")).click()
    buyer.wait_for_url("**/market/orders/**")
    assert Deal.objects.get().price_minor == 43_000
    assert Listing.objects.get().stage == "reserved"


@pytest.mark.parametrize("way", [EN_PHONE], ids=str)
def test_an_offer_is_accepted(stalls: Stalls, enter: Enter, look: Look, way: Way) -> None:
    """Countered once more by the buyer, accepted by the seller, who keeps the card for them."""
    offer = stalls.answer(stalls.offer(stalls.sell()), "counter", stalls.at_seller, price="440")
    buyer, seller = enter(stalls.buyer, way), enter(stalls.seller, way.other)
    for page in (buyer, seller):
        page.goto(f"/market/talks/{offer.talk_id}/")
    buyer.locator("[name=price]").fill("420")
    buyer.get_by_role("button", name="Counter").click()
    accept = seller.get_by_role("button", name="Accept ¥420.00")
    expect(seller.get_by_text("It is your turn: ¥420.00")).to_be_visible()
    seller.reload()
    accept.click()
    kept = "You accepted ¥420.00"
    expect(seller.get_by_text(kept)).to_be_visible()
    look(seller, "market-accepted")
    buyer.goto("/market/talks/")
    titled(buyer, "Talks")
    look(buyer, "market-talks")
    buyer.goto(f"/market/talks/{offer.talk_id}/")
    look(buyer, "market-kept-for-me")
    buyer.get_by_role("link", name="Buy for ¥420.00").click()
    titled(buyer, "Confirm the purchase")
    buyer.get_by_role("button", name="Buy and go on to pay").click()
    buyer.wait_for_url("**/market/orders/**")
    assert Deal.objects.get().price_minor == 42_000


@PHONE_AND_DESK
def test_a_closed_group(stalls: Stalls, enter: Enter, look: Look, way: Way) -> None:
    stalls.cards(1)
    name = way("财务部", "Accounting")
    owner = enter(stalls.seller, way)
    owner.goto("/market/groups/")
    owner.get_by_label(way("群的名字", "Name of the group")).fill(name)
    owner.get_by_role("button", name=way("建群", "Make it")).click()
    link = owner.locator("#group-link").inner_text()
    look(owner, "market-group")
    owner.goto("/market/sell/")
    owner.get_by_role("checkbox").check()
    owner.get_by_role("button", name=way("下一步", "Next")).click()
    owner.locator("#id_group").select_option(label=name)
    owner.locator("#id_where").select_option(label=way("只在群里", "In the group alone"))
    look(owner, "market-sell-group")
    owner.get_by_role("button", name=way("下一步", "Next")).click()
    owner.get_by_role("button", name=way("确认出售", "Offer for sale")).click()
    expect(owner.locator(".notice.good[role=status]").first).to_be_visible()

    member = enter(stalls.buyer, way)
    member.goto("/market/")
    expect(member.get_by_text(way("现在没有人出售卡", "Nobody sells a card just now"))).to_be_visible()
    member.goto(link)
    look(member, "market-join")
    assert "#" not in member.url, "the secret does not stay in the address bar"
    member.get_by_role("button", name=way("加入", "Join")).click()
    expect(member.locator(".notice.good[role=status]")).to_be_visible()
    expect(member.get_by_role("link", name="¥500.00")).to_be_visible()
    look(member, "market-group-member")
