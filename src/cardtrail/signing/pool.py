"""Verifying many signatures at once, on every core.

libsodium releases Python's lock for each signature, but taking it back between two of them would make each
wait for whatever thread computes meanwhile. Worker processes have a lock of their own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

import msgspec

from cardtrail.signing.keys import verify
from cardtrail.signing.worker import LENGTH_BYTES, Job, SentJob

INLINE_JOBS = 8
"""Up to this many signatures are checked at once in the caller: sending them away would take longer."""

_PIPE_BYTES = 1 << 20

_SLICE_JOBS = 256
"""What is sent to a worker at once, so that neither side holds a long copy of everything."""

_MAX_UNREAD = 16_384
"""So many answers, of one byte each, may wait to be read. A pipe holds 64 KiB: past that the worker would wait
for its reader, and the reader, sending, for the worker."""


class WorkerDied(RuntimeError):  # noqa: N818 - it names what happened
    """A verification worker ended although it should not have. Nothing was decided; the caller must stop."""


class Ticket:
    """Signatures on their way. `result()` gives one truth value for each, in the order they were handed in."""

    def __init__(self, parts: list[tuple[_Worker, int]] | None, known: list[bool] | None = None) -> None:
        self._parts = parts
        self._known = known

    def result(self) -> list[bool]:
        """The answers, waiting for them if need be."""
        if self._known is None:
            self._known = [
                bool(byte) for worker, count in self._parts or () for byte in worker.receive(count)
            ]
        return self._known


class VerifierPool:
    """Workers that verify signatures. To be used from one thread at a time; tickets are redeemed in the order
    of their issue.

    workers  how many processes; none: everything is verified in the caller
    """

    def __init__(self, workers: int | None = None) -> None:
        count = (os.cpu_count() or 1) if workers is None else workers
        self._workers = [_Worker() for _ in range(count)] if count > 0 else []

    def submit(self, jobs: Sequence[Job]) -> Ticket:
        """Begin to verify; a handful is done at once."""
        if len(jobs) <= INLINE_JOBS or not self._workers:
            return Ticket(None, [verify(*job) for job in jobs])
        share = -(-len(jobs) // len(self._workers))
        parts = []
        for place, worker in enumerate(self._workers):
            part = jobs[place * share : (place + 1) * share]
            if part:
                worker.send(part)
                parts.append((worker, len(part)))
        return Ticket(parts)

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.close()
        self._workers = []

    def __enter__(self) -> VerifierPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Worker:
    """One process and its two pipes. Answers come in the order of the requests."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cardtrail.signing.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Until it ignores signals by itself, it is at least not told what the parent's terminal is told.
            start_new_session=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise WorkerDied("the verification worker has no pipes")
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._unread = 0
        self._early = bytearray()
        # Room for the next batch while this one is computed; without it the sender would wait. Linux only.
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            fcntl.fcntl(self._requests.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def send(self, jobs: Sequence[Job]) -> None:
        for start in range(0, len(jobs), _SLICE_JOBS):
            part = jobs[start : start + _SLICE_JOBS]
            excess = self._unread + len(part) - _MAX_UNREAD
            if excess > 0:
                self._early += self._read(excess)
            self._write(msgspec.msgpack.encode(_without_repeats(part)))
            self._unread += len(part)

    def receive(self, count: int) -> bytes:
        known = bytes(self._early[:count])
        del self._early[:count]
        return known + self._read(count - len(known))

    def close(self) -> None:
        # First the answers: a worker about to write one that nobody reads would never see that its input closes.
        self._answers.close()
        # A worker that is gone already has lost what was on its way to it.
        with contextlib.suppress(BrokenPipeError):
            self._requests.close()
        self._process.wait()

    def _write(self, body: bytes) -> None:
        try:
            self._requests.write(len(body).to_bytes(LENGTH_BYTES, "big") + body)
            self._requests.flush()
        except OSError as error:
            raise WorkerDied("a verification worker ended unexpectedly") from error

    def _read(self, count: int) -> bytes:
        answer = self._answers.read(count)
        if len(answer) != count:
            raise WorkerDied("a verification worker ended unexpectedly")
        self._unread -= count
        return answer


def _without_repeats(jobs: Sequence[Job]) -> list[SentJob]:
    sent: list[SentJob] = []
    last: bytes | None = None
    for key, message, signature in jobs:
        sent.append((key, None if message is last else message, signature))
        last = message
    return sent
