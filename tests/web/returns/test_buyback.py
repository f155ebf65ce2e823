"""A card for money: quoted, confirmed, ended, paid."""

from __future__ import annotations

import pytest

from cardtrail.pricing.offers import Unit
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.perform import perform
from cardtrail.web.actions.waiting import let_go
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Movement, Totals
from cardtrail.web.notices.models import Notice
from cardtrail.web.returns import course
from cardtrail.web.returns.models import Return
from cardtrail.web.ui import clock
from cardtrail.wire.commands import Cause, Freeze
from cardtrail.wire.roles import Role
from tests.web.returns.desk import Brand, fresh, now

pytestmark = pytest.mark.django_db


def test_from_quote_to_money(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    card = brand.card(person)
    given = brand.quoted(card, person)
    assert (given.pays, given.state) == (41_000, "quoted")
    assert "82" in given.formula_zh
    assert "¥410.00" in given.formula_zh
    assert fresh(card).state == "active"

    done = brand.hand_back(given)

    assert done.state == "paid"
    assert brand.paid(done) == 41_000
    assert brand.play.provider.paid_out(done.key).account == f"person_{person.pk.hex}"
    card = fresh(card)
    assert (card.state, card.balance_minor) == ("void", 0)
    kinds = list(Movement.objects.filter(serial=card.serial).order_by("index").values_list("kind", flat=True))
    assert kinds[-2:] == ["hold", "void"]
    void = Movement.objects.get(serial=card.serial, kind="void")
    assert (void.amount_minor, void.by_role, void.index) == (50_000, Role.ISSUER, done.entry_index)
    assert bytes(void.reference) == bytes(done.confirmation.evidence)
    totals = Totals.objects.get(currency="CNY")
    assert (totals.outstanding, totals.voided, totals.held) == (0, 50_000, 0)


def test_the_holder_is_told_of_one_thing(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    done = brand.hand_back(brand.quoted(brand.card(person), person))
    told = list(Notice.objects.filter(person=person).order_by("pk").values_list("zh", flat=True))[1:]
    assert len(told) == 2, told
    assert "交回品牌" in told[0]
    assert "已付到你的账户" in told[1]
    assert done.ended_ms is not None


def test_the_unused_way_back_is_dropped(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    done = brand.hand_back(brand.quoted(brand.card(person), person))
    assert done.action("hand_back").state == Action.State.DECLINED


def test_yes_again_changes_nothing(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    first = brand.hand_back(given)
    again = brand.hand_back(now(given))
    assert first.confirmation_id == again.confirmation_id
    assert brand.paid(again) == 41_000
    assert Movement.objects.filter(serial=given.serial, kind="void").count() == 1


def test_while_the_node_is_away_it_waits(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    brand.ledger.wire.cut = True
    assert brand.hand_back(given).state == "confirmed"
    assert brand.paid(given) == 0
    brand.ledger.wire.cut = False
    Action.objects.update(next_try_ms=0, lease_ms=0)
    brand.work()
    assert (now(given).state, brand.paid(given)) == ("paid", 41_000)


def test_while_the_provider_is_away_it_is_owed(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    brand.play.cut = True
    owed = brand.hand_back(given)
    assert (owed.state, owed.answer) == ("owed", "away")
    assert owed.next_try_ms > owed.made_ms
    brand.play.cut = False
    brand.work()
    assert (now(given).state, brand.paid(given)) == ("paid", 41_000)
    assert Return.objects.get().attempts == 2


def test_a_card_the_regulator_froze_meanwhile_comes_back(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between being set aside and being ended."""
    brand.offer()
    person = brand.holder()
    card = brand.card(person)
    given = brand.quoted(card, person)
    with monkeypatch.context() as patched:
        patched.setattr(course, "let_go", lambda _: False)
        perform(brand.agree(given))
    assert (now(given).state, fresh(card).hold_role) == ("taking", Role.ISSUER)
    freeze(brand, card.serial)
    let_go(now(given).action("take_in").pk)
    brand.work()
    ended = now(given)
    assert (ended.state, ended.reason_code) == ("given_back", "frozen_by_another")
    assert (fresh(card).state, fresh(card).hold_role, fresh(card).holder) == ("frozen", None, person)
    assert brand.paid(given) == 0
    assert Notice.objects.filter(person=person, kind="returns.refused").count() == 1


def freeze(brand: Brand, serial: int) -> None:
    link = brand.ledger.link
    about = (link.network, clock.now_ms() + 60_000, serial, link.client.card(serial).version)
    brand.ledger.submit(Freeze(*about, Role.REGULATOR, Cause.COURT_ORDER, bytes(32)), Role.REGULATOR)
    catch_up()


def test_points_are_no_money(brand: Brand) -> None:
    brand.offer(Unit.POINTS)
    person = brand.holder(checked=False)
    given = brand.quoted(brand.card(person), person, Unit.POINTS)
    done = brand.hand_back(given)
    assert (done.state, done.pays, done.provider) == ("paid", 5_000, "")
    assert brand.paid(done) == 0
