"""The wallet and the card's page: groups, pages, words, whose they are, and how much they ask of the database."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards import wallet
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do

pytestmark = pytest.mark.django_db

CASE = {"cause": "request", "case": "cd" * 32}


def queries(client: Client, path: str) -> int:
    """How many queries a page takes, once everything is warm."""
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def headings(page: str) -> list[str]:
    return re.findall(r'<h2 id="group-\d+">(.*?)</h2>', page)


@pytest.fixture
def person(people: People) -> Person:
    return people.make()


def test_an_empty_wallet_says_what_to_do(browser: Browser, person: Person) -> None:
    page = browser(person).get("/").content.decode()
    assert "还没有可以使用的卡" in page
    assert "总余额" not in page


def test_groups_in_order_and_ended_apart(ledger: Ledger, browser: Browser, person: Person) -> None:
    _ready, held, frozen, spent, void, expired = serials = ledger.issue(6)
    claim(person, ledger, serials)
    do(person, Order("hold", held, {"until_ms": now_ms() + DAY_MS}))
    do(person, Order("freeze", frozen, CASE))
    do(person, Order("redeem", spent, {"amount_minor": 50_000, "order": "ab" * 32}))
    do(person, Order("void", void, CASE))
    Card.objects.filter(serial=expired).update(expires_ms=1)
    page = browser(person).get("/").content.decode()
    assert headings(page) == ["可以使用", "已送出，等待领取", "需要留意"]
    assert "已用完和已结束（2）" in page
    assert "¥2,000.00" in page, "ready, given, frozen and expired"
    assert "现在可用 ¥500.00" in page
    assert all(card_number(serial) in page for serial in serials)
    before_ended = page.partition("<details")[0]
    assert card_number(void) not in before_ended
    assert card_number(frozen) in before_ended


@pytest.mark.parametrize(
    "kind",
    ["void", "frozen", "inactive", "expired", "held", "sale", "handed_in", "rebind", "empty", "active"],
)
def test_the_groups_agree_with_the_states(
    ledger: Ledger, browser: Browser, person: Person, kind: str
) -> None:
    """The database sorts cards as their own `state` says."""
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    changes = {
        "void": {"status": 2, "balance_minor": 0},
        "frozen": {"frozen_by": 1, "hold_kind": 0},
        "inactive": {"status": 0},
        "expired": {"expires_ms": 1, "hold_kind": 0},
        "held": {"hold_kind": 0},
        "sale": {"hold_kind": 1, "hold_role": 3},
        "handed_in": {"hold_kind": 0, "hold_role": 1},
        "rebind": {"hold_kind": 2},
        "empty": {"balance_minor": 0},
        "active": {},
    }
    if changes[kind]:
        Card.objects.filter(serial=serial).update(**changes[kind])
    ended, ready = dict.fromkeys(("void", "empty"), wallet.ENDED), {"active": wallet.READY}
    waiting = {"held": wallet.WAITING, "sale": wallet.DEALING, "handed_in": wallet.DEALING}
    expected = (ended | ready | waiting).get(kind, wallet.ATTENTION)
    card = wallet.cards_of(person, now_ms()).get()
    assert card.state == kind
    assert getattr(card, "group") == expected  # noqa: B009 - an annotation


def test_pages_of_24(ledger: Ledger, browser: Browser, person: Person) -> None:
    serials = ledger.issue(30)
    claim(person, ledger, serials)
    client = browser(person)
    pages = [client.get(f"/?page={number}").content.decode() for number in (1, 2)]
    found = [set(re.findall(r'href="/cards/(\d{16})/"', page)) for page in pages]
    assert [len(numbers) for numbers in found] == [24, 6]
    assert found[0] | found[1] == {card_number(serial) for serial in serials}
    for odd in ("0", "99", "x", "-1", "9" * 40):
        assert client.get(f"/?page={odd}").status_code == 200


def test_ended_cards_have_pages_too(ledger: Ledger, browser: Browser, person: Person) -> None:
    serials = ledger.issue(26)
    claim(person, ledger, serials)
    Card.objects.filter(serial__in=serials).update(status=2, balance_minor=0)
    client = browser(person)
    assert "查看全部 26 张" in client.get("/").content.decode()
    assert (
        len(set(re.findall(r'href="/cards/(\d{16})/"', client.get("/ended/?page=2").content.decode()))) == 2
    )


def test_the_wallet_asks_the_database_the_same_however_many_cards(
    ledger: Ledger, browser: Browser, person: Person
) -> None:
    client = browser(person)
    [first, *more] = ledger.issue(60)
    claim(person, ledger, [first])
    few = queries(client, "/")
    claim(person, ledger, more)
    Card.objects.filter(serial__gt=50).update(status=2, balance_minor=0)
    Card.objects.filter(serial__in=range(30, 40)).update(hold_kind=0)
    many = queries(client, "/")
    assert many <= few + 1, "one more, for the cards that have ended"
    assert many <= 8


def test_the_cards_page_asks_the_database_the_same_however_long_its_trail(
    ledger: Ledger, browser: Browser, person: Person
) -> None:
    client = browser(person)
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    path = f"/cards/{card_number(serial)}/"
    do(person, Order("redeem", serial, {"amount_minor": 10, "order": "ff" * 32}))
    short = queries(client, path)
    for n in range(6):
        do(person, Order("redeem", serial, {"amount_minor": 10, "order": f"{n:064x}"}))
    assert queries(client, path) == short
    assert short <= 9, "two of them for the receipts of payments and refunds, one for what staff look at"


def test_somebody_elses_card_is_no_card(
    ledger: Ledger, people: People, browser: Browser, person: Person
) -> None:
    [mine, theirs] = ledger.issue(2)
    claim(person, ledger, [mine])
    claim(people.make(), ledger, [theirs])
    client = browser(person)
    missing = client.get(f"/cards/{card_number(999_999)}/").content
    for path in ("", "give/", "proof.json", "proof.html"):
        assert client.get(f"/cards/{card_number(theirs)}/{path}").status_code == 404
    assert client.get(f"/cards/{card_number(theirs)}/").content == missing
    assert client.post(f"/cards/{card_number(theirs)}/give/", {"step": "confirm"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/ended/", "/gifts/", "/share/", f"/cards/{card_number(0)}/", f"/cards/{card_number(0)}/give/"]
)
def test_strangers_sign_in_first(ledger: Ledger, client: Client, path: str) -> None:
    ledger.issue()
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=")


def test_without_a_second_factor_no_card_is_shown(ledger: Ledger, person: Person) -> None:
    claim(person, ledger, ledger.issue())
    client = Client()
    client.force_login(person)
    for path in ("/", "/ended/", "/gifts/", "/share/", f"/cards/{card_number(0)}/"):
        response = client.get(path)
        assert response.status_code == 302, path
        assert response["Location"].startswith("/me/protect/"), path


def test_a_number_with_a_wrong_check_digit_is_no_address(browser: Browser, person: Person) -> None:
    assert browser(person).get("/cards/0000000000000001/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "可以直接使用"),
        ({"balance_minor": 0}, "余额已用完"),
        ({"frozen_by": 1}, "被发卡方冻结"),
        ({"frozen_by": 5}, "被监管方冻结"),
        ({"hold_kind": 0}, "还没有领取"),
        ({"hold_kind": 1}, "正在出售"),
        ({"hold_kind": 2}, "提出异议"),
        ({"expires_ms": 1}, "已到期"),
        ({"status": 0}, "没有激活"),
        ({"status": 2}, "已作废"),
        ({"status": 3}, "已拆分"),
        ({"status": 4}, "已合并"),
    ],
)
def test_every_state_says_what_to_do(
    ledger: Ledger, browser: Browser, person: Person, changes: dict[str, int], words: str
) -> None:
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    if changes:
        Card.objects.filter(serial=serial).update(**changes)
    page = browser(person).get(f"/cards/{card_number(serial)}/").content.decode()
    assert words in page
    assert ("give/" in page) == (not changes)


def test_english_for_whoever_reads_english(ledger: Ledger, people: People, browser: Browser) -> None:
    person = people.make("Xiaoman", language="en")
    claim(person, ledger, ledger.issue())
    client = browser(person)
    chinese = re.compile(r"[一-鿿]")
    for path in (
        "/",
        f"/cards/{card_number(0)}/",
        f"/cards/{card_number(0)}/give/",
        "/claim/",
        "/share/",
        "/gifts/",
    ):
        text = re.sub(r"<[^>]+>", " ", client.get(path).content.decode().partition("<main")[2])
        left = {line.strip() for line in text.splitlines() if chinese.search(line)}
        assert all("春日礼品卡" in line for line in left), (path, left)


def test_the_proof_is_there_and_is_ones_own(ledger: Ledger, browser: Browser, person: Person) -> None:
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    client = browser(person)
    assert 'data-vkey="' in client.get(f"/cards/{card_number(serial)}/").content.decode()
    ledger.wire.cut = True
    assert client.get(f"/cards/{card_number(serial)}/proof.json").status_code == 503
    assert client.get(f"/cards/{card_number(serial)}/proof.html").status_code == 503
    assert client.get(f"/cards/{card_number(serial)}/").status_code == 200, "the page itself needs no node"
    assert client.get("/").status_code == 200
