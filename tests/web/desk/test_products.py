"""Products: drafted, held against the law, defined by two people, told in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from cardtrail.web.actions.confirm import SamePerson, decline
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.desk import products
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Product
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.wire.products import Terms, Transferable
from tests.web.desk.issuers import Desk, found_brand, second, staff
from tests.web.ledgers import TERMS, Ledger
from tests.web.people import People, claim, do, witness

pytestmark = pytest.mark.django_db

FORM = {
    "name": "春日礼品卡",
    "faces": "￥100，500",
    "face_limit": "1,000",
    "named": "no",
    "validity_days": "1096",
    "transferable": "2",
    "max_hops": "20",
    "cooling_off_days": "3",
    "resale_cap_percent": "95",
    "hold_limit_days": "30",
    "rebind_delay_days": "7",
    "split": "on",
    "clearance": ["transfer", "hold"],
}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"faces": (100_001,), "face_limit_minor": 100_001}, "face_anonymous"),
        ({"face_limit_minor": 100_001}, "face_anonymous"),
        ({"named": True, "validity_ms": None, "face_limit_minor": 500_001}, "face_named"),
        ({"validity_ms": 1_095 * DAY_MS}, "validity_anonymous"),
        ({"named": True}, "validity_named"),
        ({"transferable": Transferable.NO}, "terms_assignment"),
        ({"currency": "USD"}, "face_anonymous"),
    ],
)
def test_terms_against_the_law_are_refused_by_their_rule(
    ledger: Ledger, people: People, changes: dict[str, Any], rule: str
) -> None:
    draft = products.Draft("卡", replace(TERMS, **changes))
    with pytest.raises(RefusedByLaw) as refused:
        products.define(witness(people.make()), draft)
    assert refused.value.refused.rule.code == rule
    assert not Confirmation.objects.exists()


def test_a_ban_with_a_reason_is_for_people_to_judge() -> None:
    draft = products.Draft("卡", replace(TERMS, transferable=Transferable.NO), "员工福利卡，限本人使用")
    assert products.flaws(draft) == ()
    assert "限本人使用" in str(products.agreement(draft))


def test_a_product_is_defined_by_two_people(ledger: Ledger, people: People) -> None:
    drafter, other = people.make("小林"), people.make("阿强")
    confirmation = products.define(witness(drafter), products.Draft("春日礼品卡", TERMS))
    assert confirmation.only_action.state == Action.State.AWAITING
    assert [each.pk for each in products.waiting_definitions()] == [confirmation.pk]
    with pytest.raises(SamePerson):
        second(drafter, confirmation)
    assert not Product.objects.exists()
    second(other, confirmation)
    made = Product.objects.get()
    assert (made.name, made.terms) == ("春日礼品卡", TERMS)
    assert products.waiting_definitions() == []


def test_what_is_declined_is_not_defined(ledger: Ledger, people: People) -> None:
    confirmation = products.define(witness(people.make()), products.Draft("春日礼品卡", TERMS))
    decline(witness(people.make()), confirmation)
    assert not Product.objects.exists()
    assert products.waiting_definitions() == []


def test_every_term_is_told(ledger: Ledger) -> None:
    """A term that nobody is told of would be agreed to unread: each change of a term changes the words."""
    other = {
        "currency": "USD",
        "faces": (1_000,),
        "face_limit_minor": 99_000,
        "named": True,
        "transferable": Transferable.GIFT,
        "cooling_off_ms": DAY_MS,
        "resale_cap_bp": 9_000,
        "max_hops": 5,
        "clearance": ("hold",),
        "split": False,
        "merge": False,
        "validity_ms": None,
        "hold_limit_ms": DAY_MS,
        "rebind_delay_ms": DAY_MS,
    }
    assert set(other) == set(Terms.__struct_fields__)
    for field, value in other.items():
        changed = replace(TERMS, **{field: value})
        assert products.describe(changed) != products.describe(TERMS), field


def test_a_products_sums(ledger: Ledger, people: People) -> None:
    ledger.define(split=True)
    [spent, whole] = ledger.issue(2, 10_000)
    ledger.issue(1, 50_000, active=False)
    person = people.make()
    claim(person, ledger, [spent, whole])
    do(person, Order("redeem", spent, {"amount_minor": 2_500, "order": "ab" * 32}))
    do(person, Order("split", whole, {"amounts_minor": [4_000, 6_000]}))
    sums = products.sums_of(Product.objects.get())
    assert sums == products.Sums(
        issued=70_000, outstanding=67_500, inactive=50_000, spent=2_500, cards=4, waiting=1
    )


def test_the_form_speaks_yuan_and_days(
    ledger: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found_brand()
    desk = Desk(client, staff(people, "issuing"), monkeypatch)
    page = desk.agree("/desk/products/new/", **FORM)
    assert "¥100.00 · ¥500.00" in page
    assert "不记名卡" in page
    second(staff(people, "issuing", name="阿强"), Confirmation.objects.get())
    assert Product.objects.get().terms == Terms(
        currency="CNY",
        faces=(10_000, 50_000),
        face_limit_minor=100_000,
        named=False,
        transferable=Transferable.SALE,
        cooling_off_ms=3 * DAY_MS,
        resale_cap_bp=9_500,
        max_hops=20,
        clearance=("hold", "transfer"),
        split=True,
        merge=False,
        validity_ms=1_096 * DAY_MS,
        hold_limit_ms=30 * DAY_MS,
        rebind_delay_ms=7 * DAY_MS,
    )
    assert "春日礼品卡" in desk.get("/desk/products/")
    assert "3 天" in desk.get("/desk/products/0/")
    desk.get("/desk/products/1/", 404)


def test_the_page_shows_every_rule_that_stands_against_it_with_its_source(
    ledger: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(client, staff(people, "issuing"), monkeypatch)
    against = {**FORM, "faces": "2000", "face_limit": "2000", "validity_days": "30", "transferable": "0"}
    page = desk.post("/desk/products/new/", 409, **against).content.decode()
    for words in (
        "单张不记名卡最高 ¥1,000.00",
        "不得少于 3 年",
        "第9条",
        "商务部令2012年第9号",
        "法释〔2025〕4号",
    ):
        assert words in page
    desk.post("/desk/products/new/", 409, **against, do="yes")
    assert not Confirmation.objects.filter(purpose="define").exists()


@pytest.mark.parametrize(
    "field", ["faces", "face_limit", "name", "validity_days", "max_hops", "cooling_off_days"]
)
def test_what_is_mistyped_is_said_at_its_field(
    ledger: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    desk = Desk(client, staff(people, "issuing"), monkeypatch)
    page = desk.post("/desk/products/new/", 200, **{**FORM, field: "\u200b-1"}).content.decode()
    assert f'href="#id_{field}"' in page


def test_auditors_look_and_change_nothing(
    ledger: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.define()
    catch_up()
    desk = Desk(client, staff(people, "auditor"), monkeypatch)
    for path in (
        "/desk/products/",
        "/desk/products/0/",
        "/desk/batches/",
        "/desk/imports/",
        "/desk/stock/",
        "/desk/custody/",
    ):
        assert "/new/" not in desk.get(path)
    for path in (
        "/desk/products/new/",
        "/desk/products/0/issue/",
        "/desk/stock/activate/",
        "/desk/imports/new/",
        "/desk/limits/",
    ):
        desk.get(path, 403)
        desk.post(path, 403)
    desk.post("/desk/custody/", 403)
