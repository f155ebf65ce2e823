"""Attack 7: the answer is lost, or the node is away. A command takes effect once, and its outcome is found out."""

from __future__ import annotations

import json

import pytest

from cardtrail.client import submission
from cardtrail.client.build import SignedCommand, sign
from cardtrail.client.errors import BadAnswer, NodeUnavailable, Problem, Undecided
from cardtrail.client.transport import HttpResponse
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.answers import COMMANDS_CODEC, Accepted, Refused
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import Redeem
from cardtrail.wire.scalars import NO_HASH
from tests.client.paper import NETWORK, NOW_MS, PaperLedger, client_of

KEY = SecretKey(b"k" * 32)
BUSY = HttpResponse(
    503,
    {"content-type": "application/problem+json", "Retry-After": "1"},
    json.dumps({"reason": "busy"}).encode(),
)


@pytest.fixture
def paper():
    ledger = PaperLedger().found()
    ledger.issue(KEY.public, KEY.public)
    ledger.seal()
    return ledger


def redeem(amount_minor: int = 100, version: int = 1) -> SignedCommand:
    return sign(Redeem(NETWORK, NOW_MS + 60_000, 0, version, amount_minor, NO_HASH), KEY)


def answers(response: HttpResponse):
    return lambda method, path, body: response


def unreachable(method, path, body):
    raise NodeUnavailable("connection refused")


def test_a_command_is_answered(paper):
    client, transport, fake = client_of(paper)
    answer = client.submit(redeem())
    assert isinstance(answer, Accepted)
    assert client.submit(redeem(200)) == Refused(redeem(200).id, "wrong_version")
    assert transport.requests == [("POST", "/v1/commands")] * 2
    assert fake.slept == []


def test_a_lost_answer_is_asked_for_with_the_same_bytes(paper):
    client, transport, _ = client_of(paper)
    bodies = []
    transport.lose = [True, True, False]
    transport.faults = [lambda method, path, body: bodies.append(body)] * 3
    answer = client.submit(redeem())
    assert isinstance(answer, Accepted)
    assert len(set(bodies)) == 1
    assert len(bodies) == 3
    assert paper.cards[0].balance_minor == 10_000 - 100


def test_the_same_command_again_gets_the_first_answer(paper):
    client, _, _ = client_of(paper)
    command = redeem()
    first = client.submit(command)
    assert client.submit_many([command, command]) == [first, first]
    assert paper.cards[0].balance_minor == 10_000 - 100


def test_a_busy_node_is_asked_again_when_it_says(paper):
    client, transport, fake = client_of(paper)
    transport.faults = [answers(BUSY), answers(BUSY), None]
    assert isinstance(client.submit(redeem()), Accepted)
    assert fake.slept == [1.0, 1.0]


def test_waiting_is_bounded(paper):
    client, transport, fake = client_of(paper, attempts=5, first_s=0.1, most_s=0.3)
    transport.faults = [unreachable] * 100
    with pytest.raises(Undecided) as caught:
        client.submit(redeem())
    assert caught.value.id == redeem().id
    assert (
        transport.requests
        == [("POST", "/v1/commands")] * 5 + [("GET", f"/v1/commands/{redeem().id.hex()}")] * 2
    )
    assert fake.slept == pytest.approx([0.1, 0.2, 0.3, 0.3, 0.1])


def test_no_attempt_begins_after_the_end_of_patience(paper):
    client, transport, fake = client_of(paper, attempts=1000, total_s=10.0)
    transport.faults = [answers(BUSY)] * 1000
    with pytest.raises(Undecided):
        client.submit(redeem())
    assert fake.now_s <= 2 * 10.0


def test_after_the_end_of_patience_the_ledger_is_asked_by_id(paper):
    client, transport, _ = client_of(paper, attempts=2)
    transport.lose = [True, True]
    answer = client.submit(redeem())
    assert isinstance(answer, Accepted)
    assert transport.requests[-1] == ("GET", f"/v1/commands/{redeem().id.hex()}")
    assert paper.cards[0].balance_minor == 10_000 - 100


def test_not_being_in_the_log_is_not_a_refusal(paper):
    client, transport, _ = client_of(paper, attempts=2)
    transport.faults = [unreachable, unreachable]
    with pytest.raises(Undecided):
        client.submit(redeem())


def test_a_refusal_after_a_lost_answer_is_checked(paper):
    """A node that does not recall commands refuses the second attempt, although the first one counted."""
    client, transport, _ = client_of(paper)
    refused = {"reason": "wrong_version", "id": redeem().id.hex()}
    problem = HttpResponse(409, {"Content-Type": "application/problem+json"}, json.dumps(refused).encode())
    transport.lose = [True]
    transport.faults = [None, answers(problem)]
    assert isinstance(client.submit(redeem()), Accepted)


def test_a_refusal_after_a_lost_answer_stands_if_the_log_agrees(paper):
    client, transport, _ = client_of(paper)
    paper.must(redeem(1).body, KEY)
    transport.lose = [True]
    assert client.submit(redeem()) == Refused(redeem().id, "wrong_version")


def test_many_are_sent_in_chunks_and_answered_in_order(paper, monkeypatch):
    client, transport, _ = client_of(paper)
    commands = [redeem(100 + n, version=1 + n) for n in range(10)]
    sizes = []
    transport.faults = [lambda method, path, body: sizes.append(len(COMMANDS_CODEC.decode(body)))] * 10
    progress = []
    found = client.submit_many(commands, chunk=4, on_progress=lambda done, of: progress.append((done, of)))
    assert [answer.id for answer in found] == [command.id for command in commands]
    assert sizes == [4, 4, 2]
    assert progress == [(4, 10), (8, 10), (10, 10)]
    assert client.submit_many([]) == []


def test_chunks_keep_to_the_size_of_a_body(monkeypatch):
    commands = [redeem(100 + n) for n in range(20)]
    monkeypatch.setattr(submission, "MAX_BODY_BYTES", 5 * (len(commands[0].raw) + 5) + 5)
    parts = list(submission.chunks(commands))
    assert [command for part in parts for command in part] == commands
    assert [len(part) for part in parts] == [5, 5, 5, 5]
    for part in parts:
        assert len(encode(tuple(command.raw for command in part))) <= submission.MAX_BODY_BYTES


def test_answers_about_something_else_are_not_taken(paper):
    client, transport, _ = client_of(paper)
    other = Accepted(bytes(32), 0, 0)
    short = HttpResponse(200, {}, encode(()))
    wrong = HttpResponse(200, {}, encode((other,)))
    noise = HttpResponse(200, {}, b"\xff")
    refused = {"reason": "wrong_version", "id": "00" * 32}
    foreign = HttpResponse(409, {"content-type": "application/problem+json"}, json.dumps(refused).encode())
    for response in (short, wrong, noise, foreign):
        transport.faults = [answers(response)]
        with pytest.raises(BadAnswer):
            client.submit(redeem())


def test_a_request_the_node_does_not_take_is_told_as_such(paper):
    client, transport, _ = client_of(paper)
    for status in (400, 413, 415):
        transport.faults = [answers(HttpResponse(status, {}, b""))]
        with pytest.raises(Problem) as caught:
            client.submit(redeem())
        assert caught.value.status == status


def test_what_became_of_a_command(paper):
    client, transport, _ = client_of(paper)
    assert client.command(redeem().id) is None
    answer = client.submit(redeem(), wait_for_checkpoint=True)
    assert transport.requests[-1] == ("POST", "/v1/commands?wait=checkpoint")
    assert client.command(redeem().id) == answer
