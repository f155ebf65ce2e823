"""The brand's own programs: a key for the API, and an endpoint for events that answered all the while."""

from __future__ import annotations

from typing import Final

from django.test import override_settings

from cardtrail.web.api.keys import make_key
from cardtrail.web.api.scopes import SCOPES, grantable
from cardtrail.web.demo.house import House
from cardtrail.web.desk.models import Staff
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.webhooks.deliver import deliver_due
from cardtrail.web.webhooks.disabling import disable
from cardtrail.web.webhooks.endpoints import add_endpoint
from cardtrail.web.webhooks.messages import Message
from cardtrail.web.webhooks.models import Endpoint
from cardtrail.web.webhooks.post import Answer

ENDPOINT: Final = "http://localhost:9100/cardtrail"
"""Nobody listens there until a visitor does."""

ORIGIN: Final = "https://shop.demo.example"
TYPES: Final = ("payment.paid", "payment.refunded", "card.claimed", "card.frozen")


def agenda(house: House) -> None:
    """Put the developer's doings on the agenda."""
    stage = house.stage
    stage.on(20, 11, 0, lambda: _key(house))
    stage.on(5, 14, 0, lambda: _endpoint(house))
    for days_ago in range(5, -1, -1):
        for hour in (14, 16, 19, 22):
            stage.on(days_ago, hour, 30, _deliver)
    stage.at(stage.ends_ms - 1, lambda: _pause(house))


def _key(house: House) -> None:
    person = house["hefei"]
    scopes = grantable(Staff.objects.get(person=person), SCOPES)
    _, secret = make_key(person, "网店 Web shop", scopes, [ORIGIN])
    house.secrets["api_key"] = secret


def _endpoint(house: House) -> None:
    # An address of this machine: allowed in a demonstration, which this becomes once it is whole.
    with override_settings(WEBHOOKS_LOOPBACK=True):
        _, secret = add_endpoint(
            url=ENDPOINT,
            description="订单系统（演示） Order system (demo)",
            event_types=TYPES,
            created_by=house["hefei"],
            now_ms=now_ms(),
        )
    house.secrets["webhook"] = secret


def _answered(url: str, message: Message) -> Answer:
    """The receiver of the story. One in a while it restarts."""
    busy = message.headers["webhook-id"].endswith("00")
    return Answer(503, "restarting", None, 41, "status") if busy else Answer(200, '{"ok":true}', None, 23, "")


def _deliver() -> None:
    while deliver_due(now_ms(), send=_answered):
        pass


def _pause(house: House) -> None:
    """The receiver is gone with the story; a visitor starts one and resumes the endpoint."""
    _deliver()
    for endpoint in Endpoint.objects.filter(created_by=house["hefei"]):
        disable(endpoint.pk, Endpoint.DisabledReason.PAUSED, now_ms())
