"""Splitting a card: parts that are exact, a form that is meant once, and what stands against it."""

from __future__ import annotations

import pytest
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import run_due
from cardtrail.web.cards.splitting import equal_parts
from cardtrail.web.ledger.models import Card
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.cards.forms import hidden, text_of, token_in
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(people: People) -> Person:
    return people.make("小满")


def url_of(serial: int) -> str:
    return f"/cards/{card_number(serial)}/split/"


def typed(*amounts: str) -> dict[str, str]:
    return {"parts": str(len(amounts))} | {f"part_{place}": text for place, text in enumerate(amounts)}


def alive(person: Person) -> list[int]:
    return sorted(card.balance_minor for card in Card.objects.filter(holder=person) if not card.dead)


def split(client: Client, serial: int, *amounts: str) -> str:
    """Through the pages, the last form sent twice. Gives where it leads."""
    url = url_of(serial)
    check = client.post(url, typed(*amounts) | {"step": "check", "token": token_in(client.get(url))})
    assert check.status_code == 200
    assert "将要发生的事" in text_of(check), text_of(check)
    done = client.post(url, hidden(check) | {"step": "confirm"})
    again = client.post(url, hidden(check) | {"step": "confirm"})
    assert done["Location"] == again["Location"]
    return done["Location"]


@pytest.mark.parametrize(("balance", "count"), [(10_000, 3), (2, 2), (10, 10), (99_999, 7)])
def test_equal_parts_are_the_balance_and_differ_by_one_at_most(balance: int, count: int) -> None:
    parts = equal_parts(balance, count)
    assert sum(parts) == balance
    assert len(parts) == count
    assert max(parts) - min(parts) <= 1
    assert min(parts) >= 1


@pytest.mark.database
def test_split_once_and_seen(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client = browser(holder)
    to = split(client, serial, "100", "399.99", "0.01")
    assert to == f"{url_of(serial)}parts/"
    assert alive(holder) == [1, 10_000, 39_999]
    assert Confirmation.objects.filter(purpose="split").count() == 1
    page = text_of(client.get(to))
    assert "¥100.00" in page
    assert "¥399.99" in page
    said = Confirmation.objects.get(purpose="split")
    assert "¥0.01" in said.text
    assert said.orders[0]["parameters"] == {"amounts_minor": [10_000, 39_999, 1]}


def test_equal_parts_without_a_script(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue(face=10_000)
    claim(holder, ledger, [serial])
    page = text_of(browser(holder).get(url_of(serial) + "?parts=3"))
    assert page.count('value="33.33"') == 2
    assert 'value="33.34"' in page


@pytest.mark.parametrize("parts", ["0", "1", "-3", "99", "x", "٣"])
def test_a_strange_number_of_parts_is_brought_into_bounds(
    ledger: Ledger, holder: Person, browser: Browser, parts: str
) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    page = text_of(browser(holder).get(url_of(serial), {"parts": parts}))
    assert 2 <= page.count('name="part_') <= 10


@pytest.mark.database
def test_the_first_part_keeps_what_was_spent(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    do(holder, Order("redeem", serial, {"amount_minor": 20_000, "order": "11" * 32}))
    to = split(browser(holder), serial, "100", "200")
    parts = Card.objects.filter(holder=holder, parents=[serial]).order_by("serial")
    assert [(card.balance_minor, card.face_minor) for card in parts] == [(10_000, 30_000), (20_000, 20_000)]
    assert "已消费的 ¥200.00" in Confirmation.objects.get(purpose="split").text
    assert to


def test_an_empty_part_gets_the_rest(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    split(browser(holder), serial, "123.45", "")
    assert alive(holder) == [12_345, 37_655]


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        (("100", "399"), "比余额少 ¥1.00"),
        (("100", "401"), "比余额多 ¥1.00"),
        (("0", "500"), "请填一个金额"),
        (("-1", "501"), "请填一个金额"),
        (("0.001", "499.999"), "请填一个金额"),
        (("abc", "500"), "请填一个金额"),
        (("", ""), "只能留空一张"),
        (("500", ""), "没有余下的金额"),
        (("9" * 25, "1"), "请填一个金额"),
    ],
)
def test_parts_that_are_not_the_balance_are_refused(
    ledger: Ledger, holder: Person, browser: Browser, amounts: tuple[str, ...], words: str
) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    for step in ("check", "confirm"):
        answer = browser(holder).post(url_of(serial), typed(*amounts) | {"step": step})
        assert answer.status_code == 200
        assert words in text_of(answer)
    assert alive(holder) == [50_000]
    assert not Confirmation.objects.filter(purpose="split").exists()


def test_the_balance_changes_between_check_and_confirmation(
    ledger: Ledger, holder: Person, browser: Browser
) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client = browser(holder)
    check = client.post(url_of(serial), typed("100", "400") | {"step": "check"})
    do(holder, Order("redeem", serial, {"amount_minor": 10_000, "order": "11" * 32}))
    answer = client.post(url_of(serial), hidden(check) | {"step": "confirm"})
    assert "比余额多 ¥100.00" in text_of(answer)
    assert alive(holder) == [40_000]


def test_a_kind_that_cannot_be_split(ledger: Ledger, holder: Person, browser: Browser) -> None:
    ledger.define(split=False)
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client = browser(holder)
    assert client.get(url_of(serial))["Location"] == f"/cards/{card_number(serial)}/"
    refused = client.post(url_of(serial), typed("100", "400") | {"step": "confirm"})
    assert refused["Location"] == f"/cards/{card_number(serial)}/"
    assert "不能拆分" in text_of(client.get(refused["Location"]))
    assert alive(holder) == [50_000]


def test_somebody_elses_card_is_not_there(
    ledger: Ledger, people: People, holder: Person, browser: Browser
) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    stranger = browser(people.make("阿强"))
    assert stranger.get(url_of(serial)).status_code == 404
    assert stranger.post(url_of(serial), typed("100", "400") | {"step": "confirm"}).status_code == 404
    assert Client().get(url_of(serial)).status_code == 302
    split(browser(holder), serial, "100", "400")
    assert stranger.get(url_of(serial) + "parts/").status_code == 404
    assert browser(holder).get(f"/cards/{card_number(serial + 1)}/split/parts/").status_code == 404


@pytest.mark.database
def test_the_node_is_away(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client = browser(holder)
    check = client.post(url_of(serial), typed("100", "400") | {"step": "check"})
    ledger.wire.cut = True
    kept = client.post(url_of(serial), hidden(check) | {"step": "confirm"})
    assert kept["Location"].startswith("/confirmed/")
    assert "已保存" in text_of(client.get(kept["Location"]))
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    run_due()
    assert "已完成" in text_of(client.get(kept["Location"]))
    assert alive(holder) == [10_000, 40_000]
