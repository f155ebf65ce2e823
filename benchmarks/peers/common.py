"""What the peers share: how much is done, and how a server is started in a temporary directory and ended again.

The state change of one transfer, everywhere the same: if the card's record is there, replace it (66 bytes, one of
100,000 at random), append an entry (294 bytes: a transfer's, and the record it replaced) and make it findable by a
random 32-byte id. All of it or nothing, and on the disk before the answer.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from cardtrail.cli.benching.figures import Timed

CARD_BYTES = 66
ENTRY_BYTES = 294
BATCH = 512
CLIENTS = 64
_STOP_S = 30


class PeerError(RuntimeError):
    """A peer could not be measured. The text says why."""


@dataclass(frozen=True)
class Load:
    """One way of bringing the same work. `run` takes the seconds it should last, about."""

    name: str
    conditions: str
    run: Callable[[float], Timed]


class Peer(Protocol):
    """Another program, running while it is entered."""

    name: str
    package: str

    def missing(self) -> str | None:
        """What has to be installed first."""

    def __enter__(self) -> Peer: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def version(self) -> str:
        """Which release is measured."""

    def fill(self, records: int) -> None:
        """Put so many cards in."""

    def loads(self) -> list[Load]:
        """The ways of bringing the work that make sense for it."""


def free_port() -> int:
    """A port of the loopback interface that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def temporary_folder(owner: str | None = None) -> Iterator[Path]:
    """A folder that is gone afterwards. `owner`: the user it is given to."""
    with tempfile.TemporaryDirectory(prefix="cardtrail-peer-") as name:
        folder = Path(name)
        if owner is not None:
            shutil.chown(folder, owner, owner)
        yield folder


@contextlib.contextmanager
def server(command: list[str], log: Path, port: int, user: str | None = None) -> Iterator[None]:
    """A server process, from the moment it listens until it has ended."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=log.parent, user=user, group=user
        )
        try:
            _wait_for_port(process, port, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def repeat_for(seconds: float, once: Callable[[], int]) -> Timed:
    """Do something that reports how much it did, one after another, until the time is over."""
    count = 0
    each_s = []
    began = now = time.perf_counter()
    while now - began < seconds:
        before = now
        count += once()
        now = time.perf_counter()
        each_s.append(now - before)
    return Timed(count, now - began, tuple(each_s))


def _wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _STOP_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise PeerError(f"{process.args[0]} ended: {log.read_text(errors='replace')[-1000:]}")  # type: ignore[index]
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise PeerError(f"{process.args[0]} does not listen")  # type: ignore[index]
