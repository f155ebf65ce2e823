"""Tiles, bundles, their paths, and proofs made from tiles alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.merkle.proofs import consistency_path, inclusion_path, verify_consistency, verify_inclusion
from cardtrail.merkle.tiles import (
    BundleError,
    EntriesRef,
    TileError,
    TileNodes,
    TileRef,
    decode_bundle,
    encode_bundle,
    entries_path,
    parse_path,
    tile_path,
    tiles_added,
    tiles_of,
)
from tests.merkle.naive import leaves, mth, subtree, tiles, unhex, vectors

PATHS = vectors("tile_paths.json")
BUNDLES = vectors("bundles.json")
SIZES = [255, 256, 257, 65_535, 65_536, 70_000]
LEAVES = leaves(70_000)


@pytest.mark.parametrize("vector", PATHS["paths"], ids=lambda v: v["path"])
def test_paths(vector):
    path, level, n, width = vector["path"], vector["level"], vector["n"], vector["width"]
    if level == "entries":
        assert entries_path(n, width) == path
        assert parse_path(path) == EntriesRef(n, width)
    else:
        assert tile_path(level, n, width) == path
        assert parse_path(path) == TileRef(level, n, width)


@pytest.mark.parametrize("path", PATHS["refused"])
def test_other_spellings_name_nothing(path):
    assert parse_path(path) is None


@given(st.integers(0, 63), st.integers(0, 10**18 - 1), st.integers(1, 256))
def test_every_path_names_what_it_was_made_for(level, n, width):
    assert parse_path(tile_path(level, n, width)) == TileRef(level, n, width)
    assert parse_path(entries_path(n, width)) == EntriesRef(n, width)


@given(
    st.one_of(
        st.text(),
        st.from_regex(r"tile/([0-9]+|entries)/(x?[0-9]{3}/)*x?[0-9]+(\.p/[0-9]*)?\n?", fullmatch=True),
    )
)
def test_a_path_has_one_spelling(text):
    found = parse_path(text)
    if isinstance(found, TileRef):
        assert tile_path(*found) == text
    elif found is not None:
        assert entries_path(*found) == text


@pytest.mark.parametrize("tile", [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257), (0, 0, -1)])
def test_there_is_no_path_of_a_tile_that_cannot_be(tile):
    with pytest.raises(ValueError, match="tile"):
        tile_path(*tile)


@pytest.mark.parametrize("size", SIZES)
def test_tile_sets(size):
    assert list(tiles_of(size)) == list(tiles(LEAVES[:size]))


def test_tile_set_of_the_specification():
    # c2sp.org/tlog-tiles, "Partial Tiles".
    counts = [(level, n, width) for level, n, width in tiles_of(70_000) if width < 256 or level]
    assert counts == [(0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)]
    assert sum(level == 0 and width == 256 for level, _, width in tiles_of(70_000)) == 273
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(0)) == []


@pytest.mark.parametrize("old", [0, 1, 255, 256, 257, 511, 600, 65_535, 65_536, 69_999, 70_000])
@pytest.mark.parametrize("new", SIZES)
def test_tiles_added_are_those_not_there_before(old, new):
    if old <= new:
        before = set(tiles_of(old))
        assert list(tiles_added(old, new)) == [tile for tile in tiles_of(new) if tile not in before]


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1)])
def test_a_log_does_not_shrink(old, new):
    with pytest.raises(ValueError, match="cannot have grown"):
        tiles_added(old, new)


@pytest.mark.parametrize("vector", BUNDLES["bundles"])
def test_bundles(vector):
    entries, bundle = unhex(vector["entries"]), bytes.fromhex(vector["bundle"])
    assert encode_bundle(entries) == bundle
    assert decode_bundle(bundle, len(entries)) == entries


@pytest.mark.parametrize("vector", BUNDLES["refused"], ids=lambda v: f"{v['width']} in {v['bundle']}")
def test_other_bytes_are_no_bundle(vector):
    with pytest.raises(BundleError):
        decode_bundle(bytes.fromhex(vector["bundle"]), vector["width"])


def test_a_cut_bundle_names_the_entry_it_ends_in():
    with pytest.raises(BundleError, match="ends within entry 1 of 3"):
        decode_bundle(encode_bundle([b"a", b"bc", b"d"])[:6], 3)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_come_back(entries):
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@given(st.binary(max_size=200), st.integers(0, 256))
def test_bytes_are_a_bundle_or_refused(data, width):
    try:
        entries = decode_bundle(data, width)
    except BundleError:
        return
    assert (len(entries), encode_bundle(entries)) == (width, data)


def test_the_longest_entry():
    longest = bytes(65_535)
    assert decode_bundle(encode_bundle([longest]), 1) == [longest]
    with pytest.raises(BundleError, match="65536 bytes"):
        encode_bundle([b"", longest + b"\x00"])


class Store:
    """Tiles of one log size; remembers what was read, and has nothing else."""

    def __init__(self, size: int) -> None:
        self.tiles = tiles(LEAVES[:size])
        self.read: list[tuple[int, int, int]] = []

    def __call__(self, level: int, n: int, width: int) -> bytes:
        self.read.append((level, n, width))
        return self.tiles[level, n, width]


@pytest.mark.parametrize("size", SIZES)
def test_proofs_from_tiles(size):
    nodes, root = TileNodes(size, Store(size)), mth(LEAVES[:size])
    for index in {0, 1, 254, 255, 256, size // 2, size - 2, size - 1} & set(range(size)):
        path = inclusion_path(index, size, nodes)
        assert verify_inclusion(LEAVES[index], index, size, path, root)
    for old in {1, 2, 255, 256, size // 3, size - 1, size} & set(range(size + 1)):
        path = consistency_path(old, size, nodes)
        assert verify_consistency(old, mth(LEAVES[:old]), size, root, path)


def test_nodes_are_those_of_the_definition():
    nodes, naive = TileNodes(700, Store(700)), subtree(LEAVES[:700])
    for level in range(10):
        for index in range(700 >> level):
            assert nodes(level, index) == naive(level, index)


@pytest.mark.parametrize(
    ("level", "index"), [(0, 700), (1, 350), (8, 2), (9, 1), (10, 0), (0, -1), (-1, 0), (600, 0)]
)
def test_no_node_outside_the_log(level, index):
    with pytest.raises(LookupError, match="no complete subtree"):
        TileNodes(700, Store(700))(level, index)


def test_a_tile_is_read_once_while_it_is_kept():
    store = Store(1024)
    nodes = TileNodes(1024, store, keep=2)
    for index in (0, 1, 256, 0, 512, 1, 257):
        nodes(0, index)
    # Tile 1 made room for tile 2, since tile 0 had been used after it; then tile 2 stayed, and tile 0 had to go.
    assert store.read == [(0, 0, 256), (0, 1, 256), (0, 2, 256), (0, 1, 256)]
    nodes(0, 0)
    assert store.read[4:] == []


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: data + bytes(32), lambda data: b""])
def test_a_tile_of_another_length_is_refused(spoil):
    store = Store(300)
    nodes = TileNodes(300, lambda *tile: spoil(store(*tile)))
    with pytest.raises(TileError, match=r"tile/0/001\.p/44 has"):
        nodes(0, 299)
