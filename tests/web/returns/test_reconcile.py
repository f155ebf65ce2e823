"""Returns, ledger and payouts compared: what was lost is noted, what differs is a matter for staff, once."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.pricing.offers import Unit
from cardtrail.web.orders.models import Matter
from cardtrail.web.returns import course, payouts, reconcile
from cardtrail.web.returns.leaving import objections
from cardtrail.web.returns.models import Compared, Posting, Return
from tests.web.desk.team import member
from tests.web.returns.desk import Brand, now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]


@pytest.fixture
def done(brand: Brand) -> Return:
    brand.offer()
    person = brand.holder()
    return brand.hand_back(brand.quoted(brand.card(person), person))


def kinds() -> list[str]:
    return list(Matter.objects.order_by("pk").values_list("kind", flat=True))


def test_nothing_differs(brand: Brand, done: Return) -> None:
    brand.offer(Unit.POINTS)
    person = brand.holder("阿宁")
    brand.hand_back(brand.quoted(brand.card(person), person, Unit.POINTS))
    report = reconcile.run()
    assert (report.compared, report.noted, report.differing, report.away) == (2, 0, [], 0)


def test_a_payout_that_was_not_noted(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    with monkeypatch.context() as patched:
        patched.setattr(course, "paid", lambda _: False)
        assert brand.hand_back(given).state == "owed"
    assert brand.paid(given) == 41_000
    assert reconcile.run().noted == 1
    assert (now(given).state, kinds()) == ("paid", [])


def test_a_payout_that_is_missing(brand: Brand, done: Return, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brand.play.provider, "paid_out", lambda _: None)
    assert len(reconcile.run().differing) == 1
    assert reconcile.run().differing == []
    assert kinds() == ["payout_missing"]


def test_a_payout_of_another_amount(brand: Brand, done: Return) -> None:
    Return.objects.update(pays=1)
    reconcile.run()
    assert kinds() == ["payout_differs"]


def test_a_provider_that_does_not_answer(brand: Brand, done: Return) -> None:
    brand.play.cut = True
    report = reconcile.run()
    assert (report.away, report.differing) == (1, [])


def test_points_that_were_never_earned(brand: Brand) -> None:
    brand.offer(Unit.POINTS)
    person = brand.holder()
    given = brand.hand_back(brand.quoted(brand.card(person), person, Unit.POINTS))
    Posting.objects.filter(of=given).update(points=9_999_999)
    reconcile.run()
    assert kinds() == ["points_differ"]


def test_a_card_that_did_not_end(brand: Brand, done: Return) -> None:
    Return.objects.update(entry_index=(done.entry_index or 0) + 1)
    reconcile.run()
    assert kinds() == ["card_not_ended"]


def test_a_hold_that_nobody_knows_of(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    monkeypatch.setattr(course, "let_go", lambda _: False)
    brand.hand_back(given)
    assert reconcile.run().differing == []
    Return.objects.update(state="given_back", ended_ms=1)
    reconcile.run()
    assert kinds() == ["hold_of_nobody"]


def test_once_a_day(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(reconcile, "run", lambda: ran.append(1) or reconcile.Report())
    reconcile.run_due()
    reconcile.run_due()
    assert len(ran) == 1
    Compared.objects.update(at_ms=0)
    reconcile.run_due()
    assert len(ran) == 2


@pytest.mark.parametrize(
    "change", [{"pays": 9_000_000}, {"account": "somebody_else"}, {"provider": "other"}, {"unit": "points"}]
)
def test_a_row_that_was_changed_is_not_paid(brand: Brand, change: dict[str, object]) -> None:
    """Whoever writes to the database alone cannot have money sent elsewhere, or more of it."""
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    brand.play.cut = True
    brand.hand_back(given)
    brand.play.cut = False
    Return.objects.update(**change, next_try_ms=0, lease_ms=0)
    payouts.run_due()
    assert brand.paid(given) == 0
    assert "payout_unconfirmed" in kinds()


def test_a_refusing_provider_is_asked_again_and_a_person_told(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardtrail.payments.port import ProviderRefused

    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)

    def refuses(_: Any) -> Any:
        raise ProviderRefused("not_enough")

    with monkeypatch.context() as patched:
        patched.setattr(brand.play.provider, "pay_out", refuses)
        owed = brand.hand_back(given)
        assert (owed.state, owed.answer) == ("owed", "not_enough")
        brand.work()
    assert kinds() == ["payout_refused"]
    assert "付款渠道拒绝付款" in member(brand.people, "finance").get("/desk/returns/")
    assert payouts.again(now(given))
    payouts.run_for(given.pk)
    assert now(given).state == "paid"


def test_nobody_leaves_while_they_are_owed(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    brand.play.cut = True
    brand.hand_back(given)
    assert [str(each.text) for each in objections(person)] == ["还有 1 张卡正在交回品牌，请等它们结束。"]
    brand.play.cut = False
    brand.work()
    assert objections(person) == []
