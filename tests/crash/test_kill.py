"""A real node under load, killed with SIGKILL at random moments, again and again over the same directory.

    CARDTRAIL_CRASH_ROUNDS=500 CARDTRAIL_CRASH_SEED=7 pytest tests/crash/test_kill.py

plays more rounds than the twelve of an ordinary run, or others.
"""

from __future__ import annotations

import base64
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread

import pytest

from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.node.directory import Directory
from cardtrail.node.service import Node
from cardtrail.node.store import StoreError
from cardtrail.signing.notes import open_note
from cardtrail.wire.answers import Accepted
from tests.architecture.modules import ROOT
from tests.crash.driver import owner_of
from tests.crash.replay import Judged, assert_undamaged, judge, judge_copy
from tests.node.ledgers import PATIENCE_S, Recorder, new_directory, quiet

ROUNDS = int(os.environ.get("CARDTRAIL_CRASH_ROUNDS", "12"))
SEED = os.environ.get("CARDTRAIL_CRASH_SEED", "1")


@dataclass
class Told:
    """All that came out of the ledger before its kills: it can never be taken back."""

    answers: dict[bytes, Accepted] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Process:
    """A driver, read on a thread of its own, so that nothing it said before its end is missed."""

    def __init__(self, directory: Directory, seed: str, *without: str) -> None:
        command = [sys.executable, "-m", "tests.crash.driver", str(directory.path), seed, *without]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.lines: list[str] = []
        self._ended = False
        self._more = Condition()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            # The last line of a killed process may have been cut off; what it says was then not said.
            if line.endswith(b"\n"):
                with self._more:
                    self.lines.append(line.decode().strip())
                    self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()

    def wait_for(self, lines: int) -> None:
        """Until it has said so many lines, or has ended."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.lines) >= lines or self._ended, PATIENCE_S)

    def end(self, signal_number: int, told: Told) -> int:
        """Send the signal, see the process and its workers end, and take down what it had said. Its exit status."""
        with ExitStack() as stack:
            workers = [_watch(stack, pid) for pid in _children(self.process.pid)]
            self.process.send_signal(signal_number)
            status = self.process.wait(PATIENCE_S)
            self._reader.join()
            for descriptor in filter(None, workers):
                # `select.select` takes no descriptor over 1023, and this process may have many open.
                ended = select.poll()
                ended.register(descriptor, select.POLLIN)
                assert ended.poll(PATIENCE_S * 1000), "a worker process outlived its node"
        for line in self.lines:
            kind, *words = line.split(" ")
            if kind == "ack":
                id_ = bytes.fromhex(words[0])
                answer = Accepted(id_, int(words[1]), int(words[2]))
                assert told.answers.setdefault(id_, answer) == answer
            elif kind == "note":
                told.notes.append(base64.b64decode(words[0]).decode())
        return status


@contextmanager
def running(directory: Directory, seed: str, *without: str) -> Iterator[Process]:
    driver = Process(directory, seed, *without)
    try:
        yield driver
    finally:
        if driver.process.poll() is None:
            driver.end(signal.SIGKILL, Told())


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It ended while we looked.
        if parent == pid:
            found.append(int(stat.parent.name))
    return found


def _watch(stack: ExitStack, pid: int) -> int | None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    stack.callback(os.close, descriptor)
    return descriptor


def prepare(path: Path) -> Directory:
    """A ledger with forty active cards, whose owners the driver knows."""
    directory = new_directory(path)
    world = Recorder.open()
    world.define(max_hops=1_000_000)
    world.issue(owners=[owner_of(serial, 0) for serial in range(40)])
    world.ok("activate", first_serial=0, count=40)
    with Node(directory, quiet()) as node:
        assert all(isinstance(a, Accepted) for a in node.submit(world.take()).result(PATIENCE_S))
    return directory


def rounds(tmp_path: Path, count: int, *without: str) -> Directory:
    """Start, load, kill and judge so many times. Raises AssertionError or StoreError at the first broken promise."""
    directory, told, dice = prepare(tmp_path / "ledger"), Told(), random.Random(SEED)
    for number in range(count):
        with running(directory, f"{SEED}/{number}", *without) as driver:
            # Two lines and the kill comes while it opens; more, and it comes under load.
            driver.wait_for(
                dice.choice((1, 2, dice.randint(3, 60), dice.randint(60, 600), dice.randint(60, 600)))
            )
            for _ in range(
                dice.randint(0, 300)
            ):  # Looks at the file take a random while, and see notes come.
                told.notes.append(directory.checkpoint.read_text())
            assert driver.end(signal.SIGKILL, told) == -signal.SIGKILL, driver.lines[-1]
        hold_to_it(judge_copy(directory, tmp_path / f"round-{number}"), told, directory)
    with running(directory, f"{SEED}/last", *without) as driver:
        driver.wait_for(50)
        assert driver.end(signal.SIGTERM, told) == 0, driver.lines[-1]
        assert driver.lines[-1] == "closed"
    judged = judge(directory, verify=True)
    hold_to_it(judged, told, directory)
    assert max(judged.notes) == len(judged.roots) - 1, "a clean end leaves no entry without its checkpoint"
    assert_undamaged(directory)
    return directory


def hold_to_it(judged: Judged, told: Told, directory: Directory) -> None:
    lost = [answer.index for answer in told.answers.values() if judged.answers.get(answer.id) != answer]
    assert not lost, f"lost after they were acknowledged: entries {lost}"
    shown = dict.fromkeys(note for note in told.notes if note)
    told.notes = list(shown)
    sizes = []
    for note in shown:
        assert judged.extends(note, directory), f"a checkpoint that was shown is of another log:\n{note}"
        size = Checkpoint.parse(open_note(note, directory.vkey())).size
        assert judged.notes[size] == note, "a checkpoint that was shown was not kept"
        sizes.append(size)
    # The file is read beside the lines of the process, so the two may overtake each other; each for itself only grows.
    assert len(set(sizes)) == len(sizes)


def test_kills_at_random_moments_break_no_promise(tmp_path):
    directory = rounds(tmp_path, ROUNDS)
    # And the one that comes next goes on as if nothing had happened.
    with Node(directory, quiet()) as node:
        assert node.failure is None


@pytest.mark.parametrize("defence", ["many_batches_a_transaction"])
def test_without_the_defence_a_promise_is_broken(tmp_path, defence):
    with pytest.raises((AssertionError, StoreError)):
        rounds(tmp_path, 8, defence)
