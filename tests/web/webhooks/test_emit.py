from __future__ import annotations

import json

import pytest
from django.db import transaction

from cardtrail.web.webhooks.disabling import disable
from cardtrail.web.webhooks.emit import emit, emit_test
from cardtrail.web.webhooks.endpoints import add_endpoint
from cardtrail.web.webhooks.event_types import EVENT_TYPES, FIELDS, check_data
from cardtrail.web.webhooks.models import Delivery, Endpoint, Event

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_an_event_waits_for_whoever_subscribed(endpoint, held, developer, receiver, now):
    other, _ = add_endpoint(
        url=receiver.url, description="", event_types=["card.voided"], created_by=developer, now_ms=now
    )
    event = held()
    (delivery,) = Delivery.objects.all()
    assert (delivery.event, delivery.endpoint, delivery.state) == (event, endpoint[0], "pending")
    assert not other.deliveries.exists()


def test_one_key_makes_one_event(endpoint, held):
    assert held(7) == held(7)
    assert held(8) != held(7)
    assert (Event.objects.count(), Delivery.objects.count()) == (2, 2)


def test_an_event_falls_with_the_transaction_that_tells_it(endpoint, held):
    def tell_and_fail() -> None:
        with transaction.atomic():
            held()
            raise LookupError

    with pytest.raises(LookupError):
        tell_and_fail()
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


def test_a_paused_endpoints_events_wait_and_a_stopped_ones_are_not_kept(endpoint, held, now):
    disable(endpoint[0].pk, Endpoint.DisabledReason.PAUSED, now)
    held(1)
    assert Delivery.objects.count() == 1
    Endpoint.objects.update(disabled_reason="gone")
    held(2)
    assert Delivery.objects.count() == 1


def test_a_test_goes_to_one_endpoint_only(endpoint, developer, receiver, now):
    everything, _ = add_endpoint(
        url=receiver.url, description="", event_types=list(EVENT_TYPES), created_by=developer, now_ms=now
    )
    event = emit_test(endpoint[0], key="1", now_ms=now)
    assert event == emit_test(endpoint[0], key="1", now_ms=now)
    assert [one.endpoint for one in Delivery.objects.all()] == [endpoint[0]]
    assert not everything.deliveries.exists()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("card.sold", {"serial": 1}),
        ("card.held", {}),
        ("card.held", {"serial": 1, "code": "ABCD"}),
        ("card.held", {"serial": 1, "holder": "小满"}),
        ("card.held", {"serial": "1", "card_number": "0000000000000018"}),
        ("card.held", {"serial": 1, "entry": True}),
        ("card.held", {"serial": 1, "kind": "x" * 201}),
        ("card.split", {"serial": 1, "serials": [1, None], "card_numbers": []}),
    ],
)
def test_what_is_not_declared_cannot_leave(kind, data):
    with pytest.raises(ValueError, match=r"^(no such type|card\.)"):
        emit(kind, key="k", subject="s", data=data, time_ms=1)
    assert not Event.objects.exists()


def test_card_numbers_come_from_serials(endpoint):
    event = emit("card.split", key="k", subject="s", data={"serial": 1, "serials": [2, 3]}, time_ms=1)
    event.refresh_from_db()
    assert event.data["card_number"] == "0000000000000018"
    assert event.data["card_numbers"] == ["0000000000000026", "0000000000000034"]


def test_every_type_is_described_in_both_languages_and_its_fields_exist():
    assert len(EVENT_TYPES) == 21
    for name, kind in EVENT_TYPES.items():
        assert kind.name == name
        for text in (kind.title, kind.text, *(field.text for field in kind.fields)):
            assert text.zh
            assert text.en
        sample = {
            field.name: {"integer": 1, "text": "x", "integers": [1], "texts": ["x"]}[field.kind]
            for field in kind.fields
        }
        check_data(kind, sample)
        json.dumps(sample)


def test_no_field_could_hold_a_person_or_a_secret():
    """Whoever adds a field has to think about this list too."""
    assert set(FIELDS) == {
        *("serial", "card_number", "currency", "amount_minor", "balance_minor", "face_minor", "entry"),
        *("product", "order", "payment", "refund", "batch", "count", "serials", "card_numbers"),
        *("until_ms", "expires_ms", "kind", "by", "reason"),
    }
