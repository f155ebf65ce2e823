"""Several senders at once, against a database with real transactions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, get_ident

import pytest
from django.db import connection

from cardtrail.web.webhooks import deliver
from cardtrail.web.webhooks.deliver import deliver_due
from cardtrail.web.webhooks.models import Attempt, Delivery
from cardtrail.web.webhooks.post import Answer

SENDERS = 4
EVENTS = 12

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def run(now: int) -> list[str]:
    """Let several senders begin at the same moment, until nothing is due. The ids they sent."""
    sent: list[str] = []
    together = Barrier(SENDERS)

    def send(url, message) -> Answer:
        sent.append(message.headers["webhook-id"])
        return Answer(204, "", None, 1, "")

    def one() -> None:
        try:
            together.wait(timeout=120)
            while deliver_due(now, send=send):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS) as threads:
        for job in [threads.submit(one) for _ in range(SENDERS)]:
            job.result()
    return sent


def prepare(monkeypatch, held) -> None:
    """All senders see the same rows as due before any of them claims one."""
    for entry in range(EVENTS):
        held(entry)
    seen = Barrier(SENDERS)
    real = deliver.due
    rounds: dict[int, int] = {}

    def due(limit, now_ms):
        found = real(limit, now_ms)
        me = get_ident()
        rounds[me] = rounds.get(me, 0) + 1
        if rounds[me] == 1:
            seen.wait(timeout=120)
        return found

    monkeypatch.setattr(deliver, "due", due)


def test_senders_at_the_same_moment_send_nothing_twice(endpoint, held, now, monkeypatch):
    prepare(monkeypatch, held)
    sent = run(now)
    assert len(sent) == len(set(sent)) == EVENTS
    assert Attempt.objects.count() == EVENTS
    assert set(Delivery.objects.values_list("state", "attempts")) == {("delivered", 1)}


def test_without_the_comparison_they_do(endpoint, held, now, monkeypatch):
    """The test above can fail: claim without comparing, and events go out twice."""

    def careless(delivery, now_ms):
        until_ms = now_ms + deliver.LEASE_MS
        Delivery.objects.filter(pk=delivery.pk).update(state="sending", claimed_until_ms=until_ms)
        return deliver.Claim(delivery, until_ms)

    prepare(monkeypatch, held)
    monkeypatch.setattr(deliver, "claim", careless)
    sent = run(now)
    assert len(sent) > len(set(sent))
