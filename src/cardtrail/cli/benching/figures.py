"""What a measurement comes to: one line of the table, and how it is reckoned from what was timed."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from cardtrail.cli.failures import Failure


class BenchError(Failure):
    """The bench cannot go on, or what it measured was not the work it meant to measure. The text says what happened."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. None stands where a value has no meaning for this work.

    work         which work it is
    rate_per_s   what was done in a second
    ratio_to_v   that rate as a share of V, the rate of one thread that only verifies signatures (see `yardstick`)
    p50_ms, p99_ms   how long one request took, from sending it to its whole answer
    conditions   how it was measured, for people
    """

    work: str
    rate_per_s: float | None
    ratio_to_v: float | None
    p50_ms: float | None
    p99_ms: float | None
    conditions: str

    def to_json(self) -> dict[str, Any]:
        """Plain values, rounded to what a measurement on a busy machine can mean."""
        places = {"rate_per_s": 1, "ratio_to_v": 3, "p50_ms": 3, "p99_ms": 3}
        return {
            name: round(value, places[name]) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True)
class Timed:
    """Something that was done `count` times in `seconds`; how long each took, where that was noted."""

    count: int
    seconds: float
    each_s: tuple[float, ...] = ()

    @property
    def rate_per_s(self) -> float:
        """How often in a second."""
        return self.count / self.seconds


def percentile_ms(each_s: Sequence[float], percent: float) -> float | None:
    """The duration that so many percent do not exceed (nearest rank), in milliseconds; none of no durations."""
    if not each_s:
        return None
    ordered = sorted(each_s)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1] * 1000


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def conditions(*parts: str) -> str:
    """Those of one work, and those that hold for all of a run."""
    sqlite = ".".join(version("apsw").split(".")[:3])  # apsw brings SQLite along and is numbered after it.
    common = (f"{cores()} cores", f"Python {platform.python_version()}", f"SQLite {sqlite}", "durable: yes")
    return "; ".join((*parts, *common))
