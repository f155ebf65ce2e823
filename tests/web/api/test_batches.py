"""Issuing and activating by the API: the desk's own rules hold, two people included."""

from __future__ import annotations

import pytest

from cardtrail.web.actions.confirm import SamePerson, approve
from cardtrail.web.actions.perform import perform
from cardtrail.web.desk.stock import Batch, IssuingSettings
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from tests.web.desk.issuers import deposit, found_brand
from tests.web.people import witness

pytestmark = [pytest.mark.django_db, pytest.mark.database]

BUYER = {
    "kind": "organisation",
    "method": "bank_transfer",
    "on_premises": True,
    "name": "示例科技",
    "document": "9131",
}
BATCH = {"product": 0, "face_minor": 10_000, "count": 3, "buyer": BUYER}


@pytest.fixture
def brand(ledger):
    found_brand()
    ledger.define()
    deposit(10_000_000)
    from cardtrail.web.ledger.follow import catch_up

    catch_up()


def test_issue_and_activate(brand, program):
    products = program.get("/products").json()["items"]
    assert [product["id"] for product in products] == [0]
    assert program.get("/products/0").json() == products[0]
    made = program.post("/batches", BATCH, name="one").json()
    assert (made["state"], made["issued"]) == ("issued", 3)
    assert program.post("/batches", BATCH, name="one").json() == made
    assert Batch.objects.count() == 1
    assert program.get(f"/batches/{made['id']}").json() == made
    assert program.get("/batches").json()["items"] == [made]
    ends = {"first_card": card_number(0), "last_card": card_number(2)}
    activation = program.post("/activations", ends).json()
    assert (activation["state"], activation["count"], activation["total_minor"]) == ("active", 3, 30_000)
    assert program.get(f"/activations/{activation['id']}").json() == activation
    assert {card.state for card in Card.objects.all()} == {"active"}
    again = program.post("/activations", ends)
    assert (again.status_code, again.json()["code"]) == (409, "not_in_stock")


def test_above_the_limit_a_second_person_has_to_agree(brand, program, developer, people):
    IssuingSettings.objects.update_or_create(id=1, defaults={"approval_over_minor": 20_000})
    made = program.post("/batches", BATCH).json()
    assert (made["state"], made["issued"]) == ("awaiting", 0)
    batch = Batch.objects.get()
    with pytest.raises(SamePerson):
        approve(witness(developer), batch.issue, Text("同意", "I agree"))
    approve(witness(people.make("小陈")), batch.issue, Text("同意", "I agree"))
    perform(batch.issue)
    assert program.get(f"/batches/{made['id']}").json()["state"] == "issued"


def test_the_law_speaks_with_its_source(brand, program):
    refused = program.post("/batches", BATCH | {"count": 5_000})
    assert (refused.status_code, refused.json()["code"]) == (422, "refused_by_law")
    assert refused.json()["rule"] == "custody_ratio"
    assert "Source:" in refused.json()["detail"]
    unknown = program.post("/batches", BATCH | {"product": 7})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_product")
    assert not Batch.objects.exists()
