"""Several people at the same moment: nobody gets two cards of a share, no card goes to two people, no form counts
twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from django.test import Client

from cardtrail.wallet.codes import CardCode
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.cards import taking
from cardtrail.web.cards.models import Attempt, Gift, Share
from cardtrail.web.ledger.models import Card
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.cards.test_share import share
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run all of them at the same moment; gives what each returned."""
    barrier = threading.Barrier(len(jobs))
    results: list[object] = [None] * len(jobs)

    def run(place: int, job: Callable[[], object]) -> None:
        try:
            barrier.wait(120)
            results[place] = job()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.fixture
def sharer(people: People) -> Person:
    return people.make("小满")


@pytest.fixture
def shared(ledger: Ledger, browser: Browser, sharer: Person) -> tuple[Share, str, str]:
    """Two cards, shared."""
    serials = ledger.issue(2)
    claim(sharer, ledger, serials)
    return share(browser(sharer), serials)


def taker(client: Client, path: str, secret: str) -> Callable[[], object]:
    return lambda: client.post(f"{path}/take", {"secret": secret}).status_code


def test_five_people_and_two_cards(
    ledger: Ledger, people: People, browser: Browser, shared: tuple[Share, str, str]
) -> None:
    made, path, secret = shared
    persons = [people.make(f"同学{n}") for n in range(5)]
    clients = [browser(person) for person in persons]
    codes = at_once(*(taker(client, path, secret) for client in clients))
    assert set(codes) == {302}
    holders = list(Card.objects.filter(serial__lt=2).values_list("holder", flat=True))
    assert len(set(holders)) == 2
    assert set(holders) <= {person.pk for person in persons}
    assert Action.objects.filter(kind="accept").count() == 2
    assert set(made.gifts.values_list("state", flat=True)) == {"taken"}


def test_one_person_on_two_devices(
    ledger: Ledger, people: People, browser: Browser, shared: tuple[Share, str, str]
) -> None:
    made, path, secret = shared
    person = people.make("阿强")
    clients = [browser(person) for _ in range(4)]
    at_once(*(taker(client, path, secret) for client in clients))
    assert Card.objects.filter(holder=person).count() == 1
    assert made.gifts.filter(taker=person).count() == 1


def test_a_reservation_is_swapped_and_not_overwritten(
    ledger: Ledger, people: People, shared: tuple[Share, str, str]
) -> None:
    made, _path, _secret = shared
    gift = made.gifts.first()
    assert gift is not None
    persons = [people.make() for _ in range(4)]

    def reserve(person: Person) -> Callable[[], object]:
        def run() -> bool:
            with transaction.atomic():
                return taking.reserve(gift, person)

        return run

    won = at_once(*(reserve(person) for person in persons))
    assert sorted(map(bool, won)) == [False, False, False, True]
    assert Gift.objects.get(id=gift.id).taker == persons[won.index(True)]


def test_stopping_and_taking(
    ledger: Ledger, people: People, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    """Whoever comes first: each card ends with one of them, and no gift says otherwise than the ledger."""
    made, path, secret = shared
    person = people.make("阿强")
    mine, theirs = browser(sharer), browser(person)
    at_once(lambda: mine.post(f"/shares/{made.id}/stop/").status_code, taker(theirs, path, secret))
    for gift in made.gifts.all():
        holder = Card.objects.get(serial=gift.serial).holder
        assert (gift.state == "taken") == (holder == person), (gift.state, holder)
        assert gift.state in {"taken", "returned", "offered"}


def test_the_same_form_from_an_impatient_finger(ledger: Ledger, people: People, browser: Browser) -> None:
    [serial] = ledger.issue()
    person = people.make()
    body = {"number": card_number(serial), "code": ledger.codes[serial].grouped, "token": "ab" * 16}
    clients = [browser(person) for _ in range(4)]
    jobs = [lambda client=client: client.post("/claim/", body).status_code for client in clients]
    assert set(at_once(*jobs)) == {302}
    assert Confirmation.objects.filter(purpose="claim").count() == 1
    assert Card.objects.get(serial=serial).holder == person


def test_tries_at_the_same_moment_all_count(ledger: Ledger, people: People, browser: Browser) -> None:
    [serial] = ledger.issue()
    person = people.make()
    clients = [browser(person) for _ in range(10)]
    jobs = [
        lambda client=client: (
            client.post(
                "/claim/", {"number": card_number(serial), "code": CardCode.generate().grouped}
            ).status_code
        )
        for client in clients
    ]
    codes = at_once(*jobs)
    assert sorted(codes) == sorted([200] * codes.count(200) + [429] * codes.count(429))
    assert codes.count(200) <= 6
    assert Attempt.objects.count() == 3 * codes.count(200)
