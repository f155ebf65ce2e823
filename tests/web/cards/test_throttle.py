"""Trying codes: whoever guesses is stopped, and honest people who share an address are not (attack 13)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from cardtrail.web.accounts.models import Person
from cardtrail.web.cards import throttle
from cardtrail.web.cards.models import Attempt

pytestmark = pytest.mark.django_db

SCHOOL = "192.0.2.7"
HONEST = 500


def asked(address: str = SCHOOL, person: Person | None = None) -> HttpRequest:
    """An attempt of somebody at a browser of their own."""
    request = RequestFactory().post("/claim/", REMOTE_ADDR=address, HTTP_USER_AGENT=f"Browser/{uuid4()}")
    request.user = person or Person(pk=uuid4())
    request.COOKIES["cardtrail_device"] = str(uuid4())
    return request


def test_attack_13_500_honest_people_behind_one_address_are_not_stopped() -> None:
    """Each of them is wrong once, all within the same minutes, and then claims."""
    for _ in range(HONEST):
        throttle.enter(asked())
    assert Attempt.objects.count() == 3 * HONEST
    for _ in range(20):
        throttle.enter(asked()).was_right()


@pytest.mark.database
def test_attack_13_with_a_limit_that_an_address_shares_they_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.LIMITS, "address", (30, 300))
    for _ in range(30):
        throttle.enter(asked())
    with pytest.raises(throttle.TooOften):
        throttle.enter(asked())


@pytest.mark.database
def test_one_person_among_them_who_guesses_is_stopped() -> None:
    guesser = Person(pk=uuid4())
    for _ in range(50):
        throttle.enter(asked())
    for _ in range(throttle.LIMITS["person"][0]):
        throttle.enter(asked(person=guesser))
    with pytest.raises(throttle.TooOften):
        throttle.enter(asked(person=guesser))
    with pytest.raises(throttle.TooOften):
        throttle.enter(asked("198.51.100.9", guesser))
    throttle.enter(asked())


@pytest.mark.database
def test_whoever_makes_one_account_after_the_other_is_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.LIMITS, "address", (9, 99))
    for _ in range(9):
        throttle.enter(asked())
    with pytest.raises(throttle.TooOften):
        throttle.enter(asked())
    throttle.enter(asked("198.51.100.9"))


@pytest.mark.database
@pytest.mark.parametrize(("other", "same"), [("2001:db8:7:7:ffff::1", True), ("2001:db8:7:8::1", False)])
def test_an_ipv6_network_is_one_address(monkeypatch: pytest.MonkeyPatch, other: str, same: bool) -> None:
    monkeypatch.setitem(throttle.LIMITS, "address", (1, 99))
    throttle.enter(asked("2001:db8:7:7::1"))
    if same:
        with pytest.raises(throttle.TooOften):
            throttle.enter(asked(other))
    else:
        throttle.enter(asked(other))


def test_an_address_may_far_more_than_a_person() -> None:
    for person, address in zip(throttle.LIMITS["person"], throttle.LIMITS["address"], strict=True):
        assert address >= 75 * person
