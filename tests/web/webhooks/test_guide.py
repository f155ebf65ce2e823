"""What the guide tells receivers to do is done here, with requests that were really sent."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event

from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from cardtrail.web.webhooks.deliver import deliver_due, resend
from cardtrail.web.webhooks.event_types import EVENT_TYPES, check_data
from cardtrail.web.webhooks.models import Delivery
from cardtrail.web.webhooks.schedule import DELAYS_MS, GIVE_UP_AFTER_MS
from cardtrail.web.webhooks.sealing import OVERLAP_MS
from tests.docs.blocks import blocks

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "webhooks.md"


@pytest.fixture
def receive():
    (block,) = [block for block in blocks(GUIDE) if block.language == "python"]
    names: dict[str, object] = {}
    exec(compile(block.code, str(GUIDE), "exec"), names)
    return names["receive"]


@pytest.mark.django_db
def test_the_guides_receiver_takes_what_is_sent_once(receive, endpoint, receiver, held, now):
    event = held()
    deliver_due(now)
    resend(Delivery.objects.get().pk, now)
    deliver_due(now)
    store = sqlite3.connect(":memory:")
    assert [receive(got.headers, got.body, endpoint[1], store) for got in receiver.got] == [204, 204]
    assert store.execute("SELECT id, type FROM events").fetchall() == [(event.id, "card.held")]


@pytest.mark.django_db
def test_the_guides_receiver_refuses_what_is_not_ours(receive, endpoint, receiver, held, now):
    held()
    deliver_due(now)
    (got,) = receiver.got
    store = sqlite3.connect(":memory:")
    assert receive(got.headers, got.body.replace(b"100000", b"999999"), endpoint[1], store) == 400
    assert store.execute("SELECT name FROM sqlite_master").fetchall() == []
    # An old request that somebody kept.
    resend(Delivery.objects.get().pk, now - DAY_MS)
    deliver_due(now - 10 * MINUTE_MS)
    old = receiver.got[-1]
    assert receive(old.headers, old.body, endpoint[1], store) == 400


def test_the_guides_request_is_one_of_ours():
    (block,) = [block for block in blocks(GUIDE) if block.language == "http"]
    head, _, body = block.code.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    event = from_structured_event(HTTPMessage({"content-type": headers["content-type"]}, body.encode()))
    assert event.get_id() == headers["webhook-id"]
    check_data(EVENT_TYPES[event.get_type()], json.loads(body)["data"])


def test_the_guides_numbers_are_the_programs():
    text = " ".join(GUIDE.read_text("utf-8").split())
    words = {SECOND_MS: "seconds", MINUTE_MS: "minutes", HOUR_MS: "hours"}
    waits = []
    for delay in DELAYS_MS:
        unit = max(one for one in words if delay % one == 0)
        waits.append(f"{delay // unit} {words[unit]}")
    assert f"{', '.join(waits[:-1])} and {waits[-1]}" in text
    assert (GIVE_UP_AFTER_MS, OVERLAP_MS) == (5 * DAY_MS, DAY_MS)
    assert "for five days is stopped" in text
    assert "for 24 hours every request carries two signatures" in text
