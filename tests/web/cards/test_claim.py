"""Claiming by code: the right code takes the card, and whoever has not got it learns nothing (attack 28)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from cardtrail.wallet.codes import CardCode
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import run_due
from cardtrail.web.cards import claiming, throttle
from cardtrail.web.cards.models import Attempt
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

pytestmark = pytest.mark.django_db

NO = "没有能用这组卡号和卡密领取的卡"
WAIT = "尝试次数太多"


def send(client: Client, serial: int, code: CardCode, **more: Any) -> Any:
    return client.post("/claim/", {"number": card_number(serial), "code": code.grouped} | more)


def errors(response: Any) -> list[str]:
    """What the error summary says."""
    found = re.search(r'<div class="error-summary".*?</div>', response.content.decode(), re.DOTALL)
    return [] if found is None else re.findall(r"<li>(.*?)</li>", found[0])


def test_claim_then_wallet_then_card(ledger: Ledger, people: People, browser: Browser) -> None:
    person = people.make()
    [serial] = ledger.issue()
    client = browser(person)
    number = card_number(serial)
    response = send(client, serial, ledger.codes[serial])
    assert response["Location"] == f"/cards/{number}/"
    assert Card.objects.get(serial=serial).holder == person
    wallet = client.get("/").content.decode()
    assert f"/cards/{number}/" in wallet
    assert "¥500.00" in wallet
    page = client.get(f"/cards/{number}/")
    assert "凭卡密领取" in page.content.decode()
    confirmed = Confirmation.objects.get(purpose="claim")
    assert "卡密从此失效" in confirmed.text
    assert ledger.codes[serial].text not in str(confirmed.orders)


def test_one_same_answer_to_every_wrong_try(ledger: Ledger, people: People, browser: Browser) -> None:
    """No such card, a wrong code, a code that was used, a code of another card: nobody can tell them apart."""
    [mine, claimed, fresh] = ledger.issue(3)
    claim(people.make("阿强"), ledger, [claimed])
    client = browser(people.make())
    right = ledger.codes[claimed]
    tries = [
        (999_999, CardCode.generate()),
        (fresh, CardCode.generate()),
        (claimed, right),
        (mine, ledger.codes[fresh]),
    ]
    pages = []
    for serial, code in tries:
        response = send(client, serial, code, token="ab" * 16)
        assert response.status_code == 200
        text = response.content.decode().replace(card_number(serial), "NUMBER").replace(code.grouped, "CODE")
        pages.append(re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text))
        assert NO in errors(response)[0]
    assert len(set(pages)) == 1
    assert not Action.objects.filter(kind="claim", serial__in=[mine, fresh]).exists(), (
        "a guess costs no signature"
    )


def test_there_is_no_balance_without_the_card(ledger: Ledger, people: People, browser: Browser) -> None:
    [serial] = ledger.issue()
    client = browser(people.make())
    for path in (f"/cards/{card_number(serial)}/", f"/cards/{card_number(serial)}/proof.json"):
        assert client.get(path).status_code == 404
    landing = client.get(f"/c/{card_number(serial)}").content.decode()
    assert "500" not in landing
    assert landing == client.get(f"/c/{card_number(999_999)}").content.decode().replace(
        card_number(999_999), card_number(serial)
    )


def test_guessing_is_stopped(ledger: Ledger, people: People, browser: Browser) -> None:
    [serial] = ledger.issue()
    client = browser(people.make())
    limit = throttle.LIMITS["person"][0]
    for _ in range(limit):
        assert NO in errors(send(client, serial, CardCode.generate()))[0]
    refused = send(client, serial, CardCode.generate())
    assert refused.status_code == 429
    assert WAIT in errors(refused)[0]
    assert "分钟" in errors(refused)[0]
    assert send(client, serial, ledger.codes[serial]).status_code == 429, (
        "not even the right code gets through"
    )
    assert Card.objects.get(serial=serial).holder is None
    Attempt.objects.update(at_ms=now_ms() - throttle.WINDOWS[0])
    assert send(client, serial, ledger.codes[serial]).status_code == 302, "waiting helps"


def test_without_the_throttle_guessing_goes_on(
    ledger: Ledger, people: People, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the test above asserts is the throttle's doing."""
    monkeypatch.setattr(throttle, "enter", lambda request: throttle.Entered(()))
    [serial] = ledger.issue()
    client = browser(people.make())
    answers = {
        send(client, serial, CardCode.generate()).status_code for _ in range(throttle.LIMITS["person"][0] + 2)
    }
    assert answers == {200}


@pytest.mark.parametrize("same", ["person", "browser", "address"])
def test_each_of_the_three_is_counted_by_itself(
    ledger: Ledger, people: People, browser: Browser, same: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another account in the same browser, another browser of the same person, everything new from one address."""
    monkeypatch.setattr(throttle, "LIMITS", {"person": (3, 9), "browser": (3, 9), "address": (3, 9)})
    [serial] = ledger.issue()
    person, first = people.make(), None
    for turn in range(4):
        client = browser(person if same == "person" else people.make())
        if same == "browser" and first is not None:
            client.cookies["cardtrail_device"] = first.cookies["cardtrail_device"].value
        first = first or client
        address = "192.0.2.9" if same == "address" else f"192.0.2.{turn + 20}"
        body = {"number": card_number(serial), "code": CardCode.generate().grouped}
        response = client.post("/claim/", body, REMOTE_ADDR=address)
        assert response.status_code == (200 if turn < 3 else 429), turn


def test_the_days_limit_holds_over_many_windows(ledger: Ledger, people: People, browser: Browser) -> None:
    [serial] = ledger.issue()
    client = browser(people.make())
    short, day = throttle.LIMITS["person"]
    send(client, serial, CardCode.generate())
    who = list(Attempt.objects.values_list("who", flat=True))
    at = now_ms() - DAY_MS // 2
    Attempt.objects.bulk_create(Attempt(who=name, at_ms=at) for name in who for _ in range(day - 1))
    assert send(client, serial, ledger.codes[serial]).status_code == 429
    assert short < day


def test_right_codes_do_not_count(ledger: Ledger, people: People, browser: Browser) -> None:
    serials = ledger.issue(throttle.LIMITS["person"][0] + 2)
    client = browser(people.make())
    for serial in serials:
        assert send(client, serial, ledger.codes[serial]).status_code == 302
    assert not Attempt.objects.exists()


def test_a_mistyped_code_is_not_an_attempt(ledger: Ledger, people: People, browser: Browser) -> None:
    client = browser(people.make())
    response = client.post("/claim/", {"number": "12", "code": CardCode.generate().text[:-1]})
    assert len(errors(response)) == 2
    assert not Attempt.objects.exists()


def test_a_card_one_has_already(ledger: Ledger, people: People, browser: Browser) -> None:
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    response = send(browser(person), serial, ledger.codes[serial])
    assert response["Location"] == f"/cards/{card_number(serial)}/"


def test_cards_of_the_old_system_are_tried(
    ledger: Ledger, people: People, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number and code that are not ours go to whoever took the old cards in, and count as tries."""
    [serial] = ledger.issue()
    secret = ledger.codes[serial].secret

    def old(number: str, code: str) -> Order | None:
        return Order("claim", serial, secret=secret) if (number, code) == ("A-77", "123456") else None

    monkeypatch.setattr(claiming, "old_cards", [old])
    person = people.make()
    client = browser(person)
    assert NO in errors(client.post("/claim/", {"number": "A-77", "code": "999999"}))[0]
    assert Attempt.objects.count() == 3
    assert client.post("/claim/", {"number": "A-77", "code": "123456"}).status_code == 302
    assert Card.objects.get(serial=serial).holder == person


def test_an_inactive_card_says_so_to_whoever_has_its_code(
    ledger: Ledger, people: People, browser: Browser
) -> None:
    [serial] = ledger.issue(active=False)
    client = browser(people.make())
    response = client.post(
        "/claim/", {"number": card_number(serial), "code": ledger.codes[serial].grouped}, follow=True
    )
    assert "还没有激活" in response.content.decode()


def test_strangers_sign_in_first_and_nothing_is_claimed(
    ledger: Ledger, people: People, client: Client
) -> None:
    [serial] = ledger.issue()
    page = client.get("/claim/").content.decode()
    assert "/accounts/signup/?next=/claim/" in page
    assert "csrf" not in page.partition("<main")[2], "there is no form to send"
    send(client, serial, ledger.codes[serial])
    assert not Confirmation.objects.exists()


def test_without_a_second_factor_nothing_is_claimed(ledger: Ledger, people: People) -> None:
    [serial] = ledger.issue()
    client = Client()
    client.force_login(people.make())
    response = send(client, serial, ledger.codes[serial])
    assert response.status_code == 200
    assert "/me/protect/?next=%2Fclaim%2F" in response.content.decode()
    assert not Confirmation.objects.exists()


def test_while_the_ledger_is_away_it_is_kept(ledger: Ledger, people: People, browser: Browser) -> None:
    person = people.make()
    [serial] = ledger.issue()
    client = browser(person)
    ledger.wire.cut = True
    response = send(client, serial, ledger.codes[serial])
    assert response["Location"].startswith("/confirmed/")
    page = client.get(response["Location"]).content.decode()
    assert "已保存" in page
    assert 'http-equiv="refresh"' in page
    assert browser(people.make("别人")).get(response["Location"]).status_code == 404
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    run_due()
    page = client.get(response["Location"]).content.decode()
    assert "已完成" in page
    assert f'href="/cards/{card_number(serial)}/"' in page
    assert Card.objects.get(serial=serial).holder == person


def test_the_page_leads_nowhere_else(ledger: Ledger, people: People, browser: Browser) -> None:
    """The address to go on to is one of ours, whatever stands in the query."""
    client = browser(people.make())
    [serial] = ledger.issue()
    send(client, serial, ledger.codes[serial])
    confirmation = Confirmation.objects.get(purpose="claim")
    page = client.get(f"/confirmed/{confirmation.id}/?next=https://evil.example/").content.decode()
    assert "evil.example" not in page.partition("<main")[2]


def test_the_same_form_twice_claims_once(ledger: Ledger, people: People, browser: Browser) -> None:
    [serial] = ledger.issue()
    client = browser(people.make())
    ledger.wire.cut = True
    for _ in range(2):
        assert send(client, serial, ledger.codes[serial], token="cd" * 16).status_code == 302
    assert Confirmation.objects.filter(purpose="claim").count() == 1


def test_a_form_of_another_site_is_refused(ledger: Ledger, people: People, browser: Browser) -> None:
    [serial] = ledger.issue()
    person = people.make()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser(person).cookies
    body = {"number": card_number(serial), "code": ledger.codes[serial].grouped}
    assert strict.post("/claim/", body).status_code == 403
    assert not Confirmation.objects.exists()
