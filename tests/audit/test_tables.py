"""A database changed by somebody who repairs the page checksums: the row is named."""

from __future__ import annotations

import apsw
import pytest
from msgspec.structs import replace

from cardtrail.audit.records import TableCheck
from cardtrail.ledger.head import HEAD_CODEC
from cardtrail.node.store import Store
from cardtrail.node.tiles import StoreTiles
from cardtrail.wire.codec import encode
from tests.audit.ledgers import audit_directory


def edit(directory, sql, *bindings):
    Store(directory.database).close()  # Loads the file system that keeps the page checksums right.
    db = apsw.Connection(str(directory.database), vfs="cksmvfs")
    db.execute(sql, bindings)
    assert db.changes() > 0
    db.close()


EDITS = {
    "card 3 in the table `cards`": "UPDATE cards SET record = zeroblob(80) WHERE serial = 3",
    "card 5 in the table `cards`": "DELETE FROM cards WHERE serial = 5",
    "the row 99 in the table `cards`": "INSERT INTO cards VALUES (99, x'00')",
    "the command of entry 6 in the table `commands`": "UPDATE commands SET id = zeroblob(32) WHERE idx = 6",
    "the command of entry 7 in the table `commands`": "DELETE FROM commands WHERE idx = 7",
    "entry 12 in the table `entries`": "UPDATE entries SET before = NULL WHERE idx = 12",
    "tile 0/1": "UPDATE tiles SET data = zeroblob(8192) WHERE level = 0 AND n = 1",
    "the row (3, 0) in the table `tiles`": "INSERT INTO tiles VALUES (3, 0, zeroblob(8192))",
    "product 1 in the table `products`": "DELETE FROM products WHERE product = 1",
    "role 2 in the table `authorities`": "DELETE FROM authorities WHERE role = 2",
}


@pytest.mark.parametrize("place", EDITS)
def test_a_changed_row(directory, place):
    edit(directory, EDITS[place])
    places = [flaw.place for flaw in audit_directory(directory).report.flaws]
    # The partial tile above a stored tile is not stored but made of it, so it is wrong with it.
    assert places == ([place, "tile 1/0"] if place == "tile 0/1" else [place])


def test_a_changed_row_is_not_found_without_comparing_tables(directory, monkeypatch):
    edit(directory, EDITS["card 3 in the table `cards`"])
    monkeypatch.setattr(TableCheck, "finish", lambda *_: [])
    assert audit_directory(directory).report.sound


def test_an_entry_behind_the_end(directory):
    edit(directory, "INSERT INTO entries VALUES (5000, x'00', NULL)")
    (flaw,) = audit_directory(directory).report.flaws
    assert flaw.place == "the row 5000 in the table `entries`"


def test_a_record_that_cannot_be_read(directory):
    edit(directory, "UPDATE products SET record = x'c1'")
    places = [flaw.place for flaw in audit_directory(directory).report.flaws]
    assert "a row in the table `products`" in places


def test_the_heads_values(directory):
    store = Store(directory.database)
    head = HEAD_CODEC.decode(store.meta("head") or b"")
    store.close()
    for field, value in {
        "time_ms": head.time_ms + 1,
        "card_count": head.card_count + 1,
        "network": bytes(16),
        "root": bytes(32),
        "totals": (),
        "deposits": (),
        "sealed_size": 1,
    }.items():
        edit(
            directory, "UPDATE meta SET value = ? WHERE key = 'head'", encode(replace(head, **{field: value}))
        )
        assert [flaw.place for flaw in audit_directory(directory).report.flaws] == [
            f"`{field}` of the head in the table `meta`"
        ]
    edit(directory, "UPDATE meta SET value = x'c1'")
    assert "head in the table `meta`" in [flaw.place for flaw in audit_directory(directory).report.flaws]


def test_a_checkpoint_row(directory):
    store = Store(directory.database)
    sizes = [size for size, _ in store.checkpoints()]
    store.close()
    edit(directory, "UPDATE checkpoints SET note = replace(note, 'A', 'B') WHERE size = ?", sizes[2])
    (flaw,) = audit_directory(directory).report.flaws
    assert flaw.place == f"the checkpoint over {sizes[2]} entries in the table `checkpoints`"


def test_a_log_cut_in_the_database(directory):
    """Everything after a seal taken out of every table: the file beside the database still has the later checkpoint."""
    store = Store(directory.database)
    sizes = [size for size, _ in store.checkpoints()]
    store.close()
    edit(directory, "DELETE FROM checkpoints WHERE size > ?", sizes[-2])
    places = [flaw.place for flaw in audit_directory(directory).report.flaws]
    assert places == ["the file `checkpoint`"]


def test_an_entry_missing_behind_the_checkpoint(directory):
    store = Store(directory.database)
    sizes = [size for size, _ in store.checkpoints()]
    store.close()
    edit(directory, "DELETE FROM checkpoints WHERE size > ?", sizes[-2])
    directory.checkpoint.write_text(_latest_note(directory))
    edit(directory, "DELETE FROM entries WHERE idx = ?", sizes[-2] + 3)
    (flaw,) = audit_directory(directory).report.flaws[:1]
    assert flaw.place == f"entry {sizes[-2] + 3} in the table `entries`"


def _latest_note(directory):
    store = Store(directory.database, readonly=True)
    try:
        return (StoreTiles(store).read("checkpoint") or b"").decode()
    finally:
        store.close()


def test_many_flaws_of_a_table_are_counted_not_listed(directory):
    edit(directory, "UPDATE commands SET id = randomblob(32)")
    flaws = audit_directory(directory).report.flaws
    assert len(flaws) == 51
    assert flaws[-1].place == "the table `commands`"
