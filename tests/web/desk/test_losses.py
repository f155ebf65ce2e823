"""Lost cards, from the report to the new owner or the objection."""

from __future__ import annotations

import re

import pytest

from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Identity, Person
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.desk import identities, loss_following, losses
from cardtrail.web.desk.cases import open_case
from cardtrail.web.desk.casework import Case, LossClaim
from cardtrail.web.ledger.follow import catch_up, rebuild
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import day_of, zone_for
from tests.web.desk.team import Member, member
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do, witness

pytestmark = [pytest.mark.django_db, pytest.mark.database]

DELAY_MS = 5 * MINUTE_MS


@pytest.fixture
def serial(ledger: Ledger) -> int:
    """A card of a product with a delay before a rebind."""
    ledger.define(rebind_delay_ms=DELAY_MS)
    return ledger.issue()[0]


def checked(person: Person, staff: Person) -> None:
    made = identity.submit(person, "passport", "LIN XIAOMAN", "E12345678")
    identity.check(made, staff, True)


def agree_and_approve(claim_: LossClaim, support: Member, risk: Member) -> None:
    url = f"/desk/cases/{claim_.case.number}/rebind/"
    assert "第二位工作人员" in support.get(url)
    support.post(url, do="yes")
    asked = Confirmation.objects.get(approval="rebind")
    assert LossClaim.objects.get().state == "checked"
    assert "须由另一位工作人员批准" in support.post(f"/desk/approvals/{asked.pk}/approve/")
    risk.post(f"/desk/approvals/{asked.pk}/approve/")


def test_a_stranger_gets_the_card_after_identity_approval_and_delay(
    ledger: Ledger, people: People, serial: int
) -> None:
    before, claimant = people.make("旧账户"), people.make("新账户")
    support, risk = member(people, "support"), member(people, "risk")
    claim(before, ledger, [serial])
    made = losses.report(witness(claimant), serial, "手机丢了，账户登不上")
    assert made.stop is None
    assert Card.objects.get(serial=serial).state == "active"
    assert losses.report(witness(claimant), serial, "再报一次").pk == made.pk
    assert "还没有通过身份核验" in support.post(f"/desk/cases/{made.case.number}/rebind/", do="yes")
    checked(claimant, risk.person)
    agree_and_approve(made, support, risk)
    made.refresh_from_db()
    assert made.stage == "pending"
    assert made.ends_ms is not None
    assert made.begins_ms is not None
    card = Card.objects.get(serial=serial)
    assert (card.state, card.hold_not_before_ms) == ("rebind", made.begins_ms)
    assert losses.open_claim_on(card) == made
    assert Notice.objects.filter(person=before, kind="cards.rebind").count() == 1
    assert do(claimant, Order("finish_rebind", serial))[0].state == "refused"
    ledger.later(DELAY_MS + 1)
    assert loss_following.ripen(made.begins_ms) == 1
    assert loss_following.ripen(made.begins_ms) == 0
    assert do(claimant, Order("finish_rebind", serial), purpose="collect")[0].state == "done"
    assert Card.objects.get(serial=serial).holder == claimant
    made.refresh_from_db()
    assert (made.state, made.case.state) == ("done", "decided")
    told = Notice.objects.filter(person=claimant, kind="cards.loss").count()
    rebuild()
    catch_up()
    made.refresh_from_db()
    assert made.state == "done"
    assert Notice.objects.filter(person=claimant, kind="cards.loss").count() == told == 3


def test_whoever_has_the_card_objects(ledger: Ledger, people: People, serial: int) -> None:
    owner, thief = people.make(), people.make()
    support, risk = member(people, "support"), member(people, "risk")
    claim(owner, ledger, [serial])
    made = losses.report(witness(thief), serial, "我的卡丢了")
    checked(thief, risk.person)
    agree_and_approve(made, support, risk)
    assert do(owner, Order("object", serial), purpose="object")[0].state == "done"
    made.refresh_from_db()
    assert (made.state, made.case.state) == ("objected", "open")
    assert Card.objects.get(serial=serial).holder == owner
    assert do(thief, Order("finish_rebind", serial))[0].state == "refused"


def test_its_own_holder_has_it_stopped_and_gets_it_back(ledger: Ledger, people: People, serial: int) -> None:
    owner = people.make()
    support, risk = member(people, "support"), member(people, "risk")
    claim(owner, ledger, [serial])
    made = losses.report(witness(owner), serial, "卡密可能被看到")
    assert made.stop is not None
    perform(made.stop)
    assert Card.objects.get(serial=serial).state == "frozen"
    checked(owner, risk.person)
    agree_and_approve(made, support, risk)
    card = Card.objects.get(serial=serial)
    assert (card.frozen_by, card.state) == (None, "rebind")
    ledger.later(DELAY_MS + 1)
    assert do(owner, Order("finish_rebind", serial))[0].state == "done"
    assert Card.objects.get(serial=serial).holder == owner


def test_a_stranger_learns_nothing_from_a_refusal(ledger: Ledger, people: People, serial: int) -> None:
    stranger = people.make()
    said = set()
    void = ledger.issue()[0]
    claim(people.make(), ledger, [void])
    do(None, Order("void", void, {"cause": "error", "case": "ab" * 32}))
    for number in (serial, serial + 5_000, void):
        with pytest.raises(losses.LossRefused) as refusal:
            losses.report(witness(stranger), number, "丢了")
        said.add(refusal.value.text)
    assert len(said) == 1
    assert not LossClaim.objects.exists()
    assert not Case.objects.exists()


def test_declined_or_refused_claims(ledger: Ledger, people: People, serial: int) -> None:
    owner, claimant = people.make(), people.make()
    support, risk = member(people, "support"), member(people, "risk")
    claim(owner, ledger, [serial])
    made = losses.report(witness(claimant), serial, "丢了")
    checked(claimant, risk.person)
    support.post(f"/desk/cases/{made.case.number}/rebind/", do="yes")
    asked = Confirmation.objects.get(approval="rebind")
    risk.post(f"/desk/approvals/{asked.pk}/decline/")
    made.refresh_from_db()
    assert (made.state, made.rebind_public) == ("asked", "")
    support.post(
        f"/desk/cases/{made.case.number}/refuse/", zh="无法证明归属。", en="Nothing shows it was yours."
    )
    made.refresh_from_db()
    assert made.state == "refused"
    assert made.reason.zh == "无法证明归属。"
    assert Notice.objects.filter(person=claimant, kind="cards.loss").count() == 1
    assert "处理过" in support.post(f"/desk/cases/{made.case.number}/rebind/", do="yes")


def test_staff_do_not_agree_to_their_own_claim(ledger: Ledger, people: People, serial: int) -> None:
    owner, staff = people.make(), member(people, "support", "risk")
    claim(owner, ledger, [serial])
    made = losses.report(witness(staff.person), serial, "丢了")
    checked(staff.person, member(people, "risk").person)
    assert "涉及自己" in staff.post(f"/desk/cases/{made.case.number}/rebind/", do="yes")
    assert not Confirmation.objects.filter(approval="rebind").exists()


# Who is late


def overdue(staff: Member, case: Case) -> bool:
    """Whether the list and the page of a case say that its staff are late. They always say the same."""
    said = {"已逾期" in staff.get(url) for url in ("/desk/cases/", f"/desk/cases/{case.number}/")}
    assert len(said) == 1
    return said.pop()


def long_due(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(due_ms=now_ms() - DAY_MS)


def test_a_case_is_overdue_only_while_its_staff_are_late(ledger: Ledger, people: People, serial: int) -> None:
    before, claimant = people.make("旧账户"), people.make("新账户")
    support, risk = member(people, "support"), member(people, "risk")
    claim(before, ledger, [serial])
    made = losses.report(witness(claimant), serial, "丢了")
    long_due(made.case)
    assert not overdue(support, made.case)
    assert "等待申领人提交身份资料" in support.get("/desk/cases/")
    handed_in = identity.submit(claimant, "passport", "LIN XIAOMAN", "E12345678")
    assert not overdue(support, made.case)
    assert "等待申领人的身份核验" in support.get(f"/desk/cases/{made.case.number}/")
    Identity.objects.update(submitted_ms=now_ms() - 4 * DAY_MS)
    assert overdue(support, made.case), "the check of an identity is staff's, too"
    identities.decide(handed_in, risk.person, None)
    assert not overdue(support, made.case), "from here on they have their days"
    long_due(made.case)
    assert overdue(support, made.case)
    agree_and_approve(made, support, risk)
    long_due(made.case)
    assert not overdue(support, made.case)
    page = support.get(f"/desk/cases/{made.case.number}/")
    assert "等待期，现持卡人可以提出异议" in page
    made.refresh_from_db()
    assert f"至 {html_day(made.begins_ms)}" in plain(support.get("/desk/cases/"))
    assert do(before, Order("object", serial), purpose="object")[0].state == "done"
    assert not overdue(support, made.case), "two people want the card: staff have their days for that"
    long_due(made.case)
    assert overdue(support, made.case)


def test_a_case_that_waits_for_its_holder_is_not_overdue(people: People) -> None:
    support = member(people, "support")
    case = open_case("enquiry", Text("一", "one"), person=people.make())
    long_due(case)
    assert overdue(support, case)
    support.post(f"/desk/cases/{case.number}/change/", what="waiting")
    assert not overdue(support, case)


def test_a_card_that_nobody_collects_in_time_can_be_reported_anew(
    ledger: Ledger, people: People, serial: int
) -> None:
    before, claimant = people.make(), people.make()
    support, risk = member(people, "support"), member(people, "risk")
    claim(before, ledger, [serial])
    made = losses.report(witness(claimant), serial, "丢了")
    checked(claimant, risk.person)
    agree_and_approve(made, support, risk)
    made.refresh_from_db()
    assert made.begins_ms is not None
    assert made.ends_ms is not None
    loss_following.ripen(made.ends_ms - 1)
    assert LossClaim.objects.get().state == "collectable"
    assert losses.report(witness(claimant), serial, "又丢了").pk == made.pk
    assert loss_following.ripen(made.ends_ms + 2 * HOUR_MS) == 1
    assert loss_following.ripen(made.ends_ms + 2 * HOUR_MS) == 0
    ended = LossClaim.objects.get()
    assert (ended.state, ended.case.state) == ("refused", "decided")
    assert "没有在期限内领回" in ended.reason.zh
    assert losses.report(witness(claimant), serial, "又丢了").pk != made.pk


def html_day(at_ms: int | None) -> str:
    assert at_ms is not None
    return str(day_of(at_ms, zone_for(None)))


def plain(page: str) -> str:
    return re.sub(r"<[^>]*>", "", page)
