"""From an order to its people's conduct: a case for whoever is meant, and what a penalty does to what is on offer."""

from __future__ import annotations

import re

import pytest

from cardtrail.web.desk import origins
from cardtrail.web.desk.casework import CardLook, Case
from cardtrail.web.market import appealing, changing
from cardtrail.web.market.desk_looks import OrderLook
from cardtrail.web.orders.models import Deal
from cardtrail.web.risks import penalties
from cardtrail.web.risks.models import Penalty
from cardtrail.web.ui.texts import Text
from tests.web.desk.team import Member, browser, member
from tests.web.market.stalls import Stalls, text_of
from tests.web.people import People

pytestmark = [pytest.mark.django_db]

REASON = Text("多次欺诈", "Repeated fraud")


@pytest.fixture
def reviewer(people: People) -> Member:
    return member(people, "risk")


def test_from_an_order_to_the_case_of_the_one_who_is_meant(
    stalls: Stalls, people: People, reviewer: Member
) -> None:
    deal = stalls.bought(stalls.sell())
    page = reviewer.get(f"/market/desk/orders/{deal.number}/")
    url = f"/market/desk/orders/{deal.number}/conduct/seller/"
    assert url in page
    looks = OrderLook.objects.count()
    text = reviewer.post(url)
    case = Case.objects.get(kind="conduct")
    assert (case.person, case.assignee) == (stalls.seller, reviewer.person)
    assert "处罚当事人" in text
    assert f'href="/market/desk/orders/{deal.number}/"' in text, "and back"
    assert OrderLook.objects.count() == looks + 1
    reviewer.post(url)
    assert Case.objects.filter(kind="conduct").count() == 1
    seen = reviewer.get(f"/market/desk/orders/{deal.number}/")
    assert f'href="/desk/cases/{case.number}/"' in seen
    assert url not in seen, "the case is there already"
    assert f"/desk/cases/{case.number}/" not in member(people, "finance").get(
        f"/market/desk/orders/{deal.number}/"
    )
    reviewer.post(f"/market/desk/orders/{deal.number}/conduct/buyer/")
    assert set(Case.objects.values_list("person", flat=True)) == {stalls.seller.pk, stalls.buyer.pk}
    assert reviewer.client.post(f"/market/desk/orders/{deal.number}/conduct/friend/").status_code == 404
    assert url not in member(people, "support").get(f"/market/desk/orders/{deal.number}/")


def test_from_a_listing_to_its_seller(stalls: Stalls, reviewer: Member) -> None:
    listing = stalls.sell()
    url = f"/market/desk/listings/{listing.pk}/conduct/"
    assert url in reviewer.get(f"/market/desk/listings/{listing.pk}/")
    looks = CardLook.objects.count()
    assert f'href="/market/desk/listings/{listing.pk}/"' in reviewer.post(url)
    assert Case.objects.get(kind="conduct").person == stalls.seller
    assert CardLook.objects.count() == looks + 1


def test_an_appeal_says_in_words_what_it_is_about_and_leads_there(stalls: Stalls, people: People) -> None:
    listing, support = stalls.sell(), member(people, "support")
    changing.delist(listing.pk, by=str(stalls.staff.pk), why="rules")
    case = appealing.appeal_listing(stalls.seller, listing.pk, "价格是按余额定的")
    page = support.get(f"/desk/cases/{case.number}/")
    for words in (f"尾号 {listing.last_four} 的卡被下架", "不符合集市规则", "价格是按余额定的"):
        assert words in page, words
    assert str(listing.pk) not in page.replace(f"/market/desk/listings/{listing.pk}/", "")
    assert f'href="/market/desk/listings/{listing.pk}/"' in page
    stopped = appealing.appeal(stalls.seller, listing.decision_id, "请再看看")
    page = support.get(f"/desk/cases/{stopped.number}/")
    assert "挂牌没有通过风控" in page
    assert f'href="/market/desk/listings/{listing.pk}/"' in page


def test_nobody_looks_into_their_own_conduct(stalls: Stalls, people: People) -> None:
    deal = stalls.bought(stalls.sell())
    staff = member(people, "risk")
    Deal.objects.filter(pk=deal.pk).update(buyer=staff.person)
    assert "与你自己有关" in staff.post(f"/market/desk/orders/{deal.number}/conduct/buyer/")
    assert not Case.objects.filter(kind="conduct").exists()


@pytest.mark.parametrize("roles", [("support",), ("finance",), ("auditor",)])
def test_other_roles_open_no_such_case(stalls: Stalls, people: People, roles: tuple[str, ...]) -> None:
    listing = stalls.sell()
    other = member(people, *roles)
    assert other.client.post(f"/market/desk/listings/{listing.pk}/conduct/").status_code == 403
    assert stalls.at_buyer.post(f"/market/desk/listings/{listing.pk}/conduct/").status_code == 404
    assert not Case.objects.filter(kind="conduct").exists()


def test_what_a_penalised_seller_offers_is_not_sold_and_is_again_once_it_is_lifted(
    stalls: Stalls, reviewer: Member
) -> None:
    listing = stalls.sell()
    url = f"/market/listing/{listing.pk}/buy/"
    seen = stalls.at_buyer.get(url)
    assert seen.status_code == 200
    penalty = penalties.penalise(
        stalls.seller, by=reviewer.person, case="2026-000001", reason=REASON, kind=Penalty.Kind.SELL
    )
    assert str(listing.pk) not in text_of(browser(stalls.other).get("/market/"))
    assert "你被暂停出售" in text_of(browser(stalls.seller).get("/market/mine/"))
    stalls.buy(listing)
    assert not Deal.objects.exists()
    penalties.lift(penalty, reviewer.person)
    assert "你被暂停出售" not in text_of(browser(stalls.seller).get("/market/mine/"))
    assert str(listing.pk) in text_of(browser(stalls.other).get("/market/"))
    assert stalls.bought(listing).stage == "delivered"


def test_a_penalised_buyer_buys_nothing(stalls: Stalls, reviewer: Member) -> None:
    from cardtrail.risk.first_rules import FIRST_RULES
    from tests.web.market import stalls as scenery

    only = tuple(rule for rule in FIRST_RULES.rules if rule.code == "under_penalty")
    scenery._set_rules(stalls.staff, only)
    listing = stalls.sell()
    penalty = penalties.penalise(
        stalls.buyer, by=reviewer.person, case="2026-000001", reason=REASON, kind=Penalty.Kind.BUY
    )
    assert "你的交易权限已被限制" in text_of(stalls.buy(listing))
    assert not Deal.objects.exists()
    penalties.lift(penalty, reviewer.person)
    assert stalls.bought(listing).stage == "delivered"


@pytest.mark.parametrize(
    ("allow", "gate", "dispute"), [("yes", "allowed", "none"), ("no", "blocked", "escalated")]
)
def test_before_a_payout_a_person_looks(
    stalls: Stalls, reviewer: Member, allow: str, gate: str, dispute: str
) -> None:
    deal = stalls.bought(stalls.sell())
    penalties.penalise(stalls.seller, by=reviewer.person, case="2026-000001", reason=REASON)
    assert "付款前待审核" in reviewer.get("/market/desk/")
    url = f"/market/desk/orders/{deal.number}/"
    assert "照常付款" in reviewer.get(url)
    reviewer.post(f"{url}review/", reason="explained", words="查过了", allow=allow)
    deal.refresh_from_db()
    assert (deal.gate, deal.dispute) == (gate, dispute)
    assert "付款前待审核" not in reviewer.get("/market/desk/")


def test_risks_panel_is_filled_and_about_this_card_alone(stalls: Stalls, reviewer: Member) -> None:
    listing = stalls.sell(stalls.cards(3))
    deal = stalls.bought(listing)
    page = reviewer.get(f"/market/desk/orders/{deal.number}/")
    panel = page[page.index('id="risk"') : page.index('id="trail"')]
    found = re.findall(r"<b>([^<·]+) · <span class=\"badge [a-z]+\">([^<]+)</span>", panel)
    assert found == [("挂牌", "放行"), ("购买", "放行")]
    names = re.findall(r"<dt>([^<]*)</dt>", panel)
    assert {"涉及金额", "卡激活已有"} <= set(names)
    assert not re.search(r"_ms|_minor", panel), "in words, with units"


def test_who_may_not_open_a_page_is_not_led_there(stalls: Stalls, people: People, reviewer: Member) -> None:
    listing = stalls.sell()
    reviewer.post(f"/market/desk/listings/{listing.pk}/conduct/")
    case = Case.objects.get(kind="conduct")
    assert origins.link(case, reviewer.staff) is not None
    assert origins.link(case, member(people, "finance").staff) is None
    case.origin = ""
    assert origins.link(case, reviewer.staff) is None
