"""Ledgers on disk for the auditor's tests: every kind of command, through a real engine, store and publisher."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cardtrail.audit.replay import Audit, audit_log
from cardtrail.audit.source import DirectorySource, Source, read_vkey
from cardtrail.ledger.intake import SignatureJob
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.pyramid import TILE_WIDTH
from cardtrail.merkle.tiles import encode_bundle, entries_path, tile_path
from cardtrail.node.directory import Directory
from cardtrail.node.engine import Batch, Engine
from cardtrail.node.publish import Publisher
from cardtrail.node.store import Store
from cardtrail.node.tiles import StoreTiles
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import VerifierKey, sign_note
from cardtrail.signing.pool import Ticket, VerifierPool
from cardtrail.wire.commands import BODY_CODEC, Cause, Seal
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import SIGNED_CODEC
from tests.ledger_world import DAY_MS, HOUR_MS, World, digest, named

ORIGIN = "cardtrail.test/audit"
LOG_KEY = SecretKey(digest("the log's key"))
VKEY = VerifierKey(ORIGIN, LOG_KEY.public)


def every_kind() -> World:
    """A world in which every kind of command was accepted, with seals in between; card 10 is merged from parts."""
    world = World.open()
    world.define(clearance=())
    world.define(clearance=("transfer",), named=True)
    first = world.issue(0, ["ann", "ben", "cyd", "dan", "eve", "fay", "gus", "hal"], 10_000)
    world.ok("activate", first_serial=first, count=8)
    world.seal()
    world.later(HOUR_MS)
    world.pass_on(0, "bob")
    world.ok("hold", serial=1, price_minor=9_000)
    world.later(1)
    world.ok("release", serial=1, owner=world.key("ida").public)
    world.ok("hold", serial=2, release=world.key("friend").public)
    world.ok("return", "friend", serial=2)
    world.ok("redeem", serial=0, amount_minor=3_000)
    world.ok("refund", serial=0, amount_minor=1_000)
    world.seal()
    world.ok("split", serial=0, amounts_minor=(5_000, 3_000))  # cards 8 and 9
    world.ok("merge", cards=named(world, 3, 9))  # card 10
    world.pass_on(10, "zoe")
    world.later(DAY_MS)
    world.ok("freeze", serial=4, by=Role.REGULATOR, cause=Cause.COURT_ORDER)
    world.ok("unfreeze", serial=4, by=Role.REGULATOR, cause=Cause.CLEARED)
    world.ok("void", serial=5, cause=Cause.BUYBACK)
    world.ok("rebind", serial=6, release=world.key("claimant").public)
    world.ok("attest", deposit_minor=70_000)
    named_card = world.card(1, "una")  # card 11
    body = world.make("transfer", serial=named_card, owner=world.key("vic").public)
    world.ok("transfer", serial=named_card, owner=world.key("vic").public, clearance=world.clear(body))
    world.seal()
    return world


def add_transfers(world: World, count: int, seal_every: int = 100) -> World:
    """Many small moves of one card's value, so that the log fills more than one tile."""
    serial = world.card(0, "mia")
    for place in range(count):
        world.ok("redeem" if place % 2 == 0 else "refund", serial=serial, amount_minor=1)
        if place % seal_every == seal_every - 1:
            world.later(1000)
            world.seal()
    world.seal()
    return world


def build_directory(path: Path, world: World, unsealed: int = 0) -> Directory:
    """The world's log run through an engine into a ledger's directory. The last `unsealed` entries get no seal."""
    directory = Directory.create(path, ORIGIN)
    store = Store(directory.database)
    engine = Engine(store, VerifierPool(0))
    publisher = Publisher(directory, store)
    entries = [ENTRY_CODEC.decode(entry) for entry in world.entries]
    for index, entry in enumerate(entries):
        if is_seal(world.entries[index]):
            continue
        sealed = index + 1 < len(entries) and is_seal(world.entries[index + 1])
        batch = Batch(engine.height + 1, entry.time_ms, engine.prepare([entry.signed]), sealed)
        engine.commit(engine.apply(batch))
        publisher.publish(engine)
    store.close()
    return directory


def is_seal(entry: bytes) -> bool:
    """Whether an entry is a seal."""
    return isinstance(BODY_CODEC.decode(SIGNED_CODEC.decode(ENTRY_CODEC.decode(entry).signed).body), Seal)


class MemorySource:
    """A log an operator makes up: any entries, a tree over them, a checkpoint signed with the log's key."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.files: dict[str, bytes] = {}
        tree = LogTree()
        tree.extend(map(leaf_hash, entries))
        for level, n, data in tree.take_full_tiles():
            self.files[tile_path(level, n)] = data
        level, size = 0, len(entries)
        while size:
            n, width = divmod(size, TILE_WIDTH)
            if width:
                self.files[tile_path(level, n, width)] = tree.partial_tile(level, n, width)
            level, size = level + 1, n
        for first in range(0, len(entries), TILE_WIDTH):
            part = entries[first : first + TILE_WIDTH]
            self.files[entries_path(first // TILE_WIDTH, len(part))] = encode_bundle(part)
        self.note = checkpoint_note(len(entries), tree.root())
        self.files["checkpoint"] = self.note.encode()

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)


def checkpoint_note(size: int, root: bytes, signer: SecretKey = LOG_KEY) -> str:
    """A checkpoint signed with the log's key."""
    return sign_note(Checkpoint(ORIGIN, size, root).encode(), ORIGIN, signer)


def audit_source(source: Source, vkey: VerifierKey = VKEY, **options: object) -> Audit:
    """An audit with the signatures verified in this process."""
    options.setdefault("verifier", VerifierPool(0))
    return audit_log(source, vkey, **options)  # type: ignore[arg-type]


def audit_directory(directory: Directory, **options: object) -> Audit:
    """An audit of a directory whose pages are whole, as the command line does it."""
    store = Store(directory.database, readonly=True)
    try:
        older = [("the file `checkpoint`", directory.checkpoint.read_bytes())]
        vkey = read_vkey(directory.vkey_file.read_bytes())
        return audit_source(StoreTiles(store), vkey, older=older, records=store, **options)
    finally:
        store.close()


def audit_export(out: Path, **options: object) -> Audit:
    """An audit of exported files."""
    return audit_source(DirectorySource(out), read_vkey((out / "log.vkey").read_bytes()), **options)


class RememberingVerifier(VerifierPool):
    """Verifies each signature once, for tests that audit the same ledger a thousand times."""

    def __init__(self) -> None:
        super().__init__(0)
        self._known: dict[SignatureJob, bool] = {}

    def submit(self, jobs: Sequence[SignatureJob]) -> Ticket:
        new = [job for job in jobs if job not in self._known]
        self._known.update(zip(new, super().submit(new).result(), strict=True))
        return Ticket(None, [self._known[job] for job in jobs])
