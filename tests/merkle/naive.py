"""Merkle trees as RFC 6962, section 2.1, words them: recursive, slow, and sharing no code with what is tested."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "merkle"


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaf(number: int) -> bytes:
    """Leaf hash over the decimal digits of a number, as in vectors/merkle/logs.json."""
    return sha(b"\x00" + str(number).encode())


def leaves(count: int) -> list[bytes]:
    return [leaf(number) for number in range(count)]


def split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def mth(hashes: list[bytes]) -> bytes:
    """Merkle Tree Hash of the leaves with these hashes."""
    if not hashes:
        return sha(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return sha(b"\x01" + mth(hashes[:k]) + mth(hashes[k:]))


def path(m: int, hashes: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of section 2.1.1."""
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def proof(m: int, hashes: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]) of section 2.1.2, for 0 < m <= n."""
    return subproof(m, hashes, True)


def subproof(m: int, hashes: list[bytes], complete: bool) -> list[bytes]:
    n = len(hashes)
    if m == n:
        return [] if complete else [mth(hashes)]
    k = split(n)
    if m <= k:
        return [*subproof(m, hashes[:k], complete), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), mth(hashes[:k])]


def tiles(hashes: list[bytes]) -> dict[tuple[int, int, int], bytes]:
    """Every tile of a log, by level, number and width, in their order."""
    found = {}
    level, row = 0, hashes
    while row:
        for start in range(0, len(row), 256):
            part = row[start : start + 256]
            found[level, start // 256, len(part)] = b"".join(part)
        row = [mth(row[start : start + 256]) for start in range(0, len(row) - 255, 256)]
        level += 1
    return found


def subtree(hashes: list[bytes]):
    """`node(level, index)` over leaf hashes; refuses a subtree that is not complete."""

    def node(level: int, index: int) -> bytes:
        part = hashes[index << level : (index + 1) << level]
        if index < 0 or len(part) != 1 << level:
            raise AssertionError(f"subtree {index} of level {level} is not complete among {len(hashes)}")
        return mth(part)

    return node


def vectors(name: str) -> Any:
    return json.loads((VECTORS / name).read_text("utf-8"))


def unhex(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]
