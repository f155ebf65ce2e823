"""The worker: jobs that fail stay alone with it, and the end is quick."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import DatabaseError, connections

from cardtrail.web import health
from cardtrail.web.worker import BREATH_S, JOBS, WORST_PAUSE_S, Job, Worker, breath_s, now_ms, pause_s, run
from tests.web import fake_jobs

PATIENCE_S = 60


def job(name: str, every_ms: int = 1) -> Job:
    return Job(name, f"tests.web.fake_jobs:{name}", every_ms)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    while not fake_jobs.seen.empty():
        fake_jobs.seen.get()
    fake_jobs.go_on.clear()
    yield
    fake_jobs.go_on.set()


@pytest.fixture
def start() -> Iterator[Callable[..., Worker]]:
    workers = []

    def started(*names: str) -> Worker:
        worker = Worker([job(name) for name in names])
        workers.append(worker)
        worker.start()
        return worker

    yield started
    fake_jobs.go_on.set()
    for worker in workers:
        worker.end(PATIENCE_S)


def test_a_job_is_done_again_and_again(start) -> None:
    start("well")
    assert [fake_jobs.seen.get(timeout=PATIENCE_S) for _ in range(5)] == ["well"] * 5


def test_a_job_that_fails_is_tried_again_and_stops_no_other(start, caplog) -> None:
    start("stubborn", "well")
    counts = {"stubborn": 0, "well": 0}
    while min(counts.values()) < 4:
        counts[fake_jobs.seen.get(timeout=PATIENCE_S)] += 1
    records = [record for record in caplog.records if "job stubborn failed" in record.message]
    assert records[0].levelno == logging.ERROR
    assert records[0].exc_info is not None, "without its traceback nobody can mend it"
    assert "no such card" in str(records[0].exc_info[1])


def test_a_job_with_more_to_do_does_not_wait() -> None:
    worker = Worker([job("busy", every_ms=3_600_000)])
    worker.start()
    assert [fake_jobs.seen.get(timeout=PATIENCE_S) for _ in range(3)] == ["busy"] * 3
    worker.end(PATIENCE_S)


def test_failures_are_tried_later_and_later() -> None:
    hasty = Job("hasty", "", 1_000)
    assert [pause_s(hasty, failures) for failures in range(6)] == [1, 2, 4, 8, 16, WORST_PAUSE_S]
    assert pause_s(hasty, 10_000) == WORST_PAUSE_S
    assert pause_s(Job("daily", "", 86_400_000), 3) == 86_400, "a rare job is not hurried by failing"


def test_a_node_that_is_away_is_said_once_and_is_no_failure_of_the_job(start, caplog) -> None:
    caplog.set_level(logging.INFO)
    start("away")
    for _ in range(4):
        fake_jobs.seen.get(timeout=PATIENCE_S)
    said = [record for record in caplog.records if "waits for the ledger's node" in record.message]
    assert [record.levelno for record in said[:3]] == [logging.WARNING, logging.INFO, logging.INFO]
    assert all(record.exc_info is None for record in said)


def test_a_failure_gives_the_database_back(start, monkeypatch) -> None:
    """A connection that broke in the middle of a transaction must not be used again."""
    closed: list[str] = []
    monkeypatch.setattr(connections, "close_all", lambda: closed.append(threading.current_thread().name))
    start("stubborn")
    for _ in range(3):
        fake_jobs.seen.get(timeout=PATIENCE_S)
    assert closed[:2] == ["job-stubborn", "job-stubborn"]


def test_a_job_gets_what_it_asks_for(start) -> None:
    worker = start("clocked")
    before_ms = now_ms()
    assert before_ms - 60_000 < fake_jobs.seen.get(timeout=PATIENCE_S) <= now_ms()
    worker.end(PATIENCE_S)
    while not fake_jobs.seen.empty():
        fake_jobs.seen.get()
    listener = start("listening")
    assert fake_jobs.seen.get(timeout=PATIENCE_S) is listener.stop


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("tests.web.no_such_jobs:run", ModuleNotFoundError),
        ("tests.web.fake_jobs:no_such_job", AttributeError),
        ("tests.web.fake_jobs:greedy", TypeError),
    ],
)
def test_a_job_that_is_not_there_is_loud(path, error) -> None:
    with pytest.raises(error):
        Worker([Job("x", path, 1)])


def test_every_real_job_is_there() -> None:
    Worker(JOBS)
    assert len({each.name for each in JOBS}) == len(JOBS)


def test_the_end_waits_for_what_is_under_way(start) -> None:
    worker = start("slow")
    assert fake_jobs.seen.get(timeout=PATIENCE_S) == "begun"
    assert worker.end(0) is False
    fake_jobs.go_on.set()
    assert worker.end(PATIENCE_S) is True
    assert fake_jobs.seen.get(timeout=PATIENCE_S) == "ended"


def test_the_end_does_not_wait_for_who_only_listens(start) -> None:
    worker = start("listening")
    fake_jobs.seen.get(timeout=PATIENCE_S)
    assert worker.end(PATIENCE_S) is True


@pytest.mark.database
@pytest.mark.django_db
def test_a_running_worker_is_seen(monkeypatch) -> None:
    monkeypatch.setattr(health, "_node_answers", lambda: True)
    assert health.look()["worker"] == "away"
    calls = iter([False, False, True])
    assert run([job("well")], lambda: next(calls)) == 0
    assert health.look()["worker"] == "ready"


def test_a_database_that_takes_no_heartbeat_stops_no_job(monkeypatch, caplog) -> None:
    def no_beat() -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(health, "beat", no_beat)
    asked = iter([False] * 3 + [True])
    assert run([job("well")], lambda: next(asked)) == 0
    assert "the heartbeat could not be written: disk full" in caplog.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_is_gone_ends_the_worker_for_a_new_one(monkeypatch, caplog) -> None:
    monkeypatch.setattr(health, "beat", lambda: None)
    assert run([job("gone")], lambda: False) == 1
    assert "a job's thread is gone" in caplog.text


def test_what_nobody_waits_for_rests_as_long_as_it_worked() -> None:
    assert breath_s(Job("mail", "", 1_000, gentle=True), 0.5) == 0.5
    assert breath_s(Job("mail", "", 1_000, gentle=True), 0.0) == BREATH_S
    assert breath_s(Job("orders", "", 1_000), 0.5) == BREATH_S
    assert [job.name for job in JOBS if job.gentle] == ["mail"]
