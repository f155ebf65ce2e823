"""What a test committed is gone before the next one begins, and what was there from the beginning is not."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from cardtrail.web.accounts.models import Person
from tests.web.emptying import KEPT, tables
from tests.web.people import People

WITHOUT_A_MODEL = {"cache", "django_migrations"}
"""Tables of Django's own that no test's rows are in: the cache is cleared by whoever uses it."""


@pytest.mark.database
@pytest.mark.parametrize("turn", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_another_test(people: People, turn: str) -> None:
    assert not Person.objects.exists(), turn
    assert ContentType.objects.exists()
    assert Permission.objects.exists()
    people.make()


@pytest.mark.django_db
def test_every_table_is_thought_of() -> None:
    assert set(connection.introspection.table_names()) - WITHOUT_A_MODEL == tables() | KEPT
