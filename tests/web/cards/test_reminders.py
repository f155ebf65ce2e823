"""Reminders: each once, at its time, and only for what is still so."""

from __future__ import annotations

import pytest

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards.models import Gift
from cardtrail.web.cards.reminders import run_due
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.cards.forms import hidden
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(people: People) -> Person:
    return people.make("小满")


def told(person: Person) -> list[str]:
    rows = Notice.objects.filter(person=person, kind__startswith="reminders.").order_by("pk")
    return [row.key.rpartition("/")[2] for row in rows]


@pytest.mark.database
def test_thirty_and_seven_days_before_once_each(ledger: Ledger, holder: Person) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    expires_ms = Card.objects.get(serial=serial).expires_ms or 0
    for days, expected in (
        (31, []),
        (30, ["30"]),
        (29, ["30"]),
        (8, ["30"]),
        (7, ["30", "7"]),
        (0, ["30", "7"]),
    ):
        for _ in range(2):
            run_due(expires_ms - days * DAY_MS)
            assert told(holder) == expected, days
    run_due(expires_ms + 1)
    assert told(holder) == ["30", "7"]
    notice = Notice.objects.filter(kind="reminders.expiry").earliest("pk")
    assert "¥500.00" in notice.zh
    assert "不会消失" in notice.zh
    assert notice.url == f"/cards/{card_number(serial)}/"
    assert Mail.objects.filter(notice=notice).exists()


def test_one_reminder_for_a_card_that_came_late(ledger: Ledger, holder: Person) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    expires_ms = Card.objects.get(serial=serial).expires_ms or 0
    assert run_due(expires_ms - 3 * DAY_MS) == 1
    assert told(holder) == ["7"]


def test_no_reminder_of_what_is_gone_or_nobodys(ledger: Ledger, people: People, holder: Person) -> None:
    spent, nobodys, void = ledger.issue(3)
    claim(holder, ledger, [spent, void])
    do(holder, Order("redeem", spent, {"amount_minor": 50_000, "order": "11" * 32}))
    Card.objects.filter(serial=void).update(status=2)
    expires_ms = Card.objects.get(serial=nobodys).expires_ms or 0
    assert run_due(expires_ms - DAY_MS) == 0


def test_without_an_expiry_there_is_nothing_to_remind_of(ledger: Ledger, holder: Person) -> None:
    ledger.define(validity_ms=None)
    claim(holder, ledger, ledger.issue())
    assert run_due(now_ms() + 10_000 * DAY_MS) == 0


def test_many_cards_in_a_few_queries(ledger: Ledger, holder: Person, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    serials = ledger.issue(30)
    claim(holder, ledger, serials)
    at_ms = (Card.objects.get(serial=serials[0]).expires_ms or 0) - DAY_MS
    assert run_due(at_ms) == 30
    with django_assert_max_num_queries(5):
        assert run_due(at_ms) == 0


def test_a_gift_that_nobody_has_claimed(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client, url = browser(holder), f"/cards/{card_number(serial)}/give/"
    day = client.get(url).context["form"].fields["until"].widget.attrs["max"]
    check = client.post(url, {"how": "link", "to": "", "note": "", "until": day, "step": "check"})
    client.post(url, hidden(check) | {"step": "confirm"})
    gift = Gift.objects.get()
    assert run_due(gift.until_ms - 3 * DAY_MS) == 0
    assert run_due(gift.until_ms - 2 * DAY_MS) == 1
    assert run_due(gift.until_ms - DAY_MS) == 0
    assert told(holder) == ["unclaimed"]
    assert Notice.objects.get(kind="reminders.gift").url == f"/gifts/{gift.id}/"


def test_a_gift_for_today_needs_no_reminder(ledger: Ledger, holder: Person) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    at_ms = now_ms()
    [hold] = do(holder, Order("hold", serial, {"until_ms": at_ms + DAY_MS}))
    Gift.objects.create(
        action=hold.action, serial=serial, giver=holder, reference=bytes(32), until_ms=at_ms + DAY_MS,
        made_ms=at_ms, state=Gift.State.OFFERED,
    )  # fmt: skip
    assert run_due(at_ms) == 0
