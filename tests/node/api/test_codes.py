"""Attack 28, the anonymous balance check: no address of the node takes a code, or tells whether one is right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cardtrail.node.api.openapi import DOCUMENT
from cardtrail.signing.keys import SecretKey
from tests.ledger_world import key, sign
from tests.node.api.served import Served, problem

CODE = "4K7Q9-XW2HM-3RTV8-B5JNC-6PD1E"


def parameters() -> set[str]:
    return {
        parameter["name"]
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        for parameter in operation["parameters"]
    }


def test_attack_28_no_address_takes_a_code(served):
    assert parameters() == {
        "after",
        "id",
        "index",
        "Last-Event-ID",
        "level",
        "limit",
        "n",
        "serial",
        "wait",
        "width",
    }
    for path in (f"/v1/cards/{CODE}", f"/v1/cards/{CODE}/trail", f"/v1/commands/{CODE}"):
        problem(served.get(path), 400, "bad_parameter")
    for path in ("/v1/cards/0", "/v1/ledger", "/v1/entries", "/v1/totals"):
        problem(served.get(f"{path}?code={CODE}"), 400, "bad_parameter")


@pytest.mark.parametrize("serial", [0, 1, 2])
def test_attack_28_a_wrong_code_is_told_nothing(served: Served, serial: int):
    """Whatever the card is worth and however wrong the key is, there is the one refusal, and no second fact in it."""
    served.world.ok("redeem", serial=1, amount_minor=1_000)
    served.world.pass_on(2, "bob")
    served.accept()
    for guess in (SecretKey.generate(), key("stranger")):
        raw = sign(served.world.make("transfer", serial=serial, owner=key("thief").public), [guess])
        refused: dict[str, Any] = json.loads(served.post([raw]).body)
        assert refused.pop("id")
        assert refused == {
            "type": "urn:cardtrail:refusal:not_owner",
            "title": "The signing key does not own the card; it may have been passed on and re-keyed.",
            "status": 409,
            "reason": "not_owner",
        }


def test_attack_28_a_card_is_shown_without_its_holder(served):
    """What a card's number gives is what the log gives to everybody: keys and sums, no person and no code."""
    card = served.json("/v1/cards/0")["card"]
    assert not {"name", "email", "phone", "code", "holder"} & set(card)
