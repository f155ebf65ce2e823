"""A ledger as it should be passes, and the report says what was checked."""

from __future__ import annotations

import json

from cardtrail.audit.report import Flaw, Report, damage_report
from cardtrail.audit.source import DirectorySource, FetchedSource
from cardtrail.merkle.pyramid import TILE_WIDTH
from cardtrail.signing.pool import VerifierPool
from cardtrail.wire.commands import KINDS
from tests.audit import ledgers
from tests.audit.ledgers import (
    VKEY,
    MemorySource,
    audit_directory,
    audit_export,
    audit_source,
    build_directory,
)
from tests.ledger_world import DAY_MS, HOUR_MS, START_MS


def test_every_kind_of_command_is_replayed(small_world):
    report = audit_source(MemorySource(small_world.entries)).report
    assert report.sound
    assert set(report.checked.kinds) == set(KINDS)
    assert report.checked.entries == sum(report.checked.kinds.values()) == len(small_world.entries)
    assert report.checked.cards == len(small_world.cards)
    assert report.totals == (small_world.totals(),)
    assert report.deposits == tuple(small_world.state.deposits.values())
    assert (report.first_ms, report.last_ms) == (START_MS, START_MS + HOUR_MS + 1 + DAY_MS)
    assert report.network == small_world.network


def test_signatures_are_counted_once(small_world):
    # One for every command but seals, one more where two owners merge, and one of the clearer's.
    seals = len(small_world.roots)
    report = audit_source(MemorySource(small_world.entries)).report
    assert report.checked.signatures == len(small_world.entries) - seals + 2


def test_a_directory_and_its_export_pass(directory, export):
    inside, outside = audit_directory(directory).report, audit_export(export).report
    assert inside.flaws == outside.flaws == ()
    assert (inside.root, inside.size) == (outside.root, outside.size)
    assert outside.checked.rows == {}
    rows = inside.checked.rows
    assert rows["commands"] == rows["entries"] == inside.size
    assert rows["tiles"] == inside.size // TILE_WIDTH
    assert rows["cards"] == inside.checked.cards


def test_the_state_is_handed_out(small_world):
    audit = audit_source(MemorySource(small_world.entries))
    assert list(audit.cards.cards()) == [small_world.cards[serial] for serial in sorted(small_world.cards)]
    assert audit.cards.card(len(small_world.cards)) is None


def test_worker_processes_give_the_same_report(world):
    source = MemorySource(world.entries)
    with VerifierPool(2) as pool:
        assert ledgers.audit_log(source, VKEY, pool).report == audit_source(source).report


def test_entries_behind_the_checkpoint_are_replayed_too(tmp_path, small_world):
    unsealed = small_world.entries[:15]
    assert not ledgers.is_seal(unsealed[-1])
    directory = build_directory(tmp_path / "ledger", _World(unsealed))
    report = audit_directory(directory).report
    assert report.flaws == ()
    assert (report.size, report.beyond) == (report.checked.entries - report.beyond, 5)


class _World:
    def __init__(self, entries):
        self.entries = entries


def test_progress_reaches_its_end(world):
    told = []
    audit = audit_source(
        MemorySource(world.entries), on_progress=lambda done, total: told.append((done, total))
    )
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] == audit.report.size + audit.report.checked.cards


def test_a_fetched_log_passes(world):
    files = MemorySource(world.entries).files
    assert audit_source(FetchedSource(files.get)).report.sound


def test_a_log_that_dropped_its_partial_tiles_passes(world):
    """A web server may serve the full tile only, once the log has grown past an older checkpoint."""
    seal = max(index for index, entry in enumerate(world.entries[:300]) if ledgers.is_seal(entry))
    older, later = MemorySource(world.entries[: seal + 1]), MemorySource(world.entries)
    files = {**later.files, "checkpoint": older.files["checkpoint"]}
    assert seal % TILE_WIDTH != TILE_WIDTH - 1
    assert audit_source(FetchedSource(files.get)).report.sound


def test_older_checkpoints_are_prefixes(world):
    older = [
        (f"seal {index}", MemorySource(world.entries[: index + 1]).note)
        for index, entry in enumerate(world.entries)
        if ledgers.is_seal(entry)
    ]
    report = audit_source(MemorySource(world.entries), older=older).report
    assert report.sound
    assert report.checked.checkpoints == len(older) + 1


def test_a_directory_source_reads_nothing_but_the_log(export):
    (export.parent / "secret").write_text("secret")
    source = DirectorySource(export)
    assert source.read("checkpoint") is not None
    for path in ("../secret", "/etc/hostname", "tile/0/../../../secret", "tile", "secret", "", "tile/0/999"):
        assert source.read(path) is None


def test_the_report_in_json_and_text(world):
    report = audit_source(MemorySource(world.entries)).report
    assert json.loads(json.dumps(report.to_json()))["checked"]["entries"] == len(world.entries)
    assert report.lines()[-1] == "Sound: everything fits."
    bad = damage_report([Flaw("page 7", None, "damaged")])
    assert not bad.sound
    assert bad.lines()[-1].strip() == "page 7: damaged"
    assert bad.to_json()["flaws"] == [{"place": "page 7", "entry": None, "what": "damaged"}]
    assert isinstance(bad, Report)
