"""Staff hear of what waits for them, once until they have looked; and the sidebar says how much it is."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cardtrail.web.accounts import identity, mail_groups
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk import badges, cases, penalising
from cardtrail.web.desk.calling import call
from cardtrail.web.desk.models import Staff
from cardtrail.web.market.desk_queue import queue
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.orders import matters
from cardtrail.web.orders.models import Matter
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from tests.web.desk.team import Member, browser, member
from tests.web.people import People, witness

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TEXT = Text("有一件事", "Something")


def told(person: Person, sort: str = "") -> int:
    return Notice.objects.filter(person=person, kind__startswith=f"desk.{sort}").count()


def tell(key: str, *roles: str) -> int:
    return call("money", roles or ("finance",), key=key, text=TEXT, url="/desk/")


def badge(staff: Member, title: str, url: str = "/desk/") -> int:
    """What the sidebar says beside a section."""
    page = staff.get(url)
    found = re.search(rf"<span>{title}<span class=\"unseen\">，(\d+) 件等你处理", page)
    return int(found[1]) if found else 0


def test_the_role_hears_and_nobody_else(people: People) -> None:
    one, two, other, auditor = (member(people, role) for role in ("finance", "finance", "support", "auditor"))
    gone = member(people, "finance")
    Staff.objects.filter(pk=gone.staff.pk).update(active=False)
    assert tell("a") == 2
    assert [told(each.person) for each in (one, two, other, auditor, gone)] == [1, 1, 0, 0, 0]
    assert Mail.objects.filter(notice__person=one.person).count() == 1


def test_one_at_a_time_until_it_was_read(people: People) -> None:
    one = member(people, "finance")
    assert [tell("a"), tell("b"), tell("a")] == [1, 0, 0]
    Notice.objects.filter(person=one.person).update(read_ms=now_ms())
    assert [tell("a"), tell("c")] == [0, 1]
    assert told(one.person) == 2


def test_whoever_it_concerns_is_left_out(people: People) -> None:
    one, two = member(people, "finance"), member(people, "finance")
    call("money", ("finance",), key="a", text=TEXT, url="/desk/", but=frozenset((one.person.pk,)))
    assert (told(one.person), told(two.person)) == (0, 1)


def test_mails_as_they_are_wanted(people: People) -> None:
    one, holder = member(people, "finance"), people.make()
    assert "工作台：有事等我处理" in one.get("/me/mails/")
    assert "工作台" not in browser(holder).get("/me/mails/").content.decode()
    one.post("/me/mails/", groups=list(mail_groups.OPTIONAL))
    one.person.refresh_from_db()
    assert one.person.no_mail == ["desk"]
    tell("a")
    assert told(one.person) == 1
    assert not Mail.objects.filter(notice__person=one.person).exists()


def test_a_holder_who_saves_their_mails_turns_off_nothing_of_the_desks(people: People) -> None:
    holder = people.make()
    browser(holder).post("/me/mails/", {"groups": []})
    holder.refresh_from_db()
    assert holder.no_mail == sorted(mail_groups.OPTIONAL)


@pytest.mark.parametrize(
    ("kind", "origin", "role", "sort"),
    [
        ("decide_dispute", "order", "support", "disputes"),
        ("decide_appeal", "order", "risk", "disputes"),
        ("risk_hold", "order", "risk", "risk"),
        ("payout_refused", "returns", "finance", "money"),
        ("money_differs", "reconcile", "finance", "technical"),
    ],
)
def test_matters_call_their_role(people: People, kind: str, origin: str, role: str, sort: str) -> None:
    staff, other = member(people, role), member(people, "till")
    matters.find(f"test/{kind}", kind, origin=origin, serial=7)
    matters.find(f"test/{kind}", kind, origin=origin, serial=7)
    assert (told(staff.person, sort), told(other.person)) == (1, 0)
    assert badge(staff, "集市") == 1


def test_a_case_of_a_holders_calls_and_one_of_staffs_does_not(people: People) -> None:
    support, holder = member(people, "support"), people.make()
    cases.open_case("enquiry", TEXT, opener=support.person)
    assert told(support.person) == 0
    made = cases.open_case("appeal", TEXT, person=holder, opener=holder, opened_by="holder")
    notice = Notice.objects.get(person=support.person)
    assert (notice.kind, notice.url) == ("desk.appeals", f"/desk/cases/{made.number}/")
    assert made.number in notice.zh


def test_the_second_for_a_request_hears_and_whoever_asked_does_not(people: People) -> None:
    one, two, support = member(people, "risk"), member(people, "risk"), member(people, "support")
    case = cases.open_case("conduct", TEXT, person=people.make())
    penalising.impose(witness(one.person), case, penalising.Draft("all", 0, TEXT))
    assert [told(each.person, "approvals") for each in (one, two, support)] == [0, 1, 0]
    assert (badge(two, "待批准"), badge(one, "待批准")) == (1, 0)


def test_the_sidebar_counts_what_is_theirs(people: People) -> None:
    support, risk, auditor = (member(people, role) for role in ("support", "risk", "auditor"))
    holder = people.make()
    identity.submit(holder, "prc_id", "张三", "11010519491231002X")
    mine = cases.open_case("enquiry", TEXT, person=holder, opener=holder, opened_by="holder")
    cases.assign(mine, support.person, support.person)
    assert [badge(each, "案件") for each in (support, risk, auditor)] == [1, 0, 0]
    assert [badge(each, "身份核验") for each in (support, auditor)] == [1, 0]
    cases.move(mine, support.person, "waiting")
    assert badge(support, "案件") == 0


def test_the_count_is_that_of_the_queue(people: People) -> None:
    risk = member(people, "risk")
    for n in range(3):
        matters.find(f"reconcile/{n}", "card_not_held", origin="reconcile")
    matters.find("odd/1", "a_kind_that_nobody_knows", origin="reconcile")
    assert badges.counts(risk.staff)["market:desk"] == len(queue(risk.staff)) == 4
    Matter.objects.filter(key="reconcile/0").update(closed_ms=now_ms())
    assert badges.counts(risk.staff)["market:desk"] == len(queue(risk.staff)) == 3


def test_all_counts_are_one_statement(people: People) -> None:
    everything = member(people, "support", "risk", "finance", "issuing", "admin")
    for n in range(4):
        matters.find(f"reconcile/{n}", "card_not_held", origin="reconcile")
    with CaptureQueriesContext(connection) as asked:
        assert badges.counts(everything.staff)["market:desk"] == 4
    assert len(asked) == 1
