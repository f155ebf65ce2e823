"""Penalties at the desk: imposed for a case, the long ones by two, read and appealed by the person, lifted at once."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.pairs import verified
from cardtrail.web.desk import appeals, cases, penalising, separation
from cardtrail.web.desk.casework import Appeal, Case
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.risks import links, penalties
from cardtrail.web.risks.models import Penalty
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text
from tests.web.desk.team import Member, browser, member
from tests.web.people import People
from tests.web.risks.scene import asked, settle

pytestmark = pytest.mark.django_db

FORM: dict[str, Any] = {
    "kind": "all",
    "days": "7",
    "zh": "多次收钱不发卡。",
    "en": "Took money and kept the cards.",
}
LONG: dict[str, Any] = {**FORM, "days": "0"}


@pytest.fixture
def fraud(people: People) -> Person:
    return people.make("小满")


@pytest.fixture
def case(fraud: Person) -> Case:
    return cases.open_case("conduct", Text("核查", "Look into it"), person=fraud)


def impose(staff: Member, case: Case, **fields: Any) -> str:
    """Both steps: the form, the page that says what happens, the deed."""
    url, data = f"/desk/cases/{case.number}/penalty/", {**FORM, **fields}
    staff.post(url, **data)
    return staff.post(url, do="yes", **data)


def imposed(staff: Member, case: Case, **fields: Any) -> Penalty:
    impose(staff, case, **fields)
    return Penalty.objects.get(case=case.number)


def verdict(person: Person, act: Act = Act.BUY) -> Outcome:
    here = settle(person, at=f"10.{person.pk.int % 250}.{person.pk.int // 250 % 250}.1")
    return asked(person, here, None, act, counterparty=Person(email="stranger")).verdict.outcome


def test_short_one_applies_at_once_and_its_person_reads_why(
    people: People, fraud: Person, case: Case
) -> None:
    staff = member(people, "risk", name="风控甲")
    assert verdict(fraud) is Outcome.ALLOW
    page = impose(staff, case)
    assert "处罚已生效" in page
    penalty = Penalty.objects.get()
    assert (penalty.person, penalty.by, penalty.case) == (fraud, staff.person, case.number)
    assert penalty.until_ms is not None
    assert penalty.until_ms - penalty.from_ms == pytest.approx(7 * DAY_MS, abs=5_000)
    assert verdict(fraud) is Outcome.BLOCK
    assert penalty.confirmation is not None
    assert verified(penalty.confirmation)
    notice = Notice.objects.get(person=fraud, kind="security.penalty")
    assert "多次收钱不发卡。" in notice.zh
    assert "申诉" in notice.zh
    assert Mail.objects.filter(notice=notice).exists()
    own = browser(fraud)
    mine = own.get(notice.url).content.decode()
    for words in ("多次收钱不发卡。", "生效中", "提交申诉", "暂停交易"):
        assert words in mine, words
    assert staff.person.name not in mine
    assert notice.url in own.get("/records/looks/").content.decode()
    assert notice.url in own.get(f"/records/cases/{case.number}/").content.decode()


def test_beyond_thirty_days_it_takes_two(people: People, fraud: Person, case: Case) -> None:
    one, two, support = (
        member(people, "risk"),
        member(people, "risk", name="第二位"),
        member(people, "support"),
    )
    assert "等另一位工作人员批准" in impose(one, case, **LONG)
    assert not Penalty.objects.exists()
    assert "提交第二位工作人员批准" in one.get(f"/desk/cases/{case.number}/")
    assert verdict(fraud) is Outcome.ALLOW
    waiting = Confirmation.objects.get(approval="penalty")
    url = f"/desk/approvals/{waiting.pk}/"
    assert "另一位工作人员批准" in one.post(f"{url}approve/")
    assert support.client.post(f"{url}approve/").status_code == 404
    assert "已有一项处罚等待批准" in impose(one, case, **LONG)
    assert Confirmation.objects.filter(approval="penalty").count() == 1
    assert "多次收钱不发卡。" in two.get(url)
    two.post(f"{url}approve/")
    penalty = Penalty.objects.get()
    assert (penalty.by, penalty.until_ms) == (one.person, None)
    assert penalty.confirmation == waiting
    assert verdict(fraud) is Outcome.BLOCK
    two.post(f"{url}approve/")
    assert Penalty.objects.count() == 1
    assert "第二位" in one.get(f"/desk/cases/{case.number}/")


def test_not_approved_it_never_applies(people: People, fraud: Person, case: Case) -> None:
    one, two = member(people, "risk"), member(people, "risk")
    impose(one, case, **LONG)
    waiting = Confirmation.objects.get(approval="penalty")
    two.post(f"/desk/approvals/{waiting.pk}/decline/")
    two.post(f"/desk/approvals/{waiting.pk}/approve/")
    assert not Penalty.objects.exists()
    assert not Notice.objects.filter(person=fraud, kind="security.penalty").exists()
    assert "处罚未获批准" in one.get(f"/desk/cases/{case.number}/")


@pytest.mark.database
@pytest.mark.parametrize(
    ("kind", "kept_from", "free"),
    [("sell", [Act.LIST], [Act.BUY, Act.DELIVER]), ("buy", [Act.BUY, Act.DELIVER], [Act.LIST])],
)
def test_it_restricts_what_it_says(
    people: People, fraud: Person, case: Case, kind: str, kept_from: list[Act], free: list[Act]
) -> None:
    imposed(member(people, "risk"), case, kind=kind)
    for act in kept_from:
        assert penalties.weigh(fraud, act)[0], act
    for act in free:
        assert not penalties.weigh(fraud, act)[0], act


@pytest.mark.database
def test_who_may_and_who_may_not(people: People, fraud: Person, case: Case) -> None:
    url = f"/desk/cases/{case.number}/penalty/"
    for roles in (("support",), ("finance",), ("admin",), ("auditor",)):
        assert member(people, *roles).client.post(url, {**FORM, "do": "yes"}).status_code == 403, roles
    assert browser(people.make()).post(url, {**FORM, "do": "yes"}).status_code == 404
    assert browser(fraud).get(url).status_code == 404
    assert not Penalty.objects.exists()
    penalty = imposed(member(people, "risk"), case)
    lift = f"/desk/penalties/{penalty.pk}/lift/"
    assert member(people, "support").client.post(lift, {"zh": "一", "en": "one"}).status_code == 403
    assert browser(fraud).post(lift, {"zh": "一", "en": "one"}).status_code == 404
    assert browser(people.make()).get(f"/records/penalties/{penalty.pk}/").status_code == 404
    assert penalties.running().filter(pk=penalty.pk).exists()


def test_nobody_penalises_themselves_or_who_is_near(
    people: People, fraud: Person, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = member(people, "risk")
    own = cases.open_case("conduct", Text("一", "one"), person=staff.person)
    assert "与你自己有关" in impose(staff, own)
    monkeypatch.setattr(separation, "group_of", lambda _: {fraud.pk})
    assert "与当事人有关联" in impose(staff, case)
    assert not Penalty.objects.exists()
    monkeypatch.setattr(separation, "group_of", links.group_of)
    assert "处罚已生效" in impose(staff, case)


def test_about_nobody_or_closed_there_is_none(people: People, fraud: Person, case: Case) -> None:
    staff = member(people, "risk")
    assert "还不知道当事人是谁" in impose(staff, cases.open_case("enquiry", Text("一", "one")))
    cases.move(case, staff.person, "closed")
    assert "案件已结束" in impose(staff, case)
    assert not Penalty.objects.exists()


def test_without_a_reason_there_is_none(people: People, case: Case) -> None:
    staff = member(people, "risk")
    url = f"/desk/cases/{case.number}/penalty/"
    for missing in ("zh", "en", "days", "kind"):
        staff.post(url, 422, **{**FORM, missing: "", "do": "yes"})
    assert not Penalty.objects.exists()


@pytest.mark.database
def test_an_appeal_is_one_and_decided_by_another(people: People, fraud: Person, case: Case) -> None:
    one, two, third = (member(people, "risk") for _ in range(3))
    impose(one, case, **LONG)
    two.post(f"/desk/approvals/{Confirmation.objects.get(approval='penalty').pk}/approve/")
    penalty, own = Penalty.objects.get(), browser(fraud)
    page = f"/records/penalties/{penalty.pk}/"
    assert own.post(page, {"text": " "}).status_code == 422
    own.post(page, {"text": "是误会，有聊天记录。"})
    own.post(page, {"text": "再说一次"})
    appeal = Appeal.objects.get()
    assert (appeal.person, appeal.penalty, appeal.about) == (fraud, penalty, case)
    assert "在处理中" in own.get(page).content.decode()
    url = f"/desk/cases/{appeal.case.number}/appeal/"
    decision = {"outcome": "lift", "zh": "证据成立。", "en": "The evidence holds."}
    for involved in (one, two):
        assert "由另一位工作人员决定" in involved.post(url, **decision)
    assert penalties.running().exists()
    assert "多次收钱不发卡。" in third.get(url)
    third.post(url, **decision)
    assert verdict(fraud) is Outcome.ALLOW
    penalty.refresh_from_db()
    assert penalty.lifted_by == third.person
    assert "申诉成立" in own.get(page).content.decode()
    third.post(url, **{**decision, "outcome": "uphold"})
    appeal.refresh_from_db()
    assert appeal.state == "lifted"
    assert Notice.objects.filter(person=fraud, kind="cards.appeal").count() == 1
    with pytest.raises(appeals.AppealRefused):
        appeals.make_against(penalty, "又一次")


def test_upheld_it_stays(people: People, fraud: Person, case: Case) -> None:
    penalty = imposed(member(people, "risk"), case)
    appeal = appeals.make_against(penalty, "不公平")
    member(people, "support").post(
        f"/desk/cases/{appeal.case.number}/appeal/", outcome="uphold", zh="证据清楚。", en="It is plain."
    )
    assert verdict(fraud) is Outcome.BLOCK
    assert "证据清楚。" in browser(fraud).get(f"/records/penalties/{penalty.pk}/").content.decode()


def test_a_friend_of_the_person_does_not_decide_the_appeal(
    people: People, fraud: Person, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    penalty = imposed(member(people, "risk"), case)
    appeal = appeals.make_against(penalty, "不公平")
    monkeypatch.setattr(separation, "group_of", lambda _: {fraud.pk})
    page = member(people, "risk").post(
        f"/desk/cases/{appeal.case.number}/appeal/", outcome="lift", zh="一", en="one"
    )
    assert "与当事人有关联" in page
    assert penalties.running().exists()


def test_lifted_by_staff_it_is_over_at_once(people: People, fraud: Person, case: Case) -> None:
    staff = member(people, "risk")
    penalty = imposed(staff, case)
    url = f"/desk/penalties/{penalty.pk}/lift/"
    staff.post(url, 422, zh="", en="")
    assert verdict(fraud) is Outcome.BLOCK
    assert "处罚已解除" in staff.post(url, zh="已赔付。", en="They have paid.")
    assert verdict(fraud) is Outcome.ALLOW
    assert "已经结束" in staff.post(url, zh="已赔付。", en="They have paid.")
    assert Notice.objects.filter(person=fraud, kind="security.penalty").count() == 2
    assert "已赔付。" in browser(fraud).get(f"/records/cases/{case.number}/").content.decode()


def test_over_by_itself_there_is_nothing_to_appeal(people: People, fraud: Person, case: Case) -> None:
    penalty = imposed(member(people, "risk"), case)
    try:
        clock.set_ahead(8 * DAY_MS)
        assert verdict(fraud) is Outcome.ALLOW
        assert "提交申诉" not in browser(fraud).get(f"/records/penalties/{penalty.pk}/").content.decode()
        with pytest.raises(appeals.AppealRefused):
            appeals.make_against(penalty, "不公平")
    finally:
        clock.set_ahead(0)


@pytest.mark.database
def test_everything_stands_in_the_logs(people: People, fraud: Person, case: Case) -> None:
    one, two, admin = member(people, "risk", name="风控甲"), member(people, "risk"), member(people, "admin")
    impose(one, case, **LONG)
    two.post(f"/desk/approvals/{Confirmation.objects.get(approval='penalty').pk}/approve/")
    one.post(f"/desk/penalties/{Penalty.objects.get().pk}/lift/", zh="已赔付。", en="They have paid.")
    log = admin.get("/desk/audit/", sort="confirmed")
    for words in ("处罚", "解除处罚", "批准", "风控甲"):
        assert words in log, words
    kinds = list(case.entries.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["opened", "act", "act", "decision", "act", "decision"]
    assert case.entries.filter(shown=True).count() == 2


@pytest.mark.database
def test_the_list_shows_nobodys_name(people: People, fraud: Person, case: Case) -> None:
    staff = member(people, "risk", name="风控甲")
    assert "没有生效中的处罚" in staff.get("/desk/penalties/")
    imposed(staff, case)
    page = member(people, "auditor").get("/desk/penalties/")
    assert case.number in page
    assert fraud.email not in page
    assert fraud.name not in page


@pytest.mark.database
def test_a_double_click_imposes_one(people: People, case: Case) -> None:
    staff = member(people, "risk")
    url, data = f"/desk/cases/{case.number}/penalty/", {**FORM, "do": "yes", "token": "a" * 32}
    staff.post(url, **data)
    staff.post(url, **data)
    assert Penalty.objects.count() == 1


def test_a_confirmation_that_was_changed_penalises_nobody(people: People, case: Case) -> None:
    one, two = member(people, "risk"), member(people, "risk")
    impose(one, case, **LONG)
    waiting = Confirmation.objects.get(approval="penalty")
    other = people.make("别人")
    changed = {**waiting.orders[0], "person": str(other.pk)}
    Confirmation.objects.filter(pk=waiting.pk).update(orders=[changed])
    with pytest.raises(ValueError, match="does not say whom"):
        two.client.post(f"/desk/approvals/{waiting.pk}/approve/")
    assert not Penalty.objects.exists()
    waiting.refresh_from_db()
    assert waiting.approved_ms is None


def test_one_case_for_a_matter_and_a_person(people: People, fraud: Person) -> None:
    opener = people.make("风控甲")
    made = [penalising.conduct_case(fraud, bytes(32), Text("一", "one"), opener) for _ in range(2)]
    assert made[0] == made[1]
