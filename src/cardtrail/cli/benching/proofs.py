"""Proofs served over HTTP: card states and receipts, to one asker and to sixteen, a sample of them verified."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from random import Random

from cardtrail.cli.benching.figures import Figure
from cardtrail.cli.benching.load import MSGPACK, drive, get
from cardtrail.cli.benching.node_process import NodeProcess
from cardtrail.cli.benching.setting import Setting, figure
from cardtrail.cli.benching.stock import Stock
from cardtrail.cli.benching.yardstick import Measured
from cardtrail.client.verify import verify_card_state, verify_receipt
from cardtrail.node.recovery import read_head
from cardtrail.node.store import Store
from cardtrail.wire.proofs import CARD_STATE_CODEC

COUNT = 3200
CONNECTIONS = (16, 1)
_SAMPLED = 20
"""One proof of so many is verified, after the clock was stopped."""

Check = Callable[[int, bytes], object]
"""Verifies the body of an answer about a serial or an index. Raises `ProofError`."""


def run(setting: Setting) -> list[Figure]:
    """Both kinds of proof, first with many askers."""
    stock = setting.stock()
    vkey = stock.directory.vkey()
    each = setting.each(COUNT)
    random = Random(1)  # noqa: S311 - which proof is asked for is no secret.
    serials = [random.randrange(stock.cards) for _ in range(each)]
    indexes = [random.randrange(_sealed(stock)) for _ in range(each)]
    states = [(get(f"/v1/cards/{serial}", MSGPACK), serial) for serial in serials]
    receipts = [(get(f"/v1/entries/{index}/receipt"), index) for index in indexes]

    def check_state(serial: int, body: bytes) -> object:
        return verify_card_state(CARD_STATE_CODEC.decode(body), vkey, serial, network=stock.network)

    def check_receipt(index: int, body: bytes) -> object:
        return verify_receipt(body.decode(), vkey, index=index, network=stock.network)

    with NodeProcess(stock.directory) as node:
        return [
            *_both(setting, stock, node, "proofs", states, check_state, "card states with their proofs"),
            *_both(setting, stock, node, "receipts", receipts, check_receipt, "receipts (inclusion proofs)"),
        ]


def _both(
    setting: Setting,
    stock: Stock,
    node: NodeProcess,
    name: str,
    asked: Sequence[tuple[bytes, int]],
    check: Check,
    what: str,
) -> list[Figure]:
    figures = []
    sampled = dict(asked[::_SAMPLED])
    for connections in CONNECTIONS:
        streams = [[request for request, _ in asked[place::connections]] for place in range(connections)]
        sample, measured = _serve(setting, node, streams, sampled)
        for number, body in sample:
            check(number, body)
        work_name = name if connections == CONNECTIONS[0] else f"{name}-{connections}"
        plural = "connection" if connections == 1 else "connections"
        parts = (
            f"{stock.cards:,} cards",
            f"{measured.count:,} {what}",
            f"{connections} {plural}",
            "HTTP on loopback",
        )
        figures.append(figure(work_name, measured, *parts, f"{len(sample):,} verified"))
    return figures


def _serve(
    setting: Setting, node: NodeProcess, streams: Sequence[Sequence[bytes]], sampled: Mapping[bytes, int]
) -> tuple[list[tuple[int, bytes]], Measured]:
    """The answers to the sampled requests, each with what was asked for, and how long all took."""
    sample: list[tuple[int, bytes]] = []

    def keep(request: bytes, body: bytes) -> None:
        if request in sampled:
            sample.append((sampled[request], body))

    drive(node.address, streams, lambda _, __: None)  # Not timed: pages are read into memory.
    measured = setting.yardstick.compare(setting.rounds, lambda _: drive(node.address, streams, keep))
    return sample, measured


def _sealed(stock: Stock) -> int:
    with contextlib.closing(Store(stock.directory.database, readonly=True)) as store:
        return read_head(store).sealed_size
