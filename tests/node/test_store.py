"""The file: its form, what it refuses to open, and that a commit is all or nothing."""

from __future__ import annotations

import sqlite3

import apsw
import pytest

from cardtrail.node import store as store_module
from cardtrail.node.engine import Engine
from cardtrail.node.store import PAGE_BYTES, Store, StoreError, Writes, damaged_pages
from cardtrail.signing.pool import VerifierPool
from tests.ledger_world import START_MS, key, terms
from tests.node.ledgers import Bench, founding

TABLES = ("authorities", "cards", "checkpoints", "commands", "entries", "meta", "products", "tiles")


@pytest.fixture
def path(tmp_path):
    """A closed ledger file with a sealed history."""
    bench = Bench(tmp_path / "ledger.db")
    _, commands = founding(40)
    bench.run(commands, seal=True)
    bench.store.close()
    return bench.path


def alter(path, sql, *bindings):
    """Change a ledger file behind the program's back, with checksums that fit."""
    store = Store(path)
    store._db.execute(sql, bindings)
    store.close()


def test_the_file_has_the_form_that_was_decided(path):
    store = Store(path)
    pragma = store._db.pragma
    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2, "FULL: a commit that returns survives loss of power"
    assert pragma("page_size") == PAGE_BYTES
    assert pragma("user_version") == 1
    assert pragma("checksum_verification") == "1"
    assert store._db.reserve_bytes("main") == 8
    tables = store._db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    assert tuple(name for (name,) in tables) == TABLES
    store.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["ledger.db"], "closed, it is one file"
    with sqlite3.connect(path) as inspector:  # Anybody's SQLite can look into it.
        assert inspector.execute("SELECT count(*) FROM cards").fetchone() == (40,)
    inspector.close()


def test_a_reader_cannot_write(path):
    reader = Store(path, readonly=True)
    with pytest.raises(StoreError, match="cannot be written"):
        reader.commit(Writes(meta={"head": b""}))
    with pytest.raises(StoreError, match="cannot be written"):
        reader.put_checkpoint(1, "note")
    reader.close()


def test_readers_see_commits_and_are_no_hindrance(path):
    writer, reader = Store(path), Store(path, readonly=True)
    writer.commit(Writes(meta={"more": b"1"}))
    assert reader.meta("more") == b"1"
    with reader._snapshot():
        again = Store(path)  # A start while somebody reads, such as a backup that takes an hour.
        again.commit(Writes(meta={"more": b"2"}))
        assert reader.meta("more") == b"1"
        again.close()
    assert reader.meta("more") == b"2"
    writer.close()
    reader.close()


@pytest.mark.parametrize(
    "writes",
    [
        Writes(meta={"new": b""}, entries=[(0, b"again", None)]),
        Writes(meta={"new": b""}, entries=[(99, b"", None)], commands=[(bytes(32), 99)] * 2),
        Writes(meta={"new": b""}, cards=[(0, b"card")], tiles=[(0, 0, b"")] * 2),
    ],
)
def test_a_commit_is_wholly_there_or_not_at_all(path, writes):
    store = Store(path)
    before = _everything(store)
    with pytest.raises(StoreError, match="cannot be written"):
        store.commit(writes)
    assert _everything(store) == before
    assert not store._db.in_transaction
    store.close()


def _everything(store):
    rows = {}
    for table in TABLES:
        rows[table] = list(store._db.execute(f"SELECT * FROM {table}"))
    return rows


def test_a_checkpoint_is_kept_once(path):
    store = Store(path)
    store.put_checkpoint(5, "five")
    with pytest.raises(StoreError, match="checkpoint cannot be written"):
        store.put_checkpoint(5, "another five")
    assert store.checkpoint() == (5, "five")
    store.put_checkpoint(7, "seven")
    assert list(store.checkpoints()) == [(5, "five"), (7, "seven")]
    assert store.checkpoint() == (7, "seven")
    store.close()


def test_what_is_not_a_ledger_is_refused(tmp_path, path):
    with pytest.raises(StoreError, match=r"there is no ledger at .*; make one with"):
        Store(tmp_path / "nowhere.db")
    with pytest.raises(StoreError, match="already"):
        Store.create(path)
    text = tmp_path / "text.db"
    text.write_bytes(b"not a database at all, but longer than its header would be" * 40)
    empty = tmp_path / "empty.db"
    empty.touch()
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE entries (idx INTEGER)")
    other.close()
    for file in (text, empty, foreign):
        before = file.read_bytes()
        with pytest.raises(StoreError):
            Store(file)
        assert file.read_bytes() == before, "and it is left as it was"


def test_another_format_is_refused(path):
    alter(path, "PRAGMA user_version = 2")
    with pytest.raises(StoreError, match="has format 2; this program reads format 1"):
        Store(path)


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_or_renamed_part_is_refused(path, table):
    alter(path, f"ALTER TABLE {table} RENAME TO {table}_old")
    with pytest.raises(StoreError, match=f"lacks a part: {table}$"):
        Store(path)


def test_every_changed_byte_is_found_by_its_page(path):
    whole = path.read_bytes()
    assert damaged_pages(path) == []
    for place in range(100, len(whole), 1031):
        changed = bytearray(whole)
        changed[place] ^= 0x40
        path.write_bytes(changed)
        assert damaged_pages(path) == [place // PAGE_BYTES + 1]
    path.write_bytes(whole[: -PAGE_BYTES // 2])
    assert damaged_pages(path) == [len(whole) // PAGE_BYTES]


def test_a_changed_byte_is_an_error_and_never_an_answer(path):
    """The page of a card: reading it fails, and the start names the page. Without the checksums both would go well."""
    whole = path.read_bytes()
    place = whole.index(key("ann").public) + 3
    changed = bytearray(whole)
    changed[place] ^= 1
    path.write_bytes(changed)
    reader = Store(path, readonly=True)
    with pytest.raises(apsw.IOError):
        list(reader.card_records())
    reader.close()
    store = Store(path)
    with pytest.raises(StoreError, match=f"damaged pages: {place // PAGE_BYTES + 1}"):
        Engine(store, VerifierPool(0))
    store.close()


def test_command_ids_are_found_across_buckets(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "BUCKET_ENTRIES", 3)
    bench = Bench(tmp_path / "ledger.db")
    world, commands = founding(3)
    world.pass_on(0, "bob")
    answers = bench.run(commands + world.take()).answers
    assert [bench.store.index_of(answer.id) for answer in answers] == list(range(9))
    assert bench.store.index_of(bytes(32)) is None
    assert list(bench.store.command_ids()) == [(answer.id, answer.index) for answer in answers]
    bench.store.close()


def test_a_command_at_the_edge_of_a_bucket_is_found_from_its_own_millisecond(tmp_path, monkeypatch):
    """The next bucket begins in the very millisecond in which the one before ends."""
    monkeypatch.setattr(store_module, "BUCKET_ENTRIES", 3)
    bench = Bench(tmp_path / "ledger.db")
    world, commands = founding(3)
    times = [START_MS, START_MS + 5]
    answers = bench.run(commands, time_ms=times[0]).answers
    world.pass_on(0, "bob")
    world.pass_on(1, "bob")
    answers += bench.run(world.take(), time_ms=times[1]).answers
    assert [answer.time_ms for answer in answers] == [times[0]] * 8 + [times[1]] * 2
    for answer in answers:
        assert bench.store.index_of(answer.id, answer.time_ms) == answer.index
    assert bench.store.index_of(answers[0].id, times[1]) is None, "that long ago it does not look"
    bench.store.close()


def test_many_cards_at_once_are_the_same_as_one_by_one(path):
    store = Store(path, readonly=True)
    found = store.cards([3, 0, 2**53 - 1, 3])
    assert found == {0: store.card(0), 3: store.card(3)}
    assert store.cards([]) == {}
    assert store.products()[0].terms == terms()
    store.close()
