"""Points by API key: every posting once, an account's sum, nobody's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cardtrail.pricing.offers import Unit
from cardtrail.web.api.keys import make_key
from cardtrail.web.desk.models import Staff
from cardtrail.web.returns import points
from cardtrail.web.returns.models import Return
from tests.web.api.conftest import Program
from tests.web.orders.conftest import play
from tests.web.people import People
from tests.web.returns.conftest import brand, trusting
from tests.web.returns.desk import Brand

__all__ = ["brand", "play", "trusting"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]


def reader(people: People, *scopes: str) -> Program:
    developer = people.make("小林")
    Staff.objects.create(person=developer, roles=["developer"])
    return Program(*make_key(developer, "积分", scopes or ("points:read",), []))


@pytest.fixture
def given(brand: Brand) -> list[Return]:
    """Two people with points: one of them for two cards."""
    brand.offer(Unit.POINTS)
    one, other = brand.holder("小满"), brand.holder("阿宁")
    return [brand.hand_back(brand.quoted(brand.card(who), who, Unit.POINTS)) for who in (one, other, one)]


def test_every_posting_once_oldest_first(people: People, given: list[Return]) -> None:
    program = reader(people)
    answer = program.get("/points").json()
    assert answer["next"] is None
    assert [each["return_id"] for each in answer["items"]] == [each.id.hex for each in given]
    first = answer["items"][0]
    assert first == {
        "key": given[0].posting.key,
        "account": given[0].person_id.hex,
        "points": 5_000,
        "at_ms": given[0].posting.at_ms,
        "entry": given[0].entry_index,
        "return_id": given[0].id.hex,
    }


@pytest.mark.database
def test_page_by_page(people: People, given: list[Return]) -> None:
    program, seen, path = reader(people), [], "/points?limit=1"
    while path:
        answer = program.get(path).json()
        assert len(answer["items"]) == 1
        seen.append(answer["items"][0]["key"])
        path = (answer["next"] or "").removeprefix("/api/v1")
    assert seen == [each.posting.key for each in given]


@pytest.mark.database
def test_of_one_account_and_from_an_entry_on(people: People, given: list[Return]) -> None:
    program, one = reader(people), given[0].person_id.hex
    items = program.get(f"/points?account={one}").json()["items"]
    assert [each["entry"] for each in items] == [given[0].entry_index, given[2].entry_index]
    later = program.get(f"/points?account={one}&from_entry={given[2].entry_index}").json()["items"]
    assert [each["entry"] for each in later] == [given[2].entry_index]


@pytest.mark.database
def test_an_accounts_sum(people: People, given: list[Return]) -> None:
    account = given[0].person_id.hex
    answer = reader(people).get(f"/points/{account}").json()
    assert answer == {"account": account, "points": 10_000, "postings": 2}
    assert answer["points"] == points.balance(given[0].person)


def test_no_such_account(people: People, given: list[Return]) -> None:
    program, without_points = reader(people), people.make().pk.hex
    for account in ("0" * 32, "x" * 32, "1", "%00", "A" * 32, without_points):
        answer = program.get(f"/points/{account}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), account


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "account=x", "from_entry=-1", "cursor=made-up"])
def test_what_makes_no_sense(people: People, query: str) -> None:
    assert reader(people).get(f"/points?{query}").status_code == 422


def test_without_the_scope_or_a_key(people: People, given: list[Return]) -> None:
    program = reader(people, "totals:read", "cards:read")
    for path in ("/points", f"/points/{given[0].person_id.hex}"):
        answer = program.get(path)
        assert (answer.status_code, answer.json()["code"], answer.json()["scope"]) == (
            403,
            "missing_scope",
            "points:read",
        )
        assert Client().get(f"/api/v1{path}").status_code == 401


def test_nobodys_name_comes_out(people: People, given: list[Return]) -> None:
    program = reader(people)
    text = (
        program.get("/points").content.decode()
        + program.get(f"/points/{given[0].person_id.hex}").content.decode()
    )
    for each in given:
        for secret in (each.person.name, each.person.email, f"{each.serial:010}"):
            assert json.dumps(secret)[1:-1] not in text, secret


def test_as_many_statements_however_many_postings(people: People, given: list[Return]) -> None:
    program = reader(people)
    program.get("/points?limit=1")

    def statements(limit: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert len(program.get(f"/points?limit={limit}").json()["items"]) == limit
        return len(asked)

    assert statements(1) == statements(3)


def test_it_is_described(client: Client) -> None:
    schema: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    listed, one = schema["paths"]["/api/v1/points"]["get"], schema["paths"]["/api/v1/points/{account}"]["get"]
    assert listed["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith("PostingsOut")
    assert one["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "PointsAccountOut"
    )
    assert {each["name"] for each in listed["parameters"]} == {"limit", "cursor", "account", "from_entry"}
    page = client.get("/api/v1/docs").content.decode()
    assert "points:read" in page
    assert "PostingOut" in page
    assert "`points:read`" in (Path(__file__).parents[3] / "docs/guides/api.md").read_text()
