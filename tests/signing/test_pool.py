"""Verification on several processes: answers in the right places, and no worker that outlives or fails unnoticed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from io import BytesIO

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.signing import pool as pool_module
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.pool import INLINE_JOBS, VerifierPool, WorkerDied
from cardtrail.signing.worker import LENGTH_BYTES, serve

KEY = SecretKey(bytes(range(32)))


def jobs_for(verdicts):
    """Jobs that are valid where the verdicts say so."""
    good = [(KEY.public, bytes((n % 256,)), KEY.sign(bytes((n % 256,)))) for n in range(len(verdicts))]
    return [
        job if verdict else (job[0], job[1] + b"x", job[2])
        for job, verdict in zip(good, verdicts, strict=True)
    ]


@pytest.fixture(scope="module")
def pool():
    with VerifierPool(2) as pool:
        yield pool


@given(st.lists(st.booleans(), max_size=40))
def test_each_answer_is_in_its_place(pool, verdicts):
    assert pool.submit(jobs_for(verdicts)).result() == verdicts


@pytest.mark.parametrize("count", [0, 1, INLINE_JOBS, INLINE_JOBS + 1, 100, 1001])
def test_however_many(pool, count):
    verdicts = [n % 3 > 0 for n in range(count)]
    ticket = pool.submit(jobs_for(verdicts))
    assert ticket.result() == verdicts
    assert ticket.result() == verdicts, "asked again, it answers the same"


def test_without_workers_the_caller_verifies():
    verdicts = [n % 2 > 0 for n in range(20)]
    assert VerifierPool(0).submit(jobs_for(verdicts)).result() == verdicts


def test_tickets_in_flight(pool):
    """Batches are handed in before the earlier ones were asked for, as the node does."""
    batches = [[(n * batch) % 5 > 0 for n in range(50)] for batch in range(1, 6)]
    tickets = [pool.submit(jobs_for(verdicts)) for verdicts in batches]
    assert [ticket.result() for ticket in tickets] == batches


def test_more_than_a_pipe_holds(pool):
    """Commands of the largest size, several times the pipe's buffer: sender and worker must not wait for each other."""
    message = bytes(65_000)
    good = (KEY.public, message, KEY.sign(message))
    assert pool.submit([good] * 200).result() == [True] * 200


GARBAGE = (bytes(32), b"", bytes(63))
"""Takes no time to refuse, and is long enough for the pipe of requests to fill as well."""


@pytest.mark.timeout(60)
def test_more_answers_than_a_pipe_holds():
    """64 KiB of answers that nobody has read yet must not keep a worker from reading what it is sent."""
    with VerifierPool(1) as pool:
        good = jobs_for([True])[0]
        tickets = [pool.submit([*[GARBAGE] * 70_000, good]) for _ in range(2)]
        for ticket in tickets:
            assert ticket.result() == [*[False] * 70_000, True]
        assert not pool._workers[0]._early
        assert pool._workers[0]._unread == 0


@pytest.mark.timeout(60)
@pytest.mark.parametrize("count", [100, 70_000])
def test_closing_does_not_wait_for_answers_to_be_read(count, monkeypatch):
    """Also where more of them are on their way than the pipe has room for."""
    monkeypatch.setattr(pool_module, "_MAX_UNREAD", 1 << 20)
    pool = VerifierPool(1)
    process = pool._workers[0]._process
    pool.submit([GARBAGE] * count)
    pool.close()
    assert process.returncode is not None


def test_one_message_signed_by_many_is_sent_once(monkeypatch):
    """A long command under many signatures would otherwise be as many long messages."""
    message, other = bytes(60_000), b"other"
    keys = [SecretKey(bytes((n,)) * 32) for n in range(16)]
    jobs = [(key.public, message, key.sign(message)) for key in keys]
    jobs += [(keys[0].public, other, keys[0].sign(other)), (keys[0].public, message, keys[0].sign(other))]
    sent = []
    with VerifierPool(1) as pool:
        write = pool._workers[0]._write
        monkeypatch.setattr(pool._workers[0], "_write", lambda body: (sent.append(len(body)), write(body)))
        assert pool.submit(jobs).result() == [*[True] * 17, False]
    assert sum(sent) < 2 * 60_000 + 18 * 110 + 100


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_workers_leave_it_to_their_parent_when_to_stop(number):
    """A service manager tells every process of a service; the parent still wants its last batch verified."""
    with VerifierPool(2) as pool:
        verdicts = [n % 3 > 0 for n in range(50)]
        assert pool.submit(jobs_for(verdicts)).result() == verdicts, "they have started"
        for worker in pool._workers:
            os.killpg(worker._process.pid, number)
        assert pool.submit(jobs_for(verdicts)).result() == verdicts
        processes = [worker._process for worker in pool._workers]
    assert [process.returncode for process in processes] == [0, 0], "they end when their input closes"


def test_workers_are_not_in_their_parents_group():
    """So that a signal to the group does not meet one that has not started yet."""
    with VerifierPool(1) as pool:
        assert os.getpgid(pool._workers[0]._process.pid) != os.getpgid(0)


def test_a_killed_worker_is_an_error():
    """Never an answer: what was not verified is neither valid nor invalid."""
    with VerifierPool(1) as pool:
        worker = pool._workers[0]
        worker._process.send_signal(signal.SIGKILL)
        worker._process.wait()
        with pytest.raises(WorkerDied):
            pool.submit(jobs_for([True] * 20)).result()


def test_a_worker_killed_after_it_was_asked_is_an_error():
    with VerifierPool(1) as pool:
        worker = pool._workers[0]
        worker._process.send_signal(signal.SIGSTOP)
        ticket = pool.submit(jobs_for([True] * 20))
        worker._process.send_signal(signal.SIGKILL)
        with pytest.raises(WorkerDied):
            ticket.result()


def test_closing_ends_the_workers():
    pool = VerifierPool(2)
    processes = [worker._process for worker in pool._workers]
    pool.close()
    assert [process.returncode for process in processes] == [0, 0]
    pool.close()


def test_workers_end_when_their_parent_is_killed():
    """A killed node must not leave processes behind. They share its standard error, which closes with the last of them:
    while one of them runs, this test waits."""
    program = (
        "import sys\n"
        "from cardtrail.signing.pool import VerifierPool\n"
        "pool = VerifierPool(2)\n"
        "print(*[worker._process.pid for worker in pool._workers], flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with parent:
        workers = [int(word) for word in parent.stdout.readline().split()]
        assert len(workers) == 2
        for worker in workers:
            os.kill(worker, 0)
        parent.kill()
        assert parent.stderr.read() == b""


def test_what_a_worker_does():
    """The protocol itself, in this process: requests until the input ends."""
    again = jobs_for([True])[0]
    repeated = [again, (again[0], None, again[2]), (again[0], None, bytes(64))]
    batches = [jobs_for([True, False]), [], jobs_for([False, True, True]), repeated]
    bodies = [msgspec.msgpack.encode(jobs) for jobs in batches]
    requests = b"".join(len(body).to_bytes(LENGTH_BYTES, "big") + body for body in bodies)
    answers = BytesIO()
    serve(BytesIO(requests), answers)
    assert answers.getvalue() == bytes((1, 0, 0, 1, 1, 1, 1, 0))
