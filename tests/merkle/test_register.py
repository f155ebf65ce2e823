"""The register against recursion over all its leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.merkle.hashing import EMPTY_ROOT
from cardtrail.merkle.proofs import verify_inclusion
from cardtrail.merkle.register import Register, StaleStageError
from tests.merkle.naive import leaf, leaves, mth, path, sha, vectors


def state(register: Register) -> tuple[int, bytes, list[bytes], list[list[bytes]]]:
    """All that can be read from a register."""
    every = range(register.count)
    return (
        register.count,
        register.root,
        [register.leaf(i) for i in every],
        [register.path(i) for i in every],
    )


def expected(hashes: list[bytes]) -> tuple[int, bytes, list[bytes], list[list[bytes]]]:
    return len(hashes), mth(hashes), hashes, [path(i, hashes) for i in range(len(hashes))]


def applied(hashes: list[bytes], changes: dict[int, bytes]) -> list[bytes]:
    after = hashes + [b""] * (max([len(hashes) - 1, *changes]) + 1 - len(hashes))
    for index, changed in changes.items():
        after[index] = changed
    return after


@st.composite
def changes_to(draw, count: int) -> dict[int, bytes]:
    """Some leaves changed and some appended, in any order of indexes."""
    appended = draw(st.integers(0, 40))
    indexes = draw(st.sets(st.integers(0, max(0, count - 1)), max_size=12)) if count else set()
    order = draw(st.permutations(sorted({*indexes, *range(count, count + appended)})))
    salt = draw(st.binary(min_size=4, max_size=4))
    return {index: sha(salt + bytes([index % 256, index // 256])) for index in order}


def test_recorded_history():
    register = Register()
    for step in vectors("register.json")["steps"]:
        changes = {int(index): bytes.fromhex(changed) for index, changed in step["changes"].items()}
        staged = register.stage(changes)
        assert (staged.count, staged.root.hex()) == (step["count"], step["root"])
        register.adopt(staged)
        assert (register.count, register.root.hex()) == (step["count"], step["root"])


def test_a_new_register_is_the_empty_tree():
    assert state(Register()) == (0, EMPTY_ROOT, [], [])


@pytest.mark.parametrize("count", [*range(70), 255, 256, 257, 1000])
def test_build(count):
    register = Register.build(leaf for leaf in leaves(count))
    assert (register.count, register.root) == (count, mth(leaves(count)))
    if count < 70:
        assert state(register) == expected(leaves(count))


def test_a_build_longer_than_one_step():
    hashes = leaves(140_001)
    assert Register.build(hashes).root == mth(hashes)


@given(st.integers(0, 80), st.data())
def test_stage_and_adopt(count, data):
    hashes = leaves(count)
    register = Register.build(hashes)
    for _ in range(3):
        before = state(register)
        changes = data.draw(changes_to(len(hashes)))
        staged = register.stage(changes)
        after = applied(hashes, changes)
        assert (staged.count, staged.root) == (len(after), mth(after))
        assert state(register) == before
        register.adopt(staged)
        assert state(register) == expected(after)
        hashes = after


def test_leaves_added_one_by_one():
    register, hashes = Register(), leaves(70)
    for index, added in enumerate(hashes):
        register.adopt(register.stage({index: added}))
        assert state(register) == expected(hashes[: index + 1])


def test_a_stage_keeps_what_it_was_given():
    register, changes = Register.build(leaves(5)), {2: leaf(100)}
    staged = register.stage(changes)
    changes[2] = leaf(101)
    changes[3] = leaf(102)
    register.adopt(staged)
    assert state(register) == expected([leaf(0), leaf(1), leaf(100), leaf(3), leaf(4)])


def test_only_one_of_two_stages_can_be_adopted():
    register = Register.build(leaves(5))
    first, second = register.stage({1: leaf(10)}), register.stage({2: leaf(20)})
    register.adopt(first)
    before = state(register)
    for stale in (second, first):
        with pytest.raises(StaleStageError):
            register.adopt(stale)
    assert state(register) == before


def test_even_a_stage_without_changes_goes_stale():
    register = Register.build(leaves(5))
    empty, other = register.stage({}), register.stage({})
    assert (empty.count, empty.root) == (5, register.root)
    register.adopt(empty)
    with pytest.raises(StaleStageError):
        register.adopt(other)


def test_a_stage_of_an_equal_register_is_refused():
    one, other = Register.build(leaves(5)), Register.build(leaves(5))
    with pytest.raises(StaleStageError):
        one.adopt(other.stage({1: leaf(10)}))


@pytest.mark.parametrize("indexes", [[-1], [6], [5, 7], [0, 4, 6], [-1, 5], [-2, 5, 6]])
def test_leaves_out_of_place_are_refused(indexes):
    register = Register.build(leaves(5))
    with pytest.raises(ValueError, match="leaf"):
        register.stage({index: leaf(index) for index in indexes})


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_leaf_hash_of_another_length_is_refused(size):
    with pytest.raises(ValueError, match="32 bytes"):
        Register.build(leaves(5)).stage({1: leaf(1), 2: bytes(size)})
    with pytest.raises(ValueError, match="32 bytes"):
        Register.build([leaf(1), bytes(size)])


@pytest.mark.parametrize(("count", "index"), [(0, 0), (5, 5), (5, -1), (4, 4)])
def test_there_is_no_path_of_a_leaf_that_is_not_there(count, index):
    register = Register.build(leaves(count))
    with pytest.raises(IndexError):
        register.path(index)
    with pytest.raises(IndexError):
        register.leaf(index)


@given(st.integers(1, 300), st.data())
def test_paths_verify(count, data):
    register = Register.build(leaves(count))
    index = data.draw(st.integers(0, count - 1))
    assert verify_inclusion(leaf(index), index, count, register.path(index), register.root)
