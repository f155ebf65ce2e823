"""Ledgers on disk for the node's tests: a directory, a clock that a test moves, and commands that follow each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

from cardtrail.ledger.change import Change
from cardtrail.node.directory import Directory
from cardtrail.node.engine import Applied, Batch, Engine
from cardtrail.node.service import Node, Options
from cardtrail.node.store import Store
from cardtrail.signing.pool import VerifierPool
from cardtrail.wire.reasons import Reason
from tests.ledger_world import START_MS, World

ORIGIN = "cardtrail.test/ledger"
PATIENCE_S = 60
"""How long a test waits for what has to come. It never comes to that unless something hangs."""


@dataclass
class Recorder(World):
    """A world that keeps the bytes of every command it accepted, so that a node can be given the same."""

    raws: list[bytes] = field(default_factory=list)

    def submit(self, raw: bytes) -> Change | Reason:
        answer = super().submit(raw)
        if isinstance(answer, Change):
            self.raws.append(raw)
        return answer

    def take(self) -> list[bytes]:
        """The commands accepted since the last call."""
        taken, self.raws = self.raws, []
        return taken


class Clock:
    """A clock for `Options.clock`: 10 ms on at each reading, or whatever a test sets."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        self.now_ms += 10
        return self.now_ms


def founding(cards: int = 3, owner: str = "ann", **terms: Any) -> tuple[Recorder, list[bytes]]:
    """A world with its roles, a product and active cards, and the commands that made it so."""
    world = Recorder.open()
    world.define(**terms)
    first = world.issue(owners=[owner] * cards)
    world.ok("activate", first_serial=first, count=cards)
    return world, world.take()


def new_directory(path: Path) -> Directory:
    return Directory.create(path, ORIGIN)


def quiet(clock: Clock | None = None, **fields: Any) -> Options:
    """A node in one process that seals only when it is closed, unless a test says otherwise."""
    settings: dict[str, Any] = {"workers": 0, "checkpoint_interval_ms": 3_600_000}
    return Options(clock=clock or Clock(), **{**settings, **fields})


def checkpointed(node: Node, size: int, timeout_s: float = PATIENCE_S) -> bool:
    """Whether a checkpoint over at least `size` entries came in time, before the node stopped."""
    told = Event()
    unlisten = node.listen(told.set)
    try:
        while node.publisher.size < size and not node.stopped:
            told.clear()
            if node.publisher.size < size and not node.stopped and not told.wait(timeout_s):
                break
        return node.publisher.size >= size
    finally:
        unlisten()


class Bench:
    """An engine over a store, without node or threads: batches go in one by one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = Store(path) if path.exists() else Store.create(path)
        self.engine = Engine(self.store, VerifierPool(0))
        self._times = count(START_MS, 10)

    def apply(self, commands: list[bytes], *, seal: bool = False, **fields: Any) -> Applied:
        settings = {"height": self.engine.height + 1, "time_ms": next(self._times), **fields}
        return self.engine.apply(Batch(commands=self.engine.prepare(commands), seal=seal, **settings))

    def run(self, commands: list[bytes], *, seal: bool = False, **fields: Any) -> Applied:
        applied = self.apply(commands, seal=seal, **fields)
        self.engine.commit(applied)
        return applied

    def restart(self) -> Bench:
        """The same ledger as a new process would find it."""
        self.store.close()
        return Bench(self.path)
