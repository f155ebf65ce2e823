"""Millions of cards: whether transfers stay as quick as with fewer, and what the node needs for them.

Two nodes run side by side, one with many cards and one with a fiftieth of them, and are given the same work by turns,
so that whatever else the machine does meanwhile meets both.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from cardtrail.cli.benching.figures import Figure, Timed
from cardtrail.cli.benching.load import check_accepted, drive, part, submission
from cardtrail.cli.benching.node_process import NodeProcess
from cardtrail.cli.benching.progress import progress
from cardtrail.cli.benching.setting import SCALE_CARDS, Setting, figure
from cardtrail.cli.benching.stock import Stock

BATCH = 512
COUNT = 16 * BATCH
FEWER = 50
"""The smaller ledger has so many times fewer cards: 100,000 beside 5,000,000."""

_CONNECTIONS = 4
_MIB = 1 << 20


def run(setting: Setting) -> list[Figure]:
    """The rate with many cards, and all else that is worth saying of them."""
    cards = setting.cards or SCALE_CARDS
    many, few = (_Side(setting, setting.stock(count)) for count in (cards, -(-cards // FEWER)))
    shares: list[float] = []

    def both(number: int) -> Timed:
        fewer, more = few.round(number), many.round(number)
        shares.append(more.rate_per_s / fewer.rate_per_s)
        return more

    with few, many:
        both(0)  # Not counted: pages are read into memory, and the verification processes start.
        shares.clear()
        measured = setting.yardstick.compare(setting.rounds, lambda number: both(number + 1))
        parts = (
            f"{many.stock.cards:,} cards",
            f"batches of {BATCH} over HTTP",
            f"{measured.count:,} transfers of random cards",
            f"{statistics.median(shares):.2f} of the rate with {few.stock.cards:,} cards in the same rounds",
            *many.facts(),
        )
    return [figure("scale", measured, *parts, times=False)]


class _Side:
    """One of the two ledgers, and while it is entered a node that serves it."""

    def __init__(self, setting: Setting, stock: Stock) -> None:
        self.stock = stock
        self._node = NodeProcess(stock.directory)
        self._rounds = setting.rounds + 1
        self._streams = stock.transfers(self._rounds * setting.each(COUNT), streams=_CONNECTIONS)

    def __enter__(self) -> None:
        with progress(f"starting a node with {self.stock.cards:,} cards", 1):
            self._node.__enter__()

    def __exit__(self, *_: object) -> None:
        self._node.close()

    def round(self, number: int) -> Timed:
        """Submit a round's commands, and wait until all are durable."""
        commands = part(self._streams, number, self._rounds)
        timed = drive(self._node.address, [_in_batches(stream) for stream in commands], check_accepted)
        return Timed(sum(map(len, commands)), timed.seconds)

    def facts(self) -> tuple[str, ...]:
        """Memory, file and start."""
        peak_bytes = self._node.peak_bytes()
        peak = "not known here" if peak_bytes is None else f"{peak_bytes / _MIB:,.0f} MiB"
        file_bytes = self.stock.directory.database.stat().st_size
        return (
            f"peak memory of the node's process, without those that verify: {peak}",
            f"file {file_bytes / _MIB:,.0f} MiB",
            f"start {self._node.start_s:.1f} s",
        )


def _in_batches(commands: Sequence[bytes]) -> list[bytes]:
    return [submission(commands[first : first + BATCH]) for first in range(0, len(commands), BATCH)]
