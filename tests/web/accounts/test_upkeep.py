"""What is due once a day."""

from __future__ import annotations

import datetime

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from cardtrail.web.accounts import upkeep
from cardtrail.web.accounts.models import Person
from cardtrail.web.ui.clock import DAY_MS, now_ms
from tests.web.accounts.flows import member, sign_in

pytestmark = pytest.mark.django_db


def joined(person: Person, days_ago: int) -> Person:
    Person.objects.filter(pk=person.pk).update(joined=timezone.now() - datetime.timedelta(days=days_ago))
    return person


def unconfirmed(people, days_ago: int) -> Person:
    person = member(people)
    EmailAddress.objects.filter(user=person).update(verified=False)
    return joined(person, days_ago)


def test_only_old_sign_ups_that_nobody_confirmed_go(people):
    gone = unconfirmed(people, 8)
    kept = [unconfirmed(people, 6), joined(member(people), 400), joined(people.make("员工"), 400)]
    upkeep.daily(now_ms())
    assert set(Person.objects.all()) == set(kept)
    assert gone not in Person.objects.all()


def test_whoever_has_ever_signed_in_stays(client, people):
    person = joined(member(people), 30)
    sign_in(client, person)
    EmailAddress.objects.filter(user=person).update(verified=False)
    assert upkeep.wipe_unconfirmed(now_ms() - 7 * DAY_MS) == 0
