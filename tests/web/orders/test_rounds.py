"""Several who want something done at once: one does it for all, and each comes back once it was tried."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from cardtrail.web.orders.rounds import Rounds
from cardtrail.web.ui import turns
from cardtrail.web.ui.turns import turn_at

IDS = [uuid.uuid4() for _ in range(4)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """By which turns are taken."""
    return tmp_path / "turn"


class Slow:
    """Work that waits to be let on, and notes for whom it was done."""

    def __init__(self) -> None:
        self.begun, self.on = threading.Event(), threading.Event()
        self.rounds: list[list[UUID]] = []
        self.fails = False

    def __call__(self, ids: Collection[UUID]) -> None:
        self.rounds.append(list(ids))
        self.begun.set()
        assert self.on.wait(30)
        if self.fails and len(self.rounds) > 1:
            raise RuntimeError("it went wrong")


def made(work: Slow, file: Path) -> Rounds:
    """Rounds in which whatever is wanted is left to do."""
    return Rounds(work, bool, lambda: file)


def all_wanted(rounds: Rounds, ids: Collection[UUID]) -> bool:
    with rounds._door:
        return set(ids) <= set(rounds._wanted)


def crowd(rounds: Rounds, work: Slow, threads: ThreadPoolExecutor) -> Sequence[Future[None]]:
    """One who is at it, and three who have come meanwhile."""
    first = threads.submit(rounds.join, IDS[:1])
    assert work.begun.wait(30)
    rest = [threads.submit(rounds.join, [id]) for id in IDS[1:]]
    _until(lambda: all_wanted(rounds, IDS[1:]))
    return [first, *rest]


def _until(true: Callable[[], bool]) -> None:
    waited = threading.Event()
    for _ in range(3_000):
        if true():
            return
        waited.wait(0.01)
    raise AssertionError("it never came")


def test_who_comes_meanwhile_shares_the_next_round(file: Path) -> None:
    work = Slow()
    rounds = made(work, file)
    with ThreadPoolExecutor(4) as threads:
        done = crowd(rounds, work, threads)
        assert not any(each.done() for each in done)
        work.on.set()
        for each in done:
            each.result(30)
    assert len(work.rounds) == 2
    assert work.rounds[0] == IDS[:1]
    assert set(work.rounds[1]) == set(IDS[1:])


def test_what_goes_wrong_is_heard_by_whoever_did_it_and_keeps_nobody_waiting(file: Path) -> None:
    work = Slow()
    work.fails = True
    rounds = made(work, file)
    with ThreadPoolExecutor(4) as threads:
        done = crowd(rounds, work, threads)
        work.on.set()
        faults = [each.exception(30) for each in done]
    assert len(work.rounds) == 2
    assert [type(fault) for fault in faults if fault is not None] == [RuntimeError]
    with pytest.raises(RuntimeError):  # It goes on for those who come later.
        rounds.join(IDS[:1])
    assert work.rounds[2] == IDS[:1]


def test_nothing_is_wanted(file: Path) -> None:
    work = Slow()
    made(work, file).join([])
    assert work.rounds == []


ANOTHER = """
import sys
from pathlib import Path
from cardtrail.web.ui import turns
from cardtrail.web.ui.turns import turn_at
with turn_at(Path(sys.argv[1])) as turn:
    turn.begin(0)
    print("mine", flush=True)
    sys.stdin.read()
"""


def test_processes_take_turns(file: Path) -> None:
    """While another process has the turn, this one does not get it; killed, it gives it up."""
    command = [sys.executable, "-c", ANOTHER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        try:
            assert other.stdout.readline() == "mine\n"
            with file.open("ab") as mine, pytest.raises(BlockingIOError):
                fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            other.kill()
    with turn_at(file):
        pass


def test_two_turns_of_different_threads_begin_apart(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So one serves many; and who was the last themselves finds nobody else there, and goes on at once."""
    slept: list[float] = []
    monkeypatch.setattr(turns.time, "sleep", slept.append)

    def begin(apart_s: float = 3_600.0) -> None:
        with turn_at(file) as turn:
            turn.begin(apart_s)

    begin()
    begin()
    assert slept == []
    with ThreadPoolExecutor(1) as threads:
        threads.submit(begin).result(30)
        assert [3_000 < each <= 3_600 for each in slept] == [True]
        os.utime(file, (0, 0))  # Long ago.
        begin()
        assert len(slept) == 1
        os.utime(file, (2**33, 2**33))  # A clock was set back: nobody waits for years.
        threads.submit(begin).result(30)
    assert len(slept) == 1


def test_what_another_process_has_done_is_not_done_again(file: Path) -> None:
    work = Slow()
    work.on.set()
    rounds = Rounds(work, lambda ids: IDS[0] in ids, lambda: file)
    rounds.join(IDS[1:2])
    assert work.rounds == []
    rounds.join(IDS[:1])
    assert work.rounds == [IDS[:1]], "nor is it, later, with what is left to do"
