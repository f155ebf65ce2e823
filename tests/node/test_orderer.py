"""The queue: in order, bounded, and with an end."""

from __future__ import annotations

from threading import Thread

import pytest

from cardtrail.node.orderer import EmbeddedOrderer, QueueFull, Stopping
from tests.node.ledgers import PATIENCE_S


def taken(orderer, timeout_s=0):
    return [list(submission.commands) for submission in orderer.take(timeout_s)]


def test_commands_come_out_as_they_came_in():
    orderer = EmbeddedOrderer(100, 100)
    for command in (b"1", b"2", b"3"):
        orderer.offer([command])
    assert orderer.depth == 3
    assert taken(orderer) == [[b"1"], [b"2"], [b"3"]]
    assert orderer.depth == 0
    assert taken(orderer) == []


def test_a_batch_has_its_limit_and_a_submission_is_never_divided():
    orderer = EmbeddedOrderer(100, 4)
    for size in (3, 1, 1, 9, 1):
        orderer.offer([b""] * size)
    assert [[len(s) for s in taken(orderer)] for _ in range(4)] == [[3, 1], [1], [9], [1]]


def test_what_does_not_fit_is_turned_away_whole():
    orderer = EmbeddedOrderer(3, 100)
    orderer.offer([b"1", b"2"])
    with pytest.raises(QueueFull, match="2 commands wait"):
        orderer.offer([b"3", b"4"])
    assert orderer.depth == 2, "nothing of the offer was taken"
    orderer.offer([b"5"])
    with pytest.raises(QueueFull):
        orderer.offer([b"6"])
    assert taken(orderer) == [[b"1", b"2"], [b"5"]]
    orderer.offer([b"7"] * 3)


def test_an_idle_taker_is_woken_by_a_command():
    orderer = EmbeddedOrderer(10, 10)
    got = []
    taker = Thread(target=lambda: got.extend(taken(orderer, None)))
    taker.start()
    orderer.offer([b"1"])
    taker.join(PATIENCE_S)
    assert got == [[b"1"]]


def test_an_idle_taker_is_woken_by_the_end():
    orderer = EmbeddedOrderer(10, 10)
    taker = Thread(target=lambda: orderer.take(None))
    taker.start()
    orderer.stop()
    taker.join(PATIENCE_S)
    assert not taker.is_alive()


def test_after_a_stop_nothing_new_and_everything_old():
    orderer = EmbeddedOrderer(10, 1)
    orderer.offer([b"1"])
    orderer.offer([b"2"])
    assert not orderer.drained
    orderer.stop()
    with pytest.raises(Stopping):
        orderer.offer([b"3"])
    assert not orderer.drained
    assert [taken(orderer), taken(orderer)] == [[[b"1"]], [[b"2"]]]
    assert orderer.drained


def test_whoever_waits_when_all_is_dropped_hears_why():
    orderer = EmbeddedOrderer(10, 10)
    waiting = [orderer.offer([b"1"]), orderer.offer([b"2"])]
    orderer.drop_all(Stopping("the disk is gone"))
    for answers in waiting:
        with pytest.raises(Stopping, match="the disk is gone"):
            answers.result(PATIENCE_S)
    assert (orderer.depth, orderer.drained) == (0, True)
    with pytest.raises(Stopping):
        orderer.offer([b"3"])


def test_what_was_taken_cannot_be_cancelled():
    """A command on its way cannot be called back; whoever thinks it was would do it twice."""
    answers = EmbeddedOrderer(10, 10).offer([b"1"])
    assert not answers.cancel()
