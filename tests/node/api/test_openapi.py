"""The written-down interface: it names what there is, and nothing else."""

from __future__ import annotations

import json
import re

import jsonschema_rs
import pytest

from cardtrail.node.api.openapi import DOCUMENT
from cardtrail.node.api.schemas import SCHEMAS
from tests.ledger_world import digest
from tests.node.api.served import Served


def routes_of(served: Served) -> set[str]:
    """Every path of the application, as the document spells it."""
    return {route.path for route in served.transport._api._others.routes}


def test_it_is_served(served):
    assert served.json("/openapi.json") == json.loads(json.dumps(DOCUMENT))


def test_every_route_is_in_it_and_nothing_else(served):
    documented = {re.sub(r"^/tile/.*", "/tile/{name:path}", path) for path in DOCUMENT["paths"]}
    assert documented | {"/openapi.json"} == routes_of(served)


def test_every_schema_that_is_named_is_there_and_used():
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(DOCUMENT)))
    assert named == set(SCHEMAS)


def validate(name: str, value: object) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    jsonschema_rs.Draft202012Validator(schema).validate(value)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_one(name):
    jsonschema_rs.meta.validate(SCHEMAS[name])


def test_what_is_answered_fits_the_schemas(served):
    """A ledger with a hold, a freeze, a split and a deposit: every field has a value somewhere."""
    world = served.world
    world.ok("hold", serial=0, price_minor=9_000)
    world.ok("freeze", serial=1)
    world.ok("split", serial=2, amounts_minor=(4_000, 6_000))
    world.ok("attest", currency="CNY", deposit_minor=1, as_of_ms=5, statement=digest("statement"))
    served.accept(wait=True)
    for serial in range(5):
        validate("CardAnswer", served.json(f"/v1/cards/{serial}"))
        validate("Trail", served.json(f"/v1/cards/{serial}/trail"))
    validate("Entries", served.json("/v1/entries"))
    validate("Ledger", served.json("/v1/ledger"))
    validate("Totals", served.json("/v1/totals"))
    validate("Health", served.json("/healthz"))
    validate("Problem", served.json("/v1/cards/9", 404))
    validate("Problem", json.loads(served.post([b"junk"]).body))
    validate("Answers", json.loads(served.post([b"junk", b"junk"]).body))


def test_examples_fit_their_schemas():
    for path in DOCUMENT["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                for content in answer["content"].values():
                    schema = {**content["schema"], "components": {"schemas": SCHEMAS}}
                    examples = [e["value"] for e in content.get("examples", {}).values()]
                    for example in [*examples, *([content["example"]] if "example" in content else [])]:
                        jsonschema_rs.Draft202012Validator(schema).validate(example)
