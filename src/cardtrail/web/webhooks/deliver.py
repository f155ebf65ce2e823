"""Sending what is due.

Three steps, each safe to be the last one: a delivery is claimed by compare-and-swap, for a time; it is posted; what
came of it is written down. A process that dies between the second and the third leaves a claim that runs out, and
the next sender posts the event once more under the same `webhook-id`, by which receivers know a repeat. So an event
arrives at least once, and two senders at work are no reason for it to arrive twice.

Only the posting happens in threads; the database is touched by the caller's thread alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, QuerySet

from cardtrail.wallet.custody import CustodyError
from cardtrail.web.ui.clock import MINUTE_MS
from cardtrail.web.webhooks.disabling import disable
from cardtrail.web.webhooks.messages import Message, message_of
from cardtrail.web.webhooks.models import Attempt, Delivery, Endpoint, Event
from cardtrail.web.webhooks.post import Answer, post
from cardtrail.web.webhooks.schedule import DELAYS_MS, GIVE_UP_AFTER_MS, next_try_ms
from cardtrail.web.webhooks.sealing import signing_secrets, wipe_previous

AT_ONCE = 16
"""Requests under way at a time."""

PER_ENDPOINT = 4
"""Of those, to one endpoint: a slow receiver does not keep the others waiting."""

LEASE_MS = 2 * MINUTE_MS
"""How long a claim holds: well over what one round can take."""

log = logging.getLogger(__name__)

State = Delivery.State
Poster = Callable[[str, Message], Answer]


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is ours until its lease is over."""

    delivery: Delivery
    until_ms: int


def due(limit: int, now_ms: int) -> list[Delivery]:
    """What should be sent now, at most `PER_ENDPOINT` for each endpoint, the oldest first."""
    found: list[Delivery] = []
    for endpoint_id in Endpoint.objects.filter(active=True).values_list("pk", flat=True):
        waiting = Delivery.objects.filter(_is_due(now_ms), endpoint_id=endpoint_id)
        found += waiting.select_related("event", "endpoint").order_by("next_try_ms", "id")[:PER_ENDPOINT]
    return sorted(found, key=lambda one: (one.next_try_ms, one.pk))[:limit]


def claim(delivery: Delivery, now_ms: int) -> Claim | None:
    """Take a delivery, if it still is as it was seen. The attempt counts from here: one that kills its sender each
    time comes to an end too.
    """
    until_ms = now_ms + LEASE_MS
    as_seen = Delivery.objects.filter(
        pk=delivery.pk,
        state=delivery.state,
        attempts=delivery.attempts,
        claimed_until_ms=delivery.claimed_until_ms,
        # Not by a join: PostgreSQL would compare the row as it was before it waited for the other's lock.
        endpoint__in=Endpoint.objects.filter(active=True),
    )
    if delivery.attempts > len(DELAYS_MS):
        as_seen.update(state=State.GIVEN_UP, claimed_until_ms=None)
        return None
    if not as_seen.update(state=State.SENDING, attempts=F("attempts") + 1, claimed_until_ms=until_ms):
        return None
    delivery.attempts += 1
    return Claim(delivery, until_ms)


def deliver_due(now_ms: int, *, limit: int = AT_ONCE, send: Poster = post) -> int:
    """Send one round of what is due, at the same time, and write down what came of it. How many were sent.

    To be called outside a transaction: a claim has to be seen by others before anything is sent.
    """
    wipe_previous(now_ms)
    claims = [taken for one in due(limit, now_ms) if (taken := claim(one, now_ms)) is not None]
    messages: list[tuple[Claim, Message]] = []
    for taken in claims:
        endpoint = taken.delivery.endpoint
        try:
            secrets = signing_secrets(endpoint, now_ms)
        except CustodyError as error:
            log.error("endpoint %s cannot sign: %s", endpoint.pk, error)
            record(taken, {}, Answer(None, "", None, 0, "secret"), now_ms)
        else:
            messages.append((taken, message_of(taken.delivery.event, secrets, now_ms)))
    if messages:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as threads:
            jobs = [threads.submit(send, taken.delivery.endpoint.url, message) for taken, message in messages]
            # A bug in sending one is raised only when the others have been written down.
            bugs = []
            for (taken, message), job in zip(messages, jobs, strict=True):
                if (bug := job.exception()) is not None:
                    bugs.append(bug)
                else:
                    record(taken, message.headers, job.result(), now_ms)
        if bugs:
            raise bugs[0]
    return len(claims)


def record(taken: Claim, headers: dict[str, str], answer: Answer, now_ms: int) -> None:
    """Write an attempt down, and where its delivery and endpoint stand now.

    Somebody whose claim ran out while waiting for an answer adds to the history only: the delivery is another's.
    """
    delivery, endpoint = taken.delivery, taken.delivery.endpoint
    with transaction.atomic():
        Attempt.objects.create(
            delivery=delivery,
            at_ms=now_ms,
            url=endpoint.url,
            headers=headers,
            status=answer.status,
            duration_ms=answer.duration_ms,
            response=answer.response,
            error=answer.error,
        )
        ours = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING, claimed_until_ms=taken.until_ms)
        if not answer.error:
            ours.update(state=State.DELIVERED, delivered_ms=now_ms, claimed_until_ms=None)
            Endpoint.objects.filter(pk=endpoint.pk, failing_since_ms__isnull=False).update(
                failing_since_ms=None
            )
            return
        again_ms = next_try_ms(delivery.attempts, now_ms, answer.retry_after_s)
        if again_ms is None or answer.error == "gone":
            ours.update(state=State.GIVEN_UP, claimed_until_ms=None)
        else:
            ours.update(state=State.FAILED, next_try_ms=again_ms, claimed_until_ms=None)
        _note_failure(endpoint, answer.error, now_ms)


def _note_failure(endpoint: Endpoint, error: str, now_ms: int) -> None:
    """Stop an endpoint whose receiver said so, or that has been failing for days without one success."""
    if error == "gone":
        disable(endpoint.pk, Endpoint.DisabledReason.GONE, now_ms)
        return
    if error == "secret":
        return  # Our own trouble, not the receiver's.
    one = Endpoint.objects.filter(pk=endpoint.pk)
    one.filter(failing_since_ms__isnull=True).update(failing_since_ms=now_ms)
    if one.filter(failing_since_ms__lte=now_ms - GIVE_UP_AFTER_MS).exists():
        disable(endpoint.pk, Endpoint.DisabledReason.FAILING, now_ms)


def _is_due(now_ms: int) -> Q:
    waiting = Q(state__in=(State.PENDING, State.FAILED), next_try_ms__lte=now_ms)
    return waiting | Q(state=State.SENDING, claimed_until_ms__lte=now_ms)


def resend(delivery_id: int, now_ms: int) -> bool:
    """Have one delivery sent once more, with the whole schedule before it. Not while it is being sent."""
    return bool(_again(Delivery.objects.filter(pk=delivery_id), now_ms))


def resend_failed(endpoint: Endpoint, since_ms: int, now_ms: int) -> int:
    """Have everything sent that happened since then and did not arrive. How many deliveries that are."""
    since = Event.objects.filter(time_ms__gte=since_ms)
    failed = Delivery.objects.filter(
        endpoint=endpoint, event__in=since, state__in=(State.FAILED, State.GIVEN_UP)
    )
    return _again(failed, now_ms)


def _again(deliveries: QuerySet[Delivery], now_ms: int) -> int:
    return deliveries.exclude(state=State.SENDING).update(
        state=State.PENDING, attempts=0, next_try_ms=now_ms, claimed_until_ms=None, delivered_ms=None
    )
