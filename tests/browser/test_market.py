"""The market in browsers: a card sold and bought on two telephones, a price bargained for at two desks, a group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from playwright.sync_api import Page, expect

from cardtrail.deals.regions import Advice
from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Card
from cardtrail.web.market.models import Listing
from cardtrail.web.orders import gate, providers
from cardtrail.web.orders.models import Deal
from tests.browser.conftest import DESKTOP, PHONE, Shot, check_axe, sign_in_browser
from tests.web.ledgers import Ledger
from tests.web.market.stalls import Stalls
from tests.web.orders.play import Play
from tests.web.people import People

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Enter = Callable[..., Page]


@pytest.fixture(autouse=True)
def _here(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links that the site makes lead to the site."""
    cache.clear()
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, public_url=site))


@pytest.fixture
def stalls(ledger: Ledger, people: People, tmp_path: Path) -> Iterator[Stalls]:
    """People with cards, play money, and a risk room that lets deliveries pass."""
    play = Play(tmp_path / "play")
    before = gate.answered_by(lambda _: (Advice.ALLOW, ()))
    with providers.using(play.registry):
        yield Stalls(ledger, people, play)
    gate.answered_by(before)
    play.close()


@pytest.fixture
def enter(open_page: Callable[..., Page], site: str) -> Enter:
    """A page of a browser in which somebody is signed in."""

    def opened(person: Person, size: dict[str, object] = PHONE, *, english: bool = False) -> Page:
        if english:
            Person.objects.filter(pk=person.pk).update(language="en")
        page = open_page(size, english=english)
        sign_in_browser(page, person, site)
        return page

    return opened


def elsewhere(*tasks: Callable[[], object]) -> None:
    """Run these where no event loop runs: Playwright's is in this thread, and the provider has one of its own."""
    with ThreadPoolExecutor(1) as pool:
        for task in tasks:
            pool.submit(task).result(60)
        pool.submit(connections.close_all).result(60)


def look_over(page: Page, shot: Shot, name: str) -> None:
    check_axe(page)
    shot(page, name)


def test_sold_on_one_phone_and_bought_on_another(stalls: Stalls, enter: Enter, shot: Shot) -> None:
    stalls.cards(2)
    seller, buyer = enter(stalls.seller), enter(stalls.buyer)
    seller.goto("/market/")
    look_over(seller, shot, "market-empty-zh")
    seller.get_by_role("link", name="出售我的卡").first.click()
    look_over(seller, shot, "market-choose-zh")
    for box in seller.get_by_role("checkbox").all():
        box.check()
    seller.get_by_role("button", name="下一步").click()
    seller.get_by_label("每张标价").fill("600")
    seller.get_by_text("收到的礼物，用不上").click()
    seller.get_by_role("button", name="下一步").click()
    expect(seller.get_by_text("最多可标 ¥500.00").first).to_be_visible()
    look_over(seller, shot, "market-over-cap-zh")
    seller.get_by_label("每张标价").fill("450")
    seller.get_by_role("button", name="下一步").click()
    look_over(seller, shot, "market-sell-check-zh")
    seller.get_by_role("button", name="确认出售").click()
    expect(seller.get_by_text("已上架。")).to_be_visible()
    look_over(seller, shot, "market-mine-zh")

    buyer.goto("/market/")
    look_over(buyer, shot, "market-browse-zh")
    buyer.get_by_role("link", name="余额 ¥500.00").first.click()
    buyer.get_by_role("button", name="开始核验").click()
    expect(buyer.get_by_text("核验通过")).to_be_visible()
    look_over(buyer, shot, "market-listing-zh")
    buyer.get_by_role("link", name="购买", exact=True).click()
    look_over(buyer, shot, "market-buy-zh")
    buyer.get_by_role("button", name="确认购买，去付款").click()
    buyer.wait_for_url("**/market/orders/**")
    deal = Deal.objects.get()
    elsewhere(lambda: stalls.play.pay(deal), stalls.play.deliver)
    buyer.goto("/")
    expect(buyer.get_by_text("¥500.00").first).to_be_visible()
    shot(buyer, "market-in-the-wallet-zh")
    assert Card.objects.get(serial=deal.serial).holder == stalls.buyer
    seller.goto(f"/market/mine/{deal.listing}/")
    expect(seller.get_by_text("已售出")).to_be_visible()
    look_over(seller, shot, "market-sold-zh")


def test_a_price_is_bargained_for(stalls: Stalls, enter: Enter, shot: Shot) -> None:
    listing = stalls.sell()
    buyer, seller = enter(stalls.buyer, DESKTOP, english=True), enter(stalls.seller, DESKTOP, english=True)
    buyer.goto(f"/market/listing/{listing.pk}/")
    look_over(buyer, shot, "market-listing-en")
    buyer.get_by_text("Offer a price, or ask first").click()
    buyer.locator("#offer-price").fill("400")
    buyer.get_by_role("button", name="Offer", exact=True).click()
    expect(buyer.get_by_text("They have to answer: ¥400.00")).to_be_visible()
    buyer.get_by_label("Message").fill("My WeChat is abc-123, what is the code?")
    buyer.get_by_role("button", name="Send").click()
    expect(buyer.get_by_text("Never tell anybody a card's code")).to_be_visible()

    seller.goto(f"/market/mine/{listing.pk}/")
    look_over(seller, shot, "market-selling-en")
    seller.get_by_role("link", name="Offer of ¥400.00").click()
    look_over(seller, shot, "market-talk-seller-en")
    seller.get_by_label("Your price (yuan)").fill("430")
    seller.get_by_role("button", name="Counter").click()
    # It comes by itself to who has the talk open.
    expect(buyer.get_by_text("It is your turn: ¥430.00")).to_be_visible()
    buyer.reload()
    look_over(buyer, shot, "market-talk-buyer-en")
    buyer.get_by_role("link", name="Accept and buy for ¥430.00").click()
    look_over(buyer, shot, "market-buy-en")
    buyer.get_by_role("button", name="Buy and go on to pay").click()
    buyer.wait_for_url("**/market/orders/**")
    assert Deal.objects.get().price_minor == 43_000
    assert Listing.objects.get().stage == "reserved"


def test_a_closed_group(stalls: Stalls, enter: Enter, shot: Shot) -> None:
    stalls.cards(1)
    owner = enter(stalls.seller)
    owner.goto("/market/groups/")
    owner.get_by_label("群的名字").fill("财务部")
    owner.get_by_role("button", name="建群").click()
    link = owner.locator("#group-link").inner_text()
    look_over(owner, shot, "market-group-zh")
    owner.goto("/market/sell/")
    owner.get_by_role("checkbox").check()
    owner.get_by_role("button", name="下一步").click()
    owner.locator("#id_group").select_option(label="财务部")
    owner.locator("#id_where").select_option(label="只在群里")
    look_over(owner, shot, "market-sell-group-zh")
    owner.get_by_role("button", name="下一步").click()
    owner.get_by_role("button", name="确认出售").click()
    expect(owner.get_by_text("已上架。")).to_be_visible()

    member = enter(stalls.buyer)
    member.goto("/market/")
    expect(member.get_by_text("现在没有人出售卡")).to_be_visible()
    member.goto(link)
    look_over(member, shot, "market-join-zh")
    assert "#" not in member.url, "the secret does not stay in the address bar"
    member.get_by_role("button", name="加入").click()
    expect(member.get_by_text("你已加入。")).to_be_visible()
    expect(member.get_by_role("link", name="余额 ¥500.00")).to_be_visible()
    look_over(member, shot, "market-group-member-zh")
