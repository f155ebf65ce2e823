"""Checkpoint bodies (c2sp.org/tlog-checkpoint): what a log says of itself and signs.

Three lines: the origin, which names the log, the number of leaves, and the root in base64. The signed note around
them belongs to the room `signing`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cardtrail.merkle.hashing import EMPTY_ROOT, HASH_SIZE
from cardtrail.merkle.plain_text import MAX_SIZE, encode_base64, parse_base64, parse_decimal

# From ! to ~, without +.
_ORIGIN = re.compile(r"[!-*,-~]+")


class CheckpointError(ValueError):
    """A text or values that are not a checkpoint of ours."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` leaves and this root. Raises CheckpointError for values no log of ours could state.

    The format merely recommends an origin without spaces and plus signs. Here it is a rule, since the name of the
    log's key is its origin, and a key's name may have neither; and it is ASCII, for which letters beyond can be
    seen is not the same in every version of Unicode.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if _ORIGIN.fullmatch(self.origin) is None:
            raise CheckpointError("an origin is plain ASCII without spaces or plus signs")
        if not 0 <= self.size <= MAX_SIZE:
            raise CheckpointError(f"a log has from 0 to {MAX_SIZE} leaves")
        if len(self.root) != HASH_SIZE:
            raise CheckpointError(f"a root has {HASH_SIZE} bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise CheckpointError("the root of a log without leaves is the hash of nothing")

    def encode(self) -> str:
        """The note text: three lines, each ended by a newline."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint that this note text spells.

        Raises CheckpointError for anything `encode` would not write, extension lines included: nobody could audit
        what they say.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise CheckpointError("a checkpoint is three lines: origin, size, root")
        size = parse_decimal(lines[1])
        if size is None:
            raise CheckpointError("the second line is not a size in decimal digits")
        root = parse_base64(lines[2])
        if root is None:
            raise CheckpointError("the third line is not a root in base64")
        return cls(lines[0], size, root)
