"""Backup of a ledger while it runs, and a ledger from a backup.

A backup is a directory, laid out like a ledger's own so that nobody has to learn a second format:

ledger.db     one self-contained file, without a write-ahead log beside it
log.vkey      the log's verifier key
checkpoint    the latest checkpoint that the copied ledger holds, if it has one
log.key, keys/<role>.key   only if asked for, each 0600

By default the secret keys stay behind: a backup travels further than a ledger and is looked after less well, and
whoever has the keys can write history. They are to be kept apart, and `restore` is told where. A backup taken with
them is a ledger in one piece, to be guarded like the ledger itself.

Both come into being under another name and are renamed when they are whole and on the disk. What an interruption
leaves has the suffix `.partial` and can be removed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cardtrail.merkle.checkpoint import Checkpoint, CheckpointError
from cardtrail.node.directory import Directory, write_durably
from cardtrail.node.recovery import load_tree, read_head, recover
from cardtrail.node.store import Store, StoreError, damaged_pages
from cardtrail.node.whole import whole
from cardtrail.signing.keyfile import read_key, write_key
from cardtrail.signing.notes import NoteError, VerifierKey, open_note

Progress = Callable[[int, int], None]
"""Called with the pages copied so far and all there are."""


class BackupBehind(StoreError):  # noqa: N818 - it names the state
    """The backup ends before something the ledger is known to have signed."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup or a restored ledger holds: entries, cards, and the size of its latest checkpoint (0: none)."""

    directory: Directory
    entries: int
    cards: int
    checkpoint: int


def backup(
    directory: Directory, target: Path, *, include_keys: bool = False, on_progress: Progress | None = None
) -> Copied:
    """Copy a ledger, running or not, as it is at this moment; what comes while the copy is made is not in it.

    The copy is read back and checked like a start checks a ledger. Raises `StoreError` if anything is at the
    target already, the disk refuses, or the ledger is damaged; `KeyFileError` if a key file cannot be used.
    """
    with whole(target) as draft:
        copied = _copy(directory, draft, on_progress)
        if include_keys:
            _copy_keys(directory, draft, copied.vkey())
        entries, cards, size = _check(copied)
    return Copied(Directory(target), entries, cards, size)


def restore(
    source: Path,
    target: Path,
    *,
    keys: Path | None = None,
    checkpoint: Path | None = None,
    on_progress: Progress | None = None,
) -> Copied:
    """A new ledger in a new directory from a backup, checked page by page and from head to tail.

    keys         a directory with `log.key` and `keys/`, such as the old ledger's; none: they are in the backup
    checkpoint   a file with the latest checkpoint that anybody is known to have, such as a witness's; a file
                 `checkpoint` beside the keys, as in the old ledger's directory, is looked at in any case

    A backup that ends before the checkpoint is refused with `BackupBehind`. To go on from it would give the log a
    second history, and entries that were acknowledged would be gone. Without a checkpoint to compare nobody can know.
    Commands that were signed before the backup take no effect a second time: versions, sequences and network are part
    of what was signed, and part of what is restored.

    Raises `StoreError` saying what is wrong with the backup or the target, `KeyFileError` for a key file that
    cannot be used. Then nothing is at the target, or, if the very last sync failed, all of it.
    """
    origin = Directory(source)
    vkey = origin.vkey()
    damaged = damaged_pages(origin.database) if origin.database.exists() else []
    if damaged:
        raise StoreError(
            f"the backup at {source} is damaged: pages {', '.join(map(str, damaged))} of ledger.db"
        )
    key_source = Directory(source if keys is None else keys)
    if not key_source.log_key_file.exists():
        raise StoreError(
            f"there is no log.key in {key_source.path}; say where the ledger's keys are kept, for without the log's"
            " key nothing can be signed"
        )
    with whole(target) as draft:
        copied = _copy(origin, draft, on_progress)
        _copy_keys(key_source, draft, vkey)
        entries, cards, size = _check(copied)
        for known in (checkpoint, key_source.checkpoint):
            if known is not None and (known == checkpoint or known.exists()):
                _refuse_behind(copied, known)
    return Copied(Directory(target), entries, cards, size)


def _copy(origin: Directory, draft: Path, on_progress: Progress | None) -> Directory:
    copied = Directory(draft)
    with closing(Store(origin.database, readonly=True)) as store:
        store.backup_to(copied.database, on_progress)
    copied.database.chmod(0o600)
    write_durably(copied.vkey_file, origin.vkey().encode() + "\n")
    with closing(Store(copied.database, readonly=True)) as store:
        # The copy's own: the running ledger's file may be ahead of the copy by now.
        latest = store.checkpoint()
    if latest is not None:
        write_durably(copied.checkpoint, latest[1])
    return copied


def _copy_keys(origin: Directory, draft: Path, vkey: VerifierKey) -> None:
    log_key = read_key(origin.log_key_file)
    if log_key.public != vkey.key:
        raise StoreError(f"{origin.log_key_file} is not the key of the log {vkey.name}")
    write_key(Directory(draft).log_key_file, log_key)
    (draft / "keys").mkdir(mode=0o700)
    for file in sorted((origin.path / "keys").glob("*.key")):
        write_key(draft / "keys" / file.name, read_key(file))


def _check(directory: Directory) -> tuple[int, int, int]:
    """Everything a start checks, and what it takes on trust because a disk is not a wire: pages and the note."""
    damaged = damaged_pages(directory.database)
    if damaged:
        raise StoreError(f"the copy has damaged pages: {', '.join(map(str, damaged))}; is the disk failing?")
    with closing(Store(directory.database, readonly=True)) as store:
        state = recover(store).state
        latest = store.checkpoint()
    if latest is None:
        return state.size, state.card_count, 0
    try:
        open_note(latest[1], directory.vkey())
    except NoteError as error:
        raise StoreError(f"the checkpoint over {latest[0]} entries is not this log's: {error}") from error
    return state.size, state.card_count, latest[0]


def _refuse_behind(copied: Directory, file: Path) -> None:
    try:
        known = Checkpoint.parse(open_note(file.read_text(encoding="utf-8"), copied.vkey()))
    except (OSError, UnicodeDecodeError, NoteError, CheckpointError) as error:
        raise StoreError(f"{file} is not a checkpoint of this log: {error}") from error
    with closing(Store(copied.database, readonly=True)) as store:
        size = read_head(store).size
        if known.size > size:
            raise BackupBehind(
                f"the backup ends at {size} entries, but the log signed {known.size}: going on from it would give the"
                " log a second history; find a later backup, or begin a new log"
            )
        if load_tree(store, known.size).root() != known.root:
            raise StoreError(f"the backup is of another history: at {known.size} entries its root is another")
