"""The hashes of RFC 6962, section 2.1: SHA-256 with one prefix for leaves and another for the nodes above them.

Two prefixes, so that nobody can show an inner node's two children as if they were the data of a leaf.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

HASH_SIZE: Final = 32
"""Length of every leaf hash, node hash and root, in bytes."""

LEAF_PREFIX: Final = b"\x00"
NODE_PREFIX: Final = b"\x01"

EMPTY_ROOT: Final = sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf holding `data`."""
    return sha256(LEAF_PREFIX + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of the node over two subtrees."""
    return sha256(NODE_PREFIX + left + right).digest()


def fold_peaks(peaks: list[bytes]) -> bytes:
    """Root of a tree from the roots of the complete subtrees it divides into, largest first.

    There is one for every 1 among the binary digits of its size. No peaks are the empty tree.
    """
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root
