"""The log's edge against recursion over all its leaves."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.merkle.log import LogTree
from tests.merkle.naive import leaves, mth, tiles, unhex, vectors

LOGS = vectors("logs.json")["logs"]
LEAVES = leaves(70_000)

# Sizes around every place where something happens: powers of two, a full tile, a full tile of tiles.
EDGE_SIZES = [0, 1, 2, 3, 7, 8, 127, 128, 129, 254, 255, 256, 257, 511, 512, 513, 1000]


def grown(size: int) -> tuple[LogTree, dict[tuple[int, int, int], bytes]]:
    """A log of `size` leaves, and the tiles a store would have after it."""
    tree = LogTree()
    tree.extend(LEAVES[:size])
    return tree, {(level, n, 256): data for level, n, data in tree.take_full_tiles()}


def test_published_roots():
    vector = vectors("rfc6962.json")
    tree = LogTree()
    for size, root in enumerate(unhex(vector["roots"])):
        assert (tree.size, tree.root()) == (size, root)
        if size < 8:
            tree.append(bytes.fromhex(vector["nodes"][0][size]))


@pytest.mark.parametrize("log", LOGS, ids=[log["size"] for log in LOGS])
def test_log_vectors(log):
    tree, stored = grown(log["size"])
    assert tree.root().hex() == log["root"] == mth(LEAVES[: log["size"]]).hex()
    digest = hashlib.sha256()
    for level, counts in enumerate(log["levels"]):
        for n in range(counts["full"]):
            digest.update(stored.pop((level, n, 256)))
        if counts["partial"]:
            digest.update(tree.partial_tile(level, counts["full"], counts["partial"]))
    assert digest.hexdigest() == log["tiles_sha256"]
    assert not stored


@pytest.mark.parametrize("size", [255, 256, 257, 65_535, 65_536, 70_000])
def test_full_and_partial_tiles_are_those_of_the_definition(size):
    tree, stored = grown(size)
    for (level, n, width), data in tiles(LEAVES[:size]).items():
        if width == 256:
            assert stored.pop((level, n, width)) == data
        else:
            assert tree.partial_tile(level, n, width) == data
    assert not stored


def test_one_by_one_is_the_same_as_all_at_once():
    tree = LogTree()
    together, stored = grown(1000)
    for size, leaf in enumerate(LEAVES[:1000]):
        if size in EDGE_SIZES:
            assert tree.root() == mth(LEAVES[:size])
        tree.append(leaf)
    assert tree.root() == together.root()
    assert {(level, n, 256): data for level, n, data in tree.take_full_tiles()} == stored


@given(st.lists(st.integers(0, 700), max_size=6), st.data())
def test_any_batches(batches, data):
    tree, size = LogTree(), 0
    for batch in batches:
        tree.extend(LEAVES[size : size + batch])
        size += batch
        # Whether the root is asked for in between must not matter.
        if data.draw(st.booleans()):
            assert tree.root() == mth(LEAVES[:size])
    assert tree.size == size
    assert tree.root() == mth(LEAVES[:size])


def test_extend_takes_any_iterable():
    tree = LogTree()
    tree.extend(leaf for leaf in LEAVES[:600])
    tree.extend([])
    assert (tree.size, tree.root()) == (600, mth(LEAVES[:600]))


@given(st.integers(0, 600), st.integers(0, 600), st.booleans())
def test_a_copy_grows_alone(size, more, asked):
    tree, _ = grown(size)
    if asked:
        tree.root()
    copy = tree.copy()
    copy.extend(LEAVES[size : size + more])
    assert (copy.size, copy.root()) == (size + more, mth(LEAVES[: size + more]))
    assert (tree.size, tree.root(), tree.take_full_tiles()) == (size, mth(LEAVES[:size]), [])
    tree.extend([b"\xaa" * 32] * more)
    assert copy.root() == mth(LEAVES[: size + more])


def test_full_tiles_are_given_once_and_go_along_with_a_copy():
    tree = LogTree()
    tree.extend(LEAVES[:256])
    copy = tree.copy()
    copy.extend(LEAVES[256:512])
    assert [tile[:2] for tile in copy.take_full_tiles()] == [(0, 0), (0, 1)]
    assert copy.take_full_tiles() == []
    assert [tile[:2] for tile in tree.take_full_tiles()] == [(0, 0)]


def test_a_tile_of_tiles_comes_after_the_last_tile_it_is_made_of():
    tree = LogTree()
    tree.extend(LEAVES[:65_536])
    assert [tile[:2] for tile in tree.take_full_tiles()] == [(0, n) for n in range(256)] + [(1, 0)]


@pytest.mark.parametrize("size", [*EDGE_SIZES, 65_535, 65_536, 65_537, 70_000])
def test_load_gives_the_same_tree(size):
    tree, stored = grown(size)
    if size % 256:
        stored[0, size // 256, size % 256] = tree.partial_tile(0, size // 256, size % 256)
    loaded = LogTree.load(size, lambda *tile: stored[tile])
    assert (loaded.size, loaded.root(), loaded.take_full_tiles()) == (size, tree.root(), [])
    # It goes on as the other does, through the next full tiles.
    for each in (tree, loaded):
        each.extend(LEAVES[: 65_536 if size > 60_000 else 600])
    assert loaded.root() == tree.root()
    assert loaded.take_full_tiles() == tree.take_full_tiles()


@pytest.mark.parametrize("flaw", [(0, 0, 256), (0, 1, 44)])
def test_load_refuses_a_tile_of_another_length(flaw):
    tree, stored = grown(300)
    stored[0, 1, 44] = tree.partial_tile(0, 1, 44)
    stored[flaw] = stored[flaw][:-1]
    with pytest.raises(ValueError, match=f"tile {flaw[1]} of level 0 has"):
        LogTree.load(300, lambda *tile: stored[tile])


def test_a_partial_tile_of_an_earlier_size():
    tree, _ = grown(300)
    assert tree.partial_tile(0, 1, 10) == b"".join(LEAVES[256:266])


@pytest.mark.parametrize(
    "tile",
    [
        (0, 1, 45),
        (0, 1, 0),
        (0, 1, -1),
        (0, 0, 44),
        (0, 2, 1),
        (0, -1, 1),
        (1, 0, 2),
        (1, 1, 1),
        (2, 0, 1),
        (-1, 0, 1),
    ],
)
def test_no_other_tile_is_at_the_edge(tile):
    tree, _ = grown(300)
    with pytest.raises(LookupError, match="at the edge"):
        tree.partial_tile(*tile)
