"""The register: a Merkle tree of RFC 6962's shape whose leaves may be changed as well as appended.

Leaf i is the hash of the present record of the card with serial i, so one root commits to the state of every
card. Nodes lie in one flat bytearray a level, 32 bytes each, together 64 bytes a card: five million cards take
320 MB. Where a level has an odd number of nodes its last one stands unchanged in the level above, which gives
exactly the root of RFC 6962 (section 2.1) and lets a path be read without hashing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import islice
from struct import Struct, iter_unpack
from typing import Final

from cardtrail.merkle.hashing import EMPTY_ROOT, HASH_SIZE, NODE_PREFIX

_BUILD_STEP: Final = 1 << 16
_PAIR_SIZE: Final = 2 * HASH_SIZE
# Assigning to a slice of a bytearray copies the value twice; this writes it once, in a third of the time.
_write_hash = Struct(f"{HASH_SIZE}s").pack_into


class StaleStageError(RuntimeError):
    """A staged change was adopted by another register, or after the register had moved on. Always a bug."""


class Staged:
    """A change worked out but not adopted: the root and the count of leaves that the register would have."""

    __slots__ = ("_base", "_nodes", "count", "root")

    def __init__(self, root: bytes, count: int, base: object, nodes: list[dict[int, bytes]]) -> None:
        self.root: Final = root
        self.count: Final = count
        self._base = base
        self._nodes = nodes


class Register:
    """The tree as last adopted."""

    __slots__ = ("_levels", "_version", "count", "root")

    def __init__(self) -> None:
        self.count = 0
        """Number of leaves."""
        self.root = EMPTY_ROOT
        self._levels: list[bytearray] = []
        # Stands for this state of this register, and is replaced with it. Compared by identity, so that neither a
        # change staged before another one nor a change of another register is ever taken for ours.
        self._version = object()

    @classmethod
    def build(cls, leaf_hashes: Iterable[bytes]) -> Register:
        """A register of these leaves, one hash each. Raises ValueError if one is not 32 bytes long."""
        register = cls()
        leaves = bytearray()
        for chunk in _chunks(leaf_hashes):
            _check_lengths(chunk)
            leaves += b"".join(chunk)
        if leaves:
            register._levels = _levels_over(leaves)
            register.count = len(leaves) // HASH_SIZE
            register.root = bytes(register._levels[-1])
        return register

    def stage(self, changes: Mapping[int, bytes]) -> Staged:
        """What the register would be with these leaves, by index, and what there is to write to make it so.

        The register is left as it is. New leaves follow the last one without a gap. Raises ValueError for an index
        out of place and for a leaf hash that is not 32 bytes long.
        """
        count = self._count_after(changes)
        _check_lengths(changes.values())
        nodes = dict(changes)
        staged = [nodes]
        width = count
        while width > 1:
            depth = len(staged) - 1
            level = self._levels[depth] if depth < len(self._levels) else bytearray()
            nodes = _parents(level, nodes, width - 1)
            staged.append(nodes)
            width = (width + 1) >> 1
        return Staged(nodes[0] if nodes else self.root, count, self._version, staged)

    def adopt(self, staged: Staged) -> None:
        """Make a staged change the register's state. Raises StaleStageError unless it was staged on this very state."""
        if staged._base is not self._version:
            raise StaleStageError("the change was staged on another state of the register: stage it again")
        width = staged.count
        for depth, nodes in enumerate(staged._nodes):
            if depth == len(self._levels):
                self._levels.append(bytearray())
            level = self._levels[depth]
            level.extend(bytes(width * HASH_SIZE - len(level)))
            for index, node in nodes.items():
                _write_hash(level, index * HASH_SIZE, node)
            width = (width + 1) >> 1
        self.count = staged.count
        self.root = staged.root
        self._version = object()

    def leaf(self, index: int) -> bytes:
        """The hash of one leaf. Raises IndexError if there is no such leaf."""
        self._check_index(index)
        return bytes(self._levels[0][index * HASH_SIZE : (index + 1) * HASH_SIZE])

    def path(self, index: int) -> list[bytes]:
        """Inclusion path of a leaf, from its sibling up. Raises IndexError if there is no such leaf."""
        self._check_index(index)
        path = []
        for level in self._levels[:-1]:
            start = (index ^ 1) * HASH_SIZE
            # The last node of an odd level has no sibling: it is promoted as it is.
            if start < len(level):
                path.append(bytes(level[start : start + HASH_SIZE]))
            index >>= 1
        return path

    def _check_index(self, index: int) -> None:
        if not 0 <= index < self.count:
            raise IndexError(f"no leaf {index} in a register of {self.count}")

    def _count_after(self, changes: Mapping[int, bytes]) -> int:
        if not changes:
            return self.count
        if min(changes) < 0:
            raise ValueError(f"no leaf {min(changes)} in a register")
        count = max(self.count, max(changes) + 1)
        appended = sum(index >= self.count for index in changes)
        if count != self.count + appended:
            raise ValueError(f"new leaves must follow leaf {self.count - 1} without a gap")
        return count


def _parents(level: bytearray, nodes: dict[int, bytes], last: int) -> dict[int, bytes]:
    """The changed nodes of the next level up: `nodes` changed in `level`, whose last index is to be `last`.

    This loop is where the register spends its time. Collecting what is to be hashed first, and hashing it in one go,
    is quicker than hashing within the loop, and the order of the nodes is of no use to it.
    """
    parents: list[int] = []
    contents: list[bytes] = []
    promoted = None
    for index, node in nodes.items():
        if index & 1:
            # A left sibling that changed too brings this node along.
            if index - 1 not in nodes:
                parents.append(index >> 1)
                start = index * HASH_SIZE
                contents.append(NODE_PREFIX + level[start - HASH_SIZE : start] + node)
        elif index == last:
            promoted = node
        else:
            parents.append(index >> 1)
            right = nodes.get(index + 1)
            if right is None:
                start = (index + 1) * HASH_SIZE
                contents.append(NODE_PREFIX + node + level[start : start + HASH_SIZE])
            else:
                contents.append(NODE_PREFIX + node + right)
    above = dict(zip(parents, [hashed.digest() for hashed in map(sha256, contents)], strict=True))
    if promoted is not None:
        above[last >> 1] = promoted
    return above


def _levels_over(leaves: bytearray) -> list[bytearray]:
    levels = [leaves]
    while len(levels[-1]) > HASH_SIZE:
        below = levels[-1]
        level = bytearray()
        paired = len(below) - len(below) % _PAIR_SIZE
        step = _BUILD_STEP * _PAIR_SIZE
        for start in range(0, paired, step):
            pairs = iter_unpack(f"{_PAIR_SIZE}s", below[start : min(start + step, paired)])
            level += b"".join([sha256(NODE_PREFIX + pair).digest() for (pair,) in pairs])
        level += below[paired:]
        levels.append(level)
    return levels


def _chunks(hashes: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The hashes in lists of bounded length, so that a build never holds them all as objects."""
    rest = iter(hashes)
    while chunk := list(islice(rest, _BUILD_STEP)):
        yield chunk


def _check_lengths(hashes: Iterable[bytes]) -> None:
    if not set(map(len, hashes)) <= {HASH_SIZE}:
        raise ValueError(f"a leaf hash has {HASH_SIZE} bytes")
