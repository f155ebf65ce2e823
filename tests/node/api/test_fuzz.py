"""The interface held to its own description, by whatever schemathesis thinks of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events
from schemathesis.engine.events import PhaseName
from schemathesis.python.asgi import shutdown_lifespans

from cardtrail.node.api.app import Api
from cardtrail.wire.codec import encode
from tests.ledger_world import key, sign
from tests.node.api.served import MSGPACK, Served
from tests.node.ledgers import founding

CONFIG = {
    "seed": 20_260_101,
    "generation": {"deterministic": True, "max-examples": 30, "database": "none"},
    "operations": [
        # A feed has no end; what its parameters may be is tested beside it.
        {"include-path": "/v1/feed", "enabled": False},
        # To a body of the right type the rules may still say no, and mostly do.
        {"include-path": "/v1/commands", "checks": {"positive_data_acceptance": {"enabled": False}}},
    ],
}
PHASES = {PhaseName.EXAMPLES, PhaseName.COVERAGE, PhaseName.FUZZING, PhaseName.STATEFUL_TESTING}


def _bodies() -> st.SearchStrategy[bytes]:
    """What may come as commands: signed ones, mutilated ones, none at all."""
    world, _ = founding()
    good = [
        sign(world.make("transfer", serial=serial, owner=key(f"bob {serial}").public), [key("ann")])
        for serial in range(4)
    ]
    cut = st.builds(lambda raw, end: raw[:end], st.sampled_from(good), st.integers(0, 200))
    flipped = st.builds(
        lambda raw, at, bit: (
            raw[: at % len(raw)] + bytes([raw[at % len(raw)] ^ 1 << bit]) + raw[at % len(raw) + 1 :]
        ),
        st.sampled_from(good),
        st.integers(0, 1000),
        st.integers(0, 7),
    )
    command = st.sampled_from(good) | cut | flipped | st.binary(max_size=300)
    odd = st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
    return st.lists(command, min_size=1, max_size=5).map(encode) | odd.map(encode) | st.binary(max_size=2000)


schemathesis.openapi.media_type(MSGPACK, _bodies())


@pytest.fixture
def description(served: Served) -> Iterator[Any]:
    config = SchemathesisConfig.from_dict(CONFIG)
    yield schemathesis.openapi.from_asgi("/openapi.json", Api(served.node), config=config)
    shutdown_lifespans()


def test_it_answers_as_it_says(served, description):
    """Examples, every edge of every parameter, random requests, and sequences of them; all of the checks there are."""
    flaws, phases, exchanges = [], set(), 0
    for event in engine.from_schema(description).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            flaws.append(str(event))
        if not isinstance(event, events.ScenarioFinished):
            continue
        phases.add(event.phase)
        exchanges += len(event.recorder.interactions)
        for checks in event.recorder.checks.values():
            flaws += [
                f"{event.phase.value}, {event.label}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
                for check in checks
                if check.failure_info is not None
            ]
        flaws += [
            f"{event.label}: status {exchange.response.status_code}"
            for exchange in event.recorder.interactions.values()
            if exchange.response is not None and exchange.response.status_code >= 500
        ]
    assert not flaws, "\n\n".join(flaws)
    assert phases >= PHASES
    assert exchanges > 500
    assert not served.node.stopped
