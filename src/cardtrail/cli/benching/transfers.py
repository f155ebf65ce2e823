"""Signed transfers of random cards in batches, straight into a node's queue: what the ledger itself can do.

Everything a running node does is included: reading, verifying on worker processes, rules, invariants, log, register,
all tables, one synced commit for each batch, a seal and a signed checkpoint every second. Only HTTP is not.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future

from cardtrail.cli.benching.figures import Figure, Timed, cores
from cardtrail.cli.benching.setting import Setting, figure
from cardtrail.cli.benching.stock import accepted
from cardtrail.node.service import Node, Options
from cardtrail.wire.answers import Answer

BATCHES = (512, 1024)
COUNT = 12_288
_IN_FLIGHT = 4
"""Batches handed in and not answered yet: one being applied, one or two being verified, one in the queue."""


def run(setting: Setting) -> list[Figure]:
    """The rate in batches of the node's usual size, and of twice that."""
    return [_in_batches(setting, size) for size in BATCHES]


def _in_batches(setting: Setting, size: int) -> Figure:
    stock = setting.stock()
    each = setting.each(COUNT)
    [commands] = stock.transfers((setting.rounds + 1) * each)
    # The first round is not timed: the database's pages are read into memory, and the workers start.
    with Node(stock.directory, Options(batch_limit=size)) as node:
        push(node, commands[:each], size)

        def work(number: int) -> Timed:
            first = (number + 1) * each
            return push(node, commands[first : first + each], size)

        measured = setting.yardstick.compare(setting.rounds, work)
    name = "transfers" if size == BATCHES[0] else f"transfers-{size}"
    parts = (
        f"{stock.cards:,} cards",
        f"batches of {size}",
        f"{measured.count:,} transfers",
        _workers(),
        "seals included",
    )
    return figure(name, measured, *parts, times=False)


def push(node: Node, commands: Sequence[bytes], size: int) -> Timed:
    """Submit commands in batches, a few at a time, until all are durable."""
    waiting: deque[Future[list[Answer]]] = deque()
    count = 0
    began = time.perf_counter()
    for first in range(0, len(commands), size):
        waiting.append(node.submit(commands[first : first + size]))
        if len(waiting) == _IN_FLIGHT:
            count += accepted(waiting.popleft().result())
    while waiting:
        count += accepted(waiting.popleft().result())
    return Timed(count, time.perf_counter() - began)


def _workers() -> str:
    return f"{cores()} verification processes"
