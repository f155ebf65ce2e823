"""What goes wrong in the demonstration, and waits for somebody: a payout that is refused, penalties and an appeal, what
risk holds. Each as the pages show it, to staff and to the person concerned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from cardtrail.payments.port import ProviderRefused
from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.pairs import verified
from cardtrail.web.demo.play_money import PlayMoney
from cardtrail.web.desk import appeals, approving, penalising
from cardtrail.web.desk.casework import Appeal, Case
from cardtrail.web.desk.models import Staff
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import desk_held
from cardtrail.web.market.models import Listing
from cardtrail.web.notices.models import Notice
from cardtrail.web.orders.models import Deal, Matter
from cardtrail.web.returns import payouts, settling
from cardtrail.web.returns.models import Return
from cardtrail.web.risks import penalties
from cardtrail.web.risks.models import Decision, Penalty
from cardtrail.web.ui.clock import DAY_MS, day_of, now_ms
from cardtrail.web.ui.texts import Text
from tests.web.desk.team import browser
from tests.web.people import witness

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

Page = Callable[[str, str], str]


@pytest.fixture
def page(told: dict[str, Any]) -> Page:
    """A page as somebody of the story sees it, with a second factor: this is no installation for trying things out."""

    def read(key: str, path: str) -> str:
        answer = browser(who(key)).get(path)
        assert answer.status_code == 200, (key, path)
        return answer.content.decode()

    return read


def who(key: str) -> Person:
    return Person.objects.get(email=f"{key}@demo.example")


def refused() -> Return:
    return Return.objects.get(state=Return.State.OWED)


def held(key: str, act: Act) -> Decision:
    return Decision.objects.get(person=who(key), act=act, outcome=Outcome.HOLD, passed_ms=None)


def test_everybody_concerned_is_printed_with_a_hint(told: dict[str, Any]) -> None:
    hints = {account["email"].partition("@")[0]: account["what"] for account in told["accounts"]}
    for key, words in (
        ("guyan", "申诉"), ("dusheng", "批准"), ("tianmi", "付不出去"), ("zhongqing", "工作人员"),
        ("zhoulan", "处罚"), ("zhenglan", "交回"), ("sunli", "回收款"), ("wutong", "申诉"),
    ):  # fmt: skip
        assert words in hints[key]["zh"]
        assert hints[key]["en"]


def test_a_penalty_is_in_force_and_its_appeal_waits_for_somebody_else(page: Page) -> None:
    penalty = penalties.running().get()
    assert (penalty.person, penalty.by) == (who("guyan"), who("zhenglan"))
    assert penalty.confirmation is not None
    assert verified(penalty.confirmation)
    assert penalty.from_ms + 30 * DAY_MS == penalty.until_ms
    appeal = Appeal.objects.get(penalty=penalty)
    assert appeal.state == Appeal.State.OPEN
    assert appeals.hindrance(who("zhenglan"), appeal) is not None
    assert appeals.hindrance(who("wutong"), appeal) is None
    assert penalty.case in page("zhenglan", "/desk/penalties/")
    assert "待决定" in page("zhenglan", "/desk/penalties/")
    assert appeal.case.number in page("wutong", "/desk/cases/")
    own = page("guyan", f"/records/penalties/{penalty.pk}/")
    assert "生效中" in own
    assert "你的申诉在处理中" in own


def test_what_the_penalised_offers_is_not_for_sale(page: Page) -> None:
    [listing] = Listing.objects.filter(seller=who("guyan"), stage="listed")
    assert str(listing.pk) not in page("xiahe", "/market/")
    assert "你被暂停出售" in page("guyan", "/market/mine/")


def test_a_longer_one_waits_for_a_second_member_of_staff(page: Page) -> None:
    made = Confirmation.objects.get(approval=penalising.APPROVAL)
    assert made.person == who("zhenglan")
    assert made.orders[0]["days"] > penalising.ALONE_DAYS
    about = who("dusheng")
    assert not penalties.is_penalised(about, Act.BUY)
    assert not Notice.objects.filter(person=about, kind="security.penalty").exists()
    url = f"/desk/approvals/{made.pk}/"
    assert url in page("zhoulan", "/desk/approvals/")
    case = Case.objects.get(kind=Case.Kind.CONDUCT, person=about)
    assert case.is_open
    deal = Deal.objects.get(pk=UUID(hex=_order_of(case)))
    assert deal.buyer == about
    second = Staff.objects.get(person=who("zhoulan"))
    assert approving.hindrance(second, made) is None
    assert approving.hindrance(Staff.objects.get(person=who("zhenglan")), made) is not None


def test_one_conduct_case_is_undecided(page: Page) -> None:
    case = Case.objects.get(kind=Case.Kind.CONDUCT, person=who("mubai"))
    assert case.is_open
    assert not Penalty.objects.filter(case=case.number).exists()
    assert "处罚当事人" in page("zhenglan", f"/desk/cases/{case.number}/")


def test_the_provider_really_refuses_a_payout(bank: PlayMoney, page: Page) -> None:
    given = refused()
    assert (given.person, given.answer) == (who("tianmi"), "closed")
    assert Card.objects.get(serial=given.serial).state == "void"
    with pytest.raises(ProviderRefused) as answer:
        payouts._pay(given)
    assert answer.value.code == "closed"
    assert bank.provider.paid_out(given.key) is None
    assert settling.hindrance(who("sunli"), given) is None
    [matter] = Matter.objects.filter(kind="payout_refused", closed_ms__isnull=True)
    assert given.id.hex in matter.key
    assert str(given.pk) in page("sunli", "/desk/returns/")
    assert "登记线下付款" in page("sunli", f"/desk/returns/{given.pk}/")
    assert "¥170.00 还没有付成" in page("tianmi", f"/returns/{given.pk}/")


def test_it_can_be_settled_by_two(bank: PlayMoney) -> None:
    paid = settling.Paid("bank", "ICBC-1", day_of(now_ms()))
    made = settling.settle(witness(who("sunli")), refused(), paid)
    second = Staff.objects.get(person=who("zhoulan"))
    approving.approve(witness(second.person), second, made)
    assert not Return.objects.filter(state=Return.State.OWED).exists()
    assert Return.objects.get(by_hand=made).state == Return.State.PAID


@pytest.mark.parametrize(("key", "act"), [("zhongqing", Act.GIVE), ("tianmi", Act.RETURN)])
def test_what_risk_holds_waits_for_staff(page: Page, key: str, act: Act) -> None:
    decision = held(key, act)
    assert desk_held.waiting(decision) is not None
    assert "放行" in page("zhenglan", f"/market/desk/held/{decision.pk}/")
    assert Card.objects.get(serial=decision.serial).holder == who(key)
    by = who("zhenglan")
    desk_held.decide(witness(by), decision, by, "看过了。", allow=True)
    assert Notice.objects.filter(person=who(key), kind__endswith=".reviewed").exists()


def test_texts_of_staff_are_in_both_languages(told: dict[str, Any]) -> None:
    """What the persons concerned read, they read in their own language."""
    made = Confirmation.objects.get(approval=penalising.APPROVAL)
    for reason in (
        Text(made.orders[0]["zh"], made.orders[0]["en"]),
        *(Text(each.reason_zh, each.reason_en) for each in Penalty.objects.all()),
    ):
        assert reason.zh
        assert reason.en
        assert reason.zh != reason.en


def _order_of(case: Case) -> str:
    entry = case.entries.get(kind="opened")
    return next(word for word in entry.en.replace(",", " ").split() if len(word) == 32)
