"""The short way for single commands answers what the long way answers, and takes nothing it should not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from cardtrail.node.api.app import Api
from cardtrail.node.api.commands import MAX_QUICK_BYTES
from cardtrail.node.api.connection import Connection
from cardtrail.wire.codec import encode
from tests.ledger_world import key, sign
from tests.node.api.served import MSGPACK, Served

POST = b"POST /v1/commands HTTP/1.1\r\ncontent-type: application/msgpack\r\n"


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.changed = asyncio.Event()
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += data
        self.changed.set()

    def close(self) -> None:
        self.closed = True
        self.changed.set()

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def talk(served: Served, *sent: bytes, until: Callable[[Wire], bool], hang_up: bool = False) -> Wire:
    """What a connection writes in answer to these bytes."""

    async def run() -> Wire:
        api = Api(served.node)
        config = Config(api, http=Connection, log_config=None, ws="none")
        config.load()
        config.loaded_app = api
        async with api.opened():
            connection, wire = Connection(config, ServerState(), {}), Wire()
            connection.connection_made(wire)
            for data in sent:
                connection.data_received(data)
            if hang_up:
                connection.connection_lost(None)
            while not until(wire):
                wire.changed.clear()
                await wire.changed.wait()
            assert api._commands is not None
            assert api._commands._waiting_bytes == 0, "what was held for a request was not given back"
        return wire

    return asyncio.run(run())


def post(body: bytes, extra: bytes = b"") -> bytes:
    return POST + extra + b"content-length: %d\r\n\r\n%s" % (len(body), body)


def answered(times: int = 1) -> Callable[[Wire], bool]:
    def enough(wire: Wire) -> bool:
        *heads, rest = wire.written.split(b"\r\n\r\n")
        if len(heads) < times:
            return False
        length = int(heads[-1].lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return len(rest) >= length

    return enough


@pytest.fixture
def quick(monkeypatch) -> list[bool]:
    """Whether each request took the short way."""
    taken: list[bool] = []
    begin = Connection._begin_quick
    monkeypatch.setattr(Connection, "_begin_quick", lambda self: taken.append(begin(self)) or taken[-1])
    return taken


def bodies(served: Served) -> list[bytes]:
    good = sign(served.world.make("transfer", serial=0, owner=key("bob").public), [key("ann")])
    stale = sign(served.world.make("transfer", serial=1, owner=key("bob").public, version=9), [key("ann")])
    served.post([good])
    return [encode([good]), encode([stale]), encode([b"junk"]), encode([good, stale]), b"no", encode([])]


@pytest.mark.parametrize("accept", [b"", b"accept: " + MSGPACK.encode() + b"\r\n"])
@pytest.mark.parametrize("number", range(6))
def test_both_ways_answer_alike(served, quick, monkeypatch, number, accept):
    body = bodies(served)[number]
    short = talk(served, post(body, accept), until=answered())
    assert quick == [True]
    monkeypatch.setattr(Connection, "_begin_quick", lambda self: False)
    long = talk(served, post(body, accept), until=answered())
    assert split(short.written) == split(long.written)


def split(answer: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Status line, headers in any order, body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    return status, sorted(headers), body


def test_a_body_in_pieces(served, quick):
    whole = post(encode([b"junk"]))
    pieces = [whole[at : at + 1] for at in range(len(whole))]
    wire = talk(served, *pieces, until=answered())
    assert wire.written.startswith(b"HTTP/1.1 422 ")
    assert quick == [True]


def test_requests_behind_one_another_take_the_long_way_in_order(served, quick):
    wire = talk(served, post(encode([b"junk"])) * 3, until=answered(3))
    assert wire.written.count(b"HTTP/1.1 422 ") == 3
    assert quick[0]


def test_the_connection_is_closed_where_the_client_asks(served, quick):
    wire = talk(served, post(encode([b"junk"]), b"connection: close\r\n"), until=lambda wire: wire.closed)
    assert b"\r\nconnection: close\r\n" in wire.written
    assert quick == [True]


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST.replace(b"application/msgpack", b"text/plain") + b"content-length: 1\r\n\r\nx",
        POST + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        post(b"x" * (MAX_QUICK_BYTES + 1)),
        post(b"x").replace(b"/v1/commands", b"/v1/commands?wait=x"),
        post(b"x").replace(b"POST", b"PUT"),
        post(b"x").replace(b"HTTP/1.1", b"HTTP/1.0"),
        post(b"x", b"content-encoding: gzip\r\n"),
    ],
)
def test_what_is_out_of_the_ordinary_takes_the_long_way(served, quick, request_bytes):
    wire = talk(served, request_bytes, until=answered())
    assert wire.written.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    assert quick == [False]


def test_a_client_that_leaves_within_its_body_leaves_nothing_behind(served, quick):
    wire = talk(served, post(encode([b"junk"]))[:-1], until=lambda wire: True, hang_up=True)
    assert (wire.written, quick) == (b"", [True])
