"""The embedded orderer: commands in the order of their arrival, in batches that form by themselves.

While a batch is being applied, arriving commands gather and become the next one. An idle node takes a single
command at once. What does not fit is turned away, not kept waiting without end."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition
from typing import Protocol

from cardtrail.wire.answers import Answer


class QueueFull(RuntimeError):  # noqa: N818 - it names the state
    """More commands wait than the queue holds. Nothing of the offer was taken; try again in a moment."""


class Stopping(RuntimeError):  # noqa: N818
    """The node takes no more commands."""


class Reply(Protocol):
    """Where answers go: a `concurrent.futures.Future`, or something lighter. Called on the engine's thread;
    must not block.
    """

    def set_result(self, result: list[Answer], /) -> None:
        """The answers, one for each command, in order."""

    def set_exception(self, exception: BaseException, /) -> None:
        """There will be no answers."""


@dataclass(frozen=True, slots=True)
class Submission:
    """Commands that came together, and where their answers go."""

    commands: Sequence[bytes]
    answers: Reply


class EmbeddedOrderer:
    """A bounded queue between whoever submits and the one engine.

    queue_limit   how many commands may wait
    batch_limit   how many go into one batch (a submission is never divided)
    """

    def __init__(self, queue_limit: int, batch_limit: int) -> None:
        self._queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._waiting: deque[Submission] = deque()
        self._count = 0
        self._stopping = False
        self._changed = Condition()

    @property
    def depth(self) -> int:
        """How many commands wait."""
        return self._count

    def offer(self, commands: Sequence[bytes]) -> Future[list[Answer]]:
        """Queue commands. Raises `QueueFull` or `Stopping`, and then has taken none."""
        answers: Future[list[Answer]] = Future()
        answers.set_running_or_notify_cancel()  # Taken is taken: nobody can cancel a command under way.
        self.put(Submission(commands, answers))
        return answers

    def put(self, submission: Submission) -> None:
        """The same with a place for the answers that the caller brought."""
        commands = submission.commands
        with self._changed:
            if self._stopping:
                raise Stopping("the node is stopping and takes no more commands")
            if self._count + len(commands) > self._queue_limit:
                raise QueueFull(f"{self._count} commands wait already; try again in a moment")
            self._waiting.append(submission)
            self._count += len(commands)
            self._changed.notify()

    def take(self, timeout_s: float | None) -> list[Submission]:
        """The next batch's submissions: at once if any wait, else after at most the timeout, then perhaps none."""
        with self._changed:
            if not self._waiting and not self._stopping and timeout_s != 0:
                self._changed.wait(timeout_s)
            taken: list[Submission] = []
            size = 0
            while self._waiting and (not taken or size + len(self._waiting[0].commands) <= self._batch_limit):
                submission = self._waiting.popleft()
                taken.append(submission)
                size += len(submission.commands)
            self._count -= size
            return taken

    def stop(self) -> None:
        """Turn new commands away; what waits already is still handed out."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    @property
    def drained(self) -> bool:
        """Whether it is stopping and nothing waits any more."""
        with self._changed:
            return self._stopping and not self._waiting

    def drop_all(self, error: Exception) -> None:
        """Fail whatever waits: the engine has stopped and will not take it."""
        self.stop()
        with self._changed:
            waiting, self._waiting, self._count = list(self._waiting), deque(), 0
        for submission in waiting:
            submission.answers.set_exception(error)
