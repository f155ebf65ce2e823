"""A log's static files made from what a node serves. Every entry is hashed again: nothing of it is believed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from cardtrail.audit.source import DirectorySource, LogReader, Source, SourceFlaw, open_checkpoint
from cardtrail.cli.failures import Failure, Unavailable
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.pyramid import TILE_HEIGHT, TILE_WIDTH, Pyramid
from cardtrail.merkle.tiles import encode_bundle, entries_path, tile_path, tiles_of
from cardtrail.signing.notes import NoteError, VerifierKey


def export_fetched(
    source: Source, vkey: VerifierKey, out: Path, on_progress: Callable[[int, int], None]
) -> int:
    """Write the log behind `source` up to its checkpoint into `out`, `log.vkey` beside it. Answers with the log's size.

    Every file appears whole or not at all, and the checkpoint last, once the root over all entries is the one that
    the log's key signed. A second export fetches only what is new. Raises `Failure` if anything does not fit.
    """
    note = source.read("checkpoint")
    if note is None:
        raise Failure("the node has no checkpoint yet, so there is nothing to export")
    checkpoint = _opened(note, vkey)
    kept = _kept(out, vkey)
    if kept.size > checkpoint.size:
        raise Failure(f"{out} has {kept.size:,} entries, more than the node; export into an empty folder")
    drafts = out / ".draft"
    shutil.rmtree(drafts, ignore_errors=True)  # What a crash left.
    tree, levels = LogTree(), [list[bytes]()]
    try:
        for n, bundle in _bundles(source, out, kept.size, checkpoint.size):
            hashes = list(map(leaf_hash, bundle))
            levels[0] += hashes
            for reached in (kept.size, checkpoint.size):
                if tree.size < reached <= tree.size + len(hashes):
                    _compare(
                        tree, hashes[: reached - tree.size], kept if reached == kept.size else checkpoint
                    )
            tree.extend(hashes)
            _put(out / entries_path(n, len(bundle)), encode_bundle(bundle), drafts)
            on_progress(tree.size, checkpoint.size)
        for ref in tiles_of(checkpoint.size):
            if ref.level == len(levels):
                levels.append(_roots(levels[-1]))
            start = ref.n * TILE_WIDTH
            _put(out / tile_path(*ref), b"".join(levels[ref.level][start : start + ref.width]), drafts)
        _put(out / "log.vkey", (vkey.encode() + "\n").encode(), drafts)
        os.sync()  # Once for all of them, before the checkpoint promises that they are there.
        _put(out / "checkpoint", note, drafts)
    except SourceFlaw as flaw:
        raise Failure(f"the node's log cannot be exported: {flaw}") from None
    except OSError as error:
        raise Unavailable(f"the log cannot be exported to {out}: {error}") from error
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
    return checkpoint.size


def _opened(note: bytes, vkey: VerifierKey) -> Checkpoint:
    try:
        return open_checkpoint(note, vkey)
    except NoteError as error:
        raise Failure(f"the node's checkpoint is not signed by the log's key: {error}") from None


def _kept(out: Path, vkey: VerifierKey) -> Checkpoint:
    """What an earlier export came to; a log without entries where there was none."""
    note = DirectorySource(out).read("checkpoint")
    if note is None:
        return Checkpoint(vkey.name, 0, LogTree().root())
    try:
        return open_checkpoint(note, vkey)
    except NoteError:
        raise Failure(f"{out} holds another log; export into an empty folder") from None


def _bundles(source: Source, out: Path, kept: int, size: int) -> Iterator[tuple[int, list[bytes]]]:
    """Every bundle up to the checkpoint: the full ones of an earlier export from there, the others from the node."""
    served, there = LogReader(source, size), LogReader(DirectorySource(out), size)
    for n in range(-(-size // TILE_WIDTH)):
        yield n, (there if (n + 1) * TILE_WIDTH <= kept else served).bundle(n)


def _compare(tree: LogTree, hashes: list[bytes], signed: Checkpoint) -> None:
    whole = tree.copy()
    whole.extend(hashes)
    if whole.root() != signed.root:
        raise Failure(
            f"the first {signed.size:,} entries do not have the root that was signed: the node shows another history, "
            "or the folder was changed; export into an empty folder"
        )


def _roots(hashes: list[bytes]) -> list[bytes]:
    """The roots of the full tiles in a row of hashes: the row of the level above."""
    ends = range(TILE_WIDTH, len(hashes) + 1, TILE_WIDTH)
    return [Pyramid.of_tile(b"".join(hashes[end - TILE_WIDTH : end])).rows[TILE_HEIGHT][0] for end in ends]


def _put(file: Path, data: bytes, drafts: Path) -> None:
    """Write a file whole, unless it is there already with these bytes."""
    if file.is_file() and file.read_bytes() == data:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    drafts.mkdir(exist_ok=True)
    draft = drafts / "file"
    draft.write_bytes(data)
    draft.replace(file)
