"""Submitting: what comes back, in which form, and what is turned away before the engine sees it."""

from __future__ import annotations

import asyncio
import json
from threading import Lock
from typing import Any

import pytest

from cardtrail.node.api.app import Api
from cardtrail.node.api.limits import Limits
from cardtrail.node.api.problems import refusal_status
from cardtrail.node.orderer import QueueFull
from cardtrail.node.store import StoreError
from cardtrail.wire.answers import ANSWERS_CODEC, Accepted, Refused
from cardtrail.wire.codec import encode
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.reasons import Reason
from cardtrail.wire.signed import SIGNED_CODEC
from tests.ledger_world import key, sign
from tests.node.api.served import MSGPACK, Served, problem
from tests.node.ledgers import PATIENCE_S


def transfer(served: Served, serial: int = 0, to: str = "bob", signer: str = "ann", **fields: Any) -> bytes:
    body = served.world.make("transfer", serial=serial, owner=key(to).public, **fields)
    return sign(body, [key(signer)])


def id_of(raw: bytes) -> bytes:
    return command_id(SIGNED_CODEC.decode(raw).body)


def test_an_accepted_command_is_answered_in_canonical_msgpack(served):
    raw = transfer(served)
    response = served.post([raw], accept=MSGPACK)
    assert (response.status, response.headers["content-type"]) == (200, MSGPACK)
    [answer] = ANSWERS_CODEC.decode(response.body)
    assert isinstance(answer, Accepted)
    assert answer.id == id_of(raw)


def test_an_accepted_command_is_answered_in_json_unless_msgpack_is_asked_for(served):
    raw = transfer(served)
    response = served.post([raw])
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    [answer] = json.loads(response.body)
    assert (answer["status"], answer["id"]) == ("accepted", id_of(raw).hex())
    assert served.json(f"/v1/commands/{answer['id']}") == answer


def test_many_commands_are_answered_one_by_one_in_order(served):
    good, again, stale = transfer(served), transfer(served, serial=1), transfer(served, to="eve")
    forged = bytearray(again)
    forged[-3] ^= 1
    raws = [good, bytes(forged), stale, again, b"junk"]
    answers = ANSWERS_CODEC.decode(served.post(raws, accept=MSGPACK).body)
    assert [type(answer) for answer in answers] == [Accepted, Refused, Refused, Accepted, Refused]
    assert [a.code for a in answers if isinstance(a, Refused)] == ["bad_signature", "not_owner", "malformed"]
    views = json.loads(served.post(raws).body)
    assert [view["status"] for view in views] == ["accepted", "refused", "refused", "accepted", "refused"]
    assert views[1] == {
        "status": "refused",
        "id": None,
        "reason": "bad_signature",
        "detail": Reason.BAD_SIGNATURE.value,
    }


def test_the_same_command_again_is_given_the_first_answer(served):
    raw = transfer(served)
    assert served.post([raw], accept=MSGPACK).body == served.post([raw], accept=MSGPACK).body


@pytest.mark.parametrize("accept", ["", MSGPACK, "application/json"])
def test_a_single_refused_command_is_a_problem_whatever_is_asked_for(served, accept):
    stale = transfer(served, version=7)
    document = problem(served.post([stale], accept=accept), 409, "wrong_version")
    assert document["title"] == Reason.WRONG_VERSION.value
    assert document["id"] == id_of(stale).hex()
    assert document["type"] == "urn:cardtrail:refusal:wrong_version"
    assert problem(served.post([b"junk"], accept=accept), 422, "malformed")["id"] is None


def test_a_refusal_is_422_as_long_as_no_state_was_read():
    unfit = {reason for reason in Reason if refusal_status(reason) == 422}
    assert unfit == {
        Reason.OVERSIZE,
        Reason.MALFORMED,
        Reason.NOT_CANONICAL,
        Reason.WRONG_NETWORK,
        Reason.NOT_SUBMITTABLE,
        Reason.BAD_SIGNATURE,
    }


def test_waiting_for_the_checkpoint(serve):
    served = serve(checkpoint_interval_ms=1)
    response = served.post([transfer(served)], "/v1/commands?wait=checkpoint", accept=MSGPACK)
    [answer] = ANSWERS_CODEC.decode(response.body)
    assert served.checkpoint().size > answer.index
    assert served.get(f"/v1/entries/{answer.index}/receipt").status == 200


def test_waiting_for_the_checkpoint_of_nothing_accepted_does_not_wait(serve):
    served = serve(checkpoint_interval_ms=3_600_000)
    answers = json.loads(served.post([b"a", b"b"], "/v1/commands?wait=checkpoint").body)
    assert [answer["status"] for answer in answers] == ["refused", "refused"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"not msgpack",
        b"\xc0",
        encode({}),
        encode([]),
        encode([1]),
        encode(["text"]),
        encode([[b"nested"]]),
        encode([1e308]),
        encode([None]),
        encode([b"x"]) + b"\x00",
        b"\xdc\x00\x01\xc4\x01x",
        b"\xdd\xff\xff\xff\xff",
        b"\x91\xc6\xff\xff\xff\xff",
        b"\x91" * 5000,
        encode([b""] * 1001),
    ],
)
def test_a_body_that_is_no_list_of_commands(served, body):
    size = served.node.engine.state.size
    problem(served.post(body), 400, "undecodable_body")
    assert served.node.engine.state.size == size


def test_a_thousand_commands_are_not_too_many(served):
    assert len(json.loads(served.post([b"x"] * 1000).body)) == 1000


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "text/plain", "application/x-www-form-urlencoded", "msgpack", "\xff"],
)
def test_another_content_type(served, content_type):
    problem(served.post([b"x"], content_type=content_type), 415, "wrong_content_type")


def test_a_compressed_body_is_not_unpacked(served):
    problem(served.post([b"x"], content_encoding="gzip"), 415, "wrong_content_type")


def test_a_content_type_may_have_parameters(served):
    problem(served.post([b"x"], content_type="Application/MsgPack; v=1"), 422, "malformed")


@pytest.mark.parametrize("query", ["wait=", "wait=commit", "wait=checkpoint&wait=checkpoint", "x", "%00"])
def test_another_query(served, query):
    problem(served.post([b"x"], f"/v1/commands?{query}"), 400, "bad_parameter")


def test_a_body_that_says_to_be_too_large_is_not_read(serve):
    served = serve(Limits(body_bytes=1000))
    response = served.post([b"x"], content_length="1001")
    problem(response, 413, "body_too_large")
    assert response.headers["connection"] == "close"


class Sender:
    """A request that goes on and on, and what was answered to it."""

    def __init__(self, chunk: bytes, count: int) -> None:
        self.chunk = chunk
        self.left = count
        self.taken = 0
        self.messages: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        self.left -= 1
        self.taken += len(self.chunk)
        return {"type": "http.request", "body": self.chunk, "more_body": self.left > 0}

    async def send(self, message: Any) -> None:
        self.messages.append(message)


SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/v1/commands",
    "query_string": b"",
    "headers": [(b"content-type", MSGPACK.encode())],
}


def run_in(api: Api, *sends: tuple[Any, Any]) -> None:
    async def run() -> None:
        async with api.opened():
            await asyncio.gather(*(api(dict(SCOPE), receive, send) for receive, send in sends))

    asyncio.run(run())


def test_a_body_without_end_is_left_at_the_limit(served):
    sender = Sender(b"x" * 100, 1_000_000)
    run_in(Api(served.node, Limits(body_bytes=1000)), (sender.receive, sender.send))
    assert sender.messages[0]["status"] == 413
    assert sender.taken == 1100


def test_all_requests_together_hold_no_more_than_a_limit(served):
    """Eight bodies within their own limit, arriving side by side: some are told to come again, none is held on to."""
    senders = [Sender(b"x" * 100, 10) for _ in range(8)]

    async def slowly(sender: Sender) -> dict[str, Any]:
        await asyncio.sleep(0)
        return await sender.receive()

    api = Api(served.node, Limits(body_bytes=1000, waiting_bytes=4000))
    run_in(api, *(((lambda s=s: slowly(s)), s.send) for s in senders))
    statuses = [sender.messages[0]["status"] for sender in senders]
    assert set(statuses) == {400, 503}
    one_more = Sender(b"x" * 100, 10)
    run_in(api, (one_more.receive, one_more.send))
    assert one_more.messages[0]["status"] == 400, "what was held for the others was not given back"


def test_a_client_that_hangs_up_before_its_request_is_complete(served):
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(message)

    run_in(Api(served.node), (receive, send))
    assert messages == []


def test_a_full_queue_says_so_and_empties_again(serve, monkeypatch):
    """The engine stands before a commit with three batches of one command in hand at most, and the queue is full."""
    served = serve(queue_limit=16, batch_limit=1)
    commit, gate = served.node.engine.commit, Lock()

    def held(applied: Any) -> None:
        with gate:
            commit(applied)

    monkeypatch.setattr(served.node.engine, "commit", held)
    waiting = []
    with gate:
        while True:
            try:
                waiting.append(served.node.submit([transfer(served, to=f"bob {len(waiting)}")]))
            except QueueFull:
                break
        response = served.post([b"one more"] * 16)
        problem(response, 503, "busy")
        assert response.headers["retry-after"] == "1"
    answers = [future.result(PATIENCE_S)[0] for future in waiting]
    assert [type(answer) for answer in answers] == [Accepted] + [Refused] * (len(waiting) - 1)
    assert served.post([transfer(served, serial=1)]).status == 200


def test_a_stopped_node_takes_nothing(served):
    served.node._orderer.stop()
    served.wait_until_stopped()
    response = served.post([transfer(served)])
    problem(response, 503, "stopping")
    assert response.headers["retry-after"] == "1"
    problem(served.get("/healthz"), 503, "stopping")


def test_a_failed_engine_takes_nothing_but_can_be_read(served, monkeypatch, caplog):
    def fail(_: Any) -> None:
        raise StoreError("no space left on the device")

    monkeypatch.setattr(served.node.engine, "commit", fail)
    problem(served.post([transfer(served)]), 503, "engine_failed")
    served.wait_until_stopped()
    problem(served.post([transfer(served)]), 503, "engine_failed")
    document = problem(served.get("/healthz"), 503, "engine_failed")
    assert "space" not in json.dumps(document), "what went wrong inside is for the log"
    assert served.json("/v1/cards/0")["card"]["version"] == 1
    assert "no space left" in caplog.text


def test_waiting_for_a_checkpoint_ends_when_the_engine_fails(serve, monkeypatch):
    served = serve()

    def fail(_: Any) -> bool:
        raise StoreError("no space left on the device")

    monkeypatch.setattr(served.node.publisher, "publish", fail)
    problem(served.post([transfer(served)], "/v1/commands?wait=checkpoint"), 503, "engine_failed")


def test_only_post_is_taken(served):
    response = served.get("/v1/commands")
    problem(response, 405, "wrong_method")
    assert response.headers["allow"] == "POST"
