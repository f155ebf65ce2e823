"""A node in this process, asked as if it were far away."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from cardtrail.client.client import Client
from cardtrail.client.exchange import Patience
from cardtrail.node.api.limits import Limits
from cardtrail.node.embedded import EmbeddedTransport
from cardtrail.node.service import Node
from cardtrail.wire.answers import ANSWERS_CODEC, Accepted
from cardtrail.wire.codec import encode
from cardtrail.wire.requests import StreamRefused
from tests.ledger_world import key, sign
from tests.node.api.served import MSGPACK, problem
from tests.node.ledgers import PATIENCE_S, founding, new_directory, quiet


def test_commands_of_many_threads_are_answered_each_with_its_own(serve):
    served = serve(cards=64)
    raws = {
        serial: sign(served.world.make("transfer", serial=serial, owner=key("bob").public), [key("ann")])
        for serial in range(64)
    }

    def transfer(serial: int) -> int:
        [answer] = ANSWERS_CODEC.decode(served.post([raws[serial]], accept=MSGPACK).body)
        assert isinstance(answer, Accepted)
        return answer.index

    with ThreadPoolExecutor(16) as threads:
        indexes = list(threads.map(transfer, raws))
    assert len(set(indexes)) == 64
    for serial, index in enumerate(indexes):
        assert served.json(f"/v1/cards/{serial}")["card"]["entry"] == index


def test_a_mistake_in_the_node_is_raised_where_it_was_asked(served, monkeypatch):
    def mistake(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cardtrail.node.api.ledger.totals_to_json", mistake)
    with pytest.raises(ZeroDivisionError):
        served.get("/v1/totals")
    assert served.get("/v1/ledger").status == 200


def test_a_stream_of_what_does_not_answer_200(served):
    with pytest.raises(StreamRefused, match="404"), served.transport.stream("/v1/nothing"):
        pass


def test_a_stream_that_ends_by_itself(served):
    with served.transport.stream("/checkpoint") as chunks:
        assert b"".join(chunks) == served.get("/checkpoint").body


def test_closing_it_leaves_nobody_waiting(tmp_path):
    """A request that waits for a checkpoint that does not come, a stream that is silent, and whoever comes later."""
    with Node(new_directory(tmp_path / "ledger"), quiet()) as node, ThreadPoolExecutor(2) as threads:
        _, raws = founding()
        transport, begun = EmbeddedTransport(node), Event()
        waiting = threads.submit(
            transport.request,
            "POST",
            "/v1/commands?wait=checkpoint",
            body=encode(tuple(raws)),
            headers={"content-type": MSGPACK},
        )

        def listen() -> list[bytes]:
            with transport.stream("/v1/feed?after=1000") as chunks:
                first = next(chunks)
                begun.set()
                return [first, *chunks]

        listening = threads.submit(listen)
        assert begun.wait(PATIENCE_S)
        while transport.request("GET", "/v1/entries").body == b"[]":
            pass
        transport.close()
        problem(waiting.result(PATIENCE_S), 503, "stopping")
        assert listening.result(PATIENCE_S)
        problem(transport.request("GET", "/healthz"), 503, "stopping")
        with pytest.raises(StreamRefused), transport.stream("/v1/feed"):
            pass
        transport.close()


def test_its_feed_is_one_that_a_client_understands(serve):
    """Refused where no more feeds are served; the client goes on with pages of entries."""
    served = serve(Limits(feeds=0))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            served.world.pass_on(0, "bob")
            served.accept()

    size = served.checkpoint().size
    client = Client(served.transport, patience=Patience(sleep=sleep))
    assert next(client.feed(after=size - 1)).index == size
    assert len(slept) == 2


def test_an_answer_that_cannot_be_delivered_keeps_nobody_else_from_theirs(served, caplog):
    mailbox = served.transport._api._mailbox
    assert mailbox is not None
    delivered: Future[Any] = Future()

    def post_both() -> None:
        mailbox.post(lambda _: 1 // 0, [])
        mailbox.post(delivered.set_result, [])

    served.transport._loop.call_soon_threadsafe(post_both)
    assert delivered.result(PATIENCE_S) == []
    assert "an answer could not be delivered" in caplog.text


def test_it_ends_and_leaves_the_node_open(tmp_path):
    with Node(new_directory(tmp_path / "ledger"), quiet()) as node:
        with EmbeddedTransport(node) as transport:
            assert transport.request("GET", "/healthz").status == 200
        _, raws = founding()
        assert len(node.submit(raws).result()) == len(raws)
        with EmbeddedTransport(node) as transport:
            assert transport.request("GET", "/v1/cards/2").status == 200
