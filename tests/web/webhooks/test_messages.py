from __future__ import annotations

import json

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from standardwebhooks import Webhook, WebhookVerificationError

from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.webhooks import sealing
from cardtrail.web.webhooks.deliver import deliver_due
from cardtrail.web.webhooks.messages import body_of
from cardtrail.web.webhooks.models import Endpoint
from cardtrail.web.webhooks.sealing import rotate, signing_secrets, wipe_previous

pytestmark = pytest.mark.django_db


def test_what_arrives_verifies_with_the_standards_library(endpoint, receiver, held, now):
    event = held()
    assert deliver_due(now) == 1
    (got,) = receiver.got
    assert got.path == "/events"
    told = Webhook(endpoint[1]).verify(got.body, got.headers)
    assert told["id"] == got.headers["webhook-id"] == event.id
    assert got.headers["user-agent"].startswith("Cardtrail-Webhooks/")
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_what_arrives_is_a_cloud_event(endpoint, receiver, held, now, settings):
    event = held()
    deliver_due(now)
    (got,) = receiver.got
    assert got.headers["content-type"] == "application/cloudevents+json"
    read = from_structured_event(HTTPMessage({"content-type": got.headers["content-type"]}, got.body))
    assert (read.get_id(), read.get_type(), read.get_subject()) == (event.id, "card.held", event.subject)
    assert read.get_source() == settings.CONFIG.public_url
    assert read.get_specversion() == "1.0"
    assert round(read.get_time().timestamp() * 1000) == now
    assert read.get_data() == {
        "serial": 41,
        "card_number": "0000000000000414",
        "entry": 7,
        "balance_minor": 100_000,
        "currency": "CNY",
    }


@pytest.mark.parametrize("what", ["body", "id", "time", "signature", "secret"])
def test_what_was_tampered_with_does_not_verify(endpoint, receiver, held, now, what):
    held()
    deliver_due(now)
    (got,) = receiver.got
    headers, body, secret = dict(got.headers), got.body, endpoint[1]
    if what == "body":
        body = body.replace(b"100000", b"900000")
        assert body != got.body
    elif what == "id":
        headers["webhook-id"] = "evt_other"
    elif what == "time":
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) + 1)
    elif what == "signature":
        headers["webhook-signature"] = "v1," + "A" * 43 + "="
    else:
        secret = sealing.new_secret()
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)
    Webhook(endpoint[1]).verify(got.body, got.headers)


def test_every_attempt_has_the_same_bytes(endpoint, held):
    event = held()
    first = body_of(event)
    event.refresh_from_db()
    assert body_of(event) == first
    assert json.loads(first[1])["data"] == event.data


def test_during_a_rotation_both_secrets_verify_and_afterwards_one(endpoint, receiver, held, now):
    point, old = endpoint
    new = rotate(point.pk, number=1, now_ms=now)
    assert new not in {None, old}
    held()
    deliver_due(now)
    (got,) = receiver.got
    assert len(got.headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        Webhook(secret).verify(got.body, got.headers)
    point.refresh_from_db()
    assert signing_secrets(point, now + DAY_MS - 1) == [new, old]
    assert signing_secrets(point, now + DAY_MS) == [new]


def test_a_secret_is_wiped_when_its_overlap_is_over(endpoint, now):
    point = endpoint[0]
    rotate(point.pk, number=1, now_ms=now)
    assert wipe_previous(now + DAY_MS - 1) == 0
    assert wipe_previous(now + DAY_MS) == 1
    point.refresh_from_db()
    assert (point.previous_secret, point.previous_until_ms) == (None, None)


def test_a_rotation_asked_for_twice_happens_once(endpoint, now):
    point = endpoint[0]
    first = rotate(point.pk, number=1, now_ms=now)
    assert rotate(point.pk, number=1, now_ms=now) is None
    point.refresh_from_db()
    assert signing_secrets(point, now) == [first, endpoint[1]]


def test_secrets_are_sealed_and_of_no_use_in_another_row(endpoint, developer, ring, now):
    point, secret = endpoint
    assert secret.startswith("whsec_")
    assert secret.encode() not in bytes(point.secret)
    other = Endpoint.objects.create(
        url="https://x.example", secret=point.secret, created_ms=now, created_by=developer
    )
    with pytest.raises(ValueError, match="belong to something else"):
        signing_secrets(other, now)


def test_secrets_follow_a_rotation_of_the_key_encryption_key(endpoint, now, ring, monkeypatch):
    point, old = endpoint
    new = rotate(point.pk, number=1, now_ms=now)
    rotated = ring.rotated()
    done = 0
    for column in sealing.RESEALED[-2:]:
        done = column.reseal(rotated, done, 2, None)
    assert done == 2
    monkeypatch.setattr(sealing, "keyring", rotated.without_old)
    point.refresh_from_db()
    assert signing_secrets(point, now) == [new, old]
