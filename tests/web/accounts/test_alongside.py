"""What comes with the person: each question is asked of everybody, also one that came later."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.models import Value

from cardtrail.web.accounts import alongside
from tests.web.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _questions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(alongside, "_questions", dict(alongside._questions))
    yield
    alongside._people.cache_clear()


def test_a_question_that_came_later_is_answered(people: People) -> None:
    person, backend = people.make(), alongside.Backend()
    assert backend.get_user(person.pk) == person
    alongside.ask("later", lambda: Value(7))
    found = backend.get_user(person.pk)
    assert found is not None
    assert alongside.answer(found, "later", lambda: 0) == 7


def test_each_person_gets_their_own(people: People) -> None:
    one, other, backend = people.make("小满"), people.make("阿强"), alongside.Backend()
    assert [found and found.name for found in (backend.get_user(one.pk), backend.get_user(other.pk))] == [
        "小满",
        "阿强",
    ]
