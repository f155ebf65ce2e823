"""Many clients want the same card: exactly one gets it, every time (rows 2 and 3 of the attacks).

And the proof that this test can fail: without the check of the version there are several winners.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from cardtrail.ledger.checks import refuse_stopped
from cardtrail.node.embedded import EmbeddedTransport
from cardtrail.node.service import Node
from cardtrail.wire.answers import ANSWERS_CODEC, Accepted, Answer, Refused
from cardtrail.wire.codec import encode
from cardtrail.wire.reasons import Reason
from tests.concurrency.processes import MSGPACK, founded_now, new_node
from tests.ledger_world import key, sign
from tests.node.ledgers import PATIENCE_S, Recorder, founding, new_directory, quiet

CLIENTS = 64
CARDS = 20

Post = Callable[[bytes], Answer]


def wishes(world: Recorder, serial: int) -> list[bytes]:
    """What each client wants of ann's card, signed by ann for the version she sees: she sold it 64 times."""
    bodies = []
    for client in range(CLIENTS):
        kind = ("transfer", "hold", "redeem")[client % 3]
        fields: dict[str, Any] = {
            "transfer": {"owner": key(f"buyer {client}").public},
            "hold": {"release": key(f"buyer {client}").public},
            "redeem": {"amount_minor": 100 + client},
        }[kind]
        bodies.append(world.make(kind, serial=serial, **fields))
    return [sign(body, [key("ann")]) for body in bodies]


def fight(posts: Sequence[Post], wanted: Sequence[Sequence[bytes]]) -> list[list[Answer]]:
    """For each card, all clients' answers. All begin at once with each card, and each has its own connection."""
    start = Barrier(len(posts))

    def client(number: int) -> list[Answer]:
        answers = []
        for commands in wanted:
            start.wait(PATIENCE_S)
            answers.append(posts[number](commands[number]))
        return answers

    with ThreadPoolExecutor(len(posts)) as threads:
        by_client = list(threads.map(client, range(len(posts))))
    return [list(answers) for answers in zip(*by_client, strict=True)]


def winners(answers: Sequence[Answer]) -> list[int]:
    return [client for client, answer in enumerate(answers) if isinstance(answer, Accepted)]


def test_one_of_64_clients_wins_each_card(tmp_path):
    world = founded_now(CARDS)
    with new_node(tmp_path / "ledger") as node:
        status, founded = node.client().post(*world.take())
        assert status == 200
        assert all(isinstance(answer, Accepted) for answer in founded)
        clients = [node.client() for _ in range(CLIENTS)]
        posts: list[Post] = [lambda raw, client=client: client.post(raw)[1][0] for client in clients]  # type: ignore[misc]
        rounds = fight(posts, [wishes(world, serial) for serial in range(CARDS)])
        reader = node.client()
        redeemed = 0
        for serial, answers in enumerate(rounds):
            [winner] = winners(answers)
            won = answers[winner]
            assert isinstance(won, Accepted)
            losing = {answer.code for answer in answers if isinstance(answer, Refused)}
            assert losing <= {"not_owner", "wrong_version", "card_held"}
            card = reader.json(f"/v1/cards/{serial}")["card"]
            assert (card["version"], card["entry"]) == (2, won.index)
            redeemed += card["face_minor"] - card["balance_minor"]
        [totals] = reader.json("/v1/totals")["totals"]
        assert totals["issued"] == CARDS * 10_000
        assert totals["redeemed"] == redeemed
        assert totals["outstanding"] + totals["redeemed"] == totals["issued"]
        assert node.stop()[0] == 0


def embedded_winners(path: Any) -> list[int]:
    """The clients that redeemed one card of one version, of a node in this process."""
    world, raws = founding(1)
    redeem = [
        sign(world.make("redeem", serial=0, amount_minor=100 + client), [key("ann")])
        for client in range(CLIENTS)
    ]
    with Node(new_directory(path), quiet()) as node, EmbeddedTransport(node) as transport:
        node.submit(raws).result(PATIENCE_S)

        def post(raw: bytes) -> Answer:
            headers = {"content-type": MSGPACK, "accept": MSGPACK}
            response = transport.request("POST", "/v1/commands", body=encode([raw]), headers=headers)
            return ANSWERS_CODEC.decode(response.body)[0] if response.status == 200 else Refused(None, "")

        [answers] = fight([post] * CLIENTS, [redeem])
    return winners(answers)


def test_one_wins_in_the_same_process(tmp_path):
    assert len(embedded_winners(tmp_path / "ledger")) == 1


def test_without_the_check_of_the_version_several_win(tmp_path, monkeypatch):
    def unversioned(state: Any, command: Any, request: Any, now_ms: int) -> Any:
        card = state.card(command.serial)
        if request.signers != (card.owner,):
            return Reason.NOT_OWNER
        return refuse_stopped(card, now_ms) or card

    monkeypatch.setattr("cardtrail.ledger.transitions.spending.owned_card", unversioned)
    assert len(embedded_winners(tmp_path / "ledger")) > 1
