"""Applying is pure: a draft changes nothing outside itself, and the same commands and times lead to the same roots."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from cardtrail.ledger.apply import apply
from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Request, read_command, read_logged
from cardtrail.ledger.state import State
from cardtrail.ledger.transitions.sealing import make_seal
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.wire.codec import encode
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import Signed
from tests.ledger_world import HOUR_MS, World, key, named, sign


def everything(state: State, world: World) -> Any:
    """All that a state is, as values that a later change cannot reach."""
    return (
        state.network, state.size, state.sealed_size, state.sealed, state.time_ms, state.card_count,
        dict(state.changed), dict(state.products), dict(state.authorities), dict(state.totals),
        dict(state.deposits), dict(state.unsealed), state.register.root, state.register.count, dict(world.cards),
        make_seal(state),
    )  # fmt: skip


def busy_world() -> World:
    """A ledger with a bit of everything, partly sealed."""
    world = World.open()
    product = world.define()
    for owner in ("ann", "bob", "cat"):
        world.card(product, owner)
    world.seal()
    world.ok("hold", serial=0)
    world.later(HOUR_MS)
    world.ok("redeem", serial=1, amount_minor=5)
    return world


def batch(world: World) -> list[Request]:
    """A command of every kind that adds to or changes the ledger's tables, each good where it stands."""
    bodies = [
        ("define", "issuer", world.make("define")),
        ("issue", "issuer", world.make("issue", sequence=world.state.authorities[Role.ISSUER].sequence + 1)),
        ("attest", "custodian", world.make("attest", deposit_minor=7)),
        ("release", "bob", world.make("release", serial=0, owner=key("dan").public)),
        ("split", "bob", world.make("split", serial=1, amounts_minor=(9_000, 995))),
        ("void", "issuer", world.make("void", serial=2)),
    ]
    requests = [read_command(sign(body, [key(by)]), world.network) for _, by, body in bodies]
    assert all(isinstance(request, Request) for request in requests)
    return [request for request in requests if isinstance(request, Request)]


def seal_request(draft: State) -> Request:
    request = read_logged(encode(Signed(encode(make_seal(draft)), (), None)), draft.network)
    assert isinstance(request, Request)
    return request


def run(world: World, draft: State) -> None:
    for request in batch(world):
        assert isinstance(apply(draft, request, world.now_ms), Change)


def test_a_draft_leaves_its_parent_alone():
    world = busy_world()
    before = everything(world.state, world)
    draft = world.state.draft()
    run(world, draft)
    assert isinstance(apply(draft, seal_request(draft), world.now_ms), Change)
    assert everything(world.state, world) == before


def test_a_dropped_draft_leaves_no_trace():
    """What comes after it is what would have come without it, to the register's root."""
    with_drop, without = busy_world(), busy_world()
    run(with_drop, with_drop.state.draft())
    for world in (with_drop, without):
        draft = world.state.draft()
        run(world, draft)
        world.settle(draft)
        world.seal()
        world.check()
    assert everything(with_drop.state, with_drop) == everything(without.state, without)


def test_a_sealed_draft_takes_no_more():
    """A seal states the state at the end of its batch; a command after it would make it a lie."""
    world = busy_world()
    draft = world.state.draft()
    assert isinstance(apply(draft, seal_request(draft), world.now_ms), Change)
    with pytest.raises(ValueError, match="ends with its seal"):
        apply(draft, batch(world)[0], world.now_ms)


def test_a_draft_is_settled_before_another_is_begun_on_it():
    """The second one's seal would leave out what the first one changed: a wrong root, and nobody to notice."""
    world = busy_world()
    draft = world.state.draft()
    run(world, draft)
    with pytest.raises(ValueError, match="settle a draft"):
        draft.draft()
    world.settle(draft)
    assert world.state.draft().card_count == draft.card_count


def long_world() -> World:
    world = busy_world()
    draft = world.state.draft()
    for request in batch(world):
        assert isinstance(world.apply(request), Change)
    assert draft.size < world.state.size
    world.seal()
    world.ok("merge", cards=named(world, 4, 5))
    world.seal()
    return world


def log_root(entries: list[bytes]) -> bytes:
    tree = LogTree()
    for entry in entries:
        tree.append(leaf_hash(entry))
    return tree.root()


def test_a_replay_leads_to_the_same_roots():
    world = long_world()
    again = World.replay(world.entries)
    assert again.roots == world.roots
    assert again.entries == world.entries
    assert everything(again.state, again) == everything(world.state, world)


def test_how_commands_are_batched_does_not_matter():
    """One draft up to each seal, instead of one for each command."""
    world, again = long_world(), World()
    draft = again.state.draft()
    roots = []
    for data in world.entries:
        entry = ENTRY_CODEC.decode(data)
        request = read_logged(entry.signed, world.network)
        assert isinstance(request, Request)
        answer = apply(draft, request, entry.time_ms)
        assert isinstance(answer, Change)
        if answer.seals:
            again.settle(draft)
            roots.append(again.state.register.root)
            draft = again.state.draft()
    assert roots == world.roots


def test_another_process_with_another_hash_seed_agrees():
    """Nothing may depend on the order of a set or a dictionary that differs between two processes."""
    program = (
        "from tests.ledger.test_purity import long_world, log_root\n"
        "world = long_world()\n"
        "print(log_root(world.entries).hex(), *[root.hex() for root in world.roots])\n"
    )
    world = long_world()
    expected = " ".join(root.hex() for root in [log_root(world.entries), *world.roots])
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert run.stdout.strip() == expected
