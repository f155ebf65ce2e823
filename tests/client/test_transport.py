"""The way over HTTP, against a real server that breaks off where a test wants it to."""

from __future__ import annotations

import itertools

import pytest

from cardtrail.client.build import sign
from cardtrail.client.client import Client
from cardtrail.client.errors import BadAnswer, NodeUnavailable
from cardtrail.client.transport import HttpResponse, HttpTransport, header
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.answers import Accepted, Refused
from cardtrail.wire.commands import Redeem
from cardtrail.wire.requests import StreamRefused
from cardtrail.wire.scalars import NO_HASH
from tests.client.paper import NETWORK, NOW_MS, FakeTime, PaperLedger, PaperTransport
from tests.client.server import head, paper, send, serving, then

KEY = SecretKey(b"k" * 32)
COMMAND = sign(Redeem(NETWORK, NOW_MS + 60_000, 0, 1, 100, NO_HASH), KEY)
BUSY = HttpResponse(
    503, {"Retry-After": "1", "Content-Type": "application/problem+json"}, b'{"reason":"busy"}'
)


@pytest.fixture
def ledger():
    ledger = PaperLedger().found()
    ledger.issue(KEY.public)
    ledger.seal()
    return ledger


@pytest.fixture
def node(ledger):
    return paper(PaperTransport(ledger))


def busy(connection, method, path, body, headers):
    send(connection, BUSY)


def client_at(url: str, ledger: PaperLedger) -> Client:
    return Client(HttpTransport(url, read_s=10.0), ledger.vkey, patience=FakeTime().patience())


BROKEN = {
    "closed before an answer": (b"", False),
    "reset before an answer": (b"", True),
    "closed within the head": (b"HTTP/1.1 200 OK\r\nContent-Le", False),
    "closed within the body": (head(200, 100) + b"\x91", False),
    "reset within the body": (head(200, 100) + b"\x91", True),
    "closed within a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nabc", False),
    "closed between chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", False),
    "not HTTP": (b"what?\r\n\r\n", False),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_command_whose_answer_breaks_off_takes_effect_once(broken, ledger, node):
    data, reset = broken
    with serving(then(node, data, reset=reset), then(None, data, reset=reset), node) as server:
        answer = client_at(server.url, ledger).submit(COMMAND)
    assert isinstance(answer, Accepted)
    assert ledger.cards[0].balance_minor == 10_000 - 100
    posts = [body for method, _, body in server.requests if method == "POST"]
    assert len(posts) == 3
    assert len(set(posts)) == 1


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_half_an_answer_is_none(broken):
    data, reset = broken
    with (
        serving(then(None, data, reset=reset)) as server,
        pytest.raises(NodeUnavailable, match="gave no whole answer"),
    ):
        HttpTransport(server.url, read_s=10.0).request("GET", "/checkpoint")


def test_a_busy_node_is_asked_again(ledger, node):
    with serving(busy, busy, node) as server:
        answer = client_at(server.url, ledger).submit(COMMAND)
    assert isinstance(answer, Accepted)
    assert server.connections == 1  # A whole answer, even a 503, leaves the connection usable.


def test_refusals_cross_the_wire_as_values(ledger, node):
    with serving(node) as server:
        client = client_at(server.url, ledger)
        client.submit(COMMAND)
        again = sign(Redeem(NETWORK, NOW_MS + 60_000, 0, 1, 101, NO_HASH), KEY)
        assert client.submit(again) == Refused(again.id, "wrong_version")
        assert client.card_state(0).card.balance_minor == 10_000 - 100
        assert client.receipt(COMMAND.id).entry.id == COMMAND.id


def test_nobody_there():
    with serving(busy) as server:
        pass
    with pytest.raises(NodeUnavailable):
        HttpTransport(server.url, connect_s=5.0).request("GET", "/checkpoint")


def test_an_answer_without_end_is_cut():
    def endless(connection, method, path, body, headers):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")

    with serving(endless) as server, pytest.raises(BadAnswer, match="more than 10000 bytes"):
        HttpTransport(server.url, max_answer_bytes=10_000).request("GET", "/checkpoint")


def test_an_answer_that_drips_is_cut():
    def dripping(connection, method, path, body, headers):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"1\r\nx\r\n")

    clock = itertools.count(0, 10).__next__
    with serving(dripping) as server, pytest.raises(NodeUnavailable, match="longer than 60 s"):
        HttpTransport(server.url, total_s=60.0, clock=clock).request("GET", "/checkpoint")


def test_a_compressed_answer_is_not_unpacked():
    """A few kilobytes can unpack to gigabytes; nothing compressed was asked for."""
    response = HttpResponse(200, {"Content-Encoding": "gzip"}, b"\x1f\x8b not really")
    with serving(lambda connection, *_: send(connection, response)) as server:
        assert HttpTransport(server.url).request("GET", "/").body == response.body


def test_redirects_are_not_followed():
    away = HttpResponse(302, {"Location": "/elsewhere"}, b"")
    with serving(lambda connection, *_: send(connection, away)) as server:
        assert HttpTransport(server.url).request("GET", "/checkpoint").status == 302
    assert len(server.requests) == 1


def test_a_node_may_be_served_below_a_path(ledger):
    seen = []

    def handle(connection, method, path, body, headers):
        seen.append(path)
        send(connection, HttpResponse(200, {"X-Test": "yes"}, b"ok"))

    with serving(handle) as server:
        transport = HttpTransport(server.url + "/cards/")
        response = transport.request("GET", "/checkpoint")
        transport.close()
    assert seen == ["/cards/checkpoint"]
    assert header(response, "X-TEST") == "yes"
    assert header(response, "absent") == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hunter2@node.example",
        "http://:hunter2@node.example",
        "http://node.example/?token=hunter2",
        "http://node.example/#hunter2",
        "ftp://hunter2.example",
        "hunter2",
    ],
)
def test_secrets_in_an_address_are_refused_and_not_repeated(url):
    with pytest.raises(ValueError, match="a node's address") as caught:
        HttpTransport(url)
    assert "hunter2" not in str(caught.value)


def test_errors_do_not_tell_what_was_sent():
    with serving(then(None, b"")) as server, pytest.raises(NodeUnavailable) as caught:
        HttpTransport(server.url).request("POST", "/v1/commands?x=hunter2", body=b"hunter2")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_feed_comes_as_it_is_sent(ledger):
    def feed(connection, method, path, body, headers):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        connection.recv(1)  # Nothing more is sent; the reader has what there was, and closes.
        connection.close()
        raise ConnectionResetError

    with (
        serving(feed) as server,
        HttpTransport(server.url, read_s=10.0).stream("/v1/feed") as chunks,
    ):
        assert next(chunks) == b"abc"


def test_a_feed_that_is_not_served_now_may_be_later():
    with (
        serving(busy) as server,
        pytest.raises(StreamRefused, match="status 503"),
        HttpTransport(server.url).stream("/v1/feed"),
    ):
        pass


def test_a_feed_that_is_not_there_is_told(ledger, node):
    with (
        serving(node) as server,
        pytest.raises(StreamRefused, match="status 404"),
        HttpTransport(server.url).stream("/v1/nothing"),
    ):
        pass
