"""One short history of a ledger, run again and again while its disk fails at another place each time.

Two lives of a node: founding and first moves, a clean stop with seal and checkpoint, a second start and more moves.
Commands go in one submission at a time, so that every run does the same operations in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

from cardtrail.node.directory import Directory
from cardtrail.node.orderer import Stopping
from cardtrail.node.service import Node
from cardtrail.node.store import StoreError
from cardtrail.wire.answers import Accepted, Answer
from tests.crash.replay import Judged, judge
from tests.ledger_world import HOUR_MS, START_MS
from tests.node.ledgers import PATIENCE_S, Clock, founding, quiet

Life = list[list[bytes]]


@cache
def lives() -> tuple[Life, Life]:
    """The submissions of both lives, each a list of signed commands."""
    world, first = founding(2)
    world.pass_on(0, "bob")
    moves = world.take()
    world.ok("hold", serial=1)
    hold = world.take()
    world.ok("release", serial=1)
    world.card(owner="eve")
    return [first, moves], [hold, world.take()]


@cache
def every_command() -> tuple[bytes, ...]:
    return tuple(raw for life in lives() for submission in life for raw in submission)


@dataclass
class Seen:
    """What somebody outside has been told: answers by the command's bytes, and checkpoints. And how it ended.

    stopped   called when a node has stopped by itself, before it is closed: as a kill at that moment leaves it
    """

    answers: dict[bytes, Answer] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failure: Exception | None = None
    stopped: Callable[[], None] | None = None


def play(directory: Directory, seen: Seen, clock: Clock | None = None) -> None:
    """Run the history until it is over or the disk fails, and tell `seen` everything as it becomes known."""
    clock = clock or Clock()
    for life in lives():
        try:
            node = Node(directory, quiet(clock))
        except StoreError as error:
            seen.failure = error
            return
        # Like somebody who follows the log: every checkpoint is seen the moment it is published.
        node.listen(lambda node=node: seen.notes.append(node.publisher.note))
        try:
            for submission in life:
                _submit(node, submission, seen)
        except Stopping as error:
            seen.failure = error
            if seen.stopped is not None:
                seen.stopped()
        finally:
            node.close()
        seen.notes.append(node.publisher.note)
        seen.failure = seen.failure or node.failure
        if seen.failure is not None:
            return


def _submit(node: Node, submission: Sequence[bytes], seen: Seen) -> None:
    answers = node.submit(submission).result(PATIENCE_S)
    assert all(isinstance(answer, Accepted) for answer in answers), answers
    seen.answers.update(zip(submission, answers, strict=True))


def go_on(directory: Directory, seen: Seen) -> Judged:
    """Start over what a crash left, and see that all promises hold: what was answered is there, at the same place; what
    was not is there or not; asking again never doubles; the history comes to its end; the whole is sound."""
    before = judge(directory)
    told = {answer.id: answer for answer in seen.answers.values() if isinstance(answer, Accepted)}
    missing = [answer.index for id_, answer in told.items() if before.answers.get(id_) != answer]
    assert not missing, f"lost after they were acknowledged: entries {missing}"
    shown = [note for note in seen.notes if note]
    assert all(before.extends(note, directory) for note in shown), (
        "a checkpoint that was shown is of another log"
    )
    with Node(directory, quiet(Clock(START_MS + HOUR_MS // 2))) as node:
        answers = node.submit(every_command()).result(PATIENCE_S)
        assert all(isinstance(answer, Accepted) for answer in answers), answers
        for raw, answer in zip(every_command(), answers, strict=True):
            assert seen.answers.get(raw, answer) == answer
            assert before.answers.get(answer.id, answer) == answer
    assert node.failure is None
    after = judge(directory)
    assert len(after.answers) == len(after.roots) - 1
    assert {answer.id for answer in answers} <= set(after.answers)
    assert all(after.extends(note, directory) for note in shown)
    assert directory.checkpoint.read_text() == after.notes[max(after.notes)] == node.publisher.note
    return after
