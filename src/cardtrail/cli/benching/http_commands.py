"""Single commands over HTTP, to a node in its own process: one client that waits for each answer, and 64 at once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from cardtrail.cli.benching.figures import BenchError, Figure, Timed
from cardtrail.cli.benching.load import MSGPACK, check_accepted, drive, part, submission
from cardtrail.cli.benching.node_process import NodeProcess
from cardtrail.cli.benching.setting import Setting, figure
from cardtrail.cli.benching.stock import accepted
from cardtrail.client.transport import HttpTransport
from cardtrail.wire.answers import ANSWERS_CODEC
from cardtrail.wire.codec import encode

CLIENTS = 64
SINGLE_COUNT = 1000
MANY_COUNT = 6400
_WARM_UP = 10
"""One part of a round, of so many, is done before the first, untimed."""


def run_single(setting: Setting) -> list[Figure]:
    """One command at a time, with the HTTP client that the SDK uses."""
    stock = setting.stock()
    each = setting.each(SINGLE_COUNT)
    [commands] = stock.transfers(setting.rounds * each + each // _WARM_UP)
    bodies = [encode([command]) for command in commands]
    start = each // _WARM_UP
    with NodeProcess(stock.directory) as node, contextlib.closing(HttpTransport(node.url)) as transport:
        _one_by_one(transport, bodies[:start])

        def work(number: int) -> Timed:
            first = start + number * each
            return _one_by_one(transport, bodies[first : first + each])

        measured = setting.yardstick.compare(setting.rounds, work)
    parts = (
        f"{stock.cards:,} cards",
        "1 client",
        f"{measured.count:,} transfers one at a time",
        "HTTP on loopback",
    )
    return [figure("single", measured, *parts)]


def run_many(setting: Setting) -> list[Figure]:
    """64 connections, each sending single commands one after another."""
    stock = setting.stock()
    each = setting.each(MANY_COUNT)
    streams = stock.transfers((setting.rounds + 1) * each, streams=CLIENTS)
    requests = [[submission([command]) for command in stream] for stream in streams]
    with NodeProcess(stock.directory) as node:
        drive(node.address, part(requests, 0, setting.rounds + 1), check_accepted)

        def work(number: int) -> Timed:
            return drive(node.address, part(requests, number + 1, setting.rounds + 1), check_accepted)

        measured = setting.yardstick.compare(setting.rounds, work)
    parts = (
        f"{stock.cards:,} cards",
        f"{CLIENTS} clients",
        f"{measured.count:,} single transfers",
        "HTTP on loopback",
        "load generator on the same cores",
    )
    return [figure("http64", measured, *parts)]


def _one_by_one(transport: HttpTransport, bodies: Sequence[bytes]) -> Timed:
    headers = {"Content-Type": MSGPACK, "Accept": MSGPACK}
    each_s = []
    for body in bodies:
        began = time.perf_counter()
        answer = transport.request("POST", "/v1/commands", body=body, headers=headers)
        each_s.append(time.perf_counter() - began)
        if answer.status != 200:
            raise BenchError(
                f"the node answered {answer.status}: {answer.body[:300].decode(errors='replace')}"
            )
        accepted(ANSWERS_CODEC.trusted(answer.body))
    return Timed(len(each_s), sum(each_s) or 1.0, tuple(each_s))
