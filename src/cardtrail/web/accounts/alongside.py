"""What nearly every page asks about whoever is signed in, answered by the query that reads them.

Each question would be a way to the database and back of its own, on every page. So apps register theirs once
(`AppConfig.ready`), as an expression over `Person`; the answers come with the person and hold for this request, unless
somebody says that one no longer does (`forget`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.db.models.expressions import BaseExpression

from cardtrail.web.accounts.models import Person

_PREFIX: Final = "alongside_"
_MISSING: Final = object()
_questions: Final[dict[str, Callable[[], BaseExpression]]] = {}


def ask(name: str, expression: Callable[[], BaseExpression]) -> None:
    """Have a question answered with every person who makes a request. `OuterRef("pk")` is the person."""
    _questions[_PREFIX + name] = expression
    _people.cache_clear()


def answer(person: AbstractBaseUser, name: str, otherwise: Callable[[], Any]) -> Any:
    """What came with the person, else what `otherwise` finds: a person got elsewhere brings no answers."""
    found = getattr(person, _PREFIX + name, _MISSING)
    return otherwise() if found is _MISSING else found


def forget(person: AbstractBaseUser, name: str) -> None:
    """An answer holds no longer: whoever wants it next asks anew."""
    if hasattr(person, _PREFIX + name):
        delattr(person, _PREFIX + name)


@cache
def _people() -> QuerySet[Person]:
    """Everybody, with the answers. Kept, for to put it together takes as long as to ask it."""
    return Person.objects.annotate(**{name: expression() for name, expression in _questions.items()})


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """allauth's, reading a session's person with the answers."""

    def get_user(self, user_id: UUID | str) -> Person | None:
        """The person of a session, none if they are gone or may not sign in."""
        person = _people().filter(pk=user_id).first()
        return person if person is not None and self.user_can_authenticate(person) else None
