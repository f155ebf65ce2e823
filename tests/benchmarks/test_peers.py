"""The peers: the one that needs no installation, tiny; the others are left out and named where they are missing."""

from __future__ import annotations

import json

import pytest

from benchmarks import run_peers
from benchmarks.peers.sqlite import Sqlite

TINY = ["--records", "50", "--seconds", "0.01", "--rounds", "1", "--json"]


def test_sqlite_gives_figures_and_leaves_nothing(temporary, capsys):
    assert run_peers.main(["sqlite", *TINY]) == 0

    figures = json.loads(capsys.readouterr().out)
    assert [figure["work"] for figure in figures] == ["SQLite batches", "SQLite single"]
    for figure in figures:
        assert figure["rate_per_s"] > 0
        assert figure["ratio_to_v"] > 0
        assert "durable: yes" in figure["conditions"]
    assert list(temporary.iterdir()) == []


def test_a_change_is_whole_and_of_the_size_of_a_transfers(temporary):
    with Sqlite() as peer:
        peer.fill(5)
        assert peer._change(3) == 3
        rows = peer._db.execute(
            "SELECT length(entry), length(id) FROM entries JOIN commands USING (idx)"
        ).fetchall()
        assert rows == [(294, 32)] * 3
        assert peer._db.execute("SELECT count(*), max(length(record)) FROM cards").fetchall() == [(5, 66)]


@pytest.mark.parametrize("name", run_peers.PEERS)
def test_a_peer_that_is_missing_is_left_out_and_named(name, monkeypatch, capsys):
    peer = run_peers.PEERS[name]
    monkeypatch.setattr(peer, "missing", lambda _: "the package that brings it")

    assert run_peers.main([name, *TINY]) == 0

    captured = capsys.readouterr()
    assert json.loads(captured.out) == []
    assert f"{peer.name} is left out; it needs the package that brings it" in captured.err
