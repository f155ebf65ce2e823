"""Proofs as files (c2sp.org/tlog-proof): an entry's place in a log, its inclusion path and the signed checkpoint.

Whoever holds the entry and the log's verifier key can check such a file without asking anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardtrail.merkle.hashing import HASH_SIZE
from cardtrail.merkle.plain_text import MAX_SIZE, encode_base64, parse_base64, parse_decimal

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_PATH_LENGTH: Final = 63
"""Height of the tallest log: no path is longer."""


class ProofFileError(ValueError):
    """A text or values that are not a proof file."""


@dataclass(frozen=True, slots=True)
class ProofFile:
    """The parts of a proof file, none of them verified. Raises ProofFileError for values the format has no room for.

    `path` runs from the leaf's sibling up, `note` is the log's whole signed note. `extra` is for the application:
    nothing in the file vouches for it. None means no such line, which is not the same as a line without bytes.
    """

    extra: bytes | None
    index: int
    path: tuple[bytes, ...]
    note: str

    def __post_init__(self) -> None:
        if not 0 <= self.index < MAX_SIZE:
            raise ProofFileError(f"an index is from 0 to {MAX_SIZE - 1}")
        if len(self.path) > MAX_PATH_LENGTH or any(len(node) != HASH_SIZE for node in self.path):
            raise ProofFileError(f"a path has at most {MAX_PATH_LENGTH} hashes of {HASH_SIZE} bytes")
        if not self.note.endswith("\n"):
            raise ProofFileError("after an empty line comes a signed note, which ends with a newline")

    def encode(self) -> str:
        """The file's text."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += map(encode_base64, self.path)
        return "\n".join(lines) + "\n\n" + self.note

    @classmethod
    def parse(cls, text: str) -> ProofFile:
        """The parts of this text. Raises ProofFileError for anything `encode` would not write."""
        head, _, note = text.partition("\n\n")
        header, *lines = head.split("\n")
        if header != HEADER:
            raise ProofFileError(f"the first line is not {HEADER}")
        extra_text = _take_field(lines, "extra")
        extra = None if extra_text is None else _bytes_of(extra_text)
        index = parse_decimal(_take_field(lines, "index") or "")
        if index is None:
            raise ProofFileError("the line of the index is missing or has no number in decimal digits")
        return cls(extra, index, tuple(map(_bytes_of, lines)), note)


def _take_field(lines: list[str], name: str) -> str | None:
    """What stands after this name on the next line, which is taken; None if the next line is another."""
    if lines and lines[0].startswith(f"{name} "):
        return lines.pop(0).removeprefix(f"{name} ")
    return None


def _bytes_of(text: str) -> bytes:
    data = parse_base64(text)
    if data is None:
        raise ProofFileError("the extra data or a line of the path is not base64")
    return data
