"""The recorded transitions and histories: today's rules give the answers and roots of the day they were recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cardtrail.ledger.admission import Admission
from cardtrail.ledger.apply import apply
from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import read_command, read_logged
from cardtrail.ledger.state import State
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.register import Register
from cardtrail.signing.pool import VerifierPool
from cardtrail.wire.cards import CARD_CODEC
from cardtrail.wire.codec import Codec, encode
from cardtrail.wire.commands import KINDS, kind_of
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.money import Totals
from cardtrail.wire.products import Product
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Authority
from tests.ledger_world import World

FOLDER = Path(__file__).parents[2] / "vectors"
TRANSITIONS = json.loads((FOLDER / "transitions.json").read_text("utf-8"))["vectors"]
HISTORIES = sorted((FOLDER / "histories").glob("*.json"))


def state_of(recorded: dict[str, Any]) -> State:
    """The state that a vector describes."""
    cards = dict(enumerate(CARD_CODEC.decode(bytes.fromhex(data)) for data in recorded["cards"]))
    state = State(cards.get, Register(), {serial: leaf_hash(encode(card)) for serial, card in cards.items()})
    state.network = recorded["network"] and bytes.fromhex(recorded["network"])
    state.size, state.time_ms, state.card_count = recorded["size"], recorded["time_ms"], len(cards)
    for data in recorded["products"]:
        product = Codec[Product](Product).decode(bytes.fromhex(data))
        state.products[product.product] = product
    for data in recorded["authorities"]:
        authority = Codec[Authority](Authority).decode(bytes.fromhex(data))
        state.authorities[authority.role] = authority
    for data in recorded["totals"]:
        totals = Codec[Totals](Totals).decode(bytes.fromhex(data))
        state.totals[totals.currency] = totals
    return state


def command_of(recorded: Any) -> bytes:
    return bytes.fromhex(recorded) if isinstance(recorded, str) else bytes(recorded["zeros"])


def answer_to(vector: dict[str, Any], state: State) -> Change | Reason:
    raw = command_of(vector["command"])
    reader = read_logged if vector.get("refused") == "seal_mismatch" else read_command
    request = Admission(VerifierPool(0)).begin([raw], state.network, reader).result()[0]
    return request if isinstance(request, Reason) else apply(state, request, vector["now_ms"])


@pytest.mark.parametrize("vector", TRANSITIONS, ids=lambda vector: vector["name"])
def test_a_transition(vector):
    draft = state_of(vector["state"]).draft()
    answer = answer_to(vector, draft)
    if "refused" in vector:
        assert isinstance(answer, Reason)
        assert answer.code == vector["refused"]
        assert not draft.changed
        return
    assert isinstance(answer, Change)
    cards = [draft.card(serial) for serial in range(draft.card_count)]
    after = {
        "authorities": [encode(authority).hex() for authority in draft.authorities.values()],
        "totals": [encode(totals).hex() for totals in draft.totals.values()],
        "cards": [encode(card).hex() for card in cards],
    }
    assert after == vector["accepted"]


def test_every_reason_and_every_kind_is_recorded():
    assert {vector.get("refused") for vector in TRANSITIONS} - {None} == {reason.code for reason in Reason}
    accepted = {vector["name"].split()[0] for vector in TRANSITIONS if "accepted" in vector}
    assert accepted == set(KINDS) - {"seal"}


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_history(path):
    """With every signature verified, to the root of the log, of the register at each seal, and the totals."""
    recorded = json.loads(path.read_text("utf-8"))
    entries = [bytes.fromhex(entry) for entry in recorded["entries"]]
    world = World.replay(entries)
    world.check()
    assert [root.hex() for root in world.roots] == recorded["register_roots"]
    tree = LogTree()
    for entry in entries:
        tree.append(leaf_hash(entry))
    assert tree.root().hex() == recorded["log_root"]
    totals = [encode(world.state.totals[currency]).hex() for currency in sorted(world.state.totals)]
    assert (totals, world.state.card_count) == (recorded["totals"], recorded["cards"])


def test_the_histories_are_long_and_varied():
    """A history of a few hundred commands each, and every kind of command in one of them."""
    kinds = set()
    for path in HISTORIES:
        recorded = json.loads(path.read_text("utf-8"))
        assert len(recorded["entries"]) >= 300
        for entry in recorded["entries"]:
            request = World().read(ENTRY_CODEC.decode(bytes.fromhex(entry)).signed, read_logged)
            assert not isinstance(request, Reason)
            kinds.add(kind_of(request.body))
    assert len(HISTORIES) == 3
    assert kinds == set(KINDS)


def test_a_changed_entry_leads_elsewhere():
    """The comparison bites: one entry's time moved by a millisecond changes the log's root."""
    recorded = json.loads(HISTORIES[0].read_text("utf-8"))
    entries = [bytes.fromhex(entry) for entry in recorded["entries"]]
    changed = bytearray(entries[100])
    changed[9] ^= 1  # The last byte of the time: an array of two, an integer of eight bytes.
    tree = LogTree()
    for place, entry in enumerate(entries):
        tree.append(leaf_hash(bytes(changed) if place == 100 else entry))
    assert ENTRY_CODEC.decode(bytes(changed)).signed == ENTRY_CODEC.decode(entries[100]).signed
    assert tree.root().hex() != recorded["log_root"]
