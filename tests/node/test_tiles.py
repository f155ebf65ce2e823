"""The log's static paths out of the store, and exported as files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.tiles import TileNodes, decode_bundle, entries_path, parse_path, tile_path
from cardtrail.node.directory import Directory
from cardtrail.node.store import Store, StoreError, Writes
from cardtrail.node.tiles import StoreTiles, export_tiles
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import sign_note

KEY = SecretKey(bytes(range(32)))
ORIGIN = "cardtrail.test/tiles"


class Log:
    """A store with a log of made-up entries, and checkpoints where a test asks for them."""

    def __init__(self, path, size, word="entry"):
        self.word = word
        self.store = Store.create(path)
        self.tree = LogTree()
        self.entries = []
        self.grow(size)

    def grow(self, size):
        first = len(self.entries)
        new = [f"{self.word} {index}".encode() for index in range(first, size)]
        self.entries += new
        self.tree.extend(map(leaf_hash, new))
        rows = [(first + place, entry, None) for place, entry in enumerate(new)]
        self.store.commit(Writes(entries=rows, tiles=self.tree.take_full_tiles()))

    def sign(self):
        note = sign_note(Checkpoint(ORIGIN, self.tree.size, self.tree.root()).encode(), ORIGIN, KEY)
        self.store.put_checkpoint(self.tree.size, note)


@pytest.fixture
def log(tmp_path):
    made = Log(tmp_path / "ledger.db", 600)
    made.sign()
    yield made
    made.store.close()


def test_every_tile_of_every_size(log):
    """Any checkpoint's tiles can be asked for, and give its root: at the latest size, and at sizes long past."""
    tiles = StoreTiles(log.store)
    for size in (1, 2, 255, 256, 257, 511, 512, 513, 599, 600):
        expected = LogTree()
        expected.extend(map(leaf_hash, log.entries[:size]))
        assert LogTree.load(size, tiles.tile).root() == expected.root()
        nodes = TileNodes(size, tiles.tile)
        assert nodes(0, size - 1) == leaf_hash(log.entries[size - 1])
        full, width = divmod(size, 256)
        if width:
            assert (
                decode_bundle(tiles.read(entries_path(full, width)), width) == log.entries[full * 256 : size]
            )
            assert tiles.read(tile_path(0, full, width)) == expected.partial_tile(0, full, width)
        if full:
            assert tiles.read(tile_path(1, 0, full)) == expected.partial_tile(1, 0, full)


def test_nothing_beyond_the_checkpoint(log):
    log.grow(800)
    tiles = StoreTiles(log.store)
    assert tiles.size == 600
    assert tiles.read("tile/0/002.p/88") is not None
    for path in (
        "tile/0/002.p/89",
        "tile/0/002",
        "tile/entries/002.p/89",
        "tile/entries/002",
        "tile/1/000.p/3",
    ):
        assert tiles.read(path) is None
    log.sign()
    for path in ("tile/0/002.p/89", "tile/0/002", "tile/entries/002", "tile/1/000.p/3"):
        assert tiles.read(path) is not None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0/2",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/00/000",
        "tile/9/000",
        "../x",
        "log.vkey",
    ],
)
def test_other_paths_are_not_there(log, path):
    assert StoreTiles(log.store).read(path) is None


def test_without_a_checkpoint_there_is_nothing(tmp_path):
    log = Log(tmp_path / "new.db", 3)
    tiles = StoreTiles(log.store)
    assert (tiles.size, tiles.read("checkpoint"), tiles.read("tile/0/000.p/1")) == (0, None, None)
    with pytest.raises(StoreError, match="no checkpoint"):
        export_tiles(log.store, tmp_path / "out", "key\n")
    log.store.close()


def test_rows_that_are_missing(log, tmp_path):
    log.store._db.execute("DELETE FROM tiles WHERE n = 1")
    log.store._db.execute("DELETE FROM entries WHERE idx = 590")
    tiles = StoreTiles(log.store)
    assert tiles.read("tile/0/001") is None
    assert tiles.read("tile/entries/002.p/88") is None
    with pytest.raises(StoreError, match="0/1"):
        tiles.tile(0, 1, 256)
    with pytest.raises(StoreError):
        export_tiles(log.store, tmp_path / "out", "key\n")
    assert not (tmp_path / "out/checkpoint").exists()


def files(out):
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()}


def test_the_files_are_what_the_paths_answer(log, tmp_path):
    told = []
    assert export_tiles(log.store, tmp_path / "out", "key\n", lambda *progress: told.append(progress)) == 600
    written = files(tmp_path / "out")
    assert written.pop("log.vkey") == b"key\n"
    tiles = StoreTiles(log.store)
    assert {path: tiles.read(path) for path in written} == written
    assert sorted(written) == [
        "checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2",
        "tile/entries/000", "tile/entries/001", "tile/entries/002.p/88",
    ]  # fmt: skip
    assert told == [(done, 4) for done in range(1, 5)]


def test_a_second_export_adds_what_is_new(log, tmp_path):
    out = tmp_path / "out"
    export_tiles(log.store, out, "key\n")
    kept = (out / "tile/0/000").stat()
    log.grow(900)
    log.sign()
    told = []
    assert export_tiles(log.store, out, "key\n", lambda *progress: told.append(progress)) == 900
    assert len(told) == 3
    assert (out / "tile/0/000").stat() == kept
    export_tiles(log.store, tmp_path / "fresh", "key\n")
    more = files(out)
    assert more.pop(
        "tile/1/000.p/2"
    )  # Still a partial tile's beginning: readers of the older checkpoint want it.
    assert more == files(tmp_path / "fresh")
    told.clear()
    assert export_tiles(log.store, out, "key\n", lambda *progress: told.append(progress)) == 900
    assert told == []


def test_an_interrupted_export_goes_on(log, tmp_path):
    out = tmp_path / "out"

    class StopError(Exception):
        pass

    def stop(done, total):
        if done == 2:
            raise StopError

    with pytest.raises(StopError):
        export_tiles(log.store, out, "key\n", stop)
    assert not (out / "checkpoint").exists()
    left = [path for path in files(out) if not path.startswith(".draft/")]
    assert left
    assert all(parse_path(path) for path in left), (
        "an audit takes every file under tile/ for one of the log's"
    )
    export_tiles(log.store, out, "key\n")
    export_tiles(log.store, tmp_path / "fresh", "key\n")
    assert files(out) == files(tmp_path / "fresh")


def test_a_crash_within_a_file_leaves_nothing_among_the_logs_files(log, tmp_path, monkeypatch):
    out, replace = tmp_path / "out", Path.replace

    def killed(self, target):
        if "tile/1" in str(target):
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            export_tiles(log.store, out, "key\n")
    left = files(out)
    assert [path for path in left if parse_path(path) is None] == [".draft/file"]
    export_tiles(log.store, out, "key\n")
    export_tiles(log.store, tmp_path / "fresh", "key\n")
    assert files(out) == files(tmp_path / "fresh")


def test_a_damaged_checkpoint_has_all_written_again(log, tmp_path):
    out = tmp_path / "out"
    export_tiles(log.store, out, "key\n")
    good = files(out)
    (out / "checkpoint").write_bytes(b"\xff")
    (out / "tile/0/000").write_bytes(b"damaged")
    export_tiles(log.store, out, "key\n")
    assert files(out) == good


def test_another_logs_folder_is_left_alone(log, tmp_path):
    out = tmp_path / "out"
    other = Log(tmp_path / "other.db", 300, "another")
    other.sign()
    export_tiles(other.store, out, "key\n")
    good = files(out)
    with pytest.raises(StoreError, match="another log"):
        export_tiles(log.store, out, "key\n")
    assert files(out) == good
    other.store.close()


def test_a_disk_that_refuses(log, tmp_path):
    (tmp_path / "out").write_text("a file, where a folder should be")
    with pytest.raises(StoreError, match="cannot be exported"):
        export_tiles(log.store, tmp_path / "out", "key\n")


def test_a_level_two_tile(tmp_path):
    """65,536 entries fill a tile of level 1; the partial tile above is made of it."""
    log = Log(tmp_path / "ledger.db", 65_540)
    log.sign()
    tiles = StoreTiles(log.store)
    assert tiles.read("tile/2/000.p/1") == log.tree.partial_tile(2, 0, 1)
    assert tiles.read("tile/1/000") == log.store.tile(1, 0)
    assert tiles.read("tile/1/001.p/1") is None
    assert LogTree.load(65_540, tiles.tile).root() == log.tree.root()
    log.store.close()


def test_the_directory_and_the_export_have_the_same_key(tmp_path):
    directory = Directory.create(tmp_path / "ledger", ORIGIN)
    assert directory.vkey_file.read_text() == directory.vkey().encode() + "\n"
    shutil.rmtree(directory.path)
