"""Two checkpoints of one log: proved to be one history, or shown to be two."""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.audit.source import LogReader, Source, SourceFlaw, open_checkpoint
from cardtrail.merkle.proofs import consistency_path, verify_consistency
from cardtrail.merkle.tiles import TileNodes
from cardtrail.signing.notes import VerifierKey


@dataclass(frozen=True, slots=True)
class Consistent:
    """The smaller log is a prefix of the larger. `path` proves it to anybody (RFC 6962, section 2.1.2)."""

    old_size: int
    new_size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Fork:
    """The log's key signed two histories. The two notes are the evidence.

    proven  the notes alone show it (same size, different roots); else the log's tiles fail to connect them, and the
            operator may still be asked for a proof
    """

    old_note: str
    new_note: str
    proven: bool
    what: str


def compare_checkpoints(key: VerifierKey, one: str, other: str, source: Source) -> Consistent | Fork:
    """Whether two signed checkpoints are of one history; `source` serves the log as of the larger.

    Raises `NoteError` if either is not signed by the key: it is then no evidence of anything.
    """
    first, second = open_checkpoint(one, key), open_checkpoint(other, key)
    if first.size > second.size:
        (one, first), (other, second) = (other, second), (one, first)
    if first.size == second.size:
        if first.root == second.root:
            return Consistent(first.size, second.size, ())
        return Fork(one, other, True, f"two roots were signed for the same {first.size} entries")
    nodes = TileNodes(second.size, LogReader(source, second.size).tile)
    try:
        path = consistency_path(first.size, second.size, nodes)
    except SourceFlaw as flaw:
        return Fork(one, other, False, f"the log does not serve what would connect them: {flaw}")
    if verify_consistency(first.size, first.root, second.size, second.root, path):
        return Consistent(first.size, second.size, tuple(path))
    return Fork(one, other, False, "the log's own tiles do not connect them")
