"""Payouts that the provider refuses: settled by hand or sent to another account, each by two, and never paid twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cardtrail.payments.payouts import Payout
from cardtrail.payments.port import ProviderRefused
from cardtrail.web.actions.confirm import declare
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.desk import separation
from cardtrail.web.notices.models import Notice
from cardtrail.web.orders.models import Account, Matter
from cardtrail.web.returns import payouts, reconcile, settling
from cardtrail.web.returns.models import Return
from cardtrail.web.ui.clock import day_of, now_ms
from cardtrail.web.ui.texts import Text
from tests.web.desk.team import Member, browser, member
from tests.web.people import witness
from tests.web.returns.desk import Brand, now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]


@pytest.fixture
def refusing(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The provider pays nobody, until `undo`."""

    def refuses(_: Any) -> Any:
        raise ProviderRefused("not_allowed", "ACCOUNT_FROZEN")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(brand.play.provider, "pay_out", refuses)
        yield patched


@pytest.fixture
def owed(brand: Brand, refusing: pytest.MonkeyPatch) -> Return:
    brand.offer()
    person = brand.holder()
    given = brand.hand_back(brand.quoted(brand.card(person), person))
    assert (given.state, given.answer) == ("owed", "not_allowed")
    return given


@pytest.fixture
def one(brand: Brand) -> Member:
    return member(brand.people, "finance", name="财务甲")


@pytest.fixture
def two(brand: Brand) -> Member:
    return member(brand.people, "finance", name="财务乙")


def form(**fields: Any) -> dict[str, Any]:
    return {"way": "bank", "reference": "ICBC-20261122-7", "day": day_of(now_ms()).isoformat(), **fields}


def at(given: Return, tail: str = "") -> str:
    return f"/desk/returns/{given.pk}/{tail}"


def submit(staff: Member, given: Return, **fields: Any) -> Confirmation:
    staff.post(at(given, "by-hand/"), **form(**fields))
    staff.post(at(given, "by-hand/"), do="yes", **form(**fields))
    return Confirmation.objects.filter(approval="payout").latest("at_ms")


def answer(staff: Member, made: Confirmation, what: str = "approve") -> str:
    return staff.post(f"/desk/approvals/{made.pk}/{what}/")


def pay_after_all(brand: Brand, given: Return) -> None:
    """The provider pays what it had refused."""
    payout = Payout(
        key=given.key,
        account=given.account,
        amount_minor=given.pays,
        currency="CNY",
        subject=payouts.SUBJECT,
    )
    brand.play.provider.pay_out(payout)


@pytest.mark.database
def test_paid_by_hand_by_two(brand: Brand, owed: Return, one: Member, two: Member) -> None:
    page = one.get(at(owed))
    assert "付款渠道拒绝付款" in page
    assert "登记线下付款" in page
    made = submit(one, owed)
    assert now(owed).state == "owed"
    assert "等另一位工作人员批准" in one.get(at(owed))
    assert "须由另一位工作人员批准" in answer(one, made)
    assert now(owed).state == "owed"
    assert "ICBC-20261122-7" in two.get(f"/desk/approvals/{made.pk}/")
    answer(two, made)
    paid = now(owed)
    assert (paid.state, paid.answer, paid.settling_id, paid.by_hand_id) == ("paid", "by_hand", None, made.pk)
    assert settling.by_hand(paid) is not None
    matter = Matter.objects.get(kind="payout_refused")
    assert matter.closed_by == two.person
    notice = Notice.objects.get(person=owed.person, kind="returns.paid")
    assert "ICBC-20261122-7" in notice.zh
    assert "ICBC-20261122-7" in browser(owed.person).get(f"/returns/{owed.pk}/").content.decode()
    for name in ("财务甲", "财务乙"):
        assert name in one.get(at(owed))
    assert "ICBC-20261122-7" in one.client.get("/desk/returns/export/").content.decode("utf-8-sig")


def test_the_person_hears_that_it_could_not_be_paid_and_not_every_hour(
    brand: Brand, owed: Return, refusing: pytest.MonkeyPatch
) -> None:
    [told] = Notice.objects.filter(person=owed.person, kind="returns.stuck")
    assert "¥410.00 还没有付成" in told.zh
    page = browser(owed.person).get(f"/returns/{owed.pk}/").content.decode()
    assert "¥410.00 还没有付成" in page
    assert 'http-equiv="refresh"' not in page, "it takes people, not seconds"
    brand.work()
    assert now(owed).attempts > 1
    assert Notice.objects.filter(person=owed.person, kind="returns.stuck").count() == 1
    refusing.undo()
    brand.work()
    assert "还没有付成" not in browser(owed.person).get(f"/returns/{owed.pk}/").content.decode()


def test_it_stands_in_the_audit_log(brand: Brand, owed: Return, one: Member, two: Member) -> None:
    answer(two, submit(one, owed))
    log = member(brand.people, "admin").get("/desk/audit/", sort="confirmed")
    for words in ("回收款线下付清", "批准", "财务甲", "财务乙"):
        assert words in log, words


@pytest.mark.database
def test_while_it_waits_nobody_pays(
    brand: Brand, owed: Return, one: Member, two: Member, refusing: pytest.MonkeyPatch
) -> None:
    submit(one, owed)
    refusing.undo()
    Return.objects.update(next_try_ms=0)
    payouts.run_for(owed.pk)
    assert payouts.run_due() == 0
    one.post(at(owed, "again/"))
    assert brand.paid(owed) == 0
    assert now(owed).state == "owed"


def test_declined_it_is_paid_as_before(
    brand: Brand, owed: Return, one: Member, two: Member, refusing: pytest.MonkeyPatch
) -> None:
    made = submit(one, owed)
    answer(two, made, "decline")
    refusing.undo()
    brand.work()
    assert (now(owed).state, brand.paid(owed)) == ("paid", 41_000)
    answer(two, made)
    assert now(owed).by_hand_id is None


def test_what_the_provider_has_paid_after_all_is_not_paid_by_hand(
    brand: Brand, owed: Return, one: Member, two: Member, refusing: pytest.MonkeyPatch
) -> None:
    made = submit(one, owed)
    refusing.undo()
    brand.play.provider.pay_out(
        Payout(
            key=owed.key,
            account=owed.account,
            amount_minor=owed.pays,
            currency="CNY",
            subject=payouts.SUBJECT,
        )
    )
    assert "不能再付一次" in answer(two, made)
    assert now(owed).state == "owed"
    brand.play.cut = True
    assert "不能确定它没有付" in answer(two, made)
    brand.play.cut = False
    answer(two, made, "decline")
    brand.work()
    assert (now(owed).state, now(owed).by_hand_id) == ("paid", None)


@pytest.mark.database
def test_paid_both_ways_is_a_matter(
    brand: Brand, owed: Return, one: Member, two: Member, refusing: pytest.MonkeyPatch
) -> None:
    answer(two, submit(one, owed))
    reconcile.run()
    assert not Matter.objects.filter(closed_ms__isnull=True).exists()
    refusing.undo()
    brand.play.provider.pay_out(
        Payout(
            key=owed.key,
            account=owed.account,
            amount_minor=owed.pays,
            currency="CNY",
            subject=payouts.SUBJECT,
        )
    )
    reconcile.run()
    assert Matter.objects.get(closed_ms__isnull=True).kind == "payout_twice"


def test_to_the_account_that_the_person_has_now(
    brand: Brand, owed: Return, one: Member, two: Member, refusing: pytest.MonkeyPatch
) -> None:
    url = at(owed, "account/")
    assert "没有登记新的账户" in one.post(url)
    Account.objects.create(person=owed.person, provider="sandbox", reference="person_new", made_ms=now_ms())
    assert "改付到新账户" in one.get(at(owed))
    assert "person_new" in one.get(url)
    one.post(url, do="yes")
    made = Confirmation.objects.get(approval="payout")
    assert now(owed).account == owed.account
    refusing.undo()
    answer(two, made)
    brand.work()
    paid = now(owed)
    assert (paid.state, paid.account, paid.turn) == ("paid", "person_new", 1)
    assert paid.keys == [owed.key, f"{owed.key}_1"]
    found = brand.play.provider.paid_out(paid.key)
    assert found is not None
    assert (found.account, found.amount_minor) == ("person_new", 41_000)
    assert brand.play.provider.paid_out(owed.key) is None
    told = Notice.objects.filter(person=owed.person, kind__startswith="returns.").values_list(
        "kind", flat=True
    )
    assert sorted(told) == ["returns.paid", "returns.redirected_1", "returns.stuck"]
    reconcile.run()
    assert not Matter.objects.filter(closed_ms__isnull=True).exists()


@pytest.mark.database
def test_an_account_that_changed_meanwhile_is_not_paid(
    brand: Brand, owed: Return, one: Member, two: Member
) -> None:
    known = Account.objects.create(
        person=owed.person, provider="sandbox", reference="person_new", made_ms=now_ms()
    )
    one.post(at(owed, "account/"), do="yes")
    Account.objects.filter(pk=known.pk).update(reference="person_other")
    answer(two, Confirmation.objects.get(approval="payout"))
    assert (now(owed).account, now(owed).turn) == (owed.account, 0)


@pytest.mark.database
def test_refused_on_the_new_account_it_is_a_matter_again(
    brand: Brand, owed: Return, one: Member, two: Member
) -> None:
    Account.objects.create(person=owed.person, provider="sandbox", reference="person_new", made_ms=now_ms())
    one.post(at(owed, "account/"), do="yes")
    answer(two, Confirmation.objects.get(approval="payout"))
    brand.work()
    assert Matter.objects.filter(kind="payout_refused", closed_ms__isnull=True).count() == 1
    assert Matter.objects.filter(kind="payout_refused").count() == 2


@pytest.mark.database
def test_who_writes_to_the_database_alone_redirects_nothing(
    brand: Brand, owed: Return, one: Member, two: Member, refusing: pytest.MonkeyPatch
) -> None:
    other = declare(
        witness(one.person),
        purpose=settling.ACCOUNT,
        text=Text("一", "one"),
        about={
            "what": settling.ACCOUNT,
            "return": str(owed.pk),
            "key": owed.key,
            "pays": owed.pays,
            "account": "thief",
        },
        approval=settling.APPROVAL,
    )
    refusing.undo()
    Return.objects.filter(pk=owed.pk).update(account="thief", redirected=other, turn=1)
    Return.objects.update(next_try_ms=0)
    payouts.run_for(owed.pk)
    assert (now(owed).state, now(owed).answer) == ("owed", "unconfirmed")
    assert brand.play.provider.paid_out(f"{owed.key}_1") is None


@pytest.mark.database
def test_nor_settles_anything(brand: Brand, owed: Return, one: Member, two: Member) -> None:
    made = submit(one, owed)
    Return.objects.filter(pk=owed.pk).update(
        state="paid", by_hand=made, settling=None, ended_ms=now_ms(), answer="by_hand"
    )
    assert settling.by_hand(now(owed)) is None
    reconcile.run()
    assert Matter.objects.filter(kind="payout_missing").exists()


def test_what_is_not_refused_is_left_alone(
    brand: Brand, one: Member, two: Member, refusing: pytest.MonkeyPatch
) -> None:
    refusing.undo()
    brand.offer()
    person = brand.holder()
    brand.play.cut = True
    given = brand.hand_back(brand.quoted(brand.card(person), person))
    brand.play.cut = False
    assert now(given).answer == "away"
    assert "系统会继续付" in one.post(at(given, "by-hand/"), do="yes", **form())
    assert not Confirmation.objects.filter(approval="payout").exists()


@pytest.mark.database
def test_a_request_once_made_is_the_only_one(brand: Brand, owed: Return, one: Member, two: Member) -> None:
    submit(one, owed)
    assert "已有一项申请等待批准" in two.post(at(owed, "by-hand/"), do="yes", **form(reference="other"))
    assert Confirmation.objects.filter(approval="payout").count() == 1


@pytest.mark.parametrize(
    "wrong", [{"reference": ""}, {"way": ""}, {"day": "2020-01-01"}, {"day": "2999-01-01"}]
)
def test_what_is_missing_or_cannot_be_is_asked_for(owed: Return, one: Member, wrong: dict[str, str]) -> None:
    one.post(at(owed, "by-hand/"), 422, do="yes", **form(**wrong))
    assert now(owed).settling_id is None


@pytest.mark.database
def test_nobody_settles_what_is_paid_to_themselves_or_a_friend(
    brand: Brand, owed: Return, one: Member, two: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = submit(one, owed)
    monkeypatch.setattr(
        separation, "group_of", lambda staff: {staff.pk, *([owed.person_id] if staff == two.person else [])}
    )
    assert "与当事人有关联" in answer(two, made)
    answer(one, made, "decline")
    assert "与当事人有关联" in two.post(at(owed, "by-hand/"), do="yes", **form())
    Return.objects.filter(pk=owed.pk).update(person=one.person)
    assert "与你自己有关" in one.post(at(owed, "by-hand/"), do="yes", **form())
    assert now(owed).state == "owed"


def test_roles(brand: Brand, owed: Return, one: Member) -> None:
    auditor = member(brand.people, "auditor")
    assert "财务" not in auditor.get(at(owed))
    assert "登记线下付款" not in auditor.get(at(owed))
    for tail in ("by-hand/", "account/"):
        assert auditor.client.post(at(owed, tail), form(do="yes")).status_code == 403
        assert member(brand.people, "support").client.post(at(owed, tail), form(do="yes")).status_code == 403
        assert browser(owed.person).post(at(owed, tail), form(do="yes")).status_code == 404
    assert member(brand.people, "risk").client.get(at(owed)).status_code == 403
    made = submit(one, owed)
    assert member(brand.people, "risk").client.post(f"/desk/approvals/{made.pk}/approve/").status_code == 404
    assert auditor.client.post(f"/desk/approvals/{made.pk}/approve/").status_code in (403, 302)
    assert now(owed).state == "owed"
