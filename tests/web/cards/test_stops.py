"""A trail in stops: who did what, splits and merges as branches, and other holders without a name."""

from __future__ import annotations

import pytest

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.actions.public import gift_secret
from cardtrail.web.cards import stops as stopping_places
from cardtrail.web.cards.stops import ANOTHER, BRAND, YOU, stops
from cardtrail.web.ledger.models import Card
from cardtrail.web.ledger.trails import trail
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.trail import Stop, lay_out
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.ledgers import Ledger
from tests.web.people import People, agree, claim, do

pytestmark = pytest.mark.django_db


def stops_of(serial: int, viewer: Person) -> list[Stop]:
    card = Card.objects.get(serial=serial)
    return stops(card, trail(card), viewer.pk)


def pass_on(giver: Person, taker: Person, serial: int) -> None:
    held = agree(giver, Order("hold", serial, {"until_ms": now_ms() + DAY_MS}))
    perform(held)
    do(taker, Order("accept", serial, secret=gift_secret(held.only_action)))


def test_each_reads_the_same_trail_from_their_side(ledger: Ledger, people: People) -> None:
    giver, taker = people.make("小满"), people.make("阿强")
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    pass_on(giver, taker, serial)
    do(taker, Order("redeem", serial, {"amount_minor": 1_999, "order": "ab" * 32}))
    do(taker, Order("refund", serial, {"amount_minor": 999, "order": "ab" * 32}))
    mine = stops_of(serial, taker)
    assert [stop.title.zh for stop in mine] == [
        "发行", "激活", "凭卡密领取", "送出，等待领取", "礼物被领取", "消费", "退款到卡",
    ]  # fmt: skip
    assert [stop.who for stop in mine] == [BRAND, BRAND, ANOTHER, ANOTHER, YOU, YOU, BRAND]
    assert [stop.amount_minor for stop in mine] == [50_000, None, None, None, None, -1_999, 999]
    theirs = stops_of(serial, giver)
    assert [stop.who for stop in theirs] == [BRAND, BRAND, YOU, YOU, ANOTHER, ANOTHER, BRAND]
    for stop in mine + theirs:
        assert "小满" not in repr(stop)
        assert "阿强" not in repr(stop)
        assert stop.proof[0][1].zh.startswith("第 ")


def test_split_and_merge(ledger: Ledger, people: People, browser: Browser) -> None:
    person = people.make()
    first, second, third = ledger.issue(3, face=10_000)
    claim(person, ledger, [first, second, third])
    do(person, Order("split", first, {"amounts_minor": [4_000, 6_000]}))
    part, _other = list(Card.objects.filter(serial__gt=third).order_by("serial"))
    do(person, Order("merge", None, {"serials": [second, third]}))
    joined = Card.objects.latest("serial")
    do(person, Order("merge", None, {"serials": [part.serial, joined.serial]}))
    last = Card.objects.latest("serial")
    assert last.balance_minor == 24_000
    found = stops_of(last.serial, person)
    assert found[-1].title.zh == "合并"
    assert found[-1].amount_minor == 24_000
    assert len(found[-1].joins) == 1
    assert [branch.title.zh for branch in found[-1].branches] == [
        f"尾号 {card_number(serial)[-4:]}" for serial in (part.serial, joined.serial)
    ]
    lines = {stop.line for stop in found}
    assert "" in lines
    assert len(lines) == 3, "three cards came together"
    assert lay_out(found).lanes == 3
    page = browser(person).get(f"/cards/{card_number(last.serial)}/")
    assert page.status_code == 200
    assert "lanes-3" in page.content.decode()


def test_authorities_are_named(ledger: Ledger, people: People) -> None:
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    for kind in ("freeze", "unfreeze", "freeze", "void"):
        do(
            person,
            Order(kind, serial, {"cause": "error" if kind == "void" else "request", "case": "cd" * 32}),
        )
    found = stops_of(serial, person)[3:]
    assert [stop.title.zh for stop in found] == ["冻结", "解冻", "冻结", "作废"]
    assert {stop.who for stop in found} == {BRAND}
    assert found[-1].amount_minor == -50_000


def test_a_long_trail_begins_later_until_asked(
    ledger: Ledger, people: People, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    for n in range(8):
        do(person, Order("redeem", serial, {"amount_minor": 10, "order": f"{n:064x}"}))
    monkeypatch.setattr(stopping_places, "MOST", 5)
    path = f"/cards/{card_number(serial)}/"
    client = browser(person)
    short, whole = client.get(path).content.decode(), client.get(f"{path}?whole=1").content.decode()
    assert short.count('class="stop ') == 5
    assert "前面还有 6 步" in short
    assert whole.count('class="stop ') == 11
