"""A node in this process, asked as if it were far away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cardtrail.node.embedded import EmbeddedTransport, StreamRefused
from cardtrail.node.service import Node
from cardtrail.wire.answers import ANSWERS_CODEC, Accepted
from tests.ledger_world import key, sign
from tests.node.api.served import MSGPACK
from tests.node.ledgers import founding, new_directory, quiet


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


def test_it_ends_and_leaves_the_node_open(tmp_path):
    with Node(new_directory(tmp_path / "ledger"), quiet()) as node:
        with EmbeddedTransport(node) as transport:
            assert transport.request("GET", "/healthz").status == 200
        _, raws = founding()
        assert len(node.submit(raws).result()) == len(raws)
        with EmbeddedTransport(node) as transport:
            assert transport.request("GET", "/v1/cards/2").status == 200
