from __future__ import annotations

import pytest
from django.db import connection
from standardwebhooks import Webhook

from cardtrail.web.desk.models import Staff
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from cardtrail.web.webhooks import deliver, disabling
from cardtrail.web.webhooks.deliver import (
    AT_ONCE,
    LEASE_MS,
    PER_ENDPOINT,
    claim,
    deliver_due,
    due,
    record,
    resend,
    resend_failed,
)
from cardtrail.web.webhooks.disabling import disable, resume
from cardtrail.web.webhooks.endpoints import add_endpoint
from cardtrail.web.webhooks.messages import message_of
from cardtrail.web.webhooks.models import Attempt, Delivery, Endpoint
from cardtrail.web.webhooks.post import Answer, post
from cardtrail.web.webhooks.schedule import DELAYS_MS, JITTER, next_try_ms
from cardtrail.web.webhooks.sealing import signing_secrets

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TAKEN = Answer(204, "", None, 3, "")
REFUSED = Answer(500, "no", None, 3, "status")


class Sender:
    """Stands in for the network: answers as it is told, and counts."""

    def __init__(self, answer: Answer = TAKEN) -> None:
        self.answer = answer
        self.sent: list[str] = []

    def __call__(self, url, message) -> Answer:
        self.sent.append(message.headers["webhook-id"])
        return self.answer


@pytest.fixture
def only(endpoint, held):
    """The one delivery there is."""
    held()
    return Delivery.objects.get


def test_what_was_delivered_is_not_sent_again(only, receiver, now):
    assert deliver_due(now) == 1
    assert deliver_due(now + DAY_MS) == 0
    assert len(receiver.got) == 1
    assert (only().state, only().attempts, only().delivered_ms) == ("delivered", 1, now)
    (attempt,) = Attempt.objects.all()
    assert (attempt.status, attempt.error, attempt.at_ms) == (204, "", now)
    assert attempt.headers == {
        name: value
        for name, value in receiver.got[0].headers.items()
        if name.startswith("webhook-") or name in {"content-type", "user-agent"}
    }


def test_failures_are_tried_again_on_the_standards_schedule_and_then_given_up(only, now):
    assert [delay // SECOND_MS for delay in DELAYS_MS] == [
        *(5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    ]
    sender = Sender(REFUSED)
    at = now
    for number, delay in enumerate(DELAYS_MS, 1):
        assert deliver_due(at, send=sender) == 1
        row = only()
        assert (row.state, row.attempts) == ("failed", number)
        assert at + delay <= row.next_try_ms <= at + delay * (1 + JITTER)
        assert deliver_due(row.next_try_ms - 1, send=sender) == 0
        at = row.next_try_ms
    assert deliver_due(at, send=sender) == 1
    assert (only().state, only().attempts) == ("given_up", len(DELAYS_MS) + 1)
    Endpoint.objects.update(active=True)
    assert deliver_due(at + 100 * DAY_MS, send=sender) == 0
    assert len(sender.sent) == Attempt.objects.count() == 10
    assert len(set(sender.sent)) == 1


def test_waits_differ_by_chance():
    waits = {next_try_ms(5, 0, None) for _ in range(50)}
    assert len(waits) > 10
    assert all(DELAYS_MS[4] <= wait <= DELAYS_MS[4] * 1.2 for wait in waits if wait)


@pytest.mark.parametrize(
    ("wish_s", "least_ms", "most_ms"),
    [
        (3600, HOUR_MS, HOUR_MS),
        (1, 5 * SECOND_MS, 6 * SECOND_MS),
        (10**8, DAY_MS, DAY_MS),
    ],
)
def test_a_receivers_wish_to_wait_is_heard_within_bounds(only, now, wish_s, least_ms, most_ms):
    deliver_due(now, send=Sender(Answer(503, "", wish_s, 1, "status")))
    assert now + least_ms <= only().next_try_ms <= now + most_ms


def test_a_receiver_recovers(only, receiver, now):
    receiver.answers = [500, 204]
    deliver_due(now)
    assert Endpoint.objects.get().failing_since_ms == now
    deliver_due(now + MINUTE_MS)
    assert only().state == "delivered"
    assert Endpoint.objects.get().failing_since_ms is None
    assert [attempt.status for attempt in Attempt.objects.all()] == [500, 204]
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]


def test_of_two_senders_that_saw_the_same_one_sends(only, now):
    (seen,), (seen_too,) = due(10, now), due(10, now)
    assert claim(seen, now) is not None
    assert claim(seen_too, now) is None


def test_nobody_takes_what_is_claimed_until_the_lease_is_over(only, now):
    (seen,) = due(10, now)
    assert claim(seen, now) is not None
    assert due(10, now + LEASE_MS - 1) == []
    assert [one.pk for one in due(10, now + LEASE_MS)] == [seen.pk]


def test_of_two_that_find_a_claim_that_ran_out_one_sends(only, now):
    claim(due(10, now)[0], now)
    later = now + LEASE_MS
    (seen,), (seen_too,) = due(10, later), due(10, later)
    assert claim(seen, later) is not None
    assert claim(seen_too, later) is None


def test_a_second_sender_meanwhile_sends_nothing(only, now):
    """The other one comes while the first is waiting for the receiver's answer."""
    others = []

    def send(url, message):
        others.append(only().state)
        return TAKEN

    (seen,) = due(10, now)
    taken = claim(seen, now)
    assert deliver_due(now, send=send) == 0
    assert others == []
    record(taken, {}, TAKEN, now)
    assert only().state == "delivered"


def test_a_claim_is_seen_before_anything_is_sent(only, now, monkeypatch):
    """Claimed in the database first: a request is never under way for a row that looks free."""
    states = []
    real = deliver.message_of

    def spy(event, secrets, now_ms):
        states.append(only().state)
        return real(event, secrets, now_ms)

    monkeypatch.setattr(deliver, "message_of", spy)
    deliver_due(now, send=Sender())
    assert states == ["sending"]


def test_after_a_crash_behind_the_post_it_is_sent_again_under_the_same_id(only, endpoint, receiver, now):
    (seen,) = due(10, now)
    taken = claim(seen, now)
    message = message_of(taken.delivery.event, signing_secrets(endpoint[0], now), now)
    assert post(endpoint[0].url, message).status == 204
    # Here the process dies: nothing is recorded.
    assert deliver_due(now + LEASE_MS - 1) == 0
    assert deliver_due(now + LEASE_MS) == 1
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    Webhook(endpoint[1]).verify(second.body, second.headers)
    assert (only().state, only().attempts) == ("delivered", 2)


def test_an_event_that_kills_its_sender_each_time_comes_to_an_end(only, now):
    at = now
    for _ in range(len(DELAYS_MS) + 1):
        (seen,) = due(1, at)
        assert claim(seen, at) is not None
        at += LEASE_MS
    (seen,) = due(1, at)
    assert claim(seen, at) is None
    assert only().state == "given_up"
    assert due(1, at + DAY_MS) == []


def test_an_answer_that_comes_after_the_lease_changes_nothing(only, now):
    (seen,) = due(10, now)
    late = claim(seen, now)
    (again,) = due(10, now + LEASE_MS)
    present = claim(again, now + LEASE_MS)
    record(late, {}, REFUSED, now + LEASE_MS + 1)
    assert only().state == "sending"
    record(present, {}, TAKEN, now + LEASE_MS + 2)
    assert only().state == "delivered"
    record(late, {}, REFUSED, now + LEASE_MS + 3)
    assert only().state == "delivered"


def test_a_bug_with_one_does_not_hide_what_came_of_the_others(endpoint, held, now):
    first, second = held(1), held(2)

    def send(url, message):
        if message.headers["webhook-id"] == first.id:
            raise RuntimeError("bug")
        return TAKEN

    with pytest.raises(RuntimeError, match="bug"):
        deliver_due(now, send=send)
    assert second.deliveries.get().state == "delivered"
    assert first.deliveries.get().state == "sending"


def test_a_slow_receiver_does_not_keep_the_others_waiting(endpoint, held, developer, receiver, now):
    add_endpoint(
        url=receiver.url, description="", event_types=["card.released"], created_by=developer, now_ms=now
    )
    for entry in range(30):
        held(entry, time_ms=now - 1000 + entry)
    Delivery.objects.create(
        event=held(99), endpoint=Endpoint.objects.exclude(pk=endpoint[0].pk).get(), next_try_ms=now
    )
    found = due(AT_ONCE, now)
    assert len(found) == PER_ENDPOINT + 1
    assert [one.event.key for one in found[:PER_ENDPOINT]] == [f"card.held/{n}" for n in range(PER_ENDPOINT)]


def test_a_round_is_bounded(endpoint, held, developer, receiver, now):
    for entry in range(3):
        held(entry)
    assert deliver_due(now, limit=2, send=Sender()) == 2
    assert deliver_due(now, limit=2, send=Sender()) == 1


def test_410_stops_the_endpoint_and_tells_staff(only, receiver, now, monkeypatch):
    told = []
    monkeypatch.setattr(disabling, "_hooks", [])
    assert disabling.on_disabled(told.append) is not None
    receiver.answers = [410]
    deliver_due(now)
    point = Endpoint.objects.get()
    assert (point.active, point.disabled_reason, point.disabled_ms) == (False, "gone", now)
    assert [one.pk for one in told] == [point.pk]
    assert only().state == "given_up"
    assert deliver_due(now + DAY_MS) == 0


def test_an_endpoint_that_fails_for_days_is_stopped_and_staff_is_told_once(only, held, now, monkeypatch):
    told = []
    monkeypatch.setattr(disabling, "_hooks", [told.append])
    sender = Sender(REFUSED)
    deliver_due(now, send=sender)
    held(8, time_ms=now + 5 * DAY_MS - 1)
    deliver_due(now + 5 * DAY_MS - 1, send=sender)
    assert Endpoint.objects.get().active
    held(9, time_ms=now + 5 * DAY_MS)
    deliver_due(now + 6 * DAY_MS, send=sender)
    point = Endpoint.objects.get()
    assert (point.active, point.disabled_reason, len(told)) == (False, "failing", 1)


def test_a_paused_endpoints_events_wait_until_it_goes_on(only, receiver, now, monkeypatch):
    told = []
    monkeypatch.setattr(disabling, "_hooks", [told.append])
    assert disable(Endpoint.objects.get().pk, Endpoint.DisabledReason.PAUSED, now)
    assert deliver_due(now + DAY_MS) == 0
    assert told == []  # Staff did it themselves.
    assert resume(Endpoint.objects.get().pk)
    assert deliver_due(now + DAY_MS) == 1
    assert only().state == "delivered"


def test_one_is_sent_again_with_the_whole_schedule_before_it(only, receiver, now):
    deliver_due(now)
    assert resend(only().pk, now + 1)
    assert (only().state, only().attempts) == ("pending", 0)
    assert deliver_due(now + 1) == 1
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]
    assert Attempt.objects.count() == 2


def test_what_is_being_sent_cannot_be_sent_again(only, now):
    claim(due(1, now)[0], now)
    assert not resend(only().pk, now)
    assert only().state == "sending"


def test_all_that_failed_since_a_time_is_sent_again(endpoint, held, now):
    early, late, well = held(1, now - 10_000), held(2, now - 1000), held(3, now - 500)
    Delivery.objects.update(state="given_up", attempts=10)
    well.deliveries.update(state="delivered")
    assert resend_failed(endpoint[0], now - 5000, now) == 1
    states = {one.event_id: (one.state, one.attempts) for one in Delivery.objects.all()}
    assert states == {early.id: ("given_up", 10), late.id: ("pending", 0), well.id: ("delivered", 10)}


def test_a_secret_that_does_not_open_is_not_the_receivers_fault(only, receiver, now, caplog):
    Endpoint.objects.update(secret=b"\x01" * 80)
    assert deliver_due(now) == 1
    assert receiver.got == []
    assert (only().state, Attempt.objects.get().error) == ("failed", "secret")
    assert Endpoint.objects.get().failing_since_ms is None
    assert "cannot sign" in caplog.text


def test_secrets_do_not_get_into_logs_or_rows(only, endpoint, receiver, now, caplog):
    receiver.answers = [500]
    caplog.set_level(0)
    deliver_due(now)
    bare = endpoint[1].removeprefix("whsec_")
    assert bare not in caplog.text
    for model in (Endpoint, Delivery, Attempt):
        assert bare not in str(list(model.objects.values()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_endpoint")
        assert bare.encode() not in bytes(cursor.fetchone()[0])


def test_everybody_who_looks_after_the_systems_is_told_of_a_stopped_endpoint(only, developer, people, now):
    left, other = people.make("离职"), people.make("客服")
    Staff.objects.create(person=developer, roles=["developer"])
    Staff.objects.create(person=left, roles=["developer"], active=False)
    Staff.objects.create(person=other, roles=["support"])
    deliver_due(now, send=Sender(Answer(410, "", None, 1, "gone")))
    (notice,) = Notice.objects.all()
    assert notice.person == developer
    assert "商城" in notice.zh
    assert "410" in notice.en
    assert str(Endpoint.objects.get().pk) in notice.url
