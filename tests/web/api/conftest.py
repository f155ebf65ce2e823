"""What the tests of the API share: a developer, a key, and a program that calls."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.api.keys import make_key
from cardtrail.web.api.models import ApiKey
from cardtrail.web.api.scopes import SCOPES
from cardtrail.web.desk.models import Staff
from tests.web.cards.conftest import browser
from tests.web.checkout.conftest import cards, payer, phone
from tests.web.people import People

__all__ = ["browser", "cards", "payer", "phone"]

SHOP = "https://shop.example"


@dataclass
class Program:
    """A program of the brand's, with a key."""

    key: ApiKey
    secret: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))

    def get(self, path: str, **headers: str) -> Any:
        return self._kept(self.client.get(f"/api/v1{path}", headers=self._headers(headers)))

    def post(self, path: str, body: Any = None, name: str | None = None, **headers: str) -> Any:
        sent = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        headers = {"Idempotency-Key": name or uuid.uuid4().hex} | headers
        answer = self.client.post(
            f"/api/v1{path}", data=sent, content_type="application/json", headers=self._headers(headers)
        )
        return self._kept(answer)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1{path}", headers=self._headers({}))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"} | more

    @staticmethod
    def _kept(answer: Any) -> Any:
        kind = "application/json" if answer.status_code < 400 else "application/problem+json"
        assert answer["Content-Type"].partition(";")[0] == kind, answer.content
        return answer


@pytest.fixture
def developer(people: People) -> Person:
    person = people.make("小林")
    Staff.objects.create(person=person, roles=["developer", "issuing"])
    return person


@pytest.fixture
def program_with(developer: Person) -> Callable[..., Program]:
    """Programs with keys of their own."""

    def made(scopes: Sequence[str] = tuple(SCOPES), **more: Any) -> Program:
        return Program(*make_key(developer, "店铺", scopes, [SHOP], **more))

    return made


@pytest.fixture
def program(program_with: Callable[..., Program]) -> Program:
    """A program that may do everything."""
    return program_with()
