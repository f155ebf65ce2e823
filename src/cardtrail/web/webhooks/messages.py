"""An event as it is sent: a CloudEvent in structured JSON, signed as Standard Webhooks say.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks import Webhook

from cardtrail import __version__
from cardtrail.web.webhooks.models import Event

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

USER_AGENT = f"Cardtrail-Webhooks/{__version__}"


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted. The body's bytes are what the signature covers."""

    headers: dict[str, str]
    body: bytes


def body_of(event: Event) -> tuple[str, bytes]:
    """The media type and the bytes of an event: the same ones for every attempt."""
    cloud_event = CloudEvent(
        {
            "id": event.id,
            "source": event.source,
            "type": event.type,
            "specversion": "1.0",
            "subject": event.subject,
            "time": _EPOCH + datetime.timedelta(milliseconds=event.time_ms),
            "datacontenttype": "application/json",
        },
        dict(sorted(event.data.items())),  # PostgreSQL keeps its own order.
    )
    structured = to_structured_event(cloud_event)
    return structured.headers["content-type"], structured.body


def message_of(event: Event, secrets: Sequence[str], now_ms: int) -> Message:
    """The request for an event, signed with each secret.

    The id is the event's, so that a receiver knows a repeat; the time is the attempt's, so that an old message that
    somebody kept is not taken for a new one.
    """
    media_type, body = body_of(event)
    sent = datetime.datetime.fromtimestamp(now_ms // 1000, datetime.UTC)
    text = body.decode()
    signatures = [Webhook(secret).sign(event.id, sent, text) for secret in secrets]
    headers = {
        "content-type": media_type,
        "user-agent": USER_AGENT,
        "webhook-id": event.id,
        "webhook-timestamp": str(now_ms // 1000),
        "webhook-signature": " ".join(signatures),
    }
    return Message(headers, body)
