"""One strict rule for what an Ed25519 signature is, shown on published vectors where implementations differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.signing import keys
from cardtrail.signing.keys import SecretKey, is_usable_key, verify

VECTORS = Path(__file__).parents[2] / "vectors" / "ed25519"
FIELD_PRIME = 2**255 - 19


def vectors(name: str) -> list[dict[str, Any]]:
    return json.loads((VECTORS / name).read_text("utf-8"))["vectors"]


@pytest.mark.parametrize("vector", vectors("rfc8032.json"), ids=lambda vector: vector["name"])
def test_rfc_8032(vector):
    secret, message = SecretKey(bytes.fromhex(vector["seed"])), bytes.fromhex(vector["message"])
    assert secret.public.hex() == vector["key"]
    assert secret.sign(message).hex() == vector["signature"]
    assert verify(secret.public, message, secret.sign(message))


@pytest.mark.parametrize("vector", vectors("speccheck.json"), ids=lambda vector: vector["note"])
def test_where_implementations_part(vector):
    key, message, signature = (bytes.fromhex(vector[name]) for name in ("key", "message", "signature"))
    assert verify(key, message, signature) is vector["valid"]


def test_edge_points():
    """Every pair of odd points: only those of large order, in their one spelling, verify, and without the cofactor."""
    found = vectors("edge_points.json")
    assert (len(found), sum(vector["valid"] for vector in found)) == (768, 43)
    for vector in found:
        key, signature = bytes.fromhex(vector["key"]), bytes.fromhex(vector["signature"])
        assert verify(key, vector["message"].encode(), signature) is vector["valid"], vector


def test_keys_of_small_order_own_nothing():
    """In every spelling that occurs among the published vectors, canonical or not."""
    flagged = {vector["key"] for vector in vectors("edge_points.json") if "LowOrderA" in vector["flags"]}
    assert len(flagged) == 14
    assert not any(is_usable_key(bytes.fromhex(key)) for key in flagged)


def test_keys_outside_the_field_own_nothing():
    """y from p to 2^255 - 1, with either sign: nineteen values that also have a canonical spelling."""
    for y in range(FIELD_PRIME, 2**255):
        for sign in (0, 1 << 255):
            assert not is_usable_key((y | sign).to_bytes(32, "little"))
    assert is_usable_key((FIELD_PRIME - 2).to_bytes(32, "little"))


@given(st.binary(min_size=32, max_size=32))
def test_keys_that_people_make_are_usable(seed):
    assert is_usable_key(SecretKey(seed).public)


@given(st.binary(max_size=200), st.integers(0, 95), st.integers(0, 7))
def test_no_bit_can_be_changed(message, place, bit):
    """Of the key or of the signature."""
    secret = SecretKey(bytes(range(32)))
    whole = bytearray(secret.public + secret.sign(message))
    assert verify(bytes(whole[:32]), message, bytes(whole[32:]))
    whole[place] ^= 1 << bit
    assert not verify(bytes(whole[:32]), message, bytes(whole[32:]))


@pytest.mark.parametrize("sizes", [(31, 64), (33, 64), (32, 63), (32, 65), (0, 0)])
def test_other_lengths_verify_nothing(sizes):
    assert not verify(bytes(sizes[0]), b"", bytes(sizes[1]))


def test_a_secret_does_not_show():
    """A log that prints a key prints its public half."""
    secret = SecretKey(bytes(range(32)))
    assert secret.seed.hex() not in repr(secret) + str(secret)
    assert secret.public.hex() in repr(secret)
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        SecretKey(bytes(31))
    assert SecretKey.generate().seed != SecretKey.generate().seed


def test_without_the_list_small_orders_would_own(monkeypatch):
    """The list is what refuses them: libsodium itself looks at keys only when it verifies."""
    monkeypatch.setattr(keys, "_SMALL_ORDER", frozenset())
    assert is_usable_key(bytes(32))
