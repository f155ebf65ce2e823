"""The page that describes the API, and the desk's page of keys."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from cardtrail.web.api.app import _described
from cardtrail.web.api.models import ApiKey
from cardtrail.web.desk.models import Staff

pytestmark = pytest.mark.django_db

ASK = {"amount_minor": 3_000, "currency": "CNY", "reference": "web-1"}
NEW = {
    "name": "官网",
    "scopes": ["payments:read"],
    "origins": "https://shop.example/\nhttps://b.example",
    "per_minute": "60",
}


def test_the_description(client):
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    for path, operations in schema["paths"].items():
        for method, one in operations.items():
            assert one["security"], f"{method} {path} is open"
            assert "Scope: " in one["description"]
            names = [each["name"] for each in one["parameters"]]
            assert ("Idempotency-Key" in names) == (method == "post"), f"{method} {path}"
            for status, answer in one["responses"].items():
                kinds = set(answer.get("content", {}))
                assert (
                    kinds == {"application/problem+json"}
                    if int(status) >= 400
                    else kinds <= {"application/json"}
                )


def test_it_is_described_once(client):
    """To put it together takes a third of a second, and anybody may ask for it as often as they like."""
    first = client.get("/api/v1/openapi.json")
    described = _described.cache_info().misses
    assert client.get("/api/v1/openapi.json").content == first.content
    assert _described.cache_info().misses == described


def test_the_page_needs_nobody_else(client):
    answer = client.get("/api/v1/docs")
    page = answer.content.decode()
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert all(path in page for path in paths)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "`" not in page


def test_a_key_is_made_and_revoked(browser, developer, client):
    desk = browser(developer)
    assert "还没有密钥" in desk.get("/desk/api-keys/").content.decode()
    made = desk.post("/desk/api-keys/new/", NEW)
    (secret,) = re.findall(r"ct_[a-z2-7]{8}_[\w-]{43}", made.content.decode())
    assert "no-store" in made["Cache-Control"]
    key = ApiKey.objects.get()
    assert (key.origins, key.per_minute) == (["https://shop.example", "https://b.example"], 60)
    assert secret not in desk.get("/desk/api-keys/").content.decode()
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/payments", headers=headers).status_code == 200
    assert desk.get(f"/desk/api-keys/{key.prefix}/revoke/").status_code == 405
    desk.post(f"/desk/api-keys/{key.prefix}/revoke/")
    assert client.get("/api/v1/payments", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"origins": "https://shop.example/path"},
        {"origins": "http://shop.example"},
        {"origins": "https://user@shop.example"},
        {"origins": "*"},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"per_minute": "0"},
        {"name": "a\u202eb"},
    ],
)
def test_keys_that_are_not_made(browser, developer, change):
    assert browser(developer).post("/desk/api-keys/new/", NEW | change).status_code == 422
    assert not ApiKey.objects.exists()


def test_a_developer_without_issuing_cannot_give_it(browser, developer):
    Staff.objects.update(roles=["developer"])
    desk = browser(developer)
    assert "batches:write" not in desk.get("/desk/api-keys/new/").content.decode()
    assert desk.post("/desk/api-keys/new/", NEW | {"scopes": ["batches:write"]}).status_code == 422


def test_who_may_make_keys(browser, people, developer, client):
    assert browser(people.make("小满")).get("/desk/api-keys/").status_code == 404
    other = people.make("小吴")
    Staff.objects.create(person=other, roles=["support", "admin"])
    for path in ("/desk/api-keys/", "/desk/api-keys/new/"):
        assert browser(other).get(path).status_code == 403
    assert "/accounts/login/" in client.get("/desk/api-keys/").url
    without = Client()
    without.force_login(developer)
    assert without.get("/desk/api-keys/new/").url.startswith("/me/protect"), "a key is worth a second factor"


def test_a_list_costs_the_same_however_long(program, ledger):
    def queries() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            program.get("/payments")
        return len(seen)

    program.post("/payments", ASK)
    few = queries()
    for _ in range(10):
        program.post("/payments", ASK)
    assert queries() == few <= 10
