"""An operator who holds the log's key and lies: each lie is found, and its place named.

The operator here rebuilds tree, tiles and checkpoint over whatever entries suit him, and signs them properly.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cardtrail.audit.tree import TreeReplay
from cardtrail.ledger.apply import TRANSITIONS
from cardtrail.ledger.change import Change
from cardtrail.ledger.invariants import InvariantBroken
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import VerifierKey
from cardtrail.wire import commands
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import BODY_CODEC
from cardtrail.wire.entries import ENTRY_CODEC, encode_entry
from cardtrail.wire.signed import SIGNED_CODEC, Signed
from tests.audit.ledgers import (
    ORIGIN,
    MemorySource,
    audit_source,
    checkpoint_note,
    is_seal,
)
from tests.ledger_world import HOUR_MS, digest, key, sign


def seals(entries):
    return [index for index, entry in enumerate(entries) if is_seal(entry)]


def shift(entry, by_ms):
    """The same command at another time."""
    old = ENTRY_CODEC.decode(entry)
    return encode_entry(old.time_ms + by_ms, old.signed)


def found(entries, **options):
    return [
        (flaw.place, flaw.entry_index) for flaw in audit_source(MemorySource(entries), **options).report.flaws
    ]


def text(entries):
    (flaw,) = audit_source(MemorySource(entries)).report.flaws
    return flaw.what


# History.


def rewritten(entries):
    """A refund, and what follows within that hour, a millisecond later: by itself as good a history as the true one."""
    seal = seals(entries)[1]
    moved = range(seal - 1, seal + 4)
    return [shift(entry, 1) if index in moved else entry for index, entry in enumerate(entries)]


def test_rewritten_history_shows_against_an_older_checkpoint(small_world):
    entries = small_world.entries
    first, second = (MemorySource(entries[: seal + 1]) for seal in seals(entries)[:2])
    changed = rewritten(entries)
    assert found(changed) == []
    older = [("Monday's checkpoint", first.note), ("Tuesday's checkpoint", second.note)]
    assert found(changed, older=older) == [("Tuesday's checkpoint", None)]
    (flaw,) = audit_source(MemorySource(changed), older=older).report.flaws
    assert f"one of the entries {seals(entries)[0] + 1} to {seals(entries)[1]} was changed" in flaw.what


def test_rewritten_history_is_not_found_without_comparing_roots(small_world, monkeypatch):
    older = [
        ("Tuesday's checkpoint", MemorySource(small_world.entries[: seals(small_world.entries)[1] + 1]).note)
    ]
    assert found(rewritten(small_world.entries), older=older)
    monkeypatch.setattr(TreeReplay, "_compare_roots", lambda self, size: None)
    assert not found(rewritten(small_world.entries), older=older)


def test_a_dropped_tail(small_world):
    whole, cut = small_world.entries, small_world.entries[: seals(small_world.entries)[1] + 1]
    older = [("yesterday's checkpoint", MemorySource(whole).note)]
    (flaw,) = audit_source(MemorySource(cut), older=older).report.flaws
    assert (flaw.place, flaw.what) == (
        "yesterday's checkpoint",
        f"it covers {len(whole)} entries, but the log ends at {len(cut)}: entries were dropped",
    )


def test_an_older_checkpoint_by_somebody_else_proves_nothing(small_world):
    forged = checkpoint_note(5, digest("root"), SecretKey(digest("somebody")))
    (flaw,) = audit_source(MemorySource(small_world.entries), older=[("a rumour", forged)]).report.flaws
    assert flaw.place == "a rumour"
    assert "not signed by" in flaw.what


def test_two_versions_of_history(small_world):
    """The log's key signed both; whoever kept the other one has the proof."""
    true, lie = MemorySource(small_world.entries), MemorySource(rewritten(small_world.entries))
    for shown, kept in ((true, lie), (lie, true)):
        flaws = audit_source(shown, older=[("the other note", kept.note)]).report.flaws
        assert "the other note" in [flaw.place for flaw in flaws]


def test_two_versions_of_different_sizes(small_world):
    entries = small_world.entries
    lie = MemorySource(rewritten(entries)[: seals(entries)[1] + 1])
    (flaw,) = audit_source(MemorySource(entries), older=[("an early note", lie.note)]).report.flaws
    assert flaw.place == "an early note"
    assert "another root than it signs" in flaw.what


def test_one_history_is_consistent(world):
    old = MemorySource(world.entries[: seals(world.entries)[2] + 1])
    report = audit_source(MemorySource(world.entries), older=[("old", old.note)]).report
    assert report.sound
    assert report.checked.checkpoints == 2


# Entries.


def resealed(entries, index, **changes):
    """A seal that states something else."""
    old = ENTRY_CODEC.decode(entries[index])
    body = replace(BODY_CODEC.decode(SIGNED_CODEC.decode(old.signed).body), **changes)
    forged = encode_entry(old.time_ms, encode(Signed(encode(body), (), None)))
    return [*entries[:index], forged, *entries[index + 1 :]]


@pytest.mark.parametrize("field", ["register_root", "cards", "totals", "entry", "network"])
def test_a_forged_seal(small_world, field):
    index = seals(small_world.entries)[1]
    lie = {"register_root": digest("x"), "cards": 1, "totals": (), "entry": 0, "network": bytes(16)}[field]
    assert found(resealed(small_world.entries, index, **{field: lie})) == [(f"entry {index}", index)]


def test_a_forged_seal_passes_without_the_rule(small_world, monkeypatch):
    index = seals(small_world.entries)[1]
    forged = resealed(small_world.entries, index, register_root=digest("x"))
    assert "seal_mismatch" in text(forged)
    monkeypatch.setitem(TRANSITIONS, commands.Seal, lambda *_: Change(seals=True))
    assert found(forged) == []


def test_reordered_entries(small_world):
    entries = list(small_world.entries)
    index = seals(entries)[0] + 6  # redeem and refund of one card
    assert index + 1 not in seals(entries)
    entries[index], entries[index + 1] = entries[index + 1], entries[index]
    assert found(entries) == [(f"entry {index}", index)]


def test_a_left_out_entry(small_world):
    index = seals(small_world.entries)[0] + 1
    entries = [*small_world.entries[:index], *small_world.entries[index + 1 :]]
    ((place, at),) = found(entries)
    assert place == f"entry {at}"
    assert at >= index


def test_a_repeated_entry(small_world):
    index = seals(small_world.entries)[0] + 1
    entries = [*small_world.entries[: index + 1], *small_world.entries[index:]]
    assert found(entries) == [(f"entry {index + 1}", index + 1)]


def test_a_command_nobody_signed(small_world):
    entries = list(small_world.entries)
    index = seals(entries)[0] + 1
    old = ENTRY_CODEC.decode(entries[index])
    body = BODY_CODEC.decode(SIGNED_CODEC.decode(old.signed).body)
    stolen = replace(body, owner=key("operator").public)
    signed = replace(SIGNED_CODEC.decode(old.signed), body=encode(stolen))
    entries[index] = encode_entry(old.time_ms, encode(signed))
    assert found(entries) == [(f"entry {index}", index)]
    assert "bad_signature" in text(entries)


def test_a_command_the_wrong_one_signed(small_world):
    entries = list(small_world.entries)
    index = seals(entries)[0] + 1
    old = ENTRY_CODEC.decode(entries[index])
    body = BODY_CODEC.decode(SIGNED_CODEC.decode(old.signed).body)
    entries[index] = encode_entry(old.time_ms, sign(body, [key("operator")]))
    assert "not_owner" in text(entries)


def test_time_that_goes_back(small_world):
    entries = list(small_world.entries)
    index = seals(entries)[0] + 1
    entries[index] = shift(entries[index], -2 * HOUR_MS)
    assert found(entries) == [(f"entry {index}", index)]
    assert "before the entry before it" in text(entries)


@pytest.mark.parametrize(
    ("by_ms", "reason"), [(2 * HOUR_MS, "command_expired"), (-8 * 24 * HOUR_MS, "expiry_too_far")]
)
def test_a_time_the_command_does_not_allow(small_world, by_ms, reason):
    entries = [shift(entry, by_ms) for entry in small_world.entries]
    assert found(entries) == [("entry 0", 0)]
    assert reason in text(entries)


def test_bytes_that_are_no_entry(small_world):
    entries = [*small_world.entries[:12], b"\xc1", *small_world.entries[13:]]
    assert found(entries) == [("entry 12", 12)]
    long_form = b"\x92\xcf" + bytes(8) + entries[3][10:]
    assert found([*entries[:3], long_form, *entries[4:]]) == [("entry 3", 3)]


def test_a_checkpoint_that_does_not_end_with_a_seal(small_world):
    end = seals(small_world.entries)[1]
    entries = small_world.entries[:end]
    assert found(entries) == [(f"entry {end - 1}", end - 1)]
    assert "not a seal" in text(entries)
    whole = MemorySource(small_world.entries)
    older = [("noon", MemorySource(entries).note)]
    assert found(small_world.entries, older=older) == [(f"entry {end - 1}", end - 1)]
    assert audit_source(whole).report.sound


def test_an_entry_of_another_network(small_world):
    other = type(small_world).open(network=bytes(16))
    entries = [*other.entries, *small_world.entries[len(other.entries) :]]
    index = len(other.entries)
    assert found(entries) == [(f"entry {index}", index)]
    assert "wrong_network" in text(entries)


# Tiles and checkpoint.


def test_a_checkpoint_by_another_key(small_world):
    source = MemorySource(small_world.entries)
    (flaw,) = audit_source(source, VerifierKey(ORIGIN, key("ann").public)).report.flaws
    assert flaw.place == "checkpoint"


def test_no_checkpoint(small_world):
    source = MemorySource(small_world.entries)
    del source.files["checkpoint"]
    report = audit_source(source).report
    assert [flaw.place for flaw in report.flaws] == ["checkpoint"]
    assert report.size == report.checked.entries == 0


@pytest.mark.parametrize("path", ["tile/0/000", "tile/1/000.p/2", "tile/0/001"])
def test_a_missing_tile(world, path):
    source = MemorySource(world.entries)
    del source.files[path]
    level, n = path.removeprefix("tile/").split(".")[0].split("/")
    flaws = audit_source(source).report.flaws
    assert [(flaw.place, flaw.what) for flaw in flaws] == [(f"tile {level}/{int(n)}", "it is missing")]


def test_a_missing_bundle(world):
    source = MemorySource(world.entries)
    del source.files["tile/entries/001"]
    report = audit_source(source).report
    assert [(flaw.place, flaw.entry_index) for flaw in report.flaws] == [("entry 256", 256)]
    assert report.checked.entries == 256


def test_an_unreadable_source(small_world):
    class Broken(MemorySource):
        def read(self, path):
            if path.startswith("tile/entries"):
                raise ConnectionError("refused")
            return super().read(path)

    (flaw,) = audit_source(Broken(small_world.entries)).report.flaws
    assert flaw.entry_index == 0
    assert "refused" in flaw.what


def test_several_bad_tiles_are_all_named(world):
    source = MemorySource(world.entries)
    for path in ("tile/0/000", "tile/0/001"):
        data = bytearray(source.files[path])
        data[40] ^= 1
        source.files[path] = bytes(data)
    flaws = audit_source(source).report.flaws
    assert [(flaw.place, flaw.entry_index) for flaw in flaws] == [("tile 0/0", 1), ("tile 0/1", 257)]


def test_tiles_over_other_entries_than_those_served(world):
    """The checkpoint and the tiles are of the true log, an entry is not."""
    source = MemorySource(world.entries)
    entries = list(world.entries)
    entries[300] = shift(entries[300], 1)
    source.files["tile/entries/001"] = MemorySource(entries).files["tile/entries/001"]
    flaws = audit_source(source).report.flaws
    assert [(flaw.place, flaw.entry_index) for flaw in flaws] == [("entry 300", 300)]


# What the audit leans on.


def test_the_cards_as_a_whole_are_checked(small_world, monkeypatch):
    """A bug in the rules that loses value: `check_state` notices what no single command shows."""
    source = MemorySource(small_world.entries)
    monkeypatch.setattr("cardtrail.audit.rules.check_state", _broken)
    (flaw,) = audit_source(source).report.flaws
    assert flaw.place == "the cards as a whole"


def _broken(*_):
    raise InvariantBroken("value was lost")


def test_a_broken_invariant_names_the_entry(small_world, monkeypatch):
    monkeypatch.setattr("cardtrail.ledger.apply.check_change", _broken)
    assert found(small_world.entries) == [("entry 0", 0)]
    assert "invariant" in text(small_world.entries)


def test_signatures_are_really_verified(small_world):
    class Gullible:
        def submit(self, jobs):
            self.jobs = jobs
            return self

        def result(self):
            return [True] * len(self.jobs)

    entries = list(small_world.entries)
    index = seals(entries)[0] + 1
    old = ENTRY_CODEC.decode(entries[index])
    signed = SIGNED_CODEC.decode(old.signed)
    forged = replace(signed, signatures=(replace(signed.signatures[0], signature=bytes(64)),))
    entries[index] = encode_entry(old.time_ms, encode(forged))
    assert found(entries) == [(f"entry {index}", index)]
    assert found(entries, verifier=Gullible()) == []
