"""Inclusion and consistency proofs (RFC 6962, sections 2.1.1 and 2.1.2; verified as in RFC 9162, section 2.1).

Makers read the tree through `node(level, index)`: the root of the complete subtree over the leaves from
`index * 2**level` up to, not including, `(index + 1) * 2**level`. An index outside the tree is a bug there and raises.
Verifiers are handed whatever a stranger sent, and answer whether it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cardtrail.merkle.hashing import EMPTY_ROOT, HASH_SIZE, fold_peaks, node_hash

NodeReader = Callable[[int, int], bytes]
"""Gives the root of a complete subtree by its level and its index within the level."""


def inclusion_path(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Path that proves leaf `index` in the tree of the first `size` leaves, from its sibling up.

    Raises ValueError if there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    return _siblings(0, index, size, node)


def consistency_path(old: int, new: int, node: NodeReader) -> list[bytes]:
    """Path that proves the tree of the first `old` leaves to be a prefix of the tree of the first `new`.

    Empty for the empty tree and for two equal sizes. Raises ValueError if `old` is larger than `new`.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} cannot extend a tree of {old}")
    if old in (0, new):
        return []
    # The largest complete subtree that ends where the old tree ends: both trees are built on it.
    level = _trailing_zeros(old)
    index = (old >> level) - 1
    start = [node(level, index)] if index else []
    return start + _siblings(level, index, new, node)


def root_from_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Root of the tree of `size` leaves that `path` leads to, or None if such a leaf has no path of that form."""
    if not 0 <= index < size or not _are_hashes([leaf_hash, *path]):
        return None
    last = size - 1
    root = leaf_hash
    for sibling in path:
        if not last:
            return None
        if index & 1 or index == last:
            root = node_hash(sibling, root)
            if not index & 1:
                # Promoted without a sibling up to the level where it is a right child.
                skipped = _trailing_zeros(index)
                index, last = index >> skipped, last >> skipped
        else:
            root = node_hash(root, sibling)
        index, last = index >> 1, last >> 1
    return None if last else root


def verify_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves the leaf to be at `index` of the tree with this size and root."""
    found = root_from_inclusion(leaf_hash, index, size, path)
    return found is not None and found == root


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether `path` proves that the new tree has the old one as a prefix.

    A tree of no leaves is a prefix of every tree and has the one root RFC 6962 gives it.
    """
    if not 0 <= old_size <= new_size or not _are_hashes([old_root, new_root, *path]):
        return False
    if old_size == new_size:
        return not path and old_root == new_root and (old_size > 0 or old_root == EMPTY_ROOT)
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    return _roots_from_consistency(old_size, old_root, new_size, path) == (old_root, new_root)


def _roots_from_consistency(
    old_size: int, old_root: bytes, new_size: int, path: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """The old and the new root that the path leads to, for 0 < old_size < new_size."""
    level = _trailing_zeros(old_size)
    index, last = (old_size >> level) - 1, (new_size - 1) >> level
    # The old tree is a complete subtree itself if its size is a power of two, and then the path leaves it out.
    nodes = [*path] if index else [old_root, *path]
    if not nodes:
        return None
    old = new = nodes[0]
    for sibling in nodes[1:]:
        if not last:
            return None
        if index & 1 or index == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            if not index & 1:
                skipped = _trailing_zeros(index)
                index, last = index >> skipped, last >> skipped
        else:
            new = node_hash(new, sibling)
        index, last = index >> 1, last >> 1
    return None if last else (old, new)


def _siblings(level: int, index: int, size: int, node: NodeReader) -> list[bytes]:
    """The siblings met on the way from one node up to the root of the tree of `size` leaves."""
    path = []
    last = (size - 1) >> level
    while last:
        if index & 1:
            path.append(node(level, index - 1))
        elif index < last:
            path.append(_subtree(level, index + 1, size, node))
        level, index, last = level + 1, index >> 1, last >> 1
    return path


def _subtree(level: int, index: int, size: int, node: NodeReader) -> bytes:
    """Root of a subtree that the tree of `size` leaves may cut short."""
    if (index + 1) << level <= size:
        return node(level, index)
    peaks = []
    rest = size - (index << level)
    end = size
    while rest:
        peak_level = _trailing_zeros(rest)
        rest -= 1 << peak_level
        end -= 1 << peak_level
        peaks.append(node(peak_level, end >> peak_level))
    return fold_peaks(peaks[::-1])


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
