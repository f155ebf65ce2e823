"""One byte flipped anywhere is found, and the place is named."""

from __future__ import annotations

import random

import pytest

from cardtrail.audit.source import DirectorySource, check_partials, read_vkey
from cardtrail.merkle.tiles import decode_bundle
from cardtrail.node.damage import damaged_frames, damaged_places
from cardtrail.node.store import PAGE_BYTES, Store, Writes
from cardtrail.node.tiles import export_tiles
from cardtrail.signing.notes import NoteError
from tests.audit.ledgers import RememberingVerifier, audit_directory, audit_export, build_directory


@pytest.fixture(scope="module")
def verifier():
    return RememberingVerifier()


@pytest.fixture(scope="module")
def small(tmp_path_factory, small_world):
    path = tmp_path_factory.mktemp("small")
    directory = build_directory(path / "ledger", small_world)
    store = Store(directory.database, readonly=True)
    export_tiles(store, path / "out", directory.vkey_file.read_text())
    store.close()
    return directory, path / "out"


def flips(file, offsets, seed=7):
    """Flip one byte after the other, each to some other value, and put it back."""
    good = file.read_bytes()
    rng = random.Random(seed)
    for offset in offsets if offsets is not None else range(len(good)):
        bad = bytearray(good)
        bad[offset] ^= rng.randrange(1, 256)
        file.write_bytes(bad)
        yield offset
    file.write_bytes(good)


def sample(file, count, seed=3):
    size = file.stat().st_size
    return sorted(random.Random(seed).sample(range(size), min(count, size)))


def test_every_byte_of_the_verifier_key(small):
    _, out = small
    for offset in flips(out / "log.vkey", None):
        changed = (out / "log.vkey").read_bytes()
        with pytest.raises(NoteError):
            read_vkey(changed)
        assert offset < len(changed)


def test_every_byte_of_the_checkpoint(small, verifier):
    _, out = small
    for offset in flips(out / "checkpoint", None):
        flaws = audit_export(out, verifier=verifier).report.flaws
        assert [flaw.place for flaw in flaws] == ["checkpoint"], offset


def test_every_byte_of_a_tile(small, verifier):
    _, out = small
    (tile,) = (out / "tile/0").rglob("0*.p/*")
    for offset in flips(tile, None):
        flaws = audit_export(out, verifier=verifier).report.flaws
        assert [(flaw.place, flaw.entry_index) for flaw in flaws] == [("tile 0/0", offset // 32)], offset


def test_the_entries_of_a_bundle(small, verifier):
    """Whatever is flipped, a time, a signature, a length, the entry it belongs to is the one that is named."""
    _, out = small
    (bundle,) = (out / "tile/entries").rglob("0*.p/*")
    owner = []
    for index, entry in enumerate(decode_bundle(bundle.read_bytes(), int(bundle.name))):
        owner += [index] * (2 + len(entry))
    for offset in flips(bundle, sample(bundle, 2500)):
        flaws = audit_export(out, verifier=verifier).report.flaws
        assert [(flaw.place, flaw.entry_index) for flaw in flaws] == [
            (f"entry {owner[offset]}", owner[offset])
        ], offset


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001", "tile/1/000.p/2", "tile/entries/001"])
def test_the_tiles_of_a_larger_log(export, verifier, path):
    place = f"tile {path.split('/')[1]}/{int(path.split('/')[2][:3])}"
    for offset in flips(export / path, sample(export / path, 40)):
        flaws = audit_export(export, verifier=verifier).report.flaws
        assert len(flaws) == 1, offset
        if "entries" in path:
            assert 256 <= flaws[0].entry_index < 512
            assert flaws[0].place == f"entry {flaws[0].entry_index}"
        else:
            assert flaws[0].place == place


def test_partial_tiles_kept_for_earlier_checkpoints(small, verifier):
    _, out = small
    (bundle,) = (out / "tile/entries").rglob("0*.p/*")
    (tile,) = (out / "tile/0").rglob("0*.p/*")
    older_tile, older_bundle = tile.with_name("3"), bundle.with_name("3")
    older_tile.write_bytes(tile.read_bytes()[:96])
    first_three = sum(2 + len(entry) for entry in decode_bundle(bundle.read_bytes(), int(bundle.name))[:3])
    older_bundle.write_bytes(bundle.read_bytes()[:first_three])
    size = audit_export(out, verifier=verifier).report.size
    source = DirectorySource(out)
    try:
        assert list(check_partials(source, size)) == []
        for file in (older_tile, older_bundle):
            for offset in flips(file, None):
                assert [flaw.place for flaw in check_partials(source, size)] == [
                    file.relative_to(out).as_posix()
                ], offset
        (tile.parent / "surprise").write_bytes(b"")
        assert [flaw.place for flaw in check_partials(source, size)] == ["tile/0/000.p/surprise"]
    finally:
        for file in (older_tile, older_bundle, tile.parent / "surprise"):
            file.unlink(missing_ok=True)


def test_the_database(small):
    """Page checksums find it; the page and, where the file can still be walked, the table are named."""
    directory, _ = small
    file = directory.database
    assert damaged_places(file) == []
    named = 0
    for offset in flips(file, [*range(100), *sample(file, 3000)]):
        places = damaged_places(file)
        assert len(places) == 1, offset
        assert places[0].split(",")[0] == f"page {offset // PAGE_BYTES + 1} of ledger.db", offset
        named += "table" in places[0]
    assert named > 2500
    assert damaged_places(file) == []


def test_the_checkpoint_file_of_a_directory(small, verifier):
    directory, _ = small
    for offset in flips(directory.checkpoint, None):
        flaws = audit_directory(directory, verifier=verifier).report.flaws
        assert [flaw.place for flaw in flaws] == ["the file `checkpoint`"], offset


@pytest.fixture
def wal(tmp_path):
    """The write-ahead log of a ledger whose node was killed: 40 transactions that are not in the file itself yet."""
    store = Store.create(tmp_path / "ledger.db")
    for index in range(40):
        store.commit(Writes(entries=[(index, bytes(50), None)], meta={"head": bytes(20)}))
    wal = tmp_path / "ledger.db-wal"
    copy = tmp_path / "copy-wal"
    copy.write_bytes(wal.read_bytes())
    store.close()
    return copy


def test_the_write_ahead_log(wal):
    """SQLite takes a log to end at the first bad frame, and would forget what follows without a word."""
    assert damaged_frames(wal) == []
    frame = 24 + PAGE_BYTES
    frames = (wal.stat().st_size - 32) // frame
    for offset in flips(wal, range(32)):
        assert damaged_frames(wal) == ["the head of copy-wal"], offset
    # Up to the last transaction; that one could as well be a write that was cut off.
    for offset in flips(wal, sorted(random.Random(5).sample(range(32, 32 + (frames - 5) * frame), 250))):
        assert damaged_frames(wal) == [f"frame {(offset - 32) // frame + 1} of copy-wal"], offset


def test_a_write_that_was_cut_off_is_no_damage(wal):
    whole = wal.read_bytes()
    for cut in (1, 24, 100, PAGE_BYTES, PAGE_BYTES + 24, PAGE_BYTES + 60):
        wal.write_bytes(whole[:-cut])
        assert damaged_frames(wal) == []
        wal.write_bytes(whole[:-cut] + bytes(cut))
        assert damaged_frames(wal) == []
    wal.write_bytes(b"")
    assert damaged_frames(wal) == []
