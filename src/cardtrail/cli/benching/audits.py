"""An audit from outside: the whole log of a ledger's directory replayed, every signature verified on all cores."""

from __future__ import annotations

import contextlib
import time

from cardtrail.audit.replay import audit_log
from cardtrail.audit.source import FetchedSource
from cardtrail.cli.benching.figures import BenchError, Figure, Timed, cores
from cardtrail.cli.benching.setting import Setting, figure
from cardtrail.cli.benching.stock import Stock
from cardtrail.cli.benching.transfers import push
from cardtrail.node.recovery import read_head
from cardtrail.node.service import Node
from cardtrail.node.store import Store
from cardtrail.node.tiles import StoreTiles
from cardtrail.signing.pool import VerifierPool

CARDS = 10_000
COUNT = 50_000
_BATCH = 512


def run(setting: Setting) -> list[Figure]:
    """Signatures verified in a second of an audit, whatever else the audit does."""
    stock = setting.stock(setting.cards or CARDS)
    _fill(stock, setting.each(COUNT))
    measured = setting.yardstick.compare(setting.rounds, lambda _: _audit(stock))
    parts = (
        f"log of {_size(stock):,} entries over {stock.cards:,} cards",
        "signatures, rules, register, seals, tiles, checkpoint",
        f"{cores()} verification processes",
    )
    return [figure("audit", measured, *parts)]


def _fill(stock: Stock, entries: int) -> None:
    """Make the log at least so long, by transfers."""
    missing = entries - _size(stock)
    if missing > 0:
        [commands] = stock.transfers(missing)
        with Node(stock.directory) as node:
            push(node, commands, _BATCH)


def _audit(stock: Stock) -> Timed:
    with contextlib.closing(Store(stock.directory.database, readonly=True)) as store, VerifierPool() as pool:
        began = time.perf_counter()
        report = audit_log(FetchedSource(StoreTiles(store).read), stock.directory.vkey(), pool).report
        seconds = time.perf_counter() - began
    if not report.sound:
        raise BenchError(f"the audit found a flaw in the bench's own ledger: {report.flaws[0]}")
    return Timed(report.checked.signatures, seconds)


def _size(stock: Stock) -> int:
    with contextlib.closing(Store(stock.directory.database, readonly=True)) as store:
        return read_head(store).size
