"""A node behind its interface, in this process, for the tests of what it answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.proofs import verify_inclusion
from cardtrail.node.embedded import EmbeddedResponse, EmbeddedTransport
from cardtrail.node.service import Node
from cardtrail.signing.notes import open_note
from cardtrail.wire.answers import ANSWERS_CODEC, Answer
from cardtrail.wire.cards import CARD_CODEC, Card
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import BODY_CODEC, Seal
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.proofs import CARD_STATE_CODEC, CardState
from cardtrail.wire.signed import SIGNED_CODEC
from tests.node.ledgers import PATIENCE_S, Recorder

MSGPACK = "application/msgpack"


@dataclass
class Served:
    """A node, the world that says what it should hold, and a way to ask it."""

    world: Recorder
    node: Node
    transport: EmbeddedTransport
    threads: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)

    def get(self, path: str, accept: str = "", **headers: str) -> EmbeddedResponse:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.transport.request("GET", path, headers=fields | ({"accept": accept} if accept else {}))

    def json(self, path: str, status: int = 200) -> Any:
        """The JSON, or problem, that a path answers with this status."""
        response = self.get(path)
        assert response.status == status, response
        return json.loads(response.body)

    def post(
        self, commands: Sequence[bytes] | bytes, path: str = "/v1/commands", **headers: str
    ) -> EmbeddedResponse:
        """Submit commands; bytes are taken for a whole body."""
        body = commands if isinstance(commands, bytes) else encode(tuple(commands))
        fields = {"content-type": MSGPACK} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.transport.request("POST", path, body=body, headers=fields)

    def later(self, what: Any, *args: Any) -> Future[Any]:
        """Ask from another thread."""
        return self.threads.submit(what, *args)

    def accept(self, *, wait: bool = False) -> tuple[Answer, ...]:
        """Send what the world has accepted since the last time; the node has to accept it too."""
        path = "/v1/commands?wait=checkpoint" if wait else "/v1/commands"
        answers = ANSWERS_CODEC.decode(self.post(self.world.take(), path, accept=MSGPACK).body)
        assert all(type(answer).__name__ == "Accepted" for answer in answers), answers
        return answers

    def card_state(self, serial: int) -> CardState:
        """A card's state, verified as a stranger would."""
        response = self.get(f"/v1/cards/{serial}", MSGPACK)
        assert response.status == 200, response
        state = CARD_STATE_CODEC.decode(response.body)
        verified_card(state, serial, self.node)
        return state

    def checkpoint(self) -> Checkpoint:
        return Checkpoint.parse(open_note(self.get("/checkpoint").body.decode(), self.node.publisher.vkey))

    def wait_until_stopped(self) -> None:
        self.node._thread.join(PATIENCE_S)
        assert self.node.stopped


def verified_card(state: CardState, serial: int, node: Node) -> Card:
    """The card in a state, once every link from its record to the log's signature has been followed."""
    checkpoint = Checkpoint.parse(open_note(state.checkpoint, node.publisher.vkey))
    assert state.seal_index == checkpoint.size - 1
    assert verify_inclusion(
        leaf_hash(state.seal_entry), state.seal_index, checkpoint.size, state.seal_path, checkpoint.root
    )
    seal = BODY_CODEC.decode(SIGNED_CODEC.decode(ENTRY_CODEC.decode(state.seal_entry).signed).body)
    assert isinstance(seal, Seal)
    assert verify_inclusion(leaf_hash(state.record), serial, seal.cards, state.path, seal.register_root)
    card = CARD_CODEC.decode(state.record)
    assert card.serial == serial
    return card


def problem(response: EmbeddedResponse, status: int, reason: str) -> dict[str, Any]:
    """The problem document, which has to say this."""
    assert response.headers["content-type"] == "application/problem+json", response
    document = json.loads(response.body)
    assert (response.status, document["status"], document["reason"]) == (status, status, reason), document
    assert document["type"].startswith("urn:cardtrail:")
    assert document["type"].endswith(":" + reason)
    assert document["title"]
    return document  # type: ignore[no-any-return]
