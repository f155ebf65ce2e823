"""The API held to its own description, by whatever schemathesis thinks of."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

from tests.web.conftest import ledger

__all__ = ["ledger"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def config(secret: str) -> dict[str, Any]:
    return {
        "seed": 20_260_101,
        "headers": {"Authorization": f"Bearer {secret}"},
        "generation": {"deterministic": True, "max-examples": 6, "database": "none"},
        "checks": {
            # What fits the description may still be refused: by the law, by the state of things, by a reused name.
            "positive_data_acceptance": {"enabled": False},
            # It cannot be asked of a WSGI application; what happens without a key is tested beside it.
            "ignored_auth": {"enabled": False},
        },
    }


def test_it_answers_as_it_says(ledger, program_with, settings):
    settings.WEBHOOKS_LOOPBACK = True
    ledger.define()
    program = program_with(per_minute=1_000_000)
    app = WSGIHandler()
    made = SchemathesisConfig.from_dict(config(program.secret))
    description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=made)
    flaws, exchanges, statuses = [], 0, set()
    for event in engine.from_schema(description).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            flaws.append(str(event))
        if not isinstance(event, events.ScenarioFinished):
            continue
        exchanges += len(event.recorder.interactions)
        for checks in event.recorder.checks.values():
            flaws += [
                f"{event.phase.value}, {event.label}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
                for check in checks
                if check.failure_info is not None
            ]
        for exchange in event.recorder.interactions.values():
            if exchange.response is not None:
                statuses.add(exchange.response.status_code)
    assert not flaws, f"{len(flaws)} flaws\n\n" + "\n\n".join(flaws[:12])
    assert exchanges > 250
    assert {200, 201, 401, 404, 422} <= statuses
    assert not {status for status in statuses if status >= 500}
