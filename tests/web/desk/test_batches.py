"""Issuing and activating in batches: the law, two people, interruptions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.core import serializers

from cardtrail.wallet.codes import code_key
from cardtrail.web.actions import perform as performing
from cardtrail.web.actions.confirm import SamePerson, decline
from cardtrail.web.actions.custody import keyring
from cardtrail.web.actions.kinds.issuer import codes_of
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.desk import activating, batches, purchases
from cardtrail.web.desk.deposit import custody_now, issuing_settings
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.desk.purchases import BuyerDraft
from cardtrail.web.desk.shelf import in_spans, states_of
from cardtrail.web.desk.stock import Activation, Batch, IssuingSettings, Purchase
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card, Totals
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.roles import Role
from tests.web.desk.issuers import TRANSFER, Desk, deposit, draft, found_brand, issue, second, staff
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do, witness

pytestmark = pytest.mark.django_db

CASH = BuyerDraft("person", "cash", True, "王小明", "11010119900101001X")
NOBODY = BuyerDraft("person", "bank_transfer", True)


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def brand(ledger: Ledger) -> Ledger:
    """A brand with a product of 100 and 500 yuan and plenty in custody."""
    found_brand()
    ledger.define()
    deposit(10_000_000)
    return ledger


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> int:
    """Chunks of four cards, so that a batch has several."""
    for module in (batches, activating):
        monkeypatch.setattr(module, "MAX_CARDS_PER_COMMAND", 4)
    return 4


def opens(ledger: Ledger, batch: Batch) -> list[int]:
    """The serials whose owner key is that of the code we keep for them, in order; fails if one is not."""
    serials = []
    for chunk in batch.chunks.order_by("place"):
        codes = codes_of(keyring().open(bytes(chunk.sealed), batches.about(chunk)))
        assert len(codes) == chunk.count
        for serial, code in enumerate(codes, chunk.first_serial):
            assert ledger.link.client.card(serial).owner == code_key(code, ledger.link.network, serial).public
            serials.append(serial)
    return serials


def run_on() -> None:
    """What the worker does in a while."""
    for _ in range(5):
        performing.run_due()


def finish() -> None:
    """What the worker does, after the leases of whoever died are over."""
    for _ in range(40):
        Action.objects.update(lease_ms=0)
        if not batches.run_due():
            catch_up()
            return
    raise AssertionError("the worker comes to no end")


# Issuing


@pytest.mark.usefixtures("small_chunks")
def test_every_card_of_a_batch_opens_with_its_code(brand: Ledger, people: People) -> None:
    batch = issue(people.make(), draft(10))
    assert [chunk.count for chunk in batch.chunks.order_by("place")] == [4, 4, 2]
    assert opens(brand, batch) == list(range(10))
    assert (batch.issued, batches.state_of(batch)) == (10, "issued")
    assert {card.state for card in Card.objects.all()} == {"inactive"}
    assert activating.spans_of(batch) == [(0, 9)]


@pytest.mark.usefixtures("small_chunks")
def test_chunks_wait_for_each_other(brand: Ledger, people: People) -> None:
    person = people.make()
    batch = batches.order(witness(person), person, draft(12))
    performing.run_due()
    batch.refresh_from_db()
    assert batch.issued == 4
    brand.issue(3, 10_000)
    finish()
    batch.refresh_from_db()
    assert (batch.issued, activating.spans_of(batch)) == (12, [(0, 3), (7, 14)])
    assert opens(brand, batch) == [0, 1, 2, 3, *range(7, 15)]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("when", range(1, 4))
@pytest.mark.parametrize("point", ["sign", "submit", "answer", "settle", "hook", "catch_up"])
def test_a_process_that_is_killed_loses_no_code_and_issues_no_card_twice(
    brand: Ledger, people: People, monkeypatch: pytest.MonkeyPatch, point: str, when: int
) -> None:
    person = people.make()
    batch = batches.order(witness(person), person, draft(10))
    with monkeypatch.context() as patch:
        _die(patch, brand, point, when)
        with pytest.raises(Killed):
            run_on()
    finish()
    batch.refresh_from_db()
    assert (batch.issued, batches.state_of(batch)) == (10, "issued")
    assert opens(brand, batch) == list(range(10))
    assert brand.link.client.ledger().cards == 10
    assert Card.objects.count() == 10


def _die(patch: pytest.MonkeyPatch, ledger: Ledger, point: str, when: int) -> None:
    """Have the process die at the so-manyth passing of a point: before it, but for `answer`, where it dies after."""
    target, name = {
        "sign": (performing, "_write_down"),
        "submit": (ledger.link.client, "submit_many"),
        "answer": (ledger.link.client, "submit_many"),
        "settle": (performing, "_settle"),
        "hook": (batches, "let_go_after"),
        "catch_up": (performing, "catch_up"),
    }[point]
    original, passed = getattr(target, name), 0

    def die(*args: Any, **kwargs: Any) -> Any:
        nonlocal passed
        passed += 1
        if passed == when and point != "answer":
            raise Killed
        answer = original(*args, **kwargs)
        if passed == when:
            raise Killed
        return answer

    patch.setattr(target, name, die)


@pytest.mark.usefixtures("small_chunks")
def test_cards_that_the_ledger_refused_are_issued_again_with_new_codes(brand: Ledger, people: People) -> None:
    person = people.make()
    batch = batches.order(witness(person), person, draft(10))
    performing.run_due()
    key = brand.link.key_path(Role.ISSUER)
    key.rename(key.with_suffix(".away"))
    finish()
    batch.refresh_from_db()
    assert (batch.issued, batches.state_of(batch)) == (4, "stopped")
    assert set(batch.chunks.filter(place__gt=0).values_list("sealed", flat=True)) == {None}
    key.with_suffix(".away").rename(key)
    assert batches.order_again(witness(person), person, batch) is not None
    finish()
    batch.refresh_from_db()
    assert (batch.issued, batches.state_of(batch)) == (10, "issued")
    assert opens(brand, batch) == list(range(10))
    assert batches.order_again(witness(person), person, batch) is None


def test_a_node_that_is_away_is_waited_for(brand: Ledger, people: People) -> None:
    what = draft(3)
    brand.wire.cut = True
    batch = issue(people.make(), what)
    assert (batch.issued, batches.state_of(batch)) == (0, "issuing")
    brand.wire.cut = False
    Action.objects.update(next_try_ms=0)
    finish()
    batch.refresh_from_db()
    assert opens(brand, batch) == [0, 1, 2]


@pytest.mark.parametrize("count", [0, -1, batches.MOST_CARDS + 1])
def test_a_count_that_no_batch_has(brand: Ledger, people: People, count: int) -> None:
    person = people.make()
    with pytest.raises(ValueError, match="a batch has"):
        batches.order(witness(person), person, draft(count))


# The law


LAW = [
    ("face_anonymous", {"faces": (100_001,), "face_limit_minor": 100_001}, 1, 100_001, TRANSFER),
    (
        "face_named",
        {"named": True, "validity_ms": None, "faces": (500_001,), "face_limit_minor": 500_001},
        1,
        500_001,
        TRANSFER,
    ),
    ("validity_anonymous", {"validity_ms": 30 * DAY_MS}, 1, 10_000, TRANSFER),
    ("validity_named", {"named": True}, 1, 10_000, TRANSFER),
    ("buyer_named", {"named": True, "validity_ms": None}, 1, 10_000, NOBODY),
    ("buyer_anonymous", {}, 100, 10_000, NOBODY),
    ("payment_organisation", {}, 50, 10_000, replace(TRANSFER, method="cash")),
    ("payment_organisation", {}, 50, 10_000, replace(TRANSFER, method="other")),
    ("payment_person", {}, 500, 10_000, CASH),
    ("payment_off_premises", {}, 1, 10_000, replace(CASH, on_premises=False)),
    ("custody_ratio", {}, 2_501, 10_000, TRANSFER),
    ("custody_ratio", {}, 2_501, 10_000, None),
]
"""Rule, terms, count, face, buyer: one card or fen less would be lawful."""


def _unlawful(ledger: Ledger, terms: dict[str, Any], count: int, face: int, buyer: Any) -> batches.Draft:
    ledger.define(**terms)
    return draft(count, face, buyer)


@pytest.mark.parametrize(("rule", "terms", "count", "face", "buyer"), LAW)
def test_attack_44_issuing_against_the_law_is_refused_by_its_rule(
    ledger: Ledger, people: People, rule: str, terms: Any, count: int, face: int, buyer: Any
) -> None:
    found_brand()
    person = people.make()
    what = _unlawful(ledger, terms, count, face, buyer)
    deposit(10_000_000)
    with pytest.raises(RefusedByLaw) as refused:
        batches.order(witness(person), person, what)
    assert refused.value.refused.rule.code == rule
    assert refused.value.refused.rule.citation.zh
    assert not Batch.objects.exists()
    assert not Purchase.objects.exists()
    assert not Action.objects.filter(kind="issue").exists()


@pytest.mark.parametrize(("rule", "terms", "count", "face", "buyer"), LAW)
def test_attack_44_without_the_checks_it_succeeds(
    ledger: Ledger,
    people: People,
    monkeypatch: pytest.MonkeyPatch,
    rule: str,
    terms: Any,
    count: int,
    face: int,
    buyer: Any,
) -> None:
    monkeypatch.setattr(batches, "check", lambda *_: None)
    monkeypatch.setattr(batches, "needs_approval", lambda *_: False)
    found_brand()
    what = _unlawful(ledger, terms, count, face, buyer)
    assert issue(people.make(), what).issued == count


@pytest.mark.parametrize(
    ("again", "rule"),
    [
        (replace(NOBODY, name=" 王 小明 "), "buyer_anonymous"),
        (replace(CASH, name="王晓明", document=CASH.document.lower()), "payment_person"),
    ],
)
def test_buying_twice_on_one_day_is_buying_at_once(
    brand: Ledger, people: People, again: BuyerDraft, rule: str
) -> None:
    IssuingSettings.objects.update_or_create(id=1, defaults={"approval_over_minor": 100_000_000})
    person = people.make()
    issue(person, draft(499 if rule == "payment_person" else 99, 10_000, CASH))
    with pytest.raises(RefusedByLaw) as refused:
        batches.order(witness(person), person, draft(1, 10_000, again))
    assert refused.value.refused.rule.code == rule
    issue(person, draft(1, 10_000, replace(again, name="张三", document="")))
    Purchase.objects.update(time_ms=now_ms() - 2 * DAY_MS)
    issue(person, draft(1, 10_000, again))


def test_what_was_declined_was_not_bought(brand: Ledger, people: People) -> None:
    IssuingSettings.objects.update_or_create(id=1, defaults={"approval_over_minor": 0})
    person = people.make()
    first = batches.order(witness(person), person, draft(99, 10_000, replace(NOBODY, name="王小明")))
    decline(witness(people.make()), first.issue)
    batches.order(witness(person), person, draft(1, 10_000, replace(NOBODY, name="王小明")))


def test_the_kind_of_issuer_decides_the_share(ledger: Ledger, people: People) -> None:
    ledger.define()
    deposit(200_000)
    person = people.make()
    for kind, most in (("brand", 50), ("group", 66), ("single", 100)):
        found_brand(kind)
        with pytest.raises(RefusedByLaw):
            batches.order(witness(person), person, draft(most + 1, 10_000, None))
        assert batches.check(draft(most, 10_000, None), now_ms()) is None
    IssuingSettings.objects.update_or_create(id=1, defaults={"cover_minor": 200_000})
    assert batches.check(draft(200, 10_000, None), now_ms()) is None


# Two people


def test_over_the_limit_a_second_person_decides(brand: Ledger, people: People) -> None:
    asker, other = people.make(), people.make("阿强")
    batch = batches.order(witness(asker), asker, draft(501))
    assert batches.state_of(batch) == "awaiting"
    finish()
    assert brand.link.client.ledger().cards == 0
    with pytest.raises(SamePerson):
        second(asker, batch.issue)
    second(other, batch.issue)
    batch.refresh_from_db()
    assert opens(brand, batch) == list(range(501))


def test_the_limit_counts_what_one_person_issues_in_a_day(brand: Ledger, people: People) -> None:
    asker = people.make()
    issue(asker, draft(300))
    assert not batches.needs_approval(asker, 200 * 10_000)
    assert batches.needs_approval(asker, 200 * 10_000 + 1)
    assert not batches.needs_approval(people.make(), 200 * 10_000 + 1)
    Batch.objects.update(made_ms=now_ms() - 2 * DAY_MS)
    assert not batches.needs_approval(asker, 500 * 10_000)


def test_the_limit_counts_however_many_small_batches_come_in_between(brand: Ledger, people: People) -> None:
    asker = people.make()
    first = issue(asker, draft(500))
    assert batches.needs_approval(asker, 1)
    small = {"product_id": 0, "currency": "CNY", "face_minor": 1, "count": 1, "issue": first.issue}
    Batch.objects.bulk_create(
        [Batch(**small, made_by=asker, made_ms=now_ms() + place) for place in range(1, 1100)]
    )
    assert batches.needs_approval(asker, 1)
    part = activating.range_of(0, 499)
    activating.order(witness(asker), asker, 0, 499, NOBODY)
    confirmed = Confirmation.objects.bulk_create(
        Confirmation(person=asker, purpose="test", at_ms=now_ms(), orders=[]) for _ in range(1100)
    )
    few = {"first_serial": 0, "last_serial": 0, "count": 1, "total_minor": 1, "made_ms": now_ms() + 1}
    Activation.objects.bulk_create(Activation(**few, confirmation=each) for each in confirmed)
    assert activating.needs_approval(asker, replace(part, total_minor=1))


def test_what_is_declined_is_never_issued(brand: Ledger, people: People) -> None:
    asker = people.make()
    batch = batches.order(witness(asker), asker, draft(501))
    decline(witness(people.make()), batch.issue)
    finish()
    assert batches.state_of(batch) == "declined"
    assert brand.link.client.ledger().cards == 0


# Activating


def test_what_a_batch_has_issued_is_activated(brand: Ledger, people: People) -> None:
    person = people.make()
    batch = issue(person, draft(5))
    [part] = activating.ranges_of_batch(batch)
    assert (part.count, part.total_minor, part.bought, part.batch) == (5, 50_000, True, batch)
    activating.order(witness(person), person, 1, 3, None)
    finish()
    batch.refresh_from_db()
    assert batch.activated == 3
    assert [card.state for card in Card.objects.order_by("serial")] == [
        "inactive",
        "active",
        "active",
        "active",
        "inactive",
    ]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("point", ["submit", "answer", "settle"])
def test_an_activation_that_is_killed_goes_on(
    brand: Ledger, people: People, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    person = people.make()
    batch = issue(person, draft(10))
    activating.order(witness(person), person, 0, 9, None)
    with monkeypatch.context() as patch:
        _die(patch, brand, point, 2)
        with pytest.raises(Killed):
            run_on()
    finish()
    batch.refresh_from_db()
    assert batch.activated == 10
    assert {card.state for card in Card.objects.all()} == {"active"}
    assert activating.ranges_of_batch(batch) == []


def test_custody_is_asked_again_when_stock_is_activated(ledger: Ledger, people: People) -> None:
    """Two batches for stock pass one by one, and both together do not: the second cannot be activated."""
    found_brand()
    ledger.define()
    deposit(400_000)
    person = people.make()
    for _ in range(2):
        issue(person, draft(100, 10_000, None))
    activating.order(witness(person), person, 0, 99, replace(TRANSFER, document="1"))
    with pytest.raises(RefusedByLaw) as refused:
        activating.order(witness(person), person, 100, 199, replace(TRANSFER, document="2"))
    assert refused.value.refused.rule.code == "custody_ratio"
    finish()
    with pytest.raises(RefusedByLaw):
        activating.order(witness(person), person, 100, 100, replace(TRANSFER, document="2"))
    assert custody_now().now.counted_fen == 1_000_000


def test_without_asking_again_more_is_owed_than_the_deposit_bears(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activating, "check_issue_against_custody", lambda *_: None)
    found_brand()
    ledger.define()
    deposit(400_000)
    person = people.make()
    for _ in range(2):
        issue(person, draft(100, 10_000, None))
    for first in (0, 100):
        activating.order(witness(person), person, first, first + 99, replace(TRANSFER, document=str(first)))
    finish()
    ratio = Totals.objects.get().custody_ratio_bp
    assert ratio is not None
    assert ratio < 4_000


def test_stock_is_sold_when_it_is_activated(brand: Ledger, people: People) -> None:
    person = people.make()
    issue(person, draft(100, 10_000, None))
    with pytest.raises(activating.NotInStock):
        activating.order(witness(person), person, 0, 99, None)
    with pytest.raises(RefusedByLaw) as refused:
        activating.order(witness(person), person, 0, 99, NOBODY)
    assert refused.value.refused.rule.code == "buyer_anonymous"
    row = activating.order(witness(person), person, 0, 99, TRANSFER)
    finish()
    assert row.purchase is not None
    assert row.purchase.anonymous_minor == 1_000_000
    assert Card.objects.filter(status=1).count() == 100


def test_activating_over_the_limit_takes_two_unless_two_have_issued_it(brand: Ledger, people: People) -> None:
    asker, other = people.make(), people.make("阿强")
    bought = batches.order(witness(asker), asker, draft(501))
    second(other, bought.issue)
    IssuingSettings.objects.update(approval_over_minor=0)
    row = activating.order(witness(asker), asker, 0, 500, None)
    assert not row.confirmation.approval
    stock = batches.order(witness(asker), asker, draft(5, 10_000, None))
    second(other, stock.issue)
    finish()
    row = activating.order(witness(asker), asker, 501, 505, TRANSFER)
    finish()
    assert activating.state_of(row.confirmation) == "awaiting"
    assert Card.objects.filter(status=0).count() == 5
    second(other, row.confirmation)
    assert activating.state_of(row.confirmation) == "active"


def test_a_range_is_activated_whole_or_not_at_all(brand: Ledger, people: People) -> None:
    brand.define(name="另一种")
    person = people.make()
    issue(person, draft(4))
    brand.issue(2, 10_000, product=1, active=False)
    activating.order(witness(person), person, 1, 1, None)
    for first, last in ((0, 0), (2, 3)):
        assert activating.range_of(first, last).first_serial == first
    for first, last in ((1, 1), (0, 3), (3, 4), (0, 6), (3, 2), (0, activating.MOST_CARDS)):
        with pytest.raises(activating.NotInStock):
            activating.range_of(first, last)
    finish()
    with pytest.raises(activating.NotInStock):
        activating.range_of(0, 3)


# What is kept


def test_buyers_are_kept_sealed_and_no_longer_than_the_law_asks(brand: Ledger, people: People) -> None:
    batch = issue(people.make(), draft(3, 10_000, CASH))
    everything = json.dumps(
        [serializers.serialize("json", model.objects.all()) for model in (Purchase, Batch, Action)]
    ) + str(list(batch.issue.__class__.objects.values()))
    for secret in ("王小明", CASH.document):
        assert secret not in everything
        assert json.dumps(secret).strip('"') not in everything
    row = batch.purchase
    assert row is not None
    assert (purchases.buyer_name(row), purchases.document_end(row)) == ("王小明", "001X")
    assert purchases.wipe_expired(row.time_ms + 5 * 365 * DAY_MS) == 0
    assert purchases.wipe_expired(row.time_ms + (5 * 365 + 2) * DAY_MS) == 1
    row.refresh_from_db()
    assert (row.name, row.document, row.name_hash, row.document_hash, row.identified) == (
        None,
        None,
        None,
        None,
        True,
    )
    assert purchases.buyer_name(row) == ""


def test_stock_by_state_is_what_each_card_says_of_itself(brand: Ledger, people: People) -> None:
    person = people.make()
    brand.define(validity_ms=DAY_MS)
    brand.issue(1, 10_000, product=1)
    serials = brand.issue(9, 10_000)
    brand.issue(2, 10_000, active=False)
    claim(person, brand, serials)
    hold, spend, frozen, split, one, two, void, rebind, _ = serials
    do(person, Order("hold", hold, {"until_ms": now_ms() + DAY_MS}))
    do(person, Order("redeem", spend, {"amount_minor": 10_000, "order": "ab" * 32}))
    do(
        person,
        Order("split", split, {"amounts_minor": [4_000, 6_000]}),
        Order("merge", None, {"serials": [one, two]}),
    )
    for kind, serial in (("freeze", frozen), ("void", void)):
        do(person, Order(kind, serial, {"cause": "error", "case": "cd" * 32}))
    do(person, Order("rebind", rebind, {"release": f"{5:064x}", "case": "cd" * 32}))
    Card.objects.filter(product_id=1).update(expires_ms=1)
    counted = {each.state: (each.cards, each.balance_minor) for each in states_of(Card.objects.all())}
    expected: dict[str, tuple[int, int]] = {}
    for card in Card.objects.all():
        cards, balance = expected.get(card.state, (0, 0))
        expected[card.state] = (cards + 1, balance + card.balance_minor)
    assert counted == expected
    assert len(counted) >= 9
    assert [each.cards for each in states_of(in_spans([(1, 1), (3, 3)]))] == [1, 1]
    assert states_of(in_spans([])) == []


# Pages


def test_issuing_by_the_pages(
    brand: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(client, staff(people, "issuing"), monkeypatch)
    form = {
        "face": "10000",
        "count": "3",
        "buyer": "organisation",
        "method": "bank_transfer",
        "name": "示例公司",
        "document": "9131",
    }
    page = desk.agree("/desk/products/0/issue/", **form)
    assert "¥300.00" in page
    batch = Batch.objects.get()
    assert batch.issued == 3
    assert "示例公司" in desk.get(f"/desk/batches/{batch.pk}/")
    assert "hx-get" not in desk.get(f"/desk/batches/{batch.pk}/progress/")
    page = desk.agree("/desk/stock/activate/", first=card_number(0), last=card_number(2))
    assert "¥300.00" in page
    batch.refresh_from_db()
    assert batch.activated == 3
    assert "#1" in desk.get("/desk/batches/") or f"#{batch.pk}" in desk.get("/desk/batches/")
    assert "¥300.00" in desk.get(f"/desk/stock/?first={card_number(0)}&last={card_number(2)}")
    desk.get("/desk/stock/?first=1&last=x")
    page = desk.post("/desk/stock/activate/", 409, first=card_number(0), last=card_number(2)).content.decode()
    assert "不是待激活状态" in page


def test_a_form_sent_twice_issues_once(
    brand: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(client, staff(people, "issuing"), monkeypatch)
    form = {
        "face": "10000",
        "count": "3",
        "buyer": "stock",
        "method": "cash",
        "token": "ab" * 16,
        "do": "yes",
    }
    for _ in range(2):
        desk.post("/desk/products/0/issue/", 302, **form)
    assert Batch.objects.count() == 1
    assert brand.link.client.ledger().cards == 3


def test_a_refusal_is_shown_with_rule_and_source(
    brand: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(client, staff(people, "issuing"), monkeypatch)
    form = {"face": "10000", "count": "100", "buyer": "person", "method": "bank_transfer"}
    for more in ({}, {"do": "yes"}):
        page = desk.post("/desk/products/0/issue/", 409, **form, **more).content.decode()
        assert "须登记身份" in page
        assert "商务部令2012年第9号" in page
    assert not Batch.objects.exists()


def test_progress_is_asked_for_while_something_moves(
    brand: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch, small_chunks: int
) -> None:
    person = staff(people, "issuing")
    desk = Desk(client, person, monkeypatch)
    batch = batches.order(witness(person), person, draft(12))
    performing.run_due()
    page = desk.get(f"/desk/batches/{batch.pk}/progress/")
    assert "hx-get" in page
    assert '<progress class="progress" id="issued" value="4" max="12">' in page


def test_the_limits_are_the_admins(
    ledger: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(client, staff(people, "admin"), monkeypatch)
    desk.post("/desk/limits/", 302, approval_over="1,000.50", cover="0")
    assert issuing_settings().approval_over_minor == 100_050
    desk.post("/desk/limits/", 200, approval_over="-1", cover="0")
    assert issuing_settings().approval_over_minor == 100_050
