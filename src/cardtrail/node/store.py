"""The ledger on disk: one SQLite file, one writer, every commit durable before it is answered.

Pages carry checksums (SQLite's cksumvfs extension), so that a byte that changes on the disk is an error when
it is read, never a wrong answer. The write-ahead log is synced at every commit (`synchronous=FULL`)."""

from __future__ import annotations

import contextlib
import itertools
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import apsw.sqlite_extra

from cardtrail.wire.cards import CARD_CODEC, Card
from cardtrail.wire.codec import Codec, encode
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.products import Product
from cardtrail.wire.roles import Authority

PAGE_BYTES = 2048
"""Small pages, because a transfer changes one record somewhere among millions: less is written for each."""

_PAGE_FIELD = PAGE_BYTES.to_bytes(2, "big")
CHECKSUM_BYTES = 8
COPY_PAGES = 4096
CHECKPOINT_PAGES = 16_384
CACHE_KIB = 16_384
"""The system's own cache holds the rest of the file. A larger one here makes small commits slower: see
benchmarks/README.md."""

BUSY_MS = 10_000

BUCKET_ENTRIES = 16_384
"""Command ids are indexed in buckets of so many entries. Ids are random: one index over all of them would
write a page of its own for nearly every command. A look-up tries the buckets, the latest
first, one probe each."""

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (idx INTEGER PRIMARY KEY, entry BLOB NOT NULL, before BLOB);
CREATE TABLE commands (
    bucket INTEGER NOT NULL, id BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (bucket, id)
) WITHOUT ROWID;
CREATE TABLE cards (serial INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE products (product INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE authorities (role INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE tiles (
    level INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (level, n)
) WITHOUT ROWID;
CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL);
"""
_TABLES = frozenset(
    ("authorities", "cards", "checkpoints", "commands", "entries", "meta", "products", "tiles")
)
_FORMAT = 1

_FIND_COMMAND = """
WITH RECURSIVE buckets (n) AS (SELECT ? UNION ALL SELECT n - 1 FROM buckets WHERE n > ?)
SELECT idx FROM buckets CROSS JOIN commands ON bucket = n AND id = ? LIMIT 1
"""

_BEFORE: Codec[tuple[Card, ...]] = Codec(tuple[Card, ...])
_PRODUCT: Codec[Product] = Codec(Product)
_AUTHORITY: Codec[Authority] = Codec(Authority)


class StoreError(RuntimeError):
    """The ledger's file cannot be used or written. The text says why; nothing that was acknowledged is lost."""


@dataclass(slots=True)
class Writes:
    """What one batch makes durable, all of it or nothing.

    entries     (index, entry bytes, records of the cards as they were before it)
    commands    (command id, index)
    cards       (serial, canonical record)
    tiles       (level, number, 256 hashes): those the batch completed
    meta        the small values that change with every batch
    """

    entries: list[tuple[int, bytes, bytes | None]] = field(default_factory=list)
    commands: list[tuple[bytes, int]] = field(default_factory=list)
    cards: list[tuple[int, bytes]] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    authorities: list[Authority] = field(default_factory=list)
    tiles: list[tuple[int, int, bytes]] = field(default_factory=list)
    meta: dict[str, bytes] = field(default_factory=dict)


def encode_before(cards: tuple[Card | None, ...]) -> bytes | None:
    """The `before` column of an entry: the records it replaced, none if it replaced none."""
    replaced = tuple([card for card in cards if card is not None])
    return encode(replaced) if replaced else None


class Store:
    """An open ledger file. One writer at a time (held by a lock on the file); any number of readers beside it."""

    def __init__(self, path: Path, *, readonly: bool = False, unchanging: bool = False) -> None:
        """Open a ledger's file. Raises `StoreError`.

        unchanging   nobody can write to it or wants to, and it stands by itself, without a write-ahead log: it can then
                     be read where no file can be made beside it
        """
        self.path = path
        if not path.exists():
            raise StoreError(f"there is no ledger at {path}; make one with: cardtrail init DIR")
        try:
            self._db = _connect(path, readonly=readonly, unchanging=unchanging)
            version = self._db.pragma("user_version")
            present = {name for (name,) in self._db.execute("SELECT name FROM sqlite_schema")}
        except apsw.Error as error:
            raise StoreError(f"the ledger's file {path} cannot be opened: {error}") from error
        if self._db.reserve_bytes("main") != CHECKSUM_BYTES:
            raise StoreError(f"the ledger's file {path} is damaged at its head, page 1")
        if version != _FORMAT:
            raise StoreError(
                f"the ledger's file {path} has format {version}; this program reads format {_FORMAT}"
            )
        if missing := sorted(_TABLES - present):
            raise StoreError(f"the ledger's file {path} lacks a part: {', '.join(missing)}")
        if not readonly:
            self._begin_writing()

    @classmethod
    def create(cls, path: Path) -> Store:
        """Make an empty ledger file. Raises `StoreError` if something is in the way."""
        if path.exists():
            raise StoreError(f"there is a ledger at {path} already")
        try:
            db = _connect(path, readonly=False)
            db.reserve_bytes("main", CHECKSUM_BYTES)
            db.pragma("page_size", PAGE_BYTES)
            db.execute("VACUUM")
            db.pragma("journal_mode", "wal")
            with db:
                db.execute(_SCHEMA)
                db.pragma("user_version", _FORMAT)
            db.close()
        except apsw.Error as error:
            raise StoreError(f"the ledger's file {path} cannot be made: {error}") from error
        return cls(path)

    def close(self) -> None:
        """Close the file. The last writer folds the write-ahead log back into it; if it cannot, the next start
        reads both.
        """
        with contextlib.suppress(apsw.Error):
            self._db.close()

    def commit(self, writes: Writes) -> None:
        """Make a batch durable.

        If this returns, the batch survives loss of power. If it raises `StoreError`, the batch is wholly
        present or wholly absent and only a new start can tell which; the caller must not go on with what it
        has in memory."""
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO entries VALUES (?, ?, ?)", writes.entries)
            rows = [(index // BUCKET_ENTRIES, command, index) for command, index in writes.commands]
            db.executemany("INSERT INTO commands VALUES (?, ?, ?)", rows)
            db.executemany("INSERT OR REPLACE INTO cards VALUES (?, ?)", writes.cards)
            for product in writes.products:
                db.execute("INSERT INTO products VALUES (?, ?)", (product.product, encode(product)))
            for authority in writes.authorities:
                row = (int(authority.role), encode(authority))
                db.execute("INSERT OR REPLACE INTO authorities VALUES (?, ?)", row)
            db.executemany("INSERT INTO tiles VALUES (?, ?, ?)", writes.tiles)
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(writes.meta.items()))
            db.execute("COMMIT")
        except apsw.Error as error:
            with contextlib.suppress(apsw.Error):
                # What failed once may fail again; either way the file is the next start's to judge.
                db.execute("ROLLBACK")
            raise StoreError(f"the ledger's file {self.path} cannot be written: {error}") from error

    def put_checkpoint(self, size: int, note: str) -> None:
        """Keep a signed checkpoint, before anybody is shown it. Raises `StoreError`."""
        try:
            with self._db:
                self._db.execute("INSERT INTO checkpoints VALUES (?, ?)", (size, note))
        except apsw.Error as error:
            raise StoreError(f"the checkpoint cannot be written to {self.path}: {error}") from error

    def card(self, serial: int) -> Card | None:
        """The present record of a card."""
        record = self.card_record(serial)
        return None if record is None else CARD_CODEC.trusted(record)

    def card_record(self, serial: int) -> bytes | None:
        """The present record of a card, as canonical bytes."""
        return self._blob("SELECT record FROM cards WHERE serial = ?", serial)

    def card_records(self) -> Iterator[tuple[int, bytes]]:
        """All cards by serial."""
        return iter(self._db.execute("SELECT serial, record FROM cards ORDER BY serial"))

    def entry(self, index: int) -> bytes | None:
        """The bytes of an entry."""
        return self._blob("SELECT entry FROM entries WHERE idx = ?", index)

    def entries(self, first: int, end: int) -> Iterator[tuple[int, bytes]]:
        """The entries from `first` up to, not including, `end`."""
        return iter(
            self._db.execute(
                "SELECT idx, entry FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx", (first, end)
            )
        )

    def before(self, index: int) -> tuple[Card, ...]:
        """The cards that an entry changed, as they were before it."""
        data = self._blob("SELECT before FROM entries WHERE idx = ?", index)
        return () if data is None else _BEFORE.trusted(data)

    def befores(self) -> Iterator[tuple[int, bytes | None]]:
        """The `before` column of all entries, as it stands."""
        return iter(self._db.execute("SELECT idx, before FROM entries ORDER BY idx"))

    def entry_count(self) -> tuple[int, int]:
        """How many entries there are, and one more than the highest index: the same, or entries are missing."""
        [(count, end)] = self._db.execute("SELECT count(*), coalesce(max(idx) + 1, 0) FROM entries")
        return int(count), int(end)

    def index_of(self, command_id: bytes, since_ms: int = 0) -> int | None:
        """Which entry a command became, looking at entries from a ledger time on."""
        [(newest,)] = self._db.execute("SELECT coalesce(max(idx), 0) / ? FROM entries", (BUCKET_ENTRIES,))
        # The last bucket that begins before that time: those that begin in its very millisecond may not be the first.
        oldest = bisect_left(range(newest + 1), since_ms, key=self._bucket_begins_ms) - 1
        for (index,) in self._db.execute(_FIND_COMMAND, (newest, max(0, oldest), command_id)):
            return int(index)
        return None

    def cards(self, serials: Sequence[int]) -> dict[int, Card]:
        """The present records of many cards at once; a serial that does not exist is left out."""
        if not serials:
            return {}
        rows = self._db.execute(
            "SELECT record FROM cards WHERE serial IN carray(?)", (apsw.carray(array("q", serials)),)
        )
        return {card.serial: card for card in [CARD_CODEC.trusted(record) for (record,) in rows]}

    def command_ids(self) -> Iterator[tuple[bytes, int]]:
        """All command ids and their entries, by entry."""
        return iter(self._db.execute("SELECT id, idx FROM commands ORDER BY bucket, idx"))

    def tile(self, level: int, number: int) -> bytes | None:
        """A full tile: 256 hashes."""
        return self._blob("SELECT data FROM tiles WHERE level = ? AND n = ?", level, number)

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """All full tiles."""
        return iter(self._db.execute("SELECT level, n, data FROM tiles ORDER BY level, n"))

    def products(self) -> list[Product]:
        """All products by number."""
        rows = self._db.execute("SELECT record FROM products ORDER BY product")
        return [_PRODUCT.decode(record) for (record,) in rows]

    def authorities(self) -> list[Authority]:
        """All authorities by role."""
        return [
            _AUTHORITY.decode(record)
            for (record,) in self._db.execute("SELECT record FROM authorities ORDER BY role")
        ]

    def checkpoint(self) -> tuple[int, str] | None:
        """The latest checkpoint: size and signed note."""
        return next(
            iter(self._db.execute("SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1")), None
        )

    def checkpoints(self) -> Iterator[tuple[int, str]]:
        """All checkpoints by size."""
        return iter(self._db.execute("SELECT size, note FROM checkpoints ORDER BY size"))

    def meta(self, key: str) -> bytes | None:
        """One of the small values that every batch writes."""
        return self._blob("SELECT value FROM meta WHERE key = ?", key)

    def backup_to(self, target: Path, on_progress: Callable[[int, int], None] | None = None) -> None:
        """Copy the ledger into a new file while it is in use: a consistent state as of the beginning of the
        copy.

        To be asked of a store opened for this alone. The snapshot it holds is what lets the copy come to an
        end while the ledger is written: without it SQLite begins again at every commit. Meanwhile the
        write-ahead log grows. The copy is one file that stands by itself; a store that opens it for writing
        gives it a write-ahead log again."""
        try:
            with contextlib.closing(_connect(target, readonly=False)) as db, self._snapshot():
                with db.backup("main", self._db, "main") as backup:
                    while not backup.done:
                        backup.step(COPY_PAGES)
                        if on_progress is not None:
                            on_progress(backup.page_count - backup.remaining, backup.page_count)
                db.pragma("journal_mode", "delete")
        except apsw.Error as error:
            raise StoreError(f"the copy to {target} failed: {error}") from error

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            self._db.execute("SELECT count(*) FROM sqlite_schema").get  # noqa: B018 - SQLite begins with the first read.
            yield
        finally:
            self._db.execute("ROLLBACK")

    def _begin_writing(self) -> None:
        """Make sure of the disk before anything is built on what the file says.

        A process that was killed between writing a batch and syncing it leaves a batch that can be read and
        is not durable yet. Whoever asks about its commands would be told that they are. So what is in the
        write-ahead log is folded into the file as far as readers let it be, and a commit, which syncs all of
        that log, writes the format number once more. A full or read-only disk shows here, too, and not at the
        first command."""
        try:
            if self._db.readonly("main"):
                raise apsw.ReadOnlyError("it, or its disk, is read-only")
            self._db.pragma("journal_mode", "wal")
            self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            self._db.pragma("user_version", _FORMAT)
        except apsw.Error as error:
            self.close()
            raise StoreError(f"the ledger's file {self.path} cannot be written: {error}") from error

    def _bucket_begins_ms(self, bucket: int) -> int:
        entry = self.entry(bucket * BUCKET_ENTRIES)
        return 0 if entry is None else ENTRY_CODEC.trusted(entry).time_ms

    def _blob(self, sql: str, *bindings: int | str) -> bytes | None:
        for (value,) in self._db.execute(sql, bindings):
            return None if value is None else bytes(value)
        return None


def _connect(path: Path, *, readonly: bool, unchanging: bool = False) -> apsw.Connection:
    _load_checksums()
    flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    # https://sqlite.org/wal.html#read_only_databases
    name = f"{path.absolute().as_uri()}?immutable=1" if unchanging else str(path)
    db = apsw.Connection(name, flags=flags | (apsw.SQLITE_OPEN_URI if unchanging else 0), vfs="cksmvfs")
    db.set_busy_timeout(BUSY_MS)
    if not readonly:
        db.pragma("synchronous", "full")
        db.pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
    db.pragma("cache_size", -CACHE_KIB)
    return db


def _load_checksums() -> None:
    # The extension registers its file system for the whole process when any connection loads it.
    if "cksmvfs" not in apsw.vfs_names():
        _memory_with_checksums().close()


def _memory_with_checksums() -> apsw.Connection:
    db = apsw.Connection(":memory:")
    apsw.sqlite_extra.load(db, "cksumvfs")
    return db


def damaged_pages(path: Path, on_progress: Callable[[int, int], None] | None = None) -> list[int]:
    """Numbers (from 1) of the pages whose checksum does not fit, pages in use or not. Reads the whole file.

    For a file that nobody writes meanwhile. Raises `StoreError` if it cannot be read at all.

    on_progress   told every now and then how many pages of how many were looked at
    """
    damaged: list[int] = []
    try:
        with path.open("rb") as file, contextlib.closing(_memory_with_checksums()) as db:
            head = file.read(100)
            if (
                head[:16] != b"SQLite format 3\x00"
                or head[16:18] != _PAGE_FIELD
                or head[20] != CHECKSUM_BYTES
            ):
                return [1]  # The very byte that says there are checksums may be the one that changed.
            file.seek(0)
            for number in itertools.count(1):
                page = file.read(PAGE_BYTES)
                if not page:
                    return damaged
                if on_progress is not None and number % COPY_PAGES == 0:
                    on_progress(number, path.stat().st_size // PAGE_BYTES)
                if len(page) != PAGE_BYTES or db.execute("SELECT verify_checksum(?)", (page,)).get != 1:
                    damaged.append(number)
    except (OSError, apsw.Error) as error:
        raise StoreError(f"the ledger's file {path} cannot be read: {error}") from error
    return damaged
