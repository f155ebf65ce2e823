"""Proofs: published ones, those of the definition, and every way we know of to spoil one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.merkle.hashing import EMPTY_ROOT, HASH_SIZE
from cardtrail.merkle.proofs import (
    consistency_path,
    inclusion_path,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.merkle.naive import leaf, leaves, mth, path, proof, split, subtree, unhex, vectors

RFC = vectors("rfc6962.json")
ROOTS = unhex(RFC["roots"])
RFC_LEAVES = unhex(RFC["nodes"][0])
LEAVES = leaves(300)
ROOT = [mth(LEAVES[:size]) for size in range(301)]

inclusions = st.integers(1, 300).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))
growths = st.integers(0, 300).flatmap(lambda new: st.tuples(st.integers(0, new), st.just(new)))


def flipped(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(data))


def spoilt(hashes: list[bytes], bit: int) -> list[list[bytes]]:
    """A path with one bit flipped in each of its hashes, one hash short, one too many, and in another order."""
    found = [[*hashes[:i], flipped(node, bit), *hashes[i + 1 :]] for i, node in enumerate(hashes)]
    found += [[*hashes[:i], *hashes[i + 1 :]] for i in range(len(hashes))]
    found += [
        [*hashes[:i], extra, *hashes[i:]] for i in range(len(hashes) + 1) for extra in (EMPTY_ROOT, b"")
    ]
    found += [[*hashes[:i], node[:-1], *hashes[i + 1 :]] for i, node in enumerate(hashes)]
    found += [[*hashes[:i], node + b"\x00", *hashes[i + 1 :]] for i, node in enumerate(hashes)]
    return found if len(hashes) < 2 else [*found, hashes[::-1]]


@pytest.mark.parametrize("vector", RFC["inclusion"], ids=lambda v: f"{v['index']} of {v['size']}")
def test_published_inclusion(vector):
    index, size, published = vector["index"], vector["size"], unhex(vector["path"])
    assert inclusion_path(index, size, subtree(RFC_LEAVES)) == published
    assert root_from_inclusion(RFC_LEAVES[index], index, size, published) == ROOTS[size]
    assert verify_inclusion(RFC_LEAVES[index], index, size, published, ROOTS[size])


@pytest.mark.parametrize("vector", RFC["consistency"], ids=lambda v: f"{v['old']} to {v['new']}")
def test_published_consistency(vector):
    old, new, published = vector["old"], vector["new"], unhex(vector["path"])
    assert consistency_path(old, new, subtree(RFC_LEAVES)) == published
    assert verify_consistency(old, ROOTS[old], new, ROOTS[new], published)


def test_all_small_inclusions_are_those_of_the_definition():
    for size in range(1, 50):
        for index in range(size):
            made = inclusion_path(index, size, subtree(LEAVES[:size]))
            assert made == path(index, LEAVES[:size])
            assert verify_inclusion(LEAVES[index], index, size, made, ROOT[size])


def test_all_small_consistencies_are_those_of_the_definition():
    for new in range(1, 50):
        for old in range(1, new + 1):
            made = consistency_path(old, new, subtree(LEAVES[:new]))
            assert made == proof(old, LEAVES[:new])
            assert verify_consistency(old, ROOT[old], new, ROOT[new], made)


def test_a_path_reads_no_leaf_behind_the_size_it_is_for():
    assert inclusion_path(2, 7, subtree(LEAVES[:7])) == inclusion_path(2, 7, subtree(LEAVES))
    assert consistency_path(3, 7, subtree(LEAVES[:7])) == consistency_path(3, 7, subtree(LEAVES))


@given(inclusions, st.integers(0, 8 * HASH_SIZE - 1))
def test_a_spoilt_inclusion_fails(at, bit):
    index, size = at
    good, root, hashed = inclusion_path(index, size, subtree(LEAVES)), ROOT[size], LEAVES[index]
    assert verify_inclusion(hashed, index, size, good, root)
    for bad in spoilt(good, bit):
        assert not verify_inclusion(hashed, index, size, bad, root)
    assert not verify_inclusion(flipped(hashed, bit), index, size, good, root)
    assert not verify_inclusion(hashed, index, size, good, flipped(root, bit))
    for wrong in (b"", hashed[:-1], hashed + b"\x00", EMPTY_ROOT):
        assert not verify_inclusion(wrong, index, size, good, root)
        assert not verify_inclusion(hashed, index, size, good, wrong) or wrong == root


@given(inclusions, st.integers(-3, 600))
def test_another_index_fails(at, other):
    index, size = at
    good = inclusion_path(index, size, subtree(LEAVES))
    for wrong in {other, index - 1, index + 1, index ^ 2, -index - 1, index + size} - {index}:
        assert not verify_inclusion(LEAVES[index], wrong, size, good, ROOT[size])


@given(inclusions, st.integers(0, 300))
def test_another_size_fails_with_its_root(at, other):
    index, size = at
    good = inclusion_path(index, size, subtree(LEAVES))
    for wrong in {other, size - 1} - {size}:
        # A path made for one size proves nothing of another, except where it happens to be that one's path too.
        if verify_inclusion(LEAVES[index], index, wrong, good, ROOT[wrong]):
            assert good == path(index, LEAVES[:wrong])


def sides(index: int, size: int) -> str:
    """On which side the siblings of a leaf stand, from the leaf up, by the recursion of section 2.1.1."""
    if size == 1:
        return ""
    k = split(size)
    return sides(index, k) + "R" if index < k else sides(index - k, size - k) + "L"


@given(inclusions, st.integers(-3, 600))
def test_another_size_fails_for_the_same_root_unless_the_leaf_hangs_there_alike(at, other):
    # A root says nothing of the size it is for, so a path cannot tell sizes apart in which the leaf hangs alike.
    # That is why a checkpoint signs the size with the root.
    index, size = at
    good = inclusion_path(index, size, subtree(LEAVES))
    for wrong in {other, size - 1, size + 1, 2 * size, size // 2} - {size}:
        alike = index < wrong and sides(index, wrong) == sides(index, size)
        assert verify_inclusion(LEAVES[index], index, wrong, good, ROOT[size]) == alike


@given(growths, st.integers(0, 8 * HASH_SIZE - 1))
def test_a_spoilt_consistency_fails(sizes, bit):
    old, new = sizes
    good = consistency_path(old, new, subtree(LEAVES))
    assert verify_consistency(old, ROOT[old], new, ROOT[new], good)
    for bad in spoilt(good, bit):
        assert not verify_consistency(old, ROOT[old], new, ROOT[new], bad)
    assert not verify_consistency(old, flipped(ROOT[old], bit), new, ROOT[new], good)
    # Nothing is promised about what an empty tree grew into, so there is no path that a wrong new root could break.
    assert old == 0 < new or not verify_consistency(old, ROOT[old], new, flipped(ROOT[new], bit), good)
    for wrong in (b"", ROOT[old][:-1], ROOT[old] + b"\x00"):
        assert not verify_consistency(old, wrong, new, ROOT[new], good)
        assert not verify_consistency(old, ROOT[old], new, wrong, good)


@given(growths, growths)
def test_consistency_with_another_size_fails(sizes, others):
    (old, new), (other_old, other_new) = sizes, others
    good = consistency_path(old, new, subtree(LEAVES))
    assert other_old in (0, old) or not verify_consistency(other_old, ROOT[old], new, ROOT[new], good)
    if old and verify_consistency(old, ROOT[old], other_new, ROOT[other_new], good):
        assert good == proof(old, LEAVES[:other_new])


def test_bytes_moved_across_the_border_of_two_hashes_fail():
    # What is hashed stays the same, so only the lengths give it away.
    left, right = LEAVES[0], LEAVES[1]
    assert verify_inclusion(left, 0, 2, [right], ROOT[2])
    assert not verify_inclusion(left + right[:1], 0, 2, [right[1:]], ROOT[2])
    assert not verify_inclusion(left[:-1], 0, 2, [left[-1:] + right], ROOT[2])
    assert not verify_inclusion(left + right, 0, 2, [b""], ROOT[2])
    assert verify_consistency(1, left, 2, ROOT[2], [right])
    assert not verify_consistency(1, left + right[:1], 2, ROOT[2], [right[1:]])


def test_a_log_that_rewrote_an_entry_is_not_consistent():
    rewritten = [leaf(1000), *LEAVES[1:20]]
    made = consistency_path(9, 20, subtree(rewritten))
    assert not verify_consistency(9, ROOT[9], 20, mth(rewritten), made)


def test_an_older_tree_does_not_extend_a_newer_one():
    good = consistency_path(9, 20, subtree(LEAVES))
    assert not verify_consistency(20, ROOT[20], 9, ROOT[9], good)
    assert not verify_consistency(-1, ROOT[9], 20, ROOT[20], good)


def test_the_empty_tree_is_a_prefix_of_all_and_has_one_root():
    assert verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    assert verify_consistency(0, EMPTY_ROOT, 9, ROOT[9], [])
    assert not verify_consistency(0, ROOT[9], 0, ROOT[9], [])
    assert not verify_consistency(0, ROOT[9], 9, ROOT[9], [])
    assert not verify_consistency(0, EMPTY_ROOT, 9, ROOT[9], [ROOT[9]])


def test_a_tree_without_leaves_includes_nothing():
    assert not verify_inclusion(EMPTY_ROOT, 0, 0, [], EMPTY_ROOT)


hashes_or_not = st.one_of(st.binary(max_size=70), st.binary(min_size=32, max_size=32))
numbers = st.one_of(st.integers(-5, 70), st.integers(0, 2**70), st.just(1 << 4000))


@given(hashes_or_not, numbers, numbers, st.lists(hashes_or_not, max_size=80), hashes_or_not)
def test_garbage_is_false(first, one, two, garbage, last):
    assert not verify_inclusion(first, one, two, garbage, last) or (one, two, garbage) == (0, 1, [])
    verified = verify_consistency(one, first, two, last, garbage)
    assert not verified or one == two or (one == 0 and first == EMPTY_ROOT)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_no_path_is_made_for_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_path(index, size, subtree(LEAVES))


@pytest.mark.parametrize(("old", "new"), [(6, 5), (-1, 5)])
def test_no_path_is_made_back_in_time(old, new):
    with pytest.raises(ValueError, match="cannot extend"):
        consistency_path(old, new, subtree(LEAVES))
