"""Staff at the desk, and a brand that may issue, for the tests of issuing."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from cardtrail.web.accounts import second_factor
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import approve
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.desk import batches
from cardtrail.web.desk.brand import Brand
from cardtrail.web.desk.chunks import work
from cardtrail.web.desk.models import Staff
from cardtrail.web.desk.purchases import BuyerDraft
from cardtrail.web.desk.stock import Batch
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Product
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from tests.web.people import PASSWORD, People, do, sign_in, witness

TRANSFER = BuyerDraft("organisation", "bank_transfer", True, "示例科技有限公司", "91310000MA1K00000X")
"""A buyer whom the law has nothing against."""

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def found_brand(kind: str = "brand") -> Brand:
    """A brand that is set up."""
    values = {"name": "示例茶饮", "legal_name": "示例茶饮有限公司", "kind": kind, "set_up_ms": now_ms()}
    return Brand.objects.update_or_create(id=1, defaults=values)[0]


def staff(people: People, *roles: str, name: str = "小林") -> Person:
    """A member of staff."""
    person = people.make(name)
    Staff.objects.create(person=person, roles=list(roles))
    return person


def deposit(amount_minor: int) -> None:
    """The custodian states so much."""
    parameters = {
        "currency": "CNY",
        "deposit_minor": amount_minor,
        "as_of_ms": now_ms(),
        "statement": "ab" * 32,
    }
    [outcome] = do(None, Order("attest", None, parameters))
    assert outcome.state == "done", outcome


def draft(count: int = 10, face: int = 10_000, buyer: BuyerDraft | None = TRANSFER) -> batches.Draft:
    """Cards of the first product."""
    catch_up()
    return batches.Draft(Product.objects.get(id=0), face, count, buyer)


def issue(person: Person, what: batches.Draft) -> Batch:
    """Confirm a batch and issue it."""
    batch = batches.order(witness(person), person, what)
    work(batch.issue, rounds=100)
    batch.refresh_from_db()
    return batch


def second(person: Person, confirmation: Confirmation) -> None:
    """A second member of staff agrees, and it is done."""
    approve(witness(person), confirmation, Text("同意", "I agree"))
    work(confirmation, rounds=100)


class Desk:
    """Somebody at the desk's pages."""

    def __init__(self, client: Client, person: Person, monkeypatch: Any) -> None:
        monkeypatch.setattr(second_factor, "came_with_second_factor", lambda _: True)
        self.client = client
        sign_in(client, person)

    def get(self, path: str, status: int = 200) -> str:
        """A page."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.content.decode()

    def post(self, path: str, status: int, **values: object) -> Any:
        """What comes of a form."""
        answer = self.client.post(path, values)
        assert answer.status_code == status, (path, answer.status_code, answer.content.decode()[-3000:])
        return answer

    def agree(self, path: str, **values: object) -> Any:
        """Go through a form: fill it in, read what will happen, agree. Gives the page that was read."""
        page = self.post(path, 200, **values).content.decode()
        kept: dict[str, list[str]] = {}
        for name, value in _HIDDEN.findall(page):
            kept.setdefault(unescape(name), []).append(unescape(value))
        self.post(path, 302, **kept, do="yes")
        return page

    def prove(self) -> None:
        """Enter the password once more."""
        self.post("/accounts/reauthenticate/", 302, password=PASSWORD)
