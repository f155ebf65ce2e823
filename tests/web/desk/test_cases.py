"""Cases: opened by holders, staff and the ledger; their log, list, file; appeals."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cardtrail.web.desk import appeals, cases, separation
from cardtrail.web.desk.casework import Appeal, Case, CaseEntry
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from tests.web.desk.team import Member, browser, desk_card, do_act, member
from tests.web.desk.test_approvals import open_case
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def frozen(ledger: Ledger, people: People) -> tuple[Member, Member, Card]:
    """A holder, the member of staff who froze their card, and the card."""
    holder = people.make("林小满")
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    staff = member(people, "risk", "support", name="甲")
    case = open_case(staff, serial)
    do_act(staff, serial, "freeze", case.number, "fraud")
    client = browser(holder)
    return Member(None, client), staff, Card.objects.get(serial=serial)  # type: ignore[arg-type]


def test_numbers_go_up_within_a_year(people: People) -> None:
    made = [cases.open_case("enquiry", Text("一", "one")) for _ in range(3)]
    year = made[0].number[:4]
    assert [case.number for case in made] == [f"{year}-00000{n}" for n in (1, 2, 3)]
    assert len({bytes(case.reference) for case in made}) == 3


def test_this_was_not_me_opens_a_case_that_the_ledger_names(ledger: Ledger, people: People) -> None:
    holder, support = people.make("林小满"), member(people, "support")
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    notice = Notice.objects.filter(person=holder, serial=serial).latest("pk")
    browser(holder).post(f"/notices/{notice.pk}/not-me/")
    case = Case.objects.get(kind="not_me")
    assert (case.person, case.serial, case.opened_by) == (holder, serial, "holder")
    movement = Movement.objects.get(serial=serial, kind="freeze")
    assert bytes(movement.reference or b"") == bytes(case.reference)
    page = support.get(f"/desk/cases/{case.number}/")
    assert "哈希相符" in page
    assert holder.email not in page
    mine = browser(holder).get(f"/cards/{card_number(serial)}/").content.decode()
    assert f"你自己停用了这张卡（案件 {case.number}）" in mine
    assert reverse("appeal", args=[serial]) not in mine


def test_the_log_of_a_case(people: People) -> None:
    staff, whom = member(people, "support"), people.make()
    case = open_case(staff)
    Case.objects.filter(pk=case.pk).update(person=whom)
    url = f"/desk/cases/{case.number}/"
    staff.post(f"{url}note/", words="内部备注", to="staff")
    staff.post(f"{url}note/", words="请补充材料", to="holder")
    staff.post(f"{url}change/", what="drop")
    staff.post(f"{url}decide/", zh="已更正。", en="Put right.")
    staff.post(f"{url}change/", what="closed")
    assert "案件已关闭" in staff.post(f"{url}note/", words="迟到", to="staff")
    found = list(CaseEntry.objects.filter(case=case).order_by("pk").values_list("kind", "shown"))
    assert found == [
        ("opened", False), ("note", False), ("message", True),
        ("assigned", False), ("decision", True), ("state", False),
    ]  # fmt: skip
    theirs = browser(whom).get(f"/records/cases/{case.number}/").content.decode()
    assert "请补充材料" in theirs
    assert "已更正。" in theirs
    assert "内部备注" not in theirs
    assert browser(people.make()).get(f"/records/cases/{case.number}/").status_code == 404
    assert Notice.objects.filter(person=whom, kind__startswith="cases.").count() == 2


def test_the_list_is_filtered_sorted_and_exported(people: People) -> None:
    staff = member(people, "support", name="=1+1")
    first, second = open_case(staff), open_case(staff, kind="court")
    cases.move(second, staff.person, "closed")
    page = staff.get("/desk/cases/")
    assert first.number in page
    assert second.number not in page
    assert second.number in staff.get("/desk/cases/", state="all", kind="court")
    assert first.number not in staff.get("/desk/cases/", state="all", q=second.number)
    assert first.number not in staff.get("/desk/cases/", whose="nobody")
    table = (
        staff.client.get("/desk/cases.csv?state=all&sort=-number").content.decode("utf-8-sig").splitlines()
    )
    assert [line[:11] for line in table[1:]] == [second.number, first.number]
    assert ",'=1+1," in table[1]


def test_the_list_asks_the_database_as_often_for_many_as_for_few(people: People) -> None:
    staff = member(people, "support")
    staff.get("/desk/cases/")
    counts = []
    for many in (2, 10):
        for _ in range(many):
            cases.open_case("enquiry", Text("一", "one"), opener=staff.person)
        with CaptureQueriesContext(connection) as queries:
            staff.get("/desk/cases/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_case_page_asks_the_database_a_bounded_number_of_times(frozen: tuple[Member, Member, Card]) -> None:
    _, staff, _ = frozen
    case = Case.objects.get()
    for n in range(10):
        cases.note(case, staff.person, str(n))
    with CaptureQueriesContext(connection) as queries:
        staff.get(f"/desk/cases/{case.number}/")
    assert len(queries) <= 30


def test_the_card_page_says_why_and_where_to_appeal(frozen: tuple[Member, Member, Card]) -> None:
    holder, _, card = frozen
    page = holder.get(f"/cards/{card_number(card.serial)}/")
    assert "有迹象表明这张卡被盗用" in page
    assert Case.objects.get().number in page
    assert f"/cards/{card_number(card.serial)}/appeal/" in page


def make_appeal(holder: Member, card: Card) -> Appeal:
    holder.post(f"/cards/{card_number(card.serial)}/appeal/", text="是我本人在出差。")
    return Appeal.objects.get(serial=card.serial)


def test_nobody_decides_a_friends_case(
    people: People, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, person = member(people, "support"), people.make("小满")
    case = cases.open_case(Case.Kind.ENQUIRY, Text("问", "asked"), person=person)
    url = f"/desk/cases/{case.number}/"
    assert "作出决定" in staff.get(url)
    monkeypatch.setattr(separation, "group_of", lambda _: {staff.person.pk, person.pk})
    assert "作出决定" not in staff.get(url)
    assert "与当事人有关联" in staff.post(f"{url}decide/", zh="好的。", en="Fine.")
    case.refresh_from_db()
    assert case.state == Case.State.OPEN


def test_an_appeal_is_decided_by_somebody_else_and_lifts_at_once(frozen, people: People) -> None:
    holder, froze, card = frozen
    other = member(people, "risk", name="乙")
    appeal = make_appeal(holder, card)
    assert appeal.due_ms - appeal.made_ms == 5 * 24 * 3600 * 1000
    url = f"/desk/cases/{appeal.case.number}/appeal/"
    page = froze.post(url, zh="维持", en="Kept", outcome="uphold")
    assert "申诉须由另一位工作人员决定" in page
    assert Appeal.objects.get().state == "open"
    other.post(url, zh="已核实。", en="It was you.", outcome="lift")
    assert Appeal.objects.get().state == "lifted"
    assert Card.objects.get(serial=card.serial).state == "active"
    assert Notice.objects.filter(kind="cards.appeal").count() == 1
    assert "申诉成立" in holder.get(f"/records/cases/{appeal.case.number}/")


def test_without_the_separation_of_duties_they_judge_themselves(
    frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Companion: the refusal above is the rule's doing."""
    holder, froze, card = frozen
    appeal = make_appeal(holder, card)
    monkeypatch.setattr(appeals, "involved", lambda appeal: set())
    froze.post(f"/desk/cases/{appeal.case.number}/appeal/", zh="维持", en="Kept", outcome="uphold")
    assert Appeal.objects.get().state == "upheld"


def test_one_appeal_for_each_stop(frozen, people: People) -> None:
    holder, froze, card = frozen
    appeal = make_appeal(holder, card)
    other = member(people, "support", name="乙")
    other.post(
        f"/desk/cases/{appeal.case.number}/appeal/", zh="理由充分。", en="Well founded.", outcome="uphold"
    )
    page = holder.post(f"/cards/{card_number(card.serial)}/appeal/", text="再来一次")
    assert "申诉未获支持" in page
    assert Appeal.objects.count() == 1
    case = open_case(froze, card.serial)
    do_act(froze, card.serial, "unfreeze", case.number, "cleared")
    do_act(froze, card.serial, "freeze", case.number, "fraud")
    make = f"/cards/{card_number(card.serial)}/appeal/"
    holder.post(make, text="第二次冻结的申诉")
    assert Appeal.objects.count() == 2


def test_nobody_appeals_for_somebody_elses_card(frozen, people: People) -> None:
    _, _, card = frozen
    stranger = browser(people.make())
    assert stranger.post(f"/cards/{card_number(card.serial)}/appeal/", {"text": "我的"}).status_code == 404
    assert not Appeal.objects.exists()


def test_staff_leave_their_own_cards_alone(ledger: Ledger, people: People) -> None:
    staff = member(people, "risk", "support")
    [serial] = ledger.issue()
    claim(staff.person, ledger, [serial])
    case = open_case(staff, serial)
    assert "须由其他工作人员处理" in do_act(staff, serial, "freeze", case.number, "request")
    assert Card.objects.get(serial=serial).state == "active"


def test_an_act_sent_twice_is_done_once(ledger: Ledger, people: People) -> None:
    staff = member(people, "support")
    [serial] = ledger.issue()
    case = open_case(staff, serial)
    token = "a" * 32
    for _ in range(2):
        staff.post(
            f"{desk_card(serial)}freeze/",
            do="yes",
            case=case.number,
            cause="fraud",
            zh="",
            en="",
            token=token,
        )
    assert CaseEntry.objects.filter(case=case, kind="act").count() == 1


def test_a_search_for_what_no_text_can_hold_finds_nothing(people: People) -> None:
    """PostgreSQL refuses a NUL even in a question."""
    staff = member(people, "support")
    made = cases.open_case("enquiry", Text("一", "one"))
    assert made.number in staff.get("/desk/cases/", q=f"\0{made.number}")
    assert staff.client.get("/desk/cases.csv?q=a%00b").status_code == 200
