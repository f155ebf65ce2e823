"""Ordered batches in, answers and a state root out. Nothing is written before a commit; nothing is taken twice."""

from __future__ import annotations

from threading import Thread

import pytest

from cardtrail.ledger.invariants import check_state
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.proofs import root_from_inclusion
from cardtrail.node.engine import Engine
from cardtrail.node.store import Store, StoreError
from cardtrail.signing.pool import VerifierPool
from cardtrail.wire.answers import Accepted, Refused
from cardtrail.wire.cards import CARD_CODEC
from cardtrail.wire.commands import BODY_CODEC, Seal
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.signed import SIGNED_CODEC
from tests.crash.replay import judge
from tests.ledger_world import HOUR_MS, SECOND_MS, START_MS, key, sign
from tests.node.ledgers import Bench, founding, new_directory


@pytest.fixture
def directory(tmp_path):
    return new_directory(tmp_path / "ledger")


@pytest.fixture
def bench(directory):
    bench = Bench(directory.database)
    yield bench
    bench.store.close()


def everything(engine, path):
    """All that can be asked of an engine, and the bytes of its files."""
    files = {
        file.name: file.read_bytes() for file in path.parent.glob("ledger.db*") if "shm" not in file.name
    }
    state = engine.state
    return (
        state.size,
        state.time_ms,
        state.card_count,
        state.network,
        dict(state.totals),
        dict(state.authorities),
        dict(state.products),
        dict(state.unsealed),
        dict(engine._as_sealed),
        state.register.root,
        engine.tree.root(),
        engine.height,
        files,
    )


def commands(bench):
    world, first = founding()
    bench.run(first, seal=True)
    return world


def test_applying_writes_nothing(bench):
    world = commands(bench)
    world.pass_on(0, "bob")
    world.define(named=True)
    world.issue()
    before = everything(bench.engine, bench.path)
    applied = bench.apply(world.take(), seal=True)
    assert [type(answer) for answer in applied.answers] == [Accepted] * 3
    assert applied.state_root != bench.engine.tree.root()
    assert everything(bench.engine, bench.path) == before


def test_a_batch_that_is_dropped_leaves_no_trace(bench, directory):
    world = commands(bench)
    before = everything(bench.engine, bench.path)
    world.pass_on(0, "bob")
    kept = world.take()
    other, _ = founding()
    other.ok("redeem", serial=0, amount_minor=5)
    for _ in range(3):
        bench.apply(other.take(), seal=True)
    assert everything(bench.engine, bench.path) == before
    bench.run(kept, seal=True)
    card = bench.store.card(0)
    assert card is not None
    assert (card.owner, card.balance_minor) == (key("bob").public, 10_000)
    bench.store.close()
    judge(directory)


def test_a_batch_of_a_height_that_has_passed_changes_nothing(bench):
    """Also with commands that would be accepted now: what a height holds was settled when it came."""
    world = commands(bench)
    world.pass_on(0, "bob")
    moves = world.take()
    bench.run(moves)
    world.pass_on(1, "bob")
    acceptable = world.take()
    before = everything(bench.engine, bench.path)
    for height in (1, bench.engine.height - 1, bench.engine.height):
        again = bench.run([*moves, *acceptable], height=height, seal=True)
        assert again.answers == [], "they were given when the height came"
        assert (again.height, again.state_root) == (height, bench.engine.tree.root())
        assert everything(bench.engine, bench.path) == before
    assert isinstance(bench.run(acceptable).answers[0], Accepted), "it is only too late for that height"


def test_a_batch_that_does_not_follow_is_refused_loudly(bench):
    world = commands(bench)
    before = everything(bench.engine, bench.path)
    world.pass_on(0, "bob")
    moves = world.take()
    with pytest.raises(ValueError, match="batch 3 does not follow batch 1"):
        bench.apply(moves, height=3)
    assert everything(bench.engine, bench.path) == before
    bench.run(moves, height=2)


def test_a_repeat_gets_the_first_answer(bench):
    world = commands(bench)
    world.pass_on(0, "bob")
    (move,) = world.take()
    body = SIGNED_CODEC.decode(move).body
    first, second, third = bench.run([move, move, move]).answers
    assert isinstance(first, Accepted)
    assert first == second == third
    assert bench.engine.state.size == 10
    again = bench.restart()
    assert again.run([move]).answers == [first], "after a restart"
    assert again.run([move], time_ms=START_MS + 2 * HOUR_MS).answers == [first], "after it has expired"
    # The id is the body's. Somebody else's signature under the same words is told what became of them, no more.
    assert again.run([sign(BODY_CODEC.decode(body), [key("mallory")])]).answers == [first]
    assert again.engine.state.size == 10
    again.store.close()


def test_a_refused_command_may_be_tried_again(bench):
    world = commands(bench)
    world.pass_on(0, "bob")
    hop = world.take()
    world.pass_on(0, "eve")
    later = world.take()
    assert isinstance(bench.run(later).answers[0], Refused)
    assert all(isinstance(answer, Accepted) for answer in bench.run([*hop, *later]).answers)


def test_of_two_commands_for_one_card_the_first_wins(bench):
    world = commands(bench)
    rivals = [
        sign(world.make("transfer", serial=0, owner=key(name).public), [key("ann")])
        for name in ("bob", "eve")
    ]
    first, second = bench.run(rivals).answers
    assert isinstance(first, Accepted)
    assert second == Refused(second.id, "not_owner")


def test_time_does_not_go_back(bench):
    """A clock set back, a leap, another machine's clock: the ledger's time is the later of the clock's and its own."""
    world = commands(bench)
    world.pass_on(0, "bob")
    world.pass_on(1, "bob")
    world.pass_on(2, "bob")
    moves = world.take()
    ahead = START_MS + 600 * SECOND_MS
    assert bench.run(moves[:1], time_ms=ahead).answers[0].time_ms == ahead
    assert bench.run(moves[1:2], time_ms=START_MS - HOUR_MS).answers[0].time_ms == ahead
    again = bench.restart()
    assert again.engine.state.time_ms == ahead
    assert again.run(moves[2:], time_ms=0, seal=True).answers[0].time_ms == ahead
    times = [
        ENTRY_CODEC.decode(entry).time_ms for _, entry in again.store.entries(0, again.engine.state.size)
    ]
    assert times == sorted(times)
    again.store.close()


def test_the_same_batches_give_the_same_state_anywhere(tmp_path):
    """Nothing depends on which node it runs on: two engines, one restarted after each batch, agree on every root."""
    world, first = founding()
    batches = [(first, True)]
    for name in ("bob", "eve", "joe"):
        world.pass_on(0, name)
        world.ok("hold", serial=1)
        world.ok("return", serial=1)
        batches.append((world.take(), name == "eve"))
    one, other = Bench(tmp_path / "one.db"), Bench(tmp_path / "other.db")
    for number, (batch, seal) in enumerate(batches):
        fields = {"seal": seal, "time_ms": START_MS + number * 5000}
        applied = one.run(batch, **fields)
        assert other.run(batch, **fields).state_root == applied.state_root == one.engine.tree.root()
        other = other.restart()
        assert other.engine.state.stage_register().root == one.engine.state.stage_register().root
        assert other.engine.height == one.engine.height == number + 1
    assert [bytes(e) for _, e in one.store.entries(0, 99)] == [
        bytes(e) for _, e in other.store.entries(0, 99)
    ]
    one.store.close()
    other.store.close()


def test_a_seal_states_the_whole_state(bench, directory):
    world = commands(bench)
    world.pass_on(0, "bob")
    applied = bench.run(world.take(), seal=True)
    assert len(applied.answers) == 1, "the seal is nobody's command"
    state = bench.engine.state
    assert state.sealed_size == state.size == 11
    entry = bench.store.entry(10)
    seal = BODY_CODEC.decode(SIGNED_CODEC.decode(ENTRY_CODEC.decode(entry).signed).body)
    totals = tuple(state.totals[currency] for currency in sorted(state.totals))
    assert seal == Seal(world.network, 10, state.register.root, 3, totals)
    check_state(state, [card for serial in range(3) if (card := bench.store.card(serial))])
    before = state.size
    bench.run([], seal=True)
    assert bench.engine.state.size == before, "nothing came after the seal, so there is nothing to seal"
    bench.store.close()
    judge(directory)


def test_an_empty_ledger_is_not_sealed(bench):
    assert bench.run([], seal=True).answers == []
    assert (bench.engine.state.size, bench.engine.height) == (0, 1)


def test_after_a_failed_commit_the_state_is_what_it_was(bench, monkeypatch):
    world = commands(bench)
    world.pass_on(0, "bob")
    before = bench.store.card_record(0)
    applied = bench.apply(world.take(), seal=True)

    def fail(_: object) -> None:
        raise StoreError("the disk is gone")

    monkeypatch.setattr(bench.store, "commit", fail)
    with pytest.raises(StoreError):
        bench.engine.commit(applied)
    assert bench.engine.height == 1
    record, _, size = bench.engine.sealed_card(0, bench.store)
    assert (record, size) == (before, 9), "and whoever asks for a proof still gets one that fits"


def proven(engine, serial, reader):
    """Whether a card and its path give the register's root in the seal that ends the log of that size."""
    found = engine.sealed_card(serial, reader)
    assert found is not None
    record, path, size = found
    entry = reader.entry(size - 1)
    seal = BODY_CODEC.decode(SIGNED_CODEC.decode(ENTRY_CODEC.decode(entry).signed).body)
    assert isinstance(seal, Seal)
    assert CARD_CODEC.decode(record).serial == serial
    return root_from_inclusion(leaf_hash(record), serial, seal.cards, path) == seal.register_root


def test_a_card_is_shown_as_the_last_seal_states_it(bench):
    world = commands(bench)
    sealed = bench.store.card_record(0)
    for name in ("bob", "eve"):
        world.pass_on(0, name)
        bench.run(world.take())
        assert bench.engine.sealed_card(0, bench.store)[0] == sealed
        assert proven(bench.engine, 0, bench.store)
    again = bench.restart()
    assert again.engine.sealed_card(0, again.store)[0] == sealed, "after a restart"
    assert proven(again.engine, 0, again.store)
    world.issue()
    again.run(world.take())
    assert again.engine.sealed_card(3, again.store) is None, "younger than the seal"
    again.run([], seal=True)
    assert again.engine.sealed_card(0, again.store)[0] == again.store.card_record(0)
    assert all(proven(again.engine, serial, again.store) for serial in range(4))
    again.store.close()


def test_proofs_fit_while_batches_go_on(tmp_path):
    """Another thread asks without end while commits and seals pass: every answer fits one seal."""
    bench = Bench(tmp_path / "ledger.db")
    world, first = founding(8, max_hops=1000)
    bench.run(first, seal=True)
    batches = []
    for hop in range(80):
        for serial in range(0, 8, 1 + hop % 3):
            world.pass_on(serial, f"holder {hop}")
        batches.append(world.take())
    wrong, asked, done = [], [0], []

    def ask():
        reader = Store(bench.path, readonly=True)
        while not done:
            for serial in range(8):
                asked[0] += 1
                if not proven(bench.engine, serial, reader):
                    wrong.append(serial)
        reader.close()

    asker = Thread(target=ask)
    asker.start()
    for number, batch in enumerate(batches):
        bench.run(batch, seal=number % 4 == 3)
    done.append(True)
    asker.join()
    assert asked[0] > 0
    assert not wrong
    bench.store.close()


def test_without_the_earlier_records_a_proof_would_not_fit(bench):
    world = commands(bench)
    world.pass_on(0, "bob")
    bench.run(world.take())
    bench.engine._as_sealed.clear()
    assert not proven(bench.engine, 0, bench.store)


def test_an_engine_starts_where_the_last_one_stopped(bench):
    world = commands(bench)
    world.pass_on(0, "bob")
    bench.run(world.take())
    world.pass_on(0, "eve")
    before = everything(bench.engine, bench.path)[:-1]
    again = Engine(bench.store, VerifierPool(0))
    assert everything(again, bench.path)[:-1] == before
