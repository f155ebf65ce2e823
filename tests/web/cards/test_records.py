"""A person's own records: complete, provable, nobody else's; and taken away not more often than is good."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cardtrail.client.verify import verify_receipt
from cardtrail.web.accounts import deletion
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards import assignments
from cardtrail.web.desk.cases import Kind, open_case
from cardtrail.web.desk.casework import Look
from cardtrail.web.documents.notice_of_assignment import notice_of_assignment
from cardtrail.web.ledger.models import Movement
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.cards.forms import text_of
from tests.web.ledgers import Ledger
from tests.web.people import People, agree, claim, do

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(people: People) -> Person:
    return people.make("小满")


def spend(person: Person, serial: int, amount: int = 10_000) -> None:
    do(person, Order("redeem", serial, {"amount_minor": amount, "order": "11" * 32}), purpose="pay")


def give(giver: Person, taker: Person, ledger: Ledger, serial: int) -> None:
    """A card goes from one to the other, by a link."""
    from cardtrail.web.actions.public import gift_secret

    [hold] = do(giver, Order("hold", serial, {"until_ms": now_ms() + 86_400_000}))
    do(taker, Order("accept", serial, secret=gift_secret(hold.action)))


def proved(ledger: Ledger, text: str, index: int) -> bool:
    memory = ledger.link.client.memory
    assert memory is not None
    return verify_receipt(text, memory.vkey, index=index).entry.index == index


def test_everything_about_a_person_and_nothing_about_others(
    ledger: Ledger, people: People, holder: Person, browser: Browser
) -> None:
    taker = people.make("阿强")
    kept, given, foreign = ledger.issue(3)
    claim(holder, ledger, [kept, given])
    claim(taker, ledger, [foreign])
    spend(holder, kept)
    spend(holder, given, 20_000)
    give(holder, taker, ledger, given)
    spend(taker, given, 5_000)
    case = open_case(Kind.ENQUIRY, Text("问", "Q"), person=holder)
    Look.objects.create(staff=people.make("小林"), person=holder, case=case, what="cards", at_ms=now_ms())
    client = browser(holder)
    client.get("/")
    answer = client.get("/records/records.json")
    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]
    assert "attachment" in answer["Content-Disposition"]
    told = json.loads(answer.content)
    cards = {card["number"]: card for card in told["cards"]}
    assert set(cards) == {card_number(kept), card_number(given)}
    assert (cards[card_number(kept)]["balance_minor"], cards[card_number(kept)]["held"]) == (40_000, True)
    gone = cards[card_number(given)]
    assert (gone["balance_minor"], gone["held"], gone["state"]) == (30_000, False, "passed_on")
    kinds = [
        (row["number"][-5:], row["kind"], row["holder_before"], row["holder_after"])
        for row in told["movements"]
    ]
    assert [row[1:] for row in kinds if row[0] == card_number(given)[-5:]] == [
        ("transfer", None, "self"),
        ("redeem", "self", "self"),
        ("hold", "self", "self"),
        ("release", "self", "another"),
    ]
    assert told["person"]["email"] == holder.email
    assert len(told["confirmations"]) == Confirmation.objects.filter(person=holder).count() > 3
    assert all(one["address"] == "192.0.2.*" for one in told["confirmations"])
    assert told["notices"]
    assert told["sessions"]
    assert [row["case"] for row in told["look_ups"]] == [case.number]
    assert "阿强" not in answer.content.decode()
    assert taker.email not in answer.content.decode()


def test_the_hashes_of_the_export_are_the_logs(ledger: Ledger, holder: Person, browser: Browser) -> None:
    from cardtrail.merkle.hashing import leaf_hash

    serials = ledger.issue(2)
    claim(holder, ledger, serials)
    told = json.loads(browser(holder).get("/records/records.json").content)
    for row in told["movements"]:
        [entry] = ledger.link.client.entries(row["entry"] - 1, 1)
        assert row["leaf_hash"] == leaf_hash(entry.entry).hex()


def test_a_receipt_proves_ones_movement(
    ledger: Ledger, people: People, holder: Person, browser: Browser
) -> None:
    taker = people.make("阿强")
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    give(holder, taker, ledger, serial)
    spend(taker, serial)
    ledger.link.client.wait_for_checkpoint(Movement.objects.latest("index").index + 1)
    claimed, taken, spent = (
        Movement.objects.get(serial=serial, kind=kind).index for kind in ("transfer", "release", "redeem")
    )
    url = f"/cards/{card_number(serial)}/receipts/"
    mine, theirs = browser(holder), browser(taker)
    for client, index in ((mine, claimed), (mine, taken), (theirs, taken), (theirs, spent)):
        answer = client.get(f"{url}{index}/")
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        assert proved(ledger, text_of(answer), index)
    assert mine.get(f"{url}{spent}/").status_code == 404, "it was not theirs any more"
    assert theirs.get(f"{url}{claimed}/").status_code == 404, "it was not theirs yet"
    assert browser(people.make("丽丽")).get(f"{url}{taken}/").status_code == 404
    assert mine.get(f"{url}{10**30}/").status_code == 404
    assert Client().get(f"{url}{taken}/").status_code == 302
    ledger.wire.cut = True
    assert mine.get(f"{url}{claimed}/").status_code == 503


def test_the_notice_of_assignment(
    ledger: Ledger, people: People, holder: Person, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    taker = people.make("阿强")
    given, kept = ledger.issue(2)
    claim(holder, ledger, [given, kept])
    give(holder, taker, ledger, given)
    ledger.link.client.wait_for_checkpoint(Movement.objects.latest("index").index + 1)
    seen: list[list[object]] = []

    def watch(items: list[object], **more: object) -> bytes:
        seen.append(items)
        return notice_of_assignment(items, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(assignments, "notice_of_assignment", watch)
    client = browser(holder)
    for url in ("/records/assignments.pdf", f"/cards/{card_number(given)}/assignment.pdf"):
        answer = client.get(url)
        assert answer.content.startswith(b"%PDF-")
        assert "no-store" in answer["Cache-Control"]
    every, one = seen
    assert [(item.assignor, item.assignee) for item in one] == [(None, "小满"), ("小满", None)]  # type: ignore[attr-defined]
    assert len(every) == 3
    assert {item.card_number for item in one} == {card_number(given)}  # type: ignore[attr-defined]
    last = Movement.objects.get(serial=given, kind="release")
    assert (one[1].entry_index, one[1].reached_ms) == (last.index, last.time_ms)  # type: ignore[attr-defined]
    assert browser(people.make("丽丽")).get(f"/cards/{card_number(given)}/assignment.pdf").status_code == 404


def test_what_the_log_does_not_bear_out_is_not_printed(
    ledger: Ledger, holder: Person, browser: Browser
) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    row = Movement.objects.get(serial=serial, kind="transfer")
    ledger.link.client.wait_for_checkpoint(row.index + 1)
    Movement.objects.filter(pk=row.pk).update(time_ms=row.time_ms - 86_400_000)
    assert browser(holder).get("/records/assignments.pdf").status_code == 503


def test_nothing_to_give_notice_of(ledger: Ledger, people: People, browser: Browser) -> None:
    answer = browser(people.make()).get("/records/assignments.pdf", follow=True)
    assert "没有可以写进转让通知的转让" in text_of(answer)


def test_files_are_not_made_endlessly(
    ledger: Ledger, holder: Person, people: People, browser: Browser
) -> None:
    client = browser(holder)
    codes = [client.get("/records/records.json").status_code for _ in range(12)]
    assert codes == [200] * 10 + [429] * 2
    assert browser(people.make("阿强")).get("/records/records.json").status_code == 200


def test_without_the_node_there_is_no_export_but_pages(
    ledger: Ledger, holder: Person, browser: Browser
) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client = browser(holder)
    ledger.wire.cut = True
    assert client.get("/records/records.json").status_code == 503
    assert client.get("/records/assignments.pdf").status_code == 503
    for page in ("", "cards/", "movements/", "confirmations/"):
        assert client.get(f"/records/{page}").status_code == 200


def test_a_confirmation_as_it_was(ledger: Ledger, people: People, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    own = Confirmation.objects.get(person=holder)
    url = f"/records/confirmations/{own.id}/"
    page = text_of(browser(holder).get(url))
    assert own.text in page
    assert bytes(own.evidence).hex() in page
    assert "192.0.2.*" in page
    assert "192.0.2.1" not in page
    assert "没有被改动" in page
    assert f"/cards/{card_number(serial)}/receipts/{own.only_action.entry_index}/" in page
    assert browser(people.make("阿强")).get(url).status_code == 404
    Confirmation.objects.filter(id=own.id).update(text="别的话")
    assert "被改动过" in text_of(browser(holder).get(url))


def test_a_confirmation_of_which_nothing_came(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    [outcome] = do(holder, Order("redeem", serial, {"amount_minor": 99_999, "order": "11" * 32}))
    page = text_of(browser(holder).get(f"/records/confirmations/{outcome.action.confirmation_id}/"))
    assert "没有办成：金额超过余额" in page
    waiting = agree(holder, Order("redeem", serial, {"amount_minor": 1, "order": "11" * 32}))
    assert "还没有执行" in text_of(browser(holder).get(f"/records/confirmations/{waiting.id}/"))


def test_lists_cost_the_same_however_long(ledger: Ledger, holder: Person, browser: Browser) -> None:
    client = browser(holder)

    def queries(page: str) -> int:
        client.get(f"/records/{page}")
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/records/{page}")
        return len(seen)

    pages = ("", "cards/", "movements/", "confirmations/")
    claim(holder, ledger, ledger.issue(1))
    before = [queries(page) for page in pages]
    claim(holder, ledger, ledger.issue(8))
    assert [queries(page) for page in pages] == before


def test_signed_out_nobody_sees_records() -> None:
    for page in ("", "cards/", "movements/", "confirmations/", "records.json", "assignments.pdf"):
        assert Client().get(f"/records/{page}").status_code == 302


def test_an_account_goes_with_its_notices_but_not_with_a_balance(
    ledger: Ledger, holder: Person, browser: Browser
) -> None:
    serials = ledger.issue(7)
    claim(holder, ledger, serials)
    found = deletion.objections_of(holder)
    assert len([one for one in found if re.fullmatch(r"/cards/\d{16}/", one.url)]) == 5
    assert "另有 2 张" in str(found[5].text)
    for serial in serials[:6]:
        spend(holder, serial, 50_000)
    [last] = deletion.objections_of(holder)
    assert last.url == f"/cards/{card_number(serials[6])}/"
    with pytest.raises(deletion.ObjectedError):
        deletion.delete(holder)
    spend(holder, serials[6], 50_000)
    assert Notice.objects.filter(person=holder).exists()
    deletion.delete(holder)
    assert not Notice.objects.filter(person=holder).exists()
    assert not Mail.objects.filter(notice__person=holder).exists()
