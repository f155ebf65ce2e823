"""Cards of the former system: checked row by row, brought in with the right balance, opened by their old codes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import serializers
from django.core.files.uploadedfile import SimpleUploadedFile

from cardtrail.web.actions import perform as performing
from cardtrail.web.actions.confirm import decline
from cardtrail.web.actions.kinds.issuer import SPENT_BEFORE
from cardtrail.web.actions.models import Action
from cardtrail.web.desk import batches, imported, legacy_check, legacy_file
from cardtrail.web.desk.chunks import work
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.desk.legacy_check import take_in
from cardtrail.web.desk.stock import Import, ImportedCard, IssuingSettings
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card, Movement, Product, Totals
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.roles import Role
from tests.web.desk.issuers import Desk, deposit, found_brand, second, staff
from tests.web.ledgers import Ledger
from tests.web.people import People, do, witness

pytestmark = pytest.mark.django_db

HEAD = "卡号,卡密,余额,面值,有效期\n"
THREE = HEAD + "8001 0001,123456,37.50,50,2027-03-31\n80010002,abc-123,100,,\n80010003,7777,0.01,500,\n"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def brand(ledger: Ledger) -> Ledger:
    """A brand with a product of 50, 100, 500 and 1000 yuan, and enough in custody."""
    found_brand()
    ledger.define()
    deposit(1_000_000)
    return ledger


def check(person: Any, text: str, product: int = 0) -> Import:
    """A file, checked."""
    catch_up()
    return take_in(Product.objects.get(id=product), person, "old.csv", text.encode())


def bring_in(person: Any, text: str = THREE) -> Import:
    """A file, confirmed and done."""
    made = check(person, text)
    work(imported.order(witness(person), person, made), rounds=100)
    made.refresh_from_db()
    return made


def run_on() -> None:
    """What the worker does in a while."""
    for _ in range(10):
        performing.run_due()


def finish() -> None:
    """What the worker does, after the leases of whoever died are over."""
    for _ in range(40):
        Action.objects.update(lease_ms=0)
        if not batches.run_due():
            catch_up()
            return
    raise AssertionError("the worker comes to no end")


# Reading


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    "text",
    [
        "卡号,密码,余额,有效期至\n6225-0001,12 34,1.50,2027/3/1\n",
        "Card Number;PIN;Balance;Expiry\r\n62250001;1234;1.5;20270301\r\n",
        'old_number\tcode\tbalance\tvalid until\n"62250001"\t１２３４\t￥1.50\t2027年3月1日\n',
        '备注,余额,卡密,旧卡号,到期日\n"多,行\n备注",1.50元,\'1234,６２２５０００１,2027.03.01 00:00\n\n ,,,\n',
    ],
)
def test_files_as_spreadsheets_write_them(encoding: str, text: str) -> None:
    [row], problems = legacy_file.read(text.encode(encoding), "CNY")
    assert problems == []
    assert (row.number, row.code, row.balance_minor, row.face_minor) == ("62250001", "1234", 150, None)
    assert row.expires_ms == 1_803_916_800_000 - 1


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("1,12,5,,", "少于 4 位"),
        (",1234,5,,", "缺少卡号"),
        ("1,1234,five,,", "不是金额"),
        ("1,1234,-5,,", "不是金额"),
        ("1,1234,5.001,,", "不是金额"),
        ("1,1234,0,,", "余额为零"),
        ("1,1234,50.01,50,", "余额大于面值"),
        ("1,1234,5,fifty,", "不是金额"),
        ("1,1234,5,,2027-02-30", "不是日期"),
        ("1,1234,5,,soon", "不是日期"),
        ("6.22E+15,1234,5,,", "科学计数"),
        ("1,1234", "不是金额"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_not_by_its_code(cells: str, words: str) -> None:
    good = "80010001,5555,5,,\n"
    rows, [problem] = legacy_file.read((HEAD + good + cells + "\n" + good).encode(), "CNY")
    assert [row.line for row in rows] == [2, 4]
    assert problem.line == 3
    assert words in problem.text.zh
    assert "1234" not in problem.text.zh + problem.text.en
    assert "5555" not in repr(rows)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00\x00",
        "卡号,余额\n1,2\n".encode(),
        "卡号,卡号,卡密,余额\n".encode(),
        HEAD.encode(),
        (HEAD + '1,"1234,5\n').encode(),
        HEAD.encode() + b"x" * legacy_file.MOST_BYTES,
        (HEAD + "1,1234,5,,\n" * (legacy_file.MOST_ROWS + 1)).encode(),
        b"\0" * 100,
    ],
)
def test_a_file_that_is_none_is_refused_whole(content: bytes) -> None:
    with pytest.raises(legacy_file.Unreadable) as refused:
        legacy_file.read(content, "CNY")
    assert refused.value.text.zh


# Checking


def test_what_cannot_come_in_is_said_by_line(brand: Ledger, people: People) -> None:
    brand.define(name="短", validity_ms=1_096 * DAY_MS)
    person = people.make()
    bring_in(person, HEAD + "90,1234,5,,\n")
    text = (
        HEAD
        + "1,1234,5,,\n01,9999,5,,\n1,1234,5,,\n90,1234,5,,\n3,1234,1000.01,,\n4,1234,5,60,\n5,1234,5,,2999-01-01\n"
    )
    made = check(person, text, product=1)
    assert made.cards == 2
    assert [(line, zh[:5]) for line, zh, _ in made.problems] == [
        (4, "与第 2 "),
        (5, "这张卡已经"),
        (6, "该产品没有"),
        (7, "该产品没有"),
        (8, "旧卡有效期"),
    ]


def test_nothing_readable_is_kept_of_numbers_and_codes(brand: Ledger, people: People) -> None:
    person = people.make()
    bring_in(person)
    kept = json.dumps(
        [serializers.serialize("json", model.objects.all()) for model in (Import, ImportedCard, Action)]
    )
    for secret in ("123456", "abc-123", "abc123", "80010001", "8001 0001"):
        assert secret not in kept
    row = ImportedCard.objects.get(line=2)
    assert bytes(row.code_hash) == legacy_check.code_hash("80010001", "123456")
    assert bytes(row.code_hash) != legacy_check.code_hash("80010002", "123456")


# Bringing in


def test_cards_come_in_with_what_was_left_on_them(brand: Ledger, people: People) -> None:
    made = bring_in(people.make())
    assert imported.state_of(made) == "done"
    cards = {row.line: Card.objects.get(serial=row.serial) for row in made.rows.all()}
    assert {line: (card.face_minor, card.balance_minor, card.state) for line, card in cards.items()} == {
        2: (5_000, 3_750, "active"),
        3: (10_000, 10_000, "active"),
        4: (50_000, 1, "active"),
    }
    spent = Movement.objects.filter(kind="redeem").order_by("serial")
    assert [(row.amount_minor, bytes(row.reference)) for row in spent] == [
        (1_250, SPENT_BEFORE),
        (49_999, SPENT_BEFORE),
    ]
    totals = Totals.objects.get()
    assert totals.owed_minor == made.balance_minor == 13_751
    for card in cards.values():
        assert card.record == brand.link.client.card(card.serial)


@pytest.mark.parametrize("when", [1, 2, 4])
@pytest.mark.parametrize("point", ["_write_down", "_settle", "catch_up"])
def test_an_import_that_is_killed_goes_on(
    brand: Ledger, people: People, monkeypatch: pytest.MonkeyPatch, point: str, when: int
) -> None:
    person = people.make()
    made = check(person, THREE)
    imported.order(witness(person), person, made)
    original, passed = getattr(performing, point), 0

    def die(*args: Any, **named: Any) -> Any:
        nonlocal passed
        passed += 1
        if passed == when:
            raise Killed
        return original(*args, **named)

    with monkeypatch.context() as patch:
        patch.setattr(performing, point, die)
        with pytest.raises(Killed):
            run_on()
    finish()
    made.refresh_from_db()
    assert imported.state_of(made) == "done"
    assert brand.link.client.ledger().cards == 3
    assert sorted(Card.objects.values_list("balance_minor", flat=True)) == [1, 3_750, 10_000]


def test_what_counts_for_custody_is_what_is_left(brand: Ledger, people: People) -> None:
    person = people.make()
    rows = "".join(f"{number},1234,500,500,\n" for number in range(50))
    made = check(person, HEAD + rows + "99,1234,0.01,50,\n")
    with pytest.raises(RefusedByLaw) as refused:
        imported.order(witness(person), person, made)
    assert refused.value.refused.rule.code == "custody_ratio"
    assert not ImportedCard.objects.filter(live=True).exists()
    imported.order(witness(person), person, check(person, HEAD + rows))


def test_over_the_limit_a_second_person_decides(brand: Ledger, people: People) -> None:
    IssuingSettings.objects.update_or_create(id=1, defaults={"approval_over_minor": 13_750})
    person = people.make()
    made = bring_in(person)
    assert imported.state_of(made) == "awaiting"
    second(people.make(), made.confirmation)
    finish()
    assert imported.state_of(made) == "done"


def test_declined_numbers_are_free_again(brand: Ledger, people: People) -> None:
    IssuingSettings.objects.update_or_create(id=1, defaults={"approval_over_minor": 0})
    person = people.make()
    made = bring_in(person)
    decline(witness(people.make()), made.confirmation)
    imported.drop_unconfirmed(now_ms())
    assert imported.state_of(made) == "declined"
    assert check(person, THREE).cards == 3


def test_one_number_comes_in_once(brand: Ledger, people: People) -> None:
    person = people.make()
    first, other = check(person, THREE), check(person, THREE)
    imported.order(witness(person), person, first)
    with pytest.raises(imported.TakenMeanwhile):
        imported.order(witness(person), person, other)
    with pytest.raises(ValueError, match="already"):
        imported.order(witness(person), person, first)
    finish()
    assert brand.link.client.ledger().cards == 3


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_an_import_that_the_ledger_stopped_is_finished(brand: Ledger, people: People, steps: int) -> None:
    """Stopped after so many steps: cards that are not there come in anew, those that lack something are finished.
    What was spent before is entered with the brand's own key, so after two steps the first card lacks nothing."""
    person = people.make()
    made = check(person, THREE)
    imported.order(witness(person), person, made)
    for _ in range(steps):
        performing.run_due(1)
    key = brand.link.key_path(Role.ISSUER)
    key.rename(key.with_suffix(".away"))
    finish()
    key.with_suffix(".away").rename(key)
    made.refresh_from_db()
    assert imported.state_of(made) == "stopped"
    rest = imported.order_rest(witness(person), made)
    assert (rest is None) == (steps != 1)
    finish()
    again = check(person, THREE)
    imported.order(witness(person), person, again)
    finish()
    rows = ImportedCard.objects.filter(live=True)
    assert sorted(rows.values_list("balance_minor", flat=True)) == [1, 3_750, 10_000]
    assert not rows.filter(ready=False).exists()
    for row in rows:
        card = Card.objects.get(serial=row.serial)
        assert (card.balance_minor, card.state) == (row.balance_minor, "active")


def test_files_that_nobody_confirms_are_forgotten(brand: Ledger, people: People) -> None:
    person = people.make()
    bring_in(person, HEAD + "90,1234,5,,\n")
    made = check(person, THREE)
    imported.drop_unconfirmed(made.made_ms + DAY_MS - 1)
    assert Import.objects.count() == 2
    imported.drop_unconfirmed(made.made_ms + DAY_MS)
    assert Import.objects.count() == 1
    assert ImportedCard.objects.count() == 1


# Claiming


def test_an_old_code_claims_its_card_once(brand: Ledger, people: People) -> None:
    bring_in(people.make())
    holder = people.make("小满")
    order = imported.claim_order("８００１-0001", " 123 456 ")
    assert order is not None
    [outcome] = do(holder, order, purpose="claim")
    assert outcome.state == "done"
    card = Card.objects.get(serial=order.serial)
    assert (card.holder, card.hop, card.balance_minor) == (holder, 1, 3_750)
    assert imported.claim_order("80010001", "123456") is None
    [late] = do(people.make(), order, purpose="claim")
    assert late.state == "refused"
    assert Card.objects.get(serial=order.serial).holder == holder


@pytest.mark.parametrize(
    ("number", "code"),
    [("80010001", "123457"), ("80010002", "123456"), ("80019999", "123456"), ("", ""), ("80010001", "")],
)
def test_a_wrong_pair_opens_nothing(brand: Ledger, people: People, number: str, code: str) -> None:
    bring_in(people.make())
    assert imported.claim_order(number, code) is None


def test_a_card_is_claimed_only_with_its_right_balance(brand: Ledger, people: People) -> None:
    """Between activation and the entry of what was spent before, the card bears too much: nobody can take it then."""
    person = people.make()
    made = check(person, HEAD + "80010001,123456,37.50,50,\n")
    assert imported.claim_order("80010001", "123456") is None
    imported.order(witness(person), person, made)
    for _ in range(2):
        assert imported.claim_order("80010001", "123456") is None
        performing.run_due()
    assert Card.objects.get().balance_minor == 5_000
    assert imported.claim_order("80010001", "123456") is None
    performing.run_due()
    assert Card.objects.get().balance_minor == 3_750
    assert imported.claim_order("80010001", "123456") is not None


# Pages


def test_by_the_pages(brand: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(client, staff(people, "issuing"), monkeypatch)
    desk.get("/desk/imports/")

    def upload(text: str, status: int) -> str:
        file = SimpleUploadedFile("旧卡.csv", text.encode("gb18030"))
        return str(desk.post("/desk/imports/new/", status, product="0", file=file).content.decode())

    assert "第一行应是表头" in upload("a,b\n1,2\n", 200)
    upload(THREE + "1,2,3,,\n", 302)
    made = Import.objects.get()
    path = f"/desk/imports/{made.pk}/"
    page = desk.get(path)
    assert "卡密少于 4 位" in page
    assert "¥137.51" in page
    assert "123456" not in page
    desk.post(path, 409)
    assert not Action.objects.filter(kind="issue_imported").exists()
    desk.post(path, 302, only_good="yes")
    finish()
    page = desk.get(f"{path}progress/")
    assert "hx-get" not in page
    assert '<progress class="progress" id="ready" value="3" max="3">' in page
    desk.post(path, 302, only_good="yes")
    assert brand.link.client.ledger().cards == 3
    assert "旧卡.csv" in desk.get("/desk/imports/")
