"""Jobs for the tests of the worker. Each remembers its calls in `seen`, which a test empties first."""

from __future__ import annotations

import queue
import threading

from cardtrail.client.errors import NodeUnavailable

seen: queue.SimpleQueue[object] = queue.SimpleQueue()
go_on = threading.Event()


def well() -> None:
    seen.put("well")


def clocked(now_ms: int) -> None:
    seen.put(now_ms)


def busy() -> int:
    """Has three things to do, then none."""
    seen.put("busy")
    return 1 if seen.qsize() < 3 else 0


def stubborn() -> None:
    """Fails whenever it is called."""
    seen.put("stubborn")
    raise ValueError("no such card")


def away() -> None:
    seen.put("away")
    raise NodeUnavailable("nobody answers")


def slow() -> None:
    """Takes until it is let go on."""
    seen.put("begun")
    go_on.wait()
    seen.put("ended")


def listening(stop: threading.Event) -> None:
    """Ignores that it is asked to stop, as somebody who waits for a word from far away."""
    seen.put(stop)
    go_on.wait()


def gone() -> None:
    raise SystemExit


def greedy(colour: str) -> None:
    seen.put(colour)
