"""A running node: one engine thread between a queue and the store, and what others may ask of it meanwhile."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Thread

from cardtrail.ledger.admission import Pending
from cardtrail.node.damage import refuse_damaged_log
from cardtrail.node.directory import Directory
from cardtrail.node.engine import Batch, Engine
from cardtrail.node.metrics import Metrics
from cardtrail.node.orderer import EmbeddedOrderer, Reply, Stopping, Submission
from cardtrail.node.publish import Publisher
from cardtrail.node.recovery import Progress
from cardtrail.node.store import Store
from cardtrail.signing.pool import VerifierPool
from cardtrail.wire.answers import Answer

log = logging.getLogger(__name__)

AHEAD_COMMANDS = 128
"""So many must wait before the next batch is begun while this one is under way; fewer soon make a better batch."""


def system_clock() -> int:
    """Milliseconds since 1970-01-01T00:00:00Z by this machine's clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """How a node runs.

    clock                    ledger time in milliseconds; what it gives never takes the ledger back
    queue_limit              commands that may wait; more are answered with 503
    batch_limit              commands in one batch
    checkpoint_interval_ms   how long an entry waits for its checkpoint at most
    workers                  verification processes; none: one for each core
    on_start                 told how many cards of all a start has read, while it lasts
    """

    clock: Callable[[], int] = system_clock
    queue_limit: int = 8192
    batch_limit: int = 512
    checkpoint_interval_ms: int = 1000
    workers: int | None = None
    on_start: Progress | None = None


class Node:
    """One ledger, open for writing. Every public method may be called from any thread."""

    def __init__(self, directory: Directory, options: Options | None = None) -> None:
        self.directory = directory
        self.options = options or Options()
        self.metrics = Metrics()
        with ExitStack() as taken:  # A start that fails lets go of what it has taken so far.
            self._lock = directory.lock()
            taken.callback(self._lock.release)
            refuse_damaged_log(directory.database)
            self._store = Store(directory.database)
            taken.callback(self._store.close)
            self.publisher = Publisher(directory, self._store)
            self._pool = VerifierPool(self.options.workers)
            taken.callback(self._pool.close)
            self.engine = Engine(self._store, self._pool, self.options.on_start)
            self._taken = taken.pop_all()
        self._orderer = EmbeddedOrderer(self.options.queue_limit, self.options.batch_limit)
        self._listeners: list[Callable[[], None]] = []
        self._failure: Exception | None = None
        self._stopped = False
        self._thread = Thread(target=self._run, name="cardtrail-engine")
        self._thread.start()

    def submit(self, commands: Sequence[bytes]) -> Future[list[Answer]]:
        """Queue commands; the answers come when those accepted are durable. Raises `QueueFull` or `Stopping`."""
        return self._orderer.offer(commands)

    def submit_to(self, commands: Sequence[bytes], answers: Reply) -> None:
        """The same for a caller that brings its own place for the answers, which is filled on the engine's thread."""
        self._orderer.put(Submission(commands, answers))

    def announce(self, url: str) -> None:
        """Note in the directory where this node listens."""
        self._lock.announce(url)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have something called, on the engine's thread, after every commit and checkpoint. The answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def failure(self) -> Exception | None:
        """What stopped the engine, if it stopped by itself."""
        return self._failure

    @property
    def stopped(self) -> bool:
        """Whether the engine takes and answers nothing any more."""
        return self._stopped

    @property
    def queue_depth(self) -> int:
        """How many commands wait."""
        return self._orderer.depth

    def close(self) -> None:
        """Finish what was taken, seal, publish, and let go of the directory. A second time does nothing."""
        self._orderer.stop()
        self._thread.join()
        self._taken.close()

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            if self.publisher.publish(self.engine):  # A seal that a crash left without its checkpoint.
                self._tell()
            _Loop(self).run()
        except Exception as error:
            # Whatever it was, memory and disk may differ now: answer nobody any more, and let the next start find out.
            self._failure = error
            log.critical("the engine has stopped: %s", error, exc_info=error)
        finally:
            reason = str(self._failure or "the node has stopped")
            self._orderer.drop_all(Stopping(reason))
            self._stopped = True
            self._tell()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            try:
                listener()
            except Exception:
                # Somebody who looks on must not be able to stop the ledger.
                log.exception("a listener failed")


class _Loop:
    """The engine thread's work: while one batch is applied and committed, the next one's signatures are verified."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._engine = node.engine
        self._orderer = node._orderer
        self._interval_s = node.options.checkpoint_interval_ms / 1000
        self._seal_due: float | None = time.monotonic() if self._unsealed() else None
        self._prepared: deque[tuple[list[Submission], Pending]] = deque()

    def run(self) -> None:
        try:
            while not (self._orderer.drained and not self._prepared):
                if not self._prepared:
                    self._prepare(self._patience())
                if self._prepared and self._orderer.depth >= AHEAD_COMMANDS:
                    self._prepare(0)
                self._step()
            if self._unsealed():
                self._commit([], self._engine.prepare([]), seal=True)
        except Exception as error:
            for submissions, _ in self._prepared:
                _fail(submissions, error)
            raise

    def _patience(self) -> float | None:
        return None if self._seal_due is None else max(0.0, self._seal_due - time.monotonic())

    def _prepare(self, timeout_s: float | None) -> None:
        if len(self._prepared) < 2 and (taken := self._orderer.take(timeout_s)):
            commands = [command for submission in taken for command in submission.commands]
            try:
                self._prepared.append((taken, self._engine.prepare(commands)))
            except Exception as error:
                _fail(taken, error)
                raise

    def _step(self) -> None:
        due = self._seal_due is not None and time.monotonic() >= self._seal_due
        if self._prepared:
            self._commit(*self._prepared.popleft(), seal=due)
        elif due:
            self._commit([], self._engine.prepare([]), seal=True)

    def _commit(self, submissions: list[Submission], pending: Pending, *, seal: bool) -> None:
        node, engine = self._node, self._engine
        began = time.perf_counter()
        try:
            applied = engine.apply(Batch(engine.height + 1, node.options.clock(), pending, seal))
            engine.commit(applied)
        except Exception as error:
            _fail(submissions, error)
            raise
        place = 0
        for submission in submissions:
            end = place + len(submission.commands)
            submission.answers.set_result(applied.answers[place:end])
            place = end
        node.metrics.observe_batch(applied.answers, time.perf_counter() - began)
        if applied.draft.sealed:
            node.publisher.publish(engine)
            self._seal_due = None
        elif self._seal_due is None and self._unsealed():
            self._seal_due = time.monotonic() + self._interval_s
        node._tell()

    def _unsealed(self) -> bool:
        state = self._engine.state
        return state.network is not None and state.size > state.sealed_size


def _fail(submissions: list[Submission], error: Exception) -> None:
    # Not known to be absent: the client asks by command id after the restart.
    for submission in submissions:
        submission.answers.set_exception(Stopping(f"the node has stopped: {error}"))
