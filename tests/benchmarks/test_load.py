"""The load generator: every request is answered once, and what is not an answer ends the run."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from itertools import chain

import pytest

from cardtrail.cli.benching import node_process
from cardtrail.cli.benching.figures import BenchError, percentile_ms
from cardtrail.cli.benching.load import drive, get, part, submission
from cardtrail.cli.benching.node_process import NodeProcess
from cardtrail.cli.benching.stock import prepare
from tests.benchmarks.processes import children


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    stock = prepare(tmp_path_factory.mktemp("load") / "ledger", 3)
    with NodeProcess(stock.directory) as process:
        yield process


def test_every_request_of_every_stream_is_answered_in_its_turn(node):
    streams = [[get(f"/v1/cards/{serial}")] * 3 for serial in range(3)]
    told = []

    timed = drive(node.address, streams, lambda request, body: told.append((request, json.loads(body))))

    assert timed.count == len(told) == len(timed.each_s) == 9
    for request, answer in told:
        assert request == get(f"/v1/cards/{answer['card']['serial']}")


def test_another_status_than_200_ends_the_run(node):
    with pytest.raises(BenchError, match="404"):
        drive(node.address, [[get("/v1/cards/99")]], lambda *_: None)
    with pytest.raises(BenchError, match="422"):
        drive(node.address, [[submission([b"no command"])]], lambda *_: None)


def test_a_node_that_hangs_up_ends_the_run():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(100)
            connection.close()

        other_side = threading.Thread(target=hang_up)
        other_side.start()
        with pytest.raises(BenchError, match="hung up"):
            drive(listener.getsockname(), [[get("/")]], lambda *_: None)
        other_side.join()


def test_answers_in_pieces_are_put_together():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes":
                connection.sendall(bytes((byte,)))
            connection.recv(1000)
            connection.close()

        other_side = threading.Thread(target=answer)
        other_side.start()
        told = []
        drive(listener.getsockname(), [[get("/")]], lambda _, body: told.append(body))
        other_side.join()
    assert told == [b"yes"]


def test_parts_make_up_the_whole():
    streams = [list(range(10)), list(range(4)), []]
    parts = [part(streams, number, 3) for number in range(3)]
    assert [list(chain.from_iterable(piece[place] for piece in parts)) for place in range(3)] == streams


def test_percentiles_are_nearest_ranks():
    each_s = [number / 1000 for number in range(100, 0, -1)]
    assert percentile_ms(each_s, 50) == pytest.approx(50)
    assert percentile_ms(each_s, 99) == pytest.approx(99)
    assert percentile_ms([0.25], 99) == pytest.approx(250)
    assert percentile_ms([], 50) is None


def test_a_node_that_cannot_start_is_said_and_leaves_nothing(tmp_path):
    stock = prepare(tmp_path / "ledger", 1)
    stock.directory.database.write_bytes(b"no ledger")
    before = children()
    with pytest.raises(BenchError, match="did not start"), NodeProcess(stock.directory):
        pass
    assert children() == before


def test_a_node_ends_when_its_parent_is_gone(tmp_path):
    """Its standard input closes then, whatever became of the parent."""
    stock = prepare(tmp_path / "ledger", 1)
    command = [sys.executable, "-m", node_process.__name__, str(stock.directory.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b"http://127.0.0.1:")
        process.stdin.close()
        assert process.wait(60) == 0


def test_the_peak_of_memory_is_the_nodes(node):
    peak_bytes = node.peak_bytes()
    assert peak_bytes is None or 1 << 24 < peak_bytes < 1 << 30
