"""The desk: what waits, one order with all that is needed, decisions by the right people, looks written down."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from cardtrail.deals import events
from cardtrail.deals.notices import Case
from cardtrail.deals.regions import Advice, Outcome
from cardtrail.web.desk import badges, separation
from cardtrail.web.desk.casework import CardLook
from cardtrail.web.desk.models import Staff
from cardtrail.web.market.desk_advice import ADVICE
from cardtrail.web.market.desk_kinds import KINDS
from cardtrail.web.market.desk_looks import OrderLook
from cardtrail.web.orders import acts, matters
from cardtrail.web.orders.deciding import go, take
from cardtrail.web.orders.models import Claim, Deal, Matter, Picture, Ruling
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.risks import links
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.wire.identifiers import card_number
from tests.web.desk.team import Member, browser, member
from tests.web.market.test_order_disputes import disputed, ruled
from tests.web.orders.conftest import market, play
from tests.web.orders.market import Market
from tests.web.people import People, witness

__all__ = ["market", "play"]

pytestmark = [pytest.mark.django_db]

RULING: dict[str, Any] = {"decision": "refund", "reason": "unusable", "words": "店家证明不能用", "amount": ""}


def at(deal: Deal, tail: str = "") -> str:
    return f"/market/desk/orders/{deal.number}/{tail}"


def decidable(market: Market) -> Deal:
    deal = disputed(market)
    for person in (market.buyer, market.seller):
        deal = acts.evidence_done(witness(person), deal)
    return deal


def held(market: Market) -> Deal:
    market.risk_says(Advice.HOLD, "new_device")
    deal = market.order()
    market.play.pay(deal)
    market.play.deliver()
    return market.now(deal)


def english(staff: Member) -> Member:
    staff.client.cookies["cardtrail_language"] = "en"
    return staff


def test_every_case_of_the_machine_has_its_words_and_its_roles() -> None:
    assert {case.code for case in Case} <= set(KINDS)
    assert all(kind.roles for kind in KINDS.values())


def test_what_waits_stands_in_the_queue_until_it_is_decided(market: Market, people: People) -> None:
    judge = member(people, "support")
    deal = decidable(market)
    assert "争议待裁决" in judge.get("/market/desk/")
    assert "争议待裁决" not in judge.get("/market/desk/", group="risk")
    text = judge.post(at(deal, "rule/"), **RULING)
    assert "已裁决，双方会收到通知" in text
    assert "没有要处理的事" in judge.get("/market/desk/")
    assert "随订单了结" in judge.get("/market/desk/closed/")
    ruling = Ruling.objects.get()
    assert (ruling.outcome, ruling.by) == ("refund", judge.person)
    assert "店家证明不能用" in ruling.reasons
    assert "卡无法使用" in ruling.reasons


def test_what_was_decided_stands_in_the_audit_log(market: Market, people: People) -> None:
    judge, admin = member(people, "support", name="裁决员"), member(people, "admin")
    judge.post(at(decidable(market), "rule/"), **RULING)
    text = admin.get("/desk/audit/")
    assert "争议裁决" in text
    assert "裁决员" in text


def test_looking_and_closing_stand_in_the_audit_log(market: Market, people: People) -> None:
    deal, treasurer, admin = (
        market.bought(),
        member(people, "finance", name="财务甲"),
        member(people, "admin"),
    )
    found = matters.find("odd/1", "money_moved_oddly", deal=deal)
    assert found is not None
    treasurer.post(f"/market/desk/matters/{found.pk}/close/", note="核对过，已补记")
    closed = admin.get("/desk/audit/", sort_of="confirmed")
    for words in ("集市事项了结", "财务甲", "核对过，已补记"):
        assert words in closed, words
    treasurer.get(at(deal))
    looked = admin.get("/desk/audit/", sort_of="order")
    assert "查看订单" in looked
    assert f"尾号 {card_number(deal.serial)[-4:]} 的卡" in looked
    assert at(deal) not in looked, "an administrator alone does not open orders"
    assert at(deal) in member(people, "auditor").get("/desk/audit/", sort_of="order")


def test_nobody_closes_a_matter_of_a_friend(
    market: Market, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    treasurer, found = member(people, "finance"), matters.find("odd/1", "loss", deal=market.bought())
    assert found is not None
    monkeypatch.setattr(separation, "group_of", lambda _: {market.seller.pk})
    assert "与当事人有关联" in treasurer.post(f"/market/desk/matters/{found.pk}/close/", note="好了")
    found.refresh_from_db()
    assert found.closed_ms is None


def test_what_a_person_has_to_do_stands_on_the_order_with_advice(market: Market, people: People) -> None:
    deal = market.bought()
    found = matters.find("bank/1", "chargeback", deal=deal)
    assert found is not None
    url = f"/market/desk/matters/{found.pk}/"
    treasurer = member(people, "finance")
    page = treasurer.get(at(deal)).partition('<div class="columns">')[0]
    assert "付款被银行撤回" in page
    assert "到支付服务的后台答复银行" in page
    assert url in page
    assert "到支付服务的后台答复银行" in treasurer.get(url)
    held_gift = matters.find(
        "risk/1", "gift_held", origin="risk", serial=deal.serial, facts={"decision": str(uuid4())}
    )
    assert held_gift is not None
    seen = treasurer.get(f"/market/desk/matters/{held_gift.pk}/")
    assert "/market/desk/held/" not in seen, "a page that would refuse them"
    other = member(people, "risk").get(at(deal)).partition('<div class="columns">')[0]
    assert url not in other, "it waits for another role"
    treasurer.post(f"{url}close/", note="已答复")
    assert url not in treasurer.get(at(deal)).partition('<div class="columns">')[0]


def test_whatever_a_person_closes_has_advice() -> None:
    by_hand = {code for code, kind in KINDS.items() if kind.closed_by_hand and kind.page is None}
    assert by_hand == set(ADVICE)


def test_what_is_late_says_so_and_comes_first(market: Market, people: People) -> None:
    judge = member(people, "support", "risk")
    decidable(market)
    try:
        clock.set_ahead(4 * DAY_MS)
        market.serial, market.listing = market.list_card()
        held(market)
        clock.set_ahead(4 * DAY_MS + DAY_MS + 60_000)
        text = judge.get("/market/desk/")
    finally:
        clock.set_ahead(0)
    assert text.count("已逾期</span>") == 2
    assert "裁决" in text


def test_reminders_are_one_matter(market: Market, people: People) -> None:
    deal = decidable(market)
    matters.find("reminded/1", "decide_dispute", deal=deal)
    assert Matter.objects.filter(kind="decide_dispute").count() == 2
    judge = member(people, "support")
    assert judge.get("/market/desk/").count('<th scope="row">') == 1
    assert badges.counts(judge.staff)["market:desk"] == 1


def test_one_page_has_all_and_that_it_was_opened_is_written_down(market: Market, people: People) -> None:
    judge = member(people, "support")
    deal = decidable(market)
    text = judge.get(at(deal))
    for words in ("店里说用不了", "卡迹", "进度", "风控判断", "款项", "买家", "卖家", "裁决"):
        assert words in text, words
    for person in (market.buyer, market.seller):
        assert person.name not in text
        assert person.email not in text
    for words in ("挂牌出售，锁定", "售出，交付买家", "争议中，锁定"):
        assert words in text, words
    assert "礼物" not in text
    look = OrderLook.objects.get()
    assert (look.staff, look.deal) == (judge.person, deal)
    assert CardLook.objects.filter(serial=deal.serial, staff=judge.person).exists()
    mine = browser(market.buyer).get(f"/market/orders/{deal.number}/").content.decode()
    assert "工作人员查看过这笔订单" in mine
    assert judge.person.name not in mine
    picture = Picture.objects.first()
    assert picture is not None
    assert judge.client.get(at(deal, f"pictures/{picture.pk}/")).status_code == 200


def test_what_the_provider_says_is_asked_when_it_is_wanted(market: Market, people: People) -> None:
    treasurer = member(people, "finance")
    deal = decidable(market)
    assert "仍代管" in treasurer.get(at(deal, "money/"))
    market.play.cut = True
    assert "暂时没有答复" in treasurer.get(at(deal, "money/"))
    assert treasurer.get(at(deal))


def refused_payout(market: Market) -> Deal:
    """Risk would not have the seller paid: it is for those who review risk to say where the money goes."""
    deal = market.bought()
    go(take(deal.pk, events.PartyGone(str(market.seller.pk), "suspended")))
    acts.confirm_receipt(witness(market.buyer), deal)
    acts.review(witness(market.staff), deal, "洗钱嫌疑", allow=False)
    market.work()
    assert market.regions(deal) == ("disputed", "frozen", "held", "escalated")
    return market.now(deal)


def test_who_may_not_decide_an_order_does_not_by_its_address(market: Market, people: People) -> None:
    deal = refused_payout(market)
    released = RULING | {"decision": "release"}
    support = member(people, "support")
    page = support.get(at(deal))
    assert 'name="decision"' not in page
    assert "payout_review" not in page
    assert "工作人员审核后不付款" in page
    assert "现在没有等你裁决的事" in support.post(at(deal, "rule/"), **released)
    assert not Ruling.objects.exists()
    assert market.now(deal).funds == "held"
    member(people, "risk", name="风控").post(at(deal, "rule/"), **released)
    assert Ruling.objects.get().outcome == "release"


def test_after_a_refused_payout_the_buyer_cannot_have_the_seller_paid(market: Market) -> None:
    deal = refused_payout(market)
    with pytest.raises(NotPossible, match="Our staff"):
        acts.drop_dispute(witness(market.buyer), deal)
    page = browser(market.buyer).get(f"/market/orders/{deal.number}/dispute/").content.decode()
    assert "撤回争议" not in page
    assert "自行了结" not in page
    assert market.regions(deal) == ("disputed", "frozen", "held", "escalated")


def test_nobody_rules_on_their_own_case(market: Market, people: People) -> None:
    deal = decidable(market)
    Staff.objects.create(person=market.seller, roles=["support", "risk"])
    seller = Member(market.seller.staff, browser(market.seller))
    text = seller.get(at(deal))
    assert "这与你自己有关" in text
    assert 'name="decision"' not in text
    assert "这与你自己有关" in seller.post(at(deal, "rule/"), **RULING)
    assert market.now(deal).dispute == "deciding"


def test_nobody_rules_on_a_friends_case(
    market: Market, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, deal = member(people, "support"), decidable(market)
    monkeypatch.setattr(separation, "group_of", lambda _: {market.seller.pk})
    assert "与当事人有关联" in judge.post(at(deal, "rule/"), **RULING)
    assert market.now(deal).dispute == "deciding"
    monkeypatch.setattr(separation, "group_of", links.group_of)
    assert "已裁决" in judge.post(at(deal, "rule/"), **RULING)


def test_an_appeal_is_decided_by_another(market: Market, people: People) -> None:
    deal = decidable(market)
    judge, other = member(people, "support"), english(member(people, "risk"))
    judge.post(at(deal, "rule/"), **{**RULING, "decision": "release", "reason": "as_agreed"})
    browser(market.buyer).post(f"/market/orders/{deal.number}/dispute/appeal/", {"appeal-text": "请再看"})
    assert "你作过第一次裁决" in judge.post(at(deal, "rule-on-appeal/"), **RULING)
    assert market.now(deal).dispute == "appealed"
    assert "An appeal waits for a decision" in other.get("/market/desk/")
    assert "Decided; both parties are told" in other.post(at(deal, "rule-on-appeal/"), **RULING)
    market.work()
    assert market.now(deal).stage == "refunded"
    seen = other.get(at(deal))
    assert judge.person.name in seen, "who decided, for colleagues"
    assert other.person.name in seen
    assert list(Ruling.objects.order_by("pk").values_list("appeal", flat=True)) == [False, True]


def test_a_split_wants_its_amount(market: Market, people: People) -> None:
    judge, deal = member(people, "support"), decidable(market)
    text = judge.post(at(deal, "rule/"), 422, **{**RULING, "decision": "split", "amount": "450"})
    assert "请填大于零、小于 ¥450.00 的金额" in text
    judge.post(at(deal, "rule/"), **{**RULING, "decision": "split", "amount": "100"})
    assert Ruling.objects.get().refund_minor == 10_000


def test_without_reasons_nothing_is_decided(market: Market, people: People) -> None:
    judge, deal = member(people, "support"), decidable(market)
    judge.post(at(deal, "rule/"), 422, **{**RULING, "words": " "})
    judge.post(at(deal, "rule/"), 422, **{**RULING, "reason": ""})
    assert market.now(deal).dispute == "deciding"


def test_held_by_risk_is_let_pass_or_refused_by_risk_alone(market: Market, people: People) -> None:
    deal = held(market)
    reviewer, support = member(people, "risk"), member(people, "support")
    assert "风控待审核" in reviewer.get("/market/desk/")
    assert "风控待审核" not in support.get("/market/desk/")
    assert "风控待审核" in support.get("/market/desk/", whose="all")
    said: dict[str, Any] = {"reason": "explained", "words": "电话核实过", "allow": "yes"}
    assert support.client.post(at(deal, "review/"), said).status_code == 403
    assert "已审核" in reviewer.post(at(deal, "review/"), **said)
    market.work()
    assert market.now(deal).stage == "delivered"
    after = reviewer.get(at(deal))
    assert "工作人员的决定" in after
    assert "电话核实过" in after
    assert "已查明，属正常交易" in after
    assert "Looked into: a normal deal" not in after, "one language at a time"
    assert reviewer.person.name in after
    assert "电话核实过" not in browser(market.buyer).get(f"/market/orders/{deal.number}/").content.decode()


def test_a_review_says_why_it_is_held_and_what_follows(market: Market, people: People) -> None:
    deal = held(market)
    review = member(people, "risk").get(at(deal)).partition('id="review"')[2].partition("</section>")[0]
    for words in ("风控待审核", "付款账户", "卡马上交付买家", "款退买家；卡仍归卖家"):
        assert words in review, words


def test_refused_the_money_goes_back(market: Market, people: People) -> None:
    deal = held(market)
    reviewer = member(people, "risk")
    reviewer.post(at(deal, "review/"), reason="stolen", words="卡是偷的", allow="no")
    market.work()
    assert market.now(deal).stage == "refunded"
    assert not Matter.objects.filter(closed_ms__isnull=True).exists()


def test_a_difference_is_closed_with_a_note_by_its_role(market: Market, people: People) -> None:
    deal = market.bought()
    facts = {
        "order": {"released": 0, "refunded": 0},
        "provider": {"released": 45_000, "refunded": 0},
        "paid": 45_000,
    }
    found = matters.find("reconcile/x", "money_differs", origin="reconcile", deal=deal, facts=facts)
    assert found is not None
    url = f"/market/desk/matters/{found.pk}/"
    support, treasurer = member(people, "support"), member(people, "finance")
    assert "¥450.00" in treasurer.get(url)
    assert "这件事由别的角色处理" in support.post(f"{url}close/", note="我来")
    treasurer.post(f"{url}close/", 422, note="")
    found.refresh_from_db()
    assert found.closed_ms is None
    treasurer.post(f"{url}close/", note="与支付服务核对，已补记")
    found.refresh_from_db()
    assert (found.closed_by, found.note) == (treasurer.person, "与支付服务核对，已补记")


def test_a_dispute_is_not_closed_by_hand(market: Market, people: People) -> None:
    judge = member(people, "support")
    decidable(market)
    found = Matter.objects.get(kind="decide_dispute")
    assert "随裁决或审核自动了结" in judge.post(f"/market/desk/matters/{found.pk}/close/", note="算了")
    found.refresh_from_db()
    assert found.closed_ms is None


def test_what_a_person_has_to_decide_does_not_go_away_by_a_note(market: Market, people: People) -> None:
    """No deadline ends it: closed by a note, the money would lie there and nobody would look for it."""
    reviewer, deal = member(people, "risk"), refused_payout(market)
    found = Matter.objects.get(deal=deal, kind="decide_escalated")
    url = f"/market/desk/matters/{found.pk}/"
    assert f"{url}close/" not in reviewer.get(url)
    assert "随裁决或审核自动了结" in reviewer.post(f"{url}close/", note="先放着")
    found.refresh_from_db()
    assert found.closed_ms is None
    reviewer.post(at(deal, "rule/"), **RULING | {"decision": "release"})
    found.refresh_from_db()
    assert found.closed_ms is not None


def test_an_auditor_reads_and_changes_nothing(market: Market, people: People) -> None:
    auditor, deal = member(people, "auditor"), decidable(market)
    assert "争议待裁决" in auditor.get("/market/desk/")
    assert 'name="decision"' not in auditor.get(at(deal))
    assert auditor.client.post(at(deal, "rule/"), RULING).status_code == 403


def test_holders_and_other_roles_do_not_enter(market: Market, people: People) -> None:
    deal = market.bought()
    for url in ("/market/desk/", at(deal), "/market/desk/figures/", "/market/desk/claims/"):
        assert browser(market.buyer).get(url).status_code == 404, url
        assert member(people, "till").client.get(url).status_code == 403, url


def test_an_order_is_found_by_its_number(market: Market, people: People) -> None:
    support, deal = member(people, "support"), market.bought()
    answer = support.client.get("/market/desk/find/", {"number": f" {deal.number.upper()} "})
    assert answer.headers["Location"] == at(deal)
    assert "没有这个编号的订单" in support.get("/market/desk/find/", number="0" * 32)


def test_what_a_seller_owes_is_listed(market: Market, people: People) -> None:
    deal = market.bought()
    acts.confirm_receipt(witness(market.buyer), deal)
    treasurer = member(people, "finance")
    assert "没有卖家欠款" in treasurer.get("/market/desk/claims/")
    Claim.objects.create(deal=deal, seller=market.seller, amount_minor=45_000, currency="CNY", made_ms=1)
    assert "¥450.00" in treasurer.get("/market/desk/claims/")


def test_ruled_for_the_seller_ends_as_it_says(market: Market) -> None:
    deal = ruled(market, Outcome.RELEASE)
    acts.accept_decision(witness(market.buyer), deal)
    market.work()
    assert market.now(deal).stage == "completed"


def test_a_case_asks_little(market: Market, people: People, django_assert_max_num_queries: Any) -> None:
    judge, deal = member(people, "support"), decidable(market)
    judge.get(at(deal))
    with django_assert_max_num_queries(60):
        judge.get(at(deal))
    with django_assert_max_num_queries(12):
        judge.get("/market/desk/")
