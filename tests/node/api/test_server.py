"""A node process: where it listens, how it ends, and what it makes of bytes that are no HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import resource
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from cardtrail.node import server
from cardtrail.node.api.connection import HEAD_BYTES, PATIENCE_S, Connection
from cardtrail.node.api.limits import MAX_CONNECTIONS
from cardtrail.node.server import RESERVED_DESCRIPTORS
from cardtrail.node.store import Store
from cardtrail.wire.answers import Accepted
from cardtrail.wire.codec import encode
from tests.concurrency.processes import MSGPACK, NodeProcess, founded_now, new_node
from tests.ledger_world import key, sign


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_in_order(tmp_path, number):
    """What was answered is there, and everything is under a seal and a checkpoint."""
    world = founded_now(3)
    with new_node(tmp_path / "ledger", checkpoint_interval_ms=3_600_000) as node:
        assert node.url.startswith("http://127.0.0.1:")
        assert (node.directory.path / "lock").read_text() == node.url
        _, answers = node.client().post(*world.take())
        assert all(isinstance(answer, Accepted) for answer in answers)
        status, said = node.stop(number)
        assert status == 0, said
    store = Store(node.directory.database, readonly=True)
    size, _ = store.checkpoint() or (0, "")
    assert store.entry_count() == (size, size) == (len(answers) + 1, len(answers) + 1)
    assert node.directory.checkpoint.exists()
    store.close()


def test_it_starts_again_where_it_stopped(tmp_path):
    world = founded_now(1)
    with new_node(tmp_path / "ledger") as node:
        node.client().post(*world.take())
        assert node.stop()[0] == 0
    with NodeProcess(node.directory) as again:
        assert again.client().json("/v1/cards/0")["state"]["card"]["status"] == "active"


def test_a_feed_does_not_keep_it_from_ending(tmp_path):
    with new_node(tmp_path / "ledger") as node, socket.create_connection(node.address) as feed:
        feed.sendall(b"GET /v1/feed HTTP/1.1\r\nhost: x\r\n\r\n")
        assert feed.recv(1000).startswith(b"HTTP/1.1 200")
        assert node.stop()[0] == 0
        while feed.recv(1000):
            pass


def test_only_one_at_a_time(tmp_path):
    with new_node(tmp_path / "ledger") as node:
        with NodeProcess(node.directory) as second:
            status, said = second.wait()
        assert (status, second.url) == (1, "")
        assert (
            f"another process is using the ledger in {node.directory.path}; it answers at {node.url}" in said
        )


def test_an_address_that_is_taken(tmp_path):
    with new_node(tmp_path / "ledger") as node:
        with new_node(tmp_path / "other", port=node.address[1]) as second:
            status, said = second.wait()
        assert status == 1
        assert f"stopped: cannot listen on 127.0.0.1:{node.address[1]}" in said


def test_a_full_disk_stops_it_with_a_clear_message(tmp_path):
    """No file may grow beyond a size, which to the program is the same as a full disk."""
    world = founded_now(200)
    founding, rest = world.take(), []
    for turn in range(40):
        for serial in range(200):
            world.ok("redeem", serial=serial, amount_minor=1 + turn)
        rest += world.take()
    with new_node(tmp_path / "ledger", file_bytes=400_000) as node:
        client, accepted = node.client(), 0
        status, answers = client.post(*founding)
        while status == 200:
            accepted += len(answers)
            batch, rest = rest[:200], rest[200:]
            assert batch, "the disk was never full"
            status, answers = client.post(*batch)
        assert status == 503
        assert answers[0].code in {"engine_failed", "stopping"}
        ended, said = node.wait()
    assert ended == 1
    assert "stopped: the node had to stop: the ledger's file" in said
    with NodeProcess(node.directory) as again:  # There is room again.
        assert again.client().json("/v1/ledger")["size"] >= accepted


def test_idle_connections_leave_the_ledger_its_files(tmp_path):
    """A stranger opens as many as the system lets him; who is connected already is served, and checkpoints follow."""
    world = founded_now(1)
    with new_node(tmp_path / "ledger", descriptors=160, checkpoint_interval_ms=1) as node:
        client = node.client()
        assert client.json("/healthz")["size"] == 0
        with contextlib.ExitStack() as idle:
            for _ in range(300):
                idle.enter_context(socket.create_connection(node.address))
            for turn in range(5):
                world.pass_on(0, f"holder {turn}")
                status, answers = client.post(*world.take(), path="/v1/commands?wait=checkpoint")
                assert status == 200
                assert all(isinstance(answer, Accepted) for answer in answers)
                health = client.json("/healthz")
                assert health["status"] == "ok"
                assert health["checkpoint_size"] > answers[-1].index
                held = len(list(Path(f"/proc/{node.process.pid}/fd").iterdir()))
                assert held <= 160 - RESERVED_DESCRIPTORS + 1, "the rest is the ledger's own"
        status, said = node.stop()
        assert status == 0
        assert "ERROR" not in said, said


def test_too_few_files_are_told(tmp_path):
    with new_node(tmp_path / "ledger", descriptors=RESERVED_DESCRIPTORS) as node:
        status, said = node.wait()
    assert status == 1
    assert "too few to serve; raise it" in said


def test_the_limit_is_raised_as_far_as_the_system_lets_it(monkeypatch):
    limits = {"now": (256, 1000)}
    monkeypatch.setattr(server.resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(server.resource, "setrlimit", lambda _, pair: limits.update(now=pair))
    assert server._raise_descriptor_limit() == 1000
    assert limits["now"] == (1000, 1000)
    limits["now"] = (256, resource.RLIM_INFINITY)
    assert server._raise_descriptor_limit() > MAX_CONNECTIONS + RESERVED_DESCRIPTORS
    limits["now"] = (100_000, 100_000)
    assert server._raise_descriptor_limit() == 100_000


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[tuple[str, int]]:
    world = founded_now(3)
    with new_node(tmp_path_factory.mktemp("node") / "ledger") as node:
        assert node.client().post(*world.take())[0] == 200
        yield node.address
        assert node.process.poll() is None, "some request ended the process"
        status, said = node.stop()
        assert status == 0
        assert "Traceback" not in said, said
        assert "WARNING" not in said, "a bad request is nothing to tell the operator line by line"


def exchange(address: tuple[str, int], *parts: bytes, hang_up: bool = True) -> bytes:
    """All that comes back until the other side closes. `hang_up`: we say that no more will come."""
    with socket.create_connection(address) as connection:
        received = b""
        try:
            for part in parts:
                connection.sendall(part)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            while data := connection.recv(65_536):
                received += data
        except OSError as error:
            if error.errno not in {errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN}:
                raise
            # It closed while we were still sending.
        return received


def statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


POST = b"POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/msgpack\r\n"
GET = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST + b"content-length: -1\r\n\r\n",
        POST + b"content-length: 1e3\r\n\r\n",
        POST + b"content-length: 99999999999999999999999\r\n\r\n",
        POST + b"content-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        POST + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + GET,
        POST + b"transfer-encoding: chunked\r\n\r\nzz\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\n\r\n-1\r\n\r\n",
        POST + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"x: a\x00b\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET http:// HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 1000,
        b"\r\n" * 10 + b"NONSENSE\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request(address, request_bytes):
    """Refused, and no second request is read out of the middle of the first."""
    assert statuses(exchange(address, request_bytes)) in ([400], [])


def test_what_is_no_request_is_told_like_any_other_problem(address):
    head, _, body = exchange(address, b"NONSENSE\r\n\r\n", hang_up=False).partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    document = json.loads(body)
    assert (document["status"], document["reason"]) == (400, "malformed_request")


def test_an_upgrade_is_not_made(address):
    upgrade = GET.replace(b"connection: close", b"connection: upgrade\r\nupgrade: websocket")
    with socket.create_connection(address) as connection:
        connection.sendall(upgrade)
        assert statuses(connection.recv(10_000)) == [200]


def test_a_body_that_ends_early_is_no_request(address):
    assert statuses(exchange(address, POST + b"content-length: 100\r\n\r\nabc")) == []


def test_requests_behind_one_another_are_answered_in_order(address):
    bodies = [encode([b"x"]), b"no", encode([b"x", b"y"])]
    requests = [POST + b"content-length: %d\r\n\r\n%s" % (len(body), body) for body in bodies]
    assert statuses(exchange(address, b"".join(requests) + GET, hang_up=False)) == [422, 400, 200, 200]


def test_a_chunked_body_is_read(address):
    body = encode([b"x"])
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    assert statuses(
        exchange(address, POST + b"transfer-encoding: chunked\r\n\r\n" + chunks + GET, hang_up=False)
    ) == [422, 200]


def test_a_body_that_is_too_large(address):
    assert statuses(exchange(address, POST + b"content-length: 4194305\r\n\r\n")) == [413]
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    received = exchange(address, POST + b"transfer-encoding: chunked\r\n\r\n", *[chunk] * 70)
    assert statuses(received) in ([413], []), (
        "it hangs up; whether its word still arrives is up to the network"
    )


def test_headers_that_are_too_large(address):
    head = GET.removesuffix(b"\r\n")
    many = [b"x-%d: %s\r\n" % (number, b"y" * 1000) for number in range(400)]
    assert statuses(exchange(address, head, *many)) in ([400], [])
    one = [b"x: ", *[b"y" * 10_000] * 40]
    assert statuses(exchange(address, head, *one)) in ([400], [])
    small = head + b"".join(b"x-%d: y\r\n" % number for number in range(20_000)) + b"\r\n"
    assert statuses(exchange(address, small)) in ([400], []), "a large head that comes in one piece"
    fits = head + b"x: " + b"y" * (HEAD_BYTES // 2) + b"\r\n\r\n"
    assert statuses(exchange(address, fits, hang_up=False)) == [200]


def test_answers_hide_the_server_and_forbid_guessing(address):
    received = exchange(address, GET, hang_up=False).lower()
    assert b"\r\nserver:" not in received
    assert b"\r\nx-content-type-options: nosniff\r\n" in received


class Line(asyncio.Transport):
    """A transport that only notes whether it was hung up."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def write(self, data: bytes) -> None:
        pass


def stalled_after(*steps: bytes, paused: bool = False) -> bool:
    """Whether a connection on which nothing more happens after these bytes is ended, in due time and not before."""

    async def never(scope: object, receive: object, send: object) -> None:
        await asyncio.get_running_loop().create_future()

    async def run() -> bool:
        loop = asyncio.get_running_loop()
        config = Config(never, http=Connection, log_config=None, ws="none")
        config.load()
        connection, line = Connection(config, ServerState(), {}, loop), Line()
        connection.connection_made(line)
        for step in steps:
            connection.data_received(step)
        if paused:
            connection.pause_writing()
        now_s = loop.time()
        connection.end_if_stalled(now_s + PATIENCE_S - 1)
        assert not line.aborted
        connection.end_if_stalled(now_s + PATIENCE_S + 1)
        for task in connection.tasks:
            task.cancel()
        return line.aborted

    return asyncio.run(run())


def test_slow_clients_are_hung_up_on():
    whole = POST + b"content-length: 3\r\n\r\nabc"
    assert stalled_after(), "says nothing"
    assert stalled_after(POST), "never ends its headers"
    assert stalled_after(whole[:-1]), "never ends its body"
    assert stalled_after(whole, whole[:50]), "begins a second request behind the first"
    assert stalled_after(whole, paused=True), "does not read its answer"
    assert not stalled_after(whole), "it is our turn"


def test_a_command_over_a_socket_is_as_good_as_any(address):
    with socket.create_connection(address) as connection:
        body = encode([sign(founded_now(1).make("redeem", serial=0), [key("ann")])])
        head = POST + b"accept: %s\r\nexpect: 100-continue\r\ncontent-length: %d\r\n\r\n"
        connection.sendall(head % (MSGPACK.encode(), len(body)))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert statuses(connection.recv(10_000)) == [200]


def test_a_client_that_leaves_with_requests_under_way(address):
    """Nobody reads the answers; the log, which the fixture looks at in the end, has nothing to tell of it."""
    body = encode([b"x"])
    request = POST + b"content-length: %d\r\n\r\n%s" % (len(body), body)
    for _ in range(20):
        exchange(address, request * 5)
    assert statuses(exchange(address, GET, hang_up=False)) == [200]
