"""Listings on the desk: what risk holds is let pass or turned down, what is offered is taken down and put back."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.risk.port import Act
from cardtrail.web.desk.casework import CardLook
from cardtrail.web.desk.models import Staff
from cardtrail.web.market.models import Listing
from cardtrail.web.notices.models import Notice
from tests.web.desk.team import Member, member
from tests.web.market.stalls import Stalls

pytestmark = [pytest.mark.django_db]

SAID: dict[str, Any] = {"reason": "risk", "words": "电话核实过"}


def at(listing: Listing, act: str = "") -> str:
    return f"/market/desk/listings/{listing.pk}/{act}"


def held(stalls: Stalls) -> Listing:
    stalls.rules("hold", Act.LIST)
    listing = stalls.sell()
    assert listing.stage == "screening"
    return listing


def test_what_is_held_is_let_onto_the_market(stalls: Stalls) -> None:
    listing = held(stalls)
    reviewer, support = member(stalls.people, "risk"), member(stalls.people, "support")
    assert f"/market/desk/listings/{listing.pk}/" in reviewer.get("/market/desk/listings/")
    text = reviewer.get(at(listing))
    assert "等待审核" in text
    assert "涉及金额" in text
    assert "卖家照常使用" in text, "what follows from a no"
    assert stalls.seller.name not in text
    assert CardLook.objects.filter(serial=listing.serial, staff=reviewer.person).exists()
    assert "现在不能这样做" in support.post(at(listing, "clear/"), **SAID)
    assert stalls.now(listing).stage == "screening"
    reviewer.post(at(listing, "clear/"), 422, reason="risk", words="")
    assert "已处理" in reviewer.post(at(listing, "clear/"), **SAID)
    assert stalls.now(listing).stage == "listed"
    assert "没有等待审核的卡" in reviewer.get("/market/desk/listings/")


def test_what_is_held_is_turned_down(stalls: Stalls) -> None:
    listing = held(stalls)
    reviewer = member(stalls.people, "risk", name="审核员")
    assert "请选一个理由" in reviewer.post(at(listing, "refuse/"), 422, **SAID | {"reason": ""})
    assert stalls.now(listing).stage == "screening"
    text = reviewer.post(at(listing, "refuse/"), **SAID)
    assert stalls.now(listing).stage not in {"screening", "listed"}
    assert stalls.card(listing.serial).holder == stalls.seller
    assert "审核员" in text, "who turned it down"
    assert "由另一位工作人员决定" in text
    assert at(listing, "overturn/") not in text
    assert at(listing, "overturn/") in member(stalls.people, "risk").get(at(listing))


def test_to_let_it_pass_takes_no_reason_of_the_list(stalls: Stalls) -> None:
    listing = held(stalls)
    member(stalls.people, "risk").post(at(listing, "clear/"), words="电话核实过")
    assert stalls.now(listing).stage == "listed"


def test_what_was_turned_down_is_offered_once_an_appeal_is_granted(stalls: Stalls) -> None:
    listing = held(stalls)
    first = member(stalls.people, "risk")
    first.post(at(listing, "refuse/"), **SAID)
    support, other = member(stalls.people, "support"), member(stalls.people, "risk", name="复核")
    for wrong in (support, first):
        wrong.post(at(listing, "overturn/"), **SAID)
        assert stalls.now(listing).stage == "delisted"
    other.post(at(listing, "overturn/"), **SAID)
    assert stalls.now(listing).stage == "listed"
    assert stalls.card(listing.serial).state == "sale"
    assert stalls.now(listing).decision.passed_by == other.person
    assert Notice.objects.filter(person=stalls.seller, kind="market.listed").count() == 1
    other.post(at(listing, "overturn/"), **SAID)
    assert stalls.now(listing).stage == "listed"


def test_nobody_decides_about_their_own(stalls: Stalls) -> None:
    listing = held(stalls)
    seller = Member(Staff.objects.create(person=stalls.seller, roles=["risk"]), stalls.at_seller)
    assert at(listing, "clear/") not in seller.get(at(listing)), "no button that would be refused"
    assert "这与你自己有关" in seller.post(at(listing, "clear/"), **SAID)
    assert stalls.now(listing).stage == "screening"


def test_what_is_offered_is_taken_down_and_put_back(stalls: Stalls) -> None:
    listing = stalls.sell()
    support, other = member(stalls.people, "support"), member(stalls.people, "risk")
    support.post(at(listing, "delist/"), reason="rules", words="重复发布")
    assert stalls.now(listing).stage == "delisted"
    other.post(at(listing, "overturn/"), reason="rules", words="申诉成立")
    assert stalls.now(listing).stage == "listed"
    assert support.client.post(at(listing, "sell/"), SAID).status_code == 404
