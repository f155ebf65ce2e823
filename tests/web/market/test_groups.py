"""Closed groups: who sees what is sold there, who is in, and that a sale there is a sale as any other."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.market import groups, leaving
from cardtrail.web.market.models import Group, Listing, Member, Message, Sold
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.clock import now_ms
from tests.web.market.stalls import Stalls, said, text_of
from tests.web.people import claim

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(stalls: Stalls) -> Group:
    """A group of the seller's."""
    answer = stalls.at_seller.post("/market/groups/", {"name": "财务部"})
    return Group.objects.get(pk=answer["Location"].split("/")[3])


def join(client: Client, group: Group, secret: str | None = None) -> str:
    link = urlsplit(groups.link_of(group))
    return said(client.post(f"{link.path}/join/", {"secret": link.fragment if secret is None else secret}))


def sell_into(stalls: Stalls, group: Group, where: str = "group") -> Listing:
    return stalls.sell(group=str(group.pk), where=where)


def test_members_see_it_and_nobody_else(stalls: Stalls, group: Group) -> None:
    listing = sell_into(stalls, group)
    url = f"/market/listing/{listing.pk}/"
    for client in (Client(), stalls.at_buyer):
        assert client.get(url).status_code == 404
        assert "现在没有人出售卡" in text_of(client.get("/market/"))
    for page in ("proof", "buy/"):
        assert stalls.at_buyer.get(f"{url}{page}").status_code == 404
    assert stalls.at_buyer.post(f"{url}ask/", {"text": "在吗"}).status_code == 404
    assert "你已加入" in join(stalls.at_buyer, group)
    assert "财务部" in text_of(stalls.at_buyer.get(url))
    assert str(listing.pk) in text_of(stalls.at_buyer.get("/market/"))
    deal = stalls.bought(listing)
    assert deal.stage == "delivered", "an order as any other"


def test_on_the_market_too(stalls: Stalls, group: Group) -> None:
    listing = sell_into(stalls, group, "both")
    assert Client().get(f"/market/listing/{listing.pk}/").status_code == 200


def test_a_link_without_its_secret_opens_nothing(stalls: Stalls, group: Group) -> None:
    secret = urlsplit(groups.link_of(group)).fragment
    assert secret not in text_of(stalls.at_buyer.get(f"/market/g/{group.public}"))
    for wrong in ("", "x", "A" * len(secret), secret[:-1]):
        assert "打不开群" in join(stalls.at_buyer, group, wrong)
    assert not Member.objects.exists()
    strangers = Client().post(f"/market/g/{group.public}/join/", {"secret": secret})
    assert strangers["Location"].startswith("/accounts/login/")


def test_a_preview_joins_nothing(stalls: Stalls, group: Group) -> None:
    assert Client().get(f"/market/g/{group.public}").status_code == 200
    assert stalls.at_buyer.get(f"/market/g/{group.public}/join/").status_code == 405
    assert not Member.objects.exists()


def test_the_owner_removes_people_for_good(stalls: Stalls, group: Group) -> None:
    join(stalls.at_buyer, group)
    listing = sell_into(stalls, group)
    url = f"/market/groups/{group.pk}/"
    assert stalls.buyer.name in text_of(stalls.at_seller.get(url))
    assert stalls.at_buyer.post(f"{url}remove/", {"person": str(stalls.other.pk)}).status_code == 404
    stalls.at_seller.post(f"{url}remove/", {"person": str(stalls.buyer.pk)})
    assert stalls.at_buyer.get(url).status_code == 404
    assert stalls.at_buyer.get(f"/market/listing/{listing.pk}/").status_code == 404
    assert "没有让你加入" in join(stalls.at_buyer, group)


def test_who_was_removed_bargains_no_longer(stalls: Stalls, group: Group) -> None:
    join(stalls.at_buyer, group)
    listing = sell_into(stalls, group)
    offer = stalls.offer(listing)
    stalls.at_seller.post(f"/market/groups/{group.pk}/remove/", {"person": str(stalls.buyer.pk)})
    for act, client, words in (
        ("counter", stalls.at_seller, "对方已看不到这张卡"),
        ("accept", stalls.at_seller, "对方已看不到这张卡"),
        ("counter", stalls.at_buyer, "对话已结束"),
    ):
        answer = client.post(f"/market/offers/{offer.pk}/{act}/", {"price": "410"})
        assert words in said(answer)
    for client in (stalls.at_buyer, stalls.at_seller):
        assert client.post(f"/market/talks/{offer.talk_id}/say/", {"text": "还在吗"}).status_code == 422
    offer.refresh_from_db()
    assert (offer.stage, offer.price_minor, offer.kept_until_ms) == ("open", 40_000, None)
    assert stalls.now(listing).stage == "listed"
    assert not Message.objects.exists()
    stalls.answer(offer, "take-back", stalls.at_buyer)


def test_who_leaves_may_come_back(stalls: Stalls, group: Group) -> None:
    join(stalls.at_buyer, group)
    stalls.at_buyer.post(f"/market/groups/{group.pk}/leave/")
    assert not groups.is_in(stalls.buyer.pk, group)
    assert "你已加入" in join(stalls.at_buyer, group)


def test_the_owner_takes_a_card_out_and_nobody_sees_it(stalls: Stalls, group: Group) -> None:
    join(stalls.at_buyer, group)
    listing = sell_into(stalls, group)
    url = f"/market/groups/{group.pk}/"
    assert stalls.at_buyer.post(f"{url}take-out/", {"listing": str(listing.pk)}).status_code == 404
    stalls.at_seller.post(f"{url}take-out/", {"listing": str(listing.pk)})
    for client in (Client(), stalls.at_buyer):
        assert client.get(f"/market/listing/{listing.pk}/").status_code == 404
        assert str(listing.pk) not in text_of(client.get("/market/"))
    assert stalls.at_seller.get(f"/market/mine/{listing.pk}/").status_code == 200


def test_a_seller_hears_that_nobody_sees_their_card(stalls: Stalls, group: Group) -> None:
    """Of a card taken out, and of a group that closes; whose group it is, knows."""
    join(stalls.at_buyer, group)
    own = sell_into(stalls, group)
    first, second = (sell_of(stalls.at_buyer, stalls, group) for _ in range(2))
    url = f"/market/groups/{group.pk}/"
    assert "已移出群" in said(stalls.at_seller.post(f"{url}take-out/", {"listing": str(first.pk)}))
    told = Notice.objects.filter(kind="market.out_of_group")
    assert [notice.person for notice in told] == [stalls.buyer]
    assert "没有人看得到" in told.get().zh
    page = text_of(stalls.at_buyer.get(f"/market/mine/{first.pk}/"))
    assert "现在没有人看得到它" in page
    assert "只在群“财务部”里" in text_of(stalls.at_buyer.get(f"/market/mine/{second.pk}/"))
    assert "群已关闭" in said(stalls.at_seller.post(f"{url}close/"))
    assert {notice.serial for notice in told.all()} == {first.serial, second.serial}
    for listing, client in ((second, stalls.at_buyer), (own, stalls.at_seller)):
        assert "现在没有人看得到它" in text_of(client.get(f"/market/mine/{listing.pk}/"))
    stalls.at_buyer.post(f"/market/mine/{first.pk}/withdraw/")
    assert "现在没有人看得到它" not in text_of(stalls.at_buyer.get(f"/market/mine/{first.pk}/"))


def sell_of(client: Client, stalls: Stalls, group: Group) -> Listing:
    """The buyer offers a card of their own into the group alone."""
    [serial] = stalls.ledger.issue(1, 50_000)
    claim(stalls.buyer, stalls.ledger, [serial])
    form = stalls.sell_form([serial], group=str(group.pk), where="group")
    client.post("/market/sell/", form)
    return Listing.objects.get(serial=serial)


def test_only_the_owner_sees_link_and_names(stalls: Stalls, group: Group) -> None:
    join(stalls.at_buyer, group)
    join(stalls.at_other, group)
    page = text_of(stalls.at_buyer.get(f"/market/groups/{group.pk}/"))
    assert urlsplit(groups.link_of(group)).fragment not in page
    assert stalls.other.name not in page


def test_closed_it_is_gone(stalls: Stalls, group: Group) -> None:
    join(stalls.at_buyer, group)
    listing = sell_into(stalls, group)
    stalls.at_seller.post(f"/market/groups/{group.pk}/close/")
    assert stalls.at_buyer.get(f"/market/listing/{listing.pk}/").status_code == 404
    assert "打不开群" in join(stalls.at_other, group)


def test_nobody_sells_into_a_group_of_others(stalls: Stalls, group: Group) -> None:
    [serial] = stalls.cards()
    Group.objects.filter(pk=group.pk).update(owner=stalls.other)
    answer = stalls.at_seller.post(
        "/market/sell/", stalls.sell_form([serial], group=str(group.pk), where="group")
    )
    assert answer.status_code == 422
    assert not Listing.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "\u200b", "长" * 41])
def test_names_that_are_none(stalls: Stalls, name: str) -> None:
    answer = stalls.at_seller.post("/market/groups/", {"name": name})
    assert answer.status_code == 422
    assert "必填" not in text_of(answer)
    assert not Group.objects.exists()


def test_a_group_goes_with_its_owners_account(stalls: Stalls, group: Group) -> None:
    join(stalls.at_buyer, group)
    leaving.wipe(stalls.buyer)
    assert not Member.objects.exists()
    leaving.wipe(Person.objects.get(pk=stalls.seller.pk))
    group.refresh_from_db()
    assert (group.name, group.closed_ms is None) == ("", False)


def test_a_seller_is_not_called_new_in_a_group_who_has_sold(stalls: Stalls, group: Group) -> None:
    sell_into(stalls, group)
    page = f"/market/groups/{group.pk}/"
    assert "新卖家" in text_of(stalls.at_seller.get(page))
    earlier = stalls.sell()
    Sold.objects.create(
        deal=uuid4(), listing=earlier, serial=earlier.serial, currency="CNY", balance_minor=50_000,
        activated_ms=0, price_minor=40_000, seller=stalls.seller, buyer=stalls.buyer, linked=False, at_ms=now_ms(),
    )  # fmt: skip
    text = text_of(stalls.at_seller.get(page))
    assert "新卖家" not in text
    assert "卖家已成交 1 笔" in text
