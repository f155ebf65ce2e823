"""A running node: it seals before it ends, publishes what a crash left, and never leaves anybody waiting."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from threading import Event

import pytest

from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.node import publish
from cardtrail.node import service as service_module
from cardtrail.node.directory import Directory
from cardtrail.node.engine import Engine
from cardtrail.node.orderer import QueueFull, Stopping
from cardtrail.node.publish import Publisher
from cardtrail.node.service import Node
from cardtrail.node.store import Store, StoreError
from cardtrail.signing.notes import open_note
from cardtrail.signing.pool import WorkerDied
from cardtrail.wire.answers import Accepted, Refused
from tests.crash.replay import judge
from tests.ledger_world import key, sign
from tests.node.ledgers import PATIENCE_S, Bench, checkpointed, founding, new_directory, quiet


@pytest.fixture
def directory(tmp_path):
    return new_directory(tmp_path / "ledger")


def stated(note, directory):
    return Checkpoint.parse(open_note(note, directory.vkey()))


def test_a_command_is_answered_when_it_is_durable(directory):
    world, commands = founding()
    with Node(directory, quiet()) as node:
        answers = node.submit(commands).result(PATIENCE_S)
        reader = Store(directory.database, readonly=True)
        assert [reader.index_of(answer.id) for answer in answers] == list(range(8))
        reader.close()
        refused = sign(world.make("redeem", serial=0), [key("mallory")])
        assert isinstance(node.submit([refused]).result(PATIENCE_S)[0], Refused)
        assert node.submit([]).result(PATIENCE_S) == []


def test_a_clean_end_seals_and_publishes(directory):
    world, commands = founding()
    with Node(directory, quiet()) as node:
        node.submit(commands).result(PATIENCE_S)
        assert node.publisher.size == 0
    assert node.publisher.size == 9
    assert directory.checkpoint.read_text() == node.publisher.note
    assert stated(node.publisher.note, directory).root == node.engine.tree.root()
    with Node(directory, quiet()) as node:
        pass
    assert node.engine.state.size == 9, "an end without anything new adds nothing"
    world.pass_on(0, "bob")
    with Node(directory, quiet()) as node:
        waiting = node.submit(world.take())
        # Closed at once: what was taken is still done, and under the last checkpoint.
    assert isinstance(waiting.result(PATIENCE_S)[0], Accepted)
    assert sorted(judge(directory).notes) == [9, 11]


def test_checkpoints_follow_by_themselves(directory):
    world, commands = founding()
    with Node(directory, quiet(checkpoint_interval_ms=1)) as node:
        node.submit(commands).result(PATIENCE_S)
        assert checkpointed(node, 9)
        world.pass_on(0, "bob")
        node.submit(world.take()).result(PATIENCE_S)
        assert checkpointed(node, 10)
        assert not checkpointed(node, 1000, 0)
    judge(directory)


def test_the_next_start_seals_what_a_crash_left_unsealed(directory):
    bench = Bench(directory.database)
    bench.run(founding()[1])
    bench.store.close()
    with Node(directory, quiet()) as node:
        assert checkpointed(node, 9)
    judge(directory)


def test_the_next_start_publishes_a_seal_that_a_crash_left_without_its_checkpoint(directory):
    bench = Bench(directory.database)
    bench.run(founding()[1], seal=True)
    root = bench.engine.tree.root()
    bench.store.close()
    told = []
    with Node(directory, quiet()) as node:
        node.listen(lambda: told.append(node.publisher.size))
        assert checkpointed(node, 9)
        assert node.engine.state.size == 9, "the seal that is there is enough"
        assert stated(node.publisher.note, directory) == Checkpoint(directory.vkey().name, 9, root)
    assert list(judge(directory).notes) == [9]


def test_the_next_start_brings_the_file_up_to_date(directory):
    with Node(directory, quiet()) as node:
        node.submit(founding()[1]).result(PATIENCE_S)
    note = directory.checkpoint.read_text()
    directory.checkpoint.unlink()
    with Node(directory, quiet()):
        assert directory.checkpoint.read_text() == note


def test_a_damaged_checkpoint_file_stops_the_start(directory):
    """What it said may have been later than the ledger beside it: then going on would sign a second history."""
    with Node(directory, quiet()) as node:
        node.submit(founding()[1]).result(PATIENCE_S)
    note = directory.checkpoint.read_bytes()
    for place in (0, len(note) // 2, len(note) - 3):
        damaged = bytearray(note)
        damaged[place] ^= 1
        directory.checkpoint.write_bytes(damaged)
        with pytest.raises(StoreError, match=r"checkpoint is (damaged|signed over)"):
            Node(directory, quiet())
    directory.checkpoint.unlink()
    with Node(directory, quiet()):
        assert directory.checkpoint.read_bytes() == note


def test_a_copy_of_the_checkpoint_that_fails_is_made_with_the_next_one(directory, monkeypatch, caplog):
    world, raws = founding(1)

    def fail(*_):
        raise OSError(24, "Too many open files")

    with Node(directory, quiet(checkpoint_interval_ms=0)) as node:
        with monkeypatch.context() as patch:
            patch.setattr(publish, "write_durably", fail)
            node.submit(raws).result(PATIENCE_S)
            assert checkpointed(node, len(raws) + 1)
        assert not directory.checkpoint.exists()
        assert caplog.text.count("Too many open files; the next checkpoint will try again") >= 1
        world.pass_on(0, "bob")
        [answer] = node.submit(world.take()).result(PATIENCE_S)
        assert checkpointed(node, answer.index + 2)
    assert node.failure is None
    assert directory.checkpoint.read_text() == node.publisher.note


def test_a_copy_that_fails_again_and_again_stops_the_node(directory, monkeypatch):
    """Else the file that tells an older ledger from the present one would fall behind without end."""
    world, raws = founding(1)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publish, "write_durably", fail)
    sizes = []
    with Node(directory, quiet(checkpoint_interval_ms=0)) as node:
        node.submit(raws).result(PATIENCE_S)
        for turn in range(publish.COPY_TRIES):
            if checkpointed(node, node.engine.state.size):
                sizes.append(node.publisher.size)
            if node.stopped:
                break
            world.pass_on(0, f"holder {turn}")
            with contextlib.suppress(Stopping):
                node.submit(world.take()).result(PATIENCE_S)
    assert len(set(sizes)) <= publish.COPY_TRIES
    assert isinstance(node.failure, StoreError)
    assert "checkpoint cannot be written" in str(node.failure)
    monkeypatch.undo()
    with Node(directory, quiet()) as again:  # What the database says is the truth.
        assert again.publisher.size == node.publisher.size
        assert directory.checkpoint.read_text() == node.publisher.note


def test_a_checkpoint_by_another_key_stops_the_start(directory, tmp_path):
    stranger = new_directory(tmp_path / "stranger")
    for ledger in (directory, stranger):
        with Node(ledger, quiet()) as node:
            node.submit(founding()[1]).result(PATIENCE_S)
    (note,) = judge(stranger).notes.values()
    store = Store(directory.database)
    store._db.execute("UPDATE checkpoints SET note = ?", (note,))
    store.close()
    with pytest.raises(StoreError, match="checkpoint over 9 entries is not this log's"):
        Node(directory, quiet()).close()


class Gate:
    """Holds the engine's thread at a commit until a test lets it go on."""

    def __init__(self, monkeypatch, then=None):
        self.reached, self.open = Event(), Event()
        commit = Store.commit

        def gated(store, writes):
            self.reached.set()
            assert self.open.wait(PATIENCE_S)
            if then is not None:
                raise then
            commit(store, writes)

        monkeypatch.setattr(Store, "commit", gated)


def test_a_full_queue_says_so_and_takes_nothing(directory, monkeypatch):
    _, commands = founding()
    gate = Gate(monkeypatch)
    with Node(directory, quiet(queue_limit=20)) as node:
        waiting = [node.submit(commands)]
        assert gate.reached.wait(PATIENCE_S)
        refused = 0
        while not refused:
            try:
                waiting.append(node.submit(commands))
            except QueueFull:
                refused += 1
        assert node.queue_depth <= 20
        gate.open.set()
        answers = [future.result(PATIENCE_S) for future in waiting]
        assert all(answer == answers[0] for answer in answers), "repeats all get the first answer"
        assert isinstance(node.submit(commands[:1]).result(PATIENCE_S)[0], Accepted), (
            "and there is room again"
        )
    assert len(judge(directory).answers) == 9


def test_when_the_engine_fails_everybody_who_waits_hears_why(directory, monkeypatch):
    """In the batch that failed, in the one prepared behind it, and in the queue."""
    _, commands = founding()
    gate = Gate(monkeypatch, then=StoreError("the disk is gone"))
    with Node(directory, quiet(batch_limit=1)) as node:
        waiting = [node.submit([command]) for command in commands]
        assert gate.reached.wait(PATIENCE_S)
        gate.open.set()
        for future in waiting:
            with pytest.raises(Stopping, match="the disk is gone"):
                future.result(PATIENCE_S)
        assert not checkpointed(node, 1), "nor does a wait for a checkpoint go on"
        assert node.stopped
        with pytest.raises(Stopping):
            node.submit(commands)
    assert isinstance(node.failure, StoreError)
    node.close()
    monkeypatch.undo()
    assert judge(directory).answers == {}
    with Node(directory, quiet()) as node:
        assert all(isinstance(answer, Accepted) for answer in node.submit(commands).result(PATIENCE_S))


@pytest.mark.parametrize(
    ("where", "name"), [(Engine, "prepare"), (Engine, "apply"), (Engine, "commit"), (Publisher, "publish")]
)
def test_a_bug_anywhere_in_the_engine_s_thread_stops_the_node_and_leaves_nobody_waiting(
    directory, monkeypatch, where, name
):
    _, commands = founding()
    node = Node(directory, quiet(checkpoint_interval_ms=0))

    def fail(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(where, name, fail)
    outcomes = []
    for _ in range(3):
        try:
            outcomes.append(node.submit(commands).exception(PATIENCE_S))
        except Stopping as error:
            outcomes.append(error)
    assert isinstance(outcomes[-1], Stopping) or name == "publish"
    node.close()
    assert isinstance(node.failure, ZeroDivisionError)
    monkeypatch.undo()
    judge(directory)


def test_a_verification_worker_that_dies_stops_the_node_and_leaves_nobody_waiting(directory):
    world, commands = founding(1, max_hops=1000)
    for hop in range(200):
        world.pass_on(0, f"holder {hop}")
    moves = world.take()
    with Node(directory, quiet(workers=2)) as node:
        node.submit(commands).result(PATIENCE_S)
        (worker, _) = node._pool._workers
        os.kill(worker._process.pid, signal.SIGKILL)
        worker._process.wait(PATIENCE_S)
        waiting = []
        for _ in range(3):
            with contextlib.suppress(Stopping):  # It may have noticed by now.
                waiting.append(node.submit(moves))
        assert waiting
        for future in waiting:
            with pytest.raises(Stopping, match="worker"):
                future.result(PATIENCE_S)
    assert isinstance(node.failure, WorkerDied)
    judge(directory)
    with Node(directory, quiet()) as node:
        assert all(isinstance(answer, Accepted) for answer in node.submit(moves).result(PATIENCE_S))


def test_whoever_looks_on_cannot_stop_the_ledger(directory, caplog):
    world, commands = founding()

    def broken():
        raise ZeroDivisionError("somebody else's bug")

    calls = []
    with Node(directory, quiet()) as node:
        node.listen(broken)
        quit_listening = node.listen(lambda: calls.append(1))
        node.submit(commands).result(PATIENCE_S)
        world.pass_on(0, "bob")
        assert isinstance(node.submit(world.take()).result(PATIENCE_S)[0], Accepted)
        quit_listening()
    assert node.failure is None
    assert calls
    assert "a listener failed" in caplog.text


def test_a_node_can_be_closed_twice(directory):
    node = Node(directory, quiet(workers=1))
    node.close()
    node.close()
    with pytest.raises(Stopping):
        node.submit([b""])
    with Node(directory, quiet()):
        pass


def test_the_clock_is_the_machine_s_and_counts_milliseconds(monkeypatch):
    monkeypatch.setattr(service_module.time, "time_ns", lambda: 1_800_000_000_123_456_789)
    assert service_module.system_clock() == 1_800_000_000_123


def test_a_start_refuses_a_write_ahead_log_with_a_hole(directory, tmp_path):
    """SQLite takes the log to end at the first frame that does not fit; acknowledged entries would vanish unseen."""
    _, commands = founding()
    left = Directory(tmp_path / "left")
    with Node(directory, quiet()) as node:
        for command in commands:
            node.submit([command]).result(PATIENCE_S)
        shutil.copytree(directory.path, left.path)  # As a kill at this moment leaves it.
    wal = left.database.with_name("ledger.db-wal")
    whole = wal.read_bytes()
    broken = bytearray(whole)
    broken[len(whole) // 2] ^= 1
    wal.write_bytes(broken)
    with pytest.raises(StoreError, match=r"frame \d+ of ledger\.db-wal is damaged"):
        Node(left, quiet())
    wal.write_bytes(whole)
    with Node(left, quiet()) as node:
        assert node.engine.state.size >= len(commands), "all of them, and perhaps their seal already"
