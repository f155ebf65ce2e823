"""Merging cards: only what goes together, the dates said beforehand, the limits of terms and of the law."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.perform import run_due
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.products import Transferable
from tests.web.cards.conftest import Browser, Jump
from tests.web.cards.forms import hidden, text_of
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(people: People) -> Person:
    return people.make("小满")


def url_of(serial: int) -> str:
    return f"/cards/{card_number(serial)}/merge/"


def alive(person: Person) -> list[int]:
    return sorted(card.balance_minor for card in Card.objects.filter(holder=person) if not card.dead)


def offered(client: Client, serial: int) -> list[int]:
    page = client.get(url_of(serial))
    assert page.status_code == 200
    return [other.serial for other in page.context["companions"]]


def merge(client: Client, serial: int, *others: int) -> str:
    """Through the pages, the last form sent twice. Gives where it leads."""
    check = client.post(url_of(serial), {"serials": list(others), "step": "check"})
    assert "将要发生的事" in text_of(check), text_of(check)
    done = client.post(url_of(serial), hidden(check) | {"step": "confirm"})
    again = client.post(url_of(serial), hidden(check) | {"step": "confirm"})
    assert done["Location"] == again["Location"]
    return done["Location"]


@pytest.mark.database
def test_merged_once_and_the_dates_said_beforehand(
    ledger: Ledger, holder: Person, browser: Browser, jump: Jump
) -> None:
    [first] = ledger.issue(face=10_000)
    jump(40 * DAY_MS)
    [second] = ledger.issue(face=50_000)
    claim(holder, ledger, [first, second])
    client = browser(holder)
    check = client.post(url_of(first), {"serials": [second], "step": "check"})
    text = text_of(check)
    assert "¥600.00" in text
    assert "其中 1 张卡原来的有效期更长" in text
    assert check.context["made"].expires_ms == Card.objects.get(serial=first).expires_ms
    to = merge(client, second, first)
    landed = client.get(to)
    merged = Card.objects.get(serial=max(first, second) + 1)
    assert landed["Location"] == f"/cards/{card_number(merged.serial)}/"
    assert alive(holder) == [60_000]
    assert merged.expires_ms == check.context["made"].expires_ms
    assert merged.activated_ms == check.context["made"].activated_ms
    assert merged.face_minor == check.context["made"].face_minor
    assert Confirmation.objects.filter(purpose="merge").count() == 1


def test_only_cards_that_go_together_are_offered(
    ledger: Ledger, people: People, holder: Person, browser: Browser
) -> None:
    ledger.define()
    other_kind = ledger.define("夏日礼品卡")
    [base, fits, frozen] = ledger.issue(3)
    [different] = ledger.issue(1, product=other_kind)
    [inactive] = ledger.issue(1, active=False)
    [foreign] = ledger.issue(1)
    claim(holder, ledger, [base, fits, frozen, different])
    claim(people.make("阿强"), ledger, [foreign])
    Card.objects.filter(serial=frozen).update(frozen_by=0)
    Card.objects.filter(serial=inactive).update(holder=holder)
    client = browser(holder)
    assert offered(client, base) == [fits]
    for wrong in (different, inactive, foreign, frozen, 10**9):
        for step in ("check", "confirm"):
            answer = client.post(url_of(base), {"serials": [fits, wrong], "step": step}, follow=True)
            assert "刚刚变了" in text_of(answer)
    assert alive(holder) == [50_000] * 5


def test_one_card_alone_is_not_merged(ledger: Ledger, holder: Person, browser: Browser) -> None:
    serials = ledger.issue(2)
    claim(holder, ledger, serials)
    client = browser(holder)
    for chosen in ([], [serials[0]]):
        assert "请至少选两张卡" in text_of(
            client.post(url_of(serials[0]), {"serials": chosen, "step": "check"})
        )
        confirmed = client.post(url_of(serials[0]), {"serials": chosen, "step": "confirm"}, follow=True)
        assert "请至少选两张卡" in text_of(confirmed)
    assert alive(holder) == [50_000, 50_000]


def test_the_terms_limit_on_faces(ledger: Ledger, holder: Person, browser: Browser) -> None:
    serials = ledger.issue(3)
    claim(holder, ledger, serials)
    answer = browser(holder).post(url_of(serials[0]), {"serials": serials[1:], "step": "check"})
    assert "面值是 ¥1,500.00，超过这种卡的上限 ¥1,000.00" in text_of(answer)
    assert alive(holder) == [50_000] * 3


def test_the_limit_of_the_law_is_named_with_its_source(
    ledger: Ledger, holder: Person, browser: Browser
) -> None:
    ledger.define(face_limit_minor=1_000_000)
    serials = ledger.issue(2, face=100_000)
    claim(holder, ledger, serials)
    client = browser(holder)
    answer = text_of(client.post(url_of(serials[0]), {"serials": serials[1:], "step": "check"}))
    assert "不记名卡限额" in answer
    assert "¥1,000.00" in answer
    assert "依据：" in answer
    client.post(url_of(serials[0]), {"serials": serials[1:], "step": "confirm"})
    assert alive(holder) == [100_000] * 2


@pytest.mark.database
def test_cards_that_may_not_be_passed_on_merge_with_their_own_parts_alone(
    ledger: Ledger, holder: Person, browser: Browser
) -> None:
    ledger.define(transferable=Transferable.NO, max_hops=1)
    first, second = ledger.issue(2)
    claim(holder, ledger, [first, second])
    client = browser(holder)
    assert offered(client, first) == []
    parts = {"parts": "2", "part_0": "100", "part_1": "400"}
    client.post(f"/cards/{card_number(first)}/split/", parts | {"step": "confirm"})
    one, two = Card.objects.filter(parents=[first]).values_list("serial", flat=True).order_by("serial")
    assert offered(client, one) == [two]
    merge(client, one, two)
    assert alive(holder) == [50_000, 50_000]


def test_a_kind_that_cannot_be_merged(ledger: Ledger, holder: Person, browser: Browser) -> None:
    ledger.define(merge=False)
    serials = ledger.issue(2)
    claim(holder, ledger, serials)
    client = browser(holder)
    assert client.get(url_of(serials[0]))["Location"] == f"/cards/{card_number(serials[0])}/"
    client.post(url_of(serials[0]), {"serials": serials[1:], "step": "confirm"})
    assert alive(holder) == [50_000, 50_000]


def test_somebody_elses_card_is_not_there(
    ledger: Ledger, people: People, holder: Person, browser: Browser
) -> None:
    serials = ledger.issue(2)
    claim(holder, ledger, serials)
    stranger = browser(people.make("阿强"))
    assert stranger.get(url_of(serials[0])).status_code == 404
    assert stranger.post(url_of(serials[0]), {"serials": serials[1:], "step": "confirm"}).status_code == 404
    merge(browser(holder), *serials)
    assert stranger.get(url_of(serials[0]) + "result/").status_code == 404


def test_the_node_is_away(ledger: Ledger, holder: Person, browser: Browser) -> None:
    serials = ledger.issue(2)
    claim(holder, ledger, serials)
    client = browser(holder)
    ledger.wire.cut = True
    to = merge(client, *serials)
    assert to.startswith("/confirmed/")
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    run_due()
    assert alive(holder) == [100_000]


def test_ten_cards_cost_no_more_queries_than_one(ledger: Ledger, holder: Person, browser: Browser) -> None:
    client = browser(holder)

    def queries(count: int) -> int:
        serials = ledger.issue(count, face=5_000)
        claim(holder, ledger, serials)
        client.get(url_of(serials[0]))
        with CaptureQueriesContext(connection) as seen:
            client.get(url_of(serials[0]))
        return len(seen)

    assert queries(2) == queries(10)
