"""Notifications of payment providers: verified, stored once, taken by the order, and only then answered.

A provider delivers a notification until it is answered: often, late, out of order. The first delivery is written down
together with what it makes of the order; every other one finds it there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cardtrail.payments import port
from cardtrail.payments.port import MAX_BODY_BYTES, BadNotification
from cardtrail.payments.registry import UnknownProvider
from cardtrail.web.orders import codec, heard, matters, payment_names, providers
from cardtrail.web.orders.deciding import Taken, as_one, do, locked, take_locked
from cardtrail.web.orders.models import Deal, Incoming
from cardtrail.web.ui.clock import now_ms

log = logging.getLogger(__name__)

KEPT_HEADERS: Final = ("signature", "timestamp", "nonce", "serial", "content-type", "webhook")
"""What a header's name has to contain to be kept: the parts of every provider's signature."""

_SHORT: Final = 1_000


@never_cache
@csrf_exempt
@require_POST
def notify(request: HttpRequest, provider: str) -> HttpResponse:
    """A provider's notification. Only its signature says whose it is: there is no session and no form behind it."""
    try:
        found = providers.registry()[provider]
    except UnknownProvider:
        raise Http404 from None
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        return HttpResponse("too_large", status=413, content_type="text/plain")
    try:
        event = found.parse_notification(request.body, request.headers, now_ms())
    except BadNotification as bad:
        log.warning("a notification for %s is not believed: %s", provider, bad.code)
        return HttpResponse(bad.code, status=400, content_type="text/plain")
    if event is not None:
        taken = receive(found.name, event, request.body, request.headers)
        if taken is not None:
            do(taken)
    reply = found.received
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)


def receive(provider: str, event: port.Event, body: bytes, headers: Mapping[str, str]) -> Taken | None:
    """Store a verified notification and let its order take it, in one transaction. None if it was stored before, or
    there is no such order."""

    def once() -> Taken | None:
        row = _row(provider, event, body, headers)
        row.save(force_insert=True)  # Fails for whoever comes second, who has waited for the first by now.
        return _take(row, event)

    try:
        return as_one(once)
    except IntegrityError:
        if not _known(provider, event.event_id):
            raise
        return None


def _known(provider: str, event_id: str) -> bool:
    rows = Incoming.objects.filter(provider=provider, event_id=event_id)
    return bool(rows.update(times=F("times") + 1))


def _row(provider: str, event: port.Event, body: bytes, headers: Mapping[str, str]) -> Incoming:
    kept = {
        name.lower(): value[:_SHORT]
        for name, value in headers.items()
        if any(part in name.lower() for part in KEPT_HEADERS)
    }
    return Incoming(
        provider=provider,
        event_id=event.event_id,
        kind=codec.kind_of(event),
        number=event.order_id,
        deal=_deal(provider, event),
        body=sha256(body).digest(),
        headers=kept,
        event=codec.store(event),
        received_ms=now_ms(),
        outcome="taken",
    )


def _take(row: Incoming, event: port.Event) -> Taken | None:
    deal = row.deal
    if deal is None:
        _note(row, "unknown")
        facts: dict[str, object] = {"order": row.number, "payment": event.payment_id, "event": row.kind}
        matters.find(f"incoming/{row.provider}/{row.event_id}", "unknown_order", detail=row.kind, facts=facts)
        return None
    newer = _is_newer(deal, event)
    if newer:
        deal.payment_id = event.payment_id  # Before the order takes it: whatever it replaces is kept then.
    taken = take_locked(deal, heard.event_of(deal, event))
    if taken.refused is not None:
        _note(row, taken.refused.code.code)
    elif newer:
        deal.save(update_fields=["payment_id"])
    return taken


def _is_newer(deal: Deal, event: port.Event) -> bool:
    """Whether it is a payment that the order has not heard of: one that is told of again takes no other's place."""
    if not isinstance(event, port.Paid) or event.payment_id == deal.payment_id:
        return False
    return event.payment_id not in payment_names.known_to(deal.order)


def _note(row: Incoming, outcome: str) -> None:
    Incoming.objects.filter(pk=row.pk).update(outcome=outcome[:40])


def _deal(provider: str, event: port.Event) -> Deal | None:
    """The order that an event is about, locked, whose money that provider holds: no other provider has a say about it.
    Some name the payment alone. What is paid is delivered next, and risk is asked about it: so the buyer's confirmation
    and both people come with it."""
    rows = locked().filter(provider=provider)
    if isinstance(event, port.Paid):
        rows = rows.select_related("delivery__confirmation", "buyer", "seller")
    if not event.order_id:
        return payment_names.find(rows, provider, event.payment_id)
    try:
        id = UUID(hex=event.order_id)
    except ValueError:
        return None
    return rows.filter(pk=id).first()
