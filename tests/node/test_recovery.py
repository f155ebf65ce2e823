"""A start believes nothing: stores doctored in one place each, and the start that names the place."""

from __future__ import annotations

import shutil

import pytest
from msgspec.structs import replace

from cardtrail.ledger.head import HEAD_CODEC, HEAD_KEY
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.node import recovery
from cardtrail.node.recovery import recover
from cardtrail.node.service import Node
from cardtrail.node.store import Store, StoreError
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import sign_note
from cardtrail.wire.answers import Accepted
from cardtrail.wire.codec import encode
from tests.crash.replay import judge
from tests.ledger_world import key
from tests.node.ledgers import PATIENCE_S, Bench, founding, new_directory, quiet


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A log of 280 entries, so that it has a full tile; a seal and checkpoint at 279, one transfer after it."""
    directory = new_directory(tmp_path_factory.mktemp("made") / "ledger")
    world, commands = founding(4, max_hops=1000)
    for hop in range(270):
        world.pass_on(0, f"holder {hop}")
    with Node(directory, quiet()) as node:
        answers = node.submit(commands + world.take()).result(PATIENCE_S)
        assert all(isinstance(answer, Accepted) for answer in answers)
    bench = Bench(directory.database)
    world.pass_on(1, "bob")
    bench.run(world.take())
    bench.store.close()
    judge(directory)
    return directory.database


@pytest.fixture
def store(made, tmp_path):
    """A copy of it to doctor, open."""
    copy = Store(shutil.copy(made, tmp_path / "ledger.db") and tmp_path / "ledger.db")
    yield copy
    copy.close()


def sql(statement, *bindings):
    return lambda store: store._db.execute(statement, bindings)


def change_head(**changes):
    def doctor(store):
        head = HEAD_CODEC.decode(store.meta(HEAD_KEY))
        sql("UPDATE meta SET value = ? WHERE key = 'head'", encode(replace(head, **changes)))(store)

    return doctor


def change_card(serial):
    def doctor(store):
        record = encode(replace(store.card(serial), owner=key("mallory").public))
        sql("UPDATE cards SET record = ? WHERE serial = ?", record, serial)(store)

    return doctor


def change_before(store):
    before = encode((replace(store.before(279)[0], owner=key("mallory").public),))
    sql("UPDATE entries SET before = ? WHERE idx = 279", before)(store)


def sign_another_root(store):
    text = Checkpoint("cardtrail.test/ledger", 279, bytes(32)).encode()
    note = sign_note(text, "cardtrail.test/ledger", SecretKey(bytes(32)))
    sql("UPDATE checkpoints SET note = ? WHERE size = 279", note)(store)


def sign_for_another_size(store):
    text = Checkpoint("cardtrail.test/ledger", 278, bytes(32)).encode()
    note = sign_note(text, "cardtrail.test/ledger", SecretKey(bytes(32)))
    sql("UPDATE checkpoints SET note = ? WHERE size = 279", note)(store)


TAMPERED = b"\x01" * 32
CASES = {
    "head unreadable": (sql("UPDATE meta SET value = x'00'"), "the head cannot be understood"),
    "head lost": (sql("DELETE FROM meta"), "has 0 entries, but 280 are there"),
    "head behind": (change_head(size=279), "has 279 entries, but 280 are there and the last is 279"),
    "entry lost": (sql("DELETE FROM entries WHERE idx = 100"), "280 entries, but 279 are there"),
    "entry moved": (sql("UPDATE entries SET idx = 500 WHERE idx = 279"), "280 are there and the last is 500"),
    "entry changed": (sql("UPDATE entries SET entry = x'00' WHERE idx = 270"), "do not give the log's root"),
    "tile lost": (sql("DELETE FROM tiles"), "the tile 0/0 of the log is missing"),
    "tile cut": (sql("UPDATE tiles SET data = x'00'"), "tiles and entries cannot be understood: tile 0 of"),
    "tile changed": (
        sql("UPDATE tiles SET data = CAST(? || substr(data, 33) AS BLOB)", TAMPERED),
        "do not give the log's root",
    ),
    "root changed": (change_head(root=bytes(32)), "do not give the log's root at 280 entries"),
    "checkpoint ahead": (sql("INSERT INTO checkpoints VALUES (281, '')"), "checkpoint over 281 entries"),
    "checkpoint unreadable": (
        sql("UPDATE checkpoints SET note = 'note'"),
        "latest checkpoint cannot be understood",
    ),
    "checkpoint of another log": (sign_another_root, "root that was signed in the checkpoint over 279"),
    "checkpoint of another size": (sign_for_another_size, "root that was signed in the checkpoint over 279"),
    "seal elsewhere": (change_head(sealed_size=278), "entry 277 should be the last seal, and is not"),
    "seal behind the end": (change_head(sealed_size=281), "entry 280 should be the last seal, and is not"),
    "before unreadable": (
        sql("UPDATE entries SET before = x'00' WHERE idx = 279"),
        "what the entries from 279 on replaced cannot be understood",
    ),
    "before changed": (change_before, "register root that the seal in entry 278 states"),
    "before lost": (sql("UPDATE entries SET before = NULL WHERE idx = 279"), "seal in entry 278 states"),
    "card changed": (change_card(2), "register root that the seal in entry 278 states"),
    "card lost": (sql("DELETE FROM cards WHERE serial = 2"), "card 2 is missing"),
    "last card lost": (sql("DELETE FROM cards WHERE serial = 3"), "counts 4 cards, but 3 are there"),
    "card invented": (
        sql("INSERT INTO cards SELECT 4, record FROM cards WHERE serial = 3"),
        "counts 4 cards, but 5",
    ),
    "product unreadable": (sql("UPDATE products SET record = x'00'"), "products and authorities cannot be"),
    "authority unreadable": (
        sql("UPDATE authorities SET record = x'00'"),
        "products and authorities cannot be",
    ),
    "table of another shape": (sql("ALTER TABLE cards DROP COLUMN record"), "the cards cannot be read from"),
}


def test_an_untouched_store_is_recovered(store):
    recovered = recover(store)
    assert recovered.state.size == recovered.tree.size == 280
    assert recovered.state.sealed_size == 279
    assert recovered.as_sealed == {1: store.before(279)[0]}


@pytest.mark.parametrize("case", CASES)
def test_a_doctored_store_is_refused_and_the_place_named(store, case):
    doctor, place = CASES[case]
    doctor(store)
    with pytest.raises(StoreError, match=place):
        recover(store)


def test_an_empty_ledger_is_recovered(tmp_path):
    store = Store.create(tmp_path / "ledger.db")
    recovered = recover(store)
    assert (recovered.state.size, recovered.height, recovered.as_sealed) == (0, 0, {})
    store.close()


def test_a_long_start_tells_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(recovery, "PROGRESS_CARDS", 2)
    directory = new_directory(tmp_path / "told")
    with Node(directory, quiet()) as node:
        node.submit(founding(5)[1]).result(PATIENCE_S)
    told: list[tuple[int, int]] = []
    with Node(directory, quiet(on_start=lambda done, total: told.append((done, total)))):
        assert told == [(2, 5), (4, 5), (5, 5)]
