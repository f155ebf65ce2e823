"""Acts on cards: freeze and unfreeze for a case, and a void that only a second member of staff sets going."""

from __future__ import annotations

import pytest
from django.conf import settings

from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.desk import batches
from cardtrail.web.desk.casework import Case, CaseEntry, Ruling
from cardtrail.web.desk.steps_in_words import in_words
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.texts import Text
from tests.web.desk.issuers import deposit, draft, found_brand
from tests.web.desk.team import Member, desk_card, do_act, member
from tests.web.ledgers import Ledger
from tests.web.people import People, agree, claim, witness

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def open_case(who: Member, serial: int | None = None, kind: str = "enquiry") -> Case:
    before = set(Case.objects.values_list("pk", flat=True))
    number = desk_card(serial).split("/")[3] if serial is not None else ""
    who.post("/desk/cases/new/", kind=kind, number=number, words="来电：卡可能被盗用")
    return Case.objects.exclude(pk__in=before).get()


def test_find_freeze_unfreeze(ledger: Ledger, people: People) -> None:
    holder = people.make("小满")
    support, risk = member(people, "support"), member(people, "risk")
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    page = support.get("/desk/search/", number=desk_card(serial).split("/")[3])
    assert "¥500.00" in page
    assert holder.name not in page
    assert holder.email not in page
    case = open_case(support, serial)
    assert case.number in do_act(
        support, serial, "freeze", case.number, "fraud", zh="多地异常登录。", en="Odd sign-ins."
    )
    assert Card.objects.get(serial=serial).state == "frozen"
    movement = Movement.objects.get(serial=serial, kind="freeze")
    assert bytes(movement.reference or b"") == bytes(case.reference)
    assert Ruling.objects.get(case=case).zh.endswith("多地异常登录。")
    assert Notice.objects.filter(person=holder, kind="cards.frozen").count() == 1
    support.post(f"{desk_card(serial)}unfreeze/", 403, case=case.number, cause="cleared")
    do_act(risk, serial, "unfreeze", case.number, "cleared")
    assert Card.objects.get(serial=serial).state == "active"
    kinds = list(CaseEntry.objects.filter(case=case).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["opened", "act", "ledger", "act", "ledger"]


def test_a_void_needs_two_people(ledger: Ledger, people: People) -> None:
    asks, other = member(people, "risk", name="申请人"), member(people, "risk", name="批准人")
    support = member(people, "support")
    [serial] = ledger.issue()
    case = open_case(asks, serial)
    do_act(asks, serial, "void", case.number, "court_order")
    asked = Confirmation.objects.get(approval="void")
    assert asked.only_action.state == Action.State.AWAITING
    url = f"/desk/approvals/{asked.pk}/"
    assert "须由另一位工作人员批准" in asks.post(f"{url}approve/")
    assert Card.objects.get(serial=serial).state == "active"
    support.post(f"{url}approve/", 404)
    assert asked.text in other.get(url)
    other.post(f"{url}approve/")
    assert Card.objects.get(serial=serial).state == "void"
    asked.refresh_from_db()
    assert asked.approved_by == other.person
    assert "已经处理过" in other.post(f"{url}decline/")


def test_a_request_is_taken_back_by_whoever_made_it(ledger: Ledger, people: People) -> None:
    asks, other = member(people, "risk"), member(people, "admin")
    [serial] = ledger.issue()
    case = open_case(asks, serial)
    do_act(asks, serial, "void", case.number, "error")
    asked = Confirmation.objects.get(approval="void")
    asks.post(f"/desk/approvals/{asked.pk}/decline/")
    assert asked.only_action.state == Action.State.DECLINED
    other.post(f"/desk/approvals/{asked.pk}/approve/")
    assert Card.objects.get(serial=serial).state == "active"


# What a request stands for, in words


def test_a_request_says_what_it_does_to_how_many_cards_for_how_much(ledger: Ledger, people: People) -> None:
    asks, other = member(people, "risk"), member(people, "risk")
    [serial] = ledger.issue()
    case = open_case(asks, serial)
    do_act(asks, serial, "void", case.number, "court_order")
    asked = Confirmation.objects.get(approval="void")
    said = [Text("作废：1 张卡，¥500.00", "Void: 1 card, ¥500.00")]
    assert in_words(asked) == said
    url = f"/desk/approvals/{asked.pk}/"
    assert said[0].zh in other.get(url)
    page = other.post(f"{url}approve/")
    assert said[0].zh in page, "what was on the card when it was voided, not the nothing that is there now"
    assert "<b>作废</b>" in page
    other.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert said[0].en in other.get(url)
    assert "<b>void</b>" not in other.get(url)


def test_a_batch_and_its_activation_say_how_many_and_how_much(ledger: Ledger, people: People) -> None:
    found_brand()
    ledger.define()
    deposit(1_000_000_000)
    clerk = people.make()
    batch = batches.order(witness(clerk), clerk, draft(1_501))
    assert in_words(batch.issue) == [
        Text("发行：1,501 张卡，合计 ¥150,100.00", "Issue: 1,501 cards, ¥150,100.00 in all")
    ]
    together = agree(
        clerk,
        Order("activate", None, {"first_serial": 0, "count": 1_000, "amount_minor": 7_000}),
        Order("activate", None, {"first_serial": 1_000, "count": 2, "amount_minor": 30}),
        Order("define", None, {"name": "春卡", "terms": {}}),
        Order("something_new", None, {}),
    )
    assert [line.zh for line in in_words(together)] == ["激活：1,002 张卡", "定义产品：春卡", "其他步骤"]
