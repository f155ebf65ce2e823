"""The first-run page: the ledger is founded and the first member of staff gets in, with the code from the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from cardtrail.client.client import Client as LedgerClient
from cardtrail.node.directory import Directory
from cardtrail.node.embedded import EmbeddedTransport
from cardtrail.node.service import Node, Options
from cardtrail.signing.keyfile import read_key
from cardtrail.web import setup_code
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk.brand import Brand, forget_name
from cardtrail.web.desk.models import Staff
from cardtrail.web.ledger.link import Link, linked
from cardtrail.wire.roles import Role
from tests.web.ledgers import Wire

pytestmark = pytest.mark.django_db

ANSWERS = {
    "name": "山茶",
    "name_en": "Camellia",
    "legal_name": "山茶餐饮（杭州）有限公司",
    "kind": "brand",
    "person_name": "周店长",
    "email": "zhou@example.com",
    "password": "a long pass phrase",
}


@pytest.fixture
def empty(db: Any, tmp_path: Path) -> Iterator[Wire]:
    """A ledger without a first entry, and without the role keys that a directory is born with."""
    directory = Directory.create(tmp_path / "ledger", "cardtrail.test/empty")
    with Node(directory, Options(workers=0)) as node, EmbeddedTransport(node) as transport:
        wire = Wire(transport)
        with linked(Link(LedgerClient(wire, directory.vkey()), tmp_path / "keys")):
            yield wire


@pytest.fixture
def code() -> Iterator[str]:
    cache.clear()
    forget_name()
    yield setup_code.make(settings.CONFIG.directory)
    setup_code.use_up(settings.CONFIG.directory)
    forget_name()


@pytest.mark.database
def test_the_brand_is_set_up_once(empty: Wire, code: str, client: Client, tmp_path: Path) -> None:
    assert "设置码" in client.get("/setup/").content.decode()
    answer = client.post("/setup/", {**ANSWERS, "code": code.lower().replace("-", " ")})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/")
    assert Brand.objects.get().legal_name == "山茶餐饮（杭州）有限公司"
    staff = Staff.objects.get()
    assert staff.may("admin")
    assert staff.person.email == "zhou@example.com"
    assert {read_key(tmp_path / "keys" / f"{role.name.lower()}.key").public for role in Role}
    assert setup_code.read(settings.CONFIG.directory) is None
    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", {**ANSWERS, "code": code}).status_code == 404


@pytest.mark.database
def test_without_the_code_nobody_sets_up_anything(empty: Wire, code: str, client: Client) -> None:
    page = client.post("/setup/", {**ANSWERS, "code": "AAAAA-AAAAA-AAAAA-AAAAA"})
    assert "设置码不对" in page.content.decode()
    assert not Brand.objects.exists()
    assert not Person.objects.exists()


@pytest.mark.database
def test_guessing_the_code_is_slowed_down(empty: Wire, code: str, client: Client) -> None:
    for _ in range(20):
        client.post("/setup/", {**ANSWERS, "code": "wrong"})
    page = client.post("/setup/", {**ANSWERS, "code": code})
    assert "十分钟" in page.content.decode()
    assert not Brand.objects.exists()


@pytest.mark.database
def test_a_weak_password_is_refused(empty: Wire, code: str, client: Client) -> None:
    page = client.post("/setup/", {**ANSWERS, "code": code, "password": "1234567890"})
    assert page.status_code == 200
    assert not Staff.objects.exists()


def test_a_ledger_that_is_not_up_yet(empty: Wire, code: str, client: Client) -> None:
    empty.cut = True
    page = client.post("/setup/", {**ANSWERS, "code": code})
    assert page.status_code == 503
    assert not Brand.objects.exists()
    empty.cut = False
    assert client.post("/setup/", {**ANSWERS, "code": code}).status_code == 302
