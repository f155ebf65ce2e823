"""The background process: what has to happen without anybody looking at a page.

Each job runs in a thread of its own, over and over; one that fails is written to the log with its traceback and
tried again, later and later, and the others never notice. Every job may be killed at any moment and begun again:
whatever it does is done once all the same, and that is the job's own business (compare-and-swap, command ids, keys).
"""

from __future__ import annotations

import inspect
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import FrameType

log = logging.getLogger("cardtrail.web.worker")

WORST_PAUSE_S = 30.0
"""A job that keeps failing is tried again after so long at the latest."""

BREATH_S = 0.01
"""The least pause of a job that has more to do."""

GRACE_S = 4.0
"""How long jobs may take to end what they are at."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done again and again.

    name       as the log calls it
    path       `module:function`; a parameter called `now_ms` gets the time, one called `stop` the event that ends all.
               Where it gives how many things it did, it is run again at once as long as there were any: so whatever
               it cannot do now it has to put off
    every_ms   the pause between two runs when there is nothing to do
    gentle     nobody waits for it at a page: while there is more to do it rests as long as it worked, so that a hundred
               thousand mails leave room to those who look at their cards
    """

    name: str
    path: str
    every_ms: int
    gentle: bool = False


JOBS = (
    Job("feed", "cardtrail.web.ledger.follow:follow_forever", 1_000),
    Job("contact", "cardtrail.web.ledger.follow:keep_in_touch", 3_000),
    Job("actions", "cardtrail.web.actions.perform:run_due", 1_000),
    Job("mail", "cardtrail.web.notices.mail:send_due", 2_000, gentle=True),
    Job("webhooks", "cardtrail.web.webhooks.deliver:deliver_due", 1_000),
    Job("accounts", "cardtrail.web.accounts.upkeep:daily", 86_400_000),
    Job("reminders", "cardtrail.web.cards.reminders:run_due", 3_600_000),
    Job("issuing", "cardtrail.web.desk.batches:run_due", 1_000),
    Job("codes", "cardtrail.web.desk.delivery:run_due", 3_000),
    Job("buyers", "cardtrail.web.desk.purchases:wipe_expired", 3_600_000),
    Job("old-cards", "cardtrail.web.desk.imported:drop_unconfirmed", 3_600_000),
    Job("sessions", "cardtrail.web.upkeep:forget_old_sessions", 3_600_000),
    Job("checkout", "cardtrail.web.checkout.timers:run_due", 1_000),
    Job("deadlines", "cardtrail.web.orders.timers:run_due", 1_000),
    Job("errands", "cardtrail.web.orders.errands:run_due", 1_000),
    Job("reconcile", "cardtrail.web.orders.reconcile:run_due", 60_000),
    Job("payouts", "cardtrail.web.returns.payouts:run_due", 1_000),
    Job("returns", "cardtrail.web.returns.reconcile:run_due", 60_000),
    Job("market", "cardtrail.web.market.timers:run_due", 1_000),
    Job("api", "cardtrail.web.api.idempotency:forget_old", 3_600_000),
    Job("losses", "cardtrail.web.desk.loss_following:ripen", 60_000),
    Job("invitations", "cardtrail.web.cards.invitations:send_due", 2_000),
)


class Worker:
    """Jobs, running. `stop` ends them."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        """Raises whatever importing a job raises, and `TypeError` for one that asks for something unknown."""
        self.stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._awaited: list[threading.Thread] = []
        for job in jobs:
            function = _function(job)
            asked = _asked(job, function)
            thread = threading.Thread(
                target=self._repeat, args=(job, function, asked), name=f"job-{job.name}", daemon=True
            )
            self._threads.append(thread)
            if "stop" not in asked:
                self._awaited.append(thread)

    def start(self) -> None:
        """Begin every job."""
        for thread in self._threads:
            thread.start()

    @property
    def whole(self) -> bool:
        """Whether every job is still being repeated."""
        return all(thread.is_alive() for thread in self._threads)

    def end(self, within_s: float) -> bool:
        """Let the jobs end what they are at. Whether all did that are waited for: one that takes `stop` is not, since
        it may be listening to somebody who has nothing to say."""
        self.stop.set()
        ends_s = time.monotonic() + within_s
        for thread in self._awaited:
            thread.join(max(0.0, ends_s - time.monotonic()))
        return not any(thread.is_alive() for thread in self._awaited)

    def _repeat(self, job: Job, function: Callable[..., object], asked: frozenset[str]) -> None:
        gives: dict[str, Callable[[], object]] = {"now_ms": now_ms, "stop": lambda: self.stop}
        failures = 0
        while not self.stop.is_set():
            due = partial(function, **{name: gives[name]() for name in asked})
            began_s = time.monotonic()
            done = _done(job, due, failures)
            failures = failures + 1 if done is None else 0
            worked_s = time.monotonic() - began_s
            self.stop.wait(breath_s(job, worked_s) if done else pause_s(job, failures))
        _let_go_of_database()


def _function(job: Job) -> Callable[..., object]:
    module, _, name = job.path.partition(":")
    function: Callable[..., object] = getattr(import_module(module), name)
    return function


def _asked(job: Job, function: Callable[..., object]) -> frozenset[str]:
    """The parameters that a job wants to be given. Raises `TypeError` for one that we do not have."""
    parameters = inspect.signature(function).parameters.values()
    asked = frozenset(
        each.name for each in parameters if each.name in {"now_ms", "stop"} or each.default is each.empty
    )
    if unknown := asked - {"now_ms", "stop"}:
        raise TypeError(f"job {job.name}: {job.path} asks for {', '.join(sorted(unknown))}")
    return asked


def breath_s(job: Job, worked_s: float) -> float:
    """How long a job that has more to do rests after a run that took so long."""
    return max(BREATH_S, worked_s) if job.gentle else BREATH_S


def pause_s(job: Job, failures: int) -> float:
    """How long to wait after a run: the job's own pause, doubled for every failure in a row."""
    return min(max(WORST_PAUSE_S, job.every_ms / 1000), job.every_ms / 1000 * 2.0 ** min(failures, 16))


def now_ms() -> int:
    """Milliseconds since 1970 by this machine's clock."""
    return time.time_ns() // 1_000_000


def _done(job: Job, function: Callable[[], object], failures: int) -> int | None:
    """Run a job once. How many things it did; none if it failed: an exception ends this run and nothing else."""
    from django.db import close_old_connections

    from cardtrail.client.errors import NodeUnavailable

    try:
        close_old_connections()
        done = function()
        return done if isinstance(done, int) else 0
    except NodeUnavailable as away:
        # Nothing is wrong with the job. Said once for each time the node goes away.
        log.log(
            logging.INFO if failures else logging.WARNING,
            "job %s waits for the ledger's node: %s",
            job.name,
            away,
        )
        _let_go_of_database()
        return None
    except Exception:
        log.exception("job %s failed; it is tried again in %.0f s", job.name, pause_s(job, failures + 1))
        _let_go_of_database()
        return None


def _let_go_of_database() -> None:
    """Close this thread's connections: one that broke must not be used again."""
    from django.db import connections

    connections.close_all()


def run(jobs: Sequence[Job], asked_to_end: Callable[[], bool]) -> int:
    """Run jobs until asked to end; note in the database that they run. The exit status."""
    from django.db import DatabaseError

    from cardtrail.web import health

    worker = Worker(jobs)
    worker.start()
    log.info("%d jobs are running", len(jobs))
    beaten_ms = 0
    status = 0
    while not asked_to_end():
        if not worker.whole:
            log.critical("a job's thread is gone; the worker ends, to be started anew")
            status = 1
            break
        if now_ms() - beaten_ms >= health.BEAT_EVERY_MS:
            beaten_ms = now_ms()
            try:
                health.beat()
            except DatabaseError as error:
                log.warning("the heartbeat could not be written: %s", error)
                _let_go_of_database()
        time.sleep(0.1)
    return 0 if worker.end(GRACE_S) and status == 0 else 1


class _Ask:
    """Remembers that SIGTERM or SIGINT came."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def __call__(self) -> bool:
        return self.asked

    def _note(self, _: int, __: FrameType | None) -> None:
        self.asked = True


def main() -> None:
    """Run the worker until SIGTERM or SIGINT."""
    from cardtrail.web.config import ConfigError
    from cardtrail.web.prepare import start_django

    ask = _Ask()
    try:
        start_django()
    except ConfigError as error:
        sys.exit(f"Error: {error}")
    status = run(JOBS, ask)
    logging.shutdown()
    # A job that did not end in time is cut off here, as a power failure would: it is made for that.
    os._exit(status if not ask.asked else 0)


if __name__ == "__main__":
    main()
