"""Checkpoint bodies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.merkle.checkpoint import Checkpoint, CheckpointError
from cardtrail.merkle.hashing import EMPTY_ROOT
from cardtrail.merkle.plain_text import encode_base64
from tests.merkle.naive import vectors

VECTORS = vectors("checkpoint.json")
ROOT = bytes(range(32))


@pytest.mark.parametrize("vector", VECTORS["checkpoints"], ids=lambda v: v["origin"])
def test_checkpoints(vector):
    checkpoint = Checkpoint(vector["origin"], vector["size"], bytes.fromhex(vector["root"]))
    assert checkpoint.encode() == vector["text"]
    assert Checkpoint.parse(vector["text"]) == checkpoint


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda v: v["why"])
def test_other_texts_are_refused(vector):
    with pytest.raises(CheckpointError):
        Checkpoint.parse(vector["text"])


@pytest.mark.parametrize("digits", [20, 5000, 100_000])
def test_a_number_of_any_length_is_refused(digits):
    # Python itself gives up on integers of more than 4,300 digits, with an error of its own.
    with pytest.raises(CheckpointError):
        Checkpoint.parse(f"a\n{'9' * digits}\n{encode_base64(ROOT)}\n")


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, ROOT), ("a b", 1, ROOT), ("a+b", 1, ROOT), ("a\nb", 1, ROOT), ("a\u2028b", 1, ROOT),
        ("\ud800", 1, ROOT),
        ("a", -1, ROOT), ("a", 2**63, ROOT), ("a", 1, ROOT[:-1]), ("a", 1, ROOT + b"\x00"), ("a", 0, ROOT),
    ],
)  # fmt: skip
def test_values_without_a_text_are_refused(origin, size, root):
    with pytest.raises(CheckpointError):
        Checkpoint(origin, size, root)


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_checkpoints_come_back(size, root):
    checkpoint = Checkpoint("cardtrail.example/ab12cd34", size, root)
    assert Checkpoint.parse(checkpoint.encode()) == checkpoint


def almost(text: str) -> st.SearchStrategy[str]:
    """The text with a piece of it replaced by anything."""
    places = st.integers(0, len(text))
    return st.builds(
        lambda a, b, new: text[: min(a, b)] + new + text[max(a, b) :], places, places, st.text(max_size=4)
    )


@given(
    st.one_of(
        st.text(),
        almost(Checkpoint("example.com/log", 42, ROOT).encode()),
        almost(f"a\n0\n{encode_base64(EMPTY_ROOT)}\n"),
    )
)
def test_a_text_is_the_one_spelling_or_refused(text):
    try:
        checkpoint = Checkpoint.parse(text)
    except CheckpointError:
        return
    assert checkpoint.encode() == text
