"""Identity envelopes: one hash for one content, nothing to guess without the salt."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.wallet.envelope import HOLDER, Envelope, fill_envelope, open_envelope
from cardtrail.wire.codec import encode
from tests.wallet.vectors import load

FIELDS = {"name": "李雷", "phone": "+86 139 0000 0000"}


@pytest.mark.parametrize("vector", load("envelope")["envelopes"], ids=lambda vector: vector["hash"][:8])
def test_vectors(vector):
    envelope = fill_envelope(vector["fields"], schema=vector["schema"], salt=bytes.fromhex(vector["salt"]))
    assert encode(envelope).hex() == vector["bytes"]
    assert envelope.hash.hex() == vector["hash"]


def test_the_same_person_never_looks_the_same():
    assert len({fill_envelope(FIELDS).hash for _ in range(50)}) == 50


def test_order_and_spelling_of_fields_do_not_matter():
    salt = bytes(32)
    turned = dict(reversed(FIELDS.items()))
    assert fill_envelope(FIELDS, salt=salt).hash == fill_envelope(turned, salt=salt).hash
    apart = {"name": unicodedata.normalize("NFD", "é")}
    assert fill_envelope(apart, salt=salt).hash == fill_envelope({"name": "é"}, salt=salt).hash


@pytest.mark.parametrize("changed", [{"name": "李雷"}, FIELDS | {"name": "韩梅梅"}, FIELDS | {"x": ""}])
def test_every_field_counts(changed):
    assert fill_envelope(changed, salt=bytes(32)).hash != fill_envelope(FIELDS, salt=bytes(32)).hash


def test_what_is_no_envelope():
    composed, apart = "é", unicodedata.normalize("NFD", "é")
    for fields in (
        {"": "x"},
        {"x": "y" * 1025},
        {str(n): "" for n in range(33)},
        {composed: "", apart: ""},
        {"x": "\ud800"},
    ):
        with pytest.raises(ValueError, match=r"."):
            fill_envelope(fields)
    with pytest.raises(ValueError, match=r"."):
        fill_envelope(FIELDS, salt=bytes(31))
    unsorted = Envelope(HOLDER, bytes(32), (("b", ""), ("a", "")))
    twice = Envelope(HOLDER, bytes(32), (("a", ""), ("a", "")))
    for envelope in (unsorted, twice):
        with pytest.raises(ValueError, match="not sorted"):
            open_envelope(encode(envelope))


@given(st.dictionaries(st.text("abé", min_size=1, max_size=4), st.text(max_size=8), max_size=4))
def test_an_envelope_can_be_opened_again(fields):
    try:
        envelope = fill_envelope(fields)
    except ValueError:
        return
    assert open_envelope(encode(envelope)) == envelope


def test_a_repr_tells_nothing_of_the_person():
    shown = repr(fill_envelope(FIELDS))
    assert "李雷" not in shown
    assert "139" not in shown
    assert "name" in shown
