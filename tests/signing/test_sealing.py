"""XChaCha20-Poly1305: the draft's own vector, and nothing opens that was not sealed exactly so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardtrail.signing.sealing import SealBroken, decrypt, encrypt, new_nonce

CUSTODY = Path(__file__).parents[2] / "vectors" / "wallet" / "custody.json"
KEY, NONCE = bytes(range(32)), bytes(24)


def test_the_drafts_vector():
    vector = json.loads(CUSTODY.read_text("utf-8"))["aead"]
    key, nonce, associated, data, ciphertext = (
        bytes.fromhex(vector[name]) for name in ("key", "nonce", "associated", "data", "ciphertext")
    )
    assert encrypt(key, nonce, data, associated) == ciphertext
    assert decrypt(key, nonce, ciphertext, associated) == data


def test_another_key_nonce_or_associated_data_opens_nothing():
    sealed = encrypt(KEY, NONCE, b"root", b"about")
    assert decrypt(KEY, NONCE, sealed, b"about") == b"root"
    for key, nonce, associated in (
        (bytes(32), NONCE, b"about"),
        (KEY, bytes(23) + b"\x01", b"about"),
        (KEY, NONCE, b""),
        (KEY, NONCE, b"about "),
    ):
        with pytest.raises(SealBroken):
            decrypt(key, nonce, sealed, associated)


@pytest.mark.parametrize("length", range(20))
def test_a_ciphertext_cut_short(length):
    with pytest.raises(SealBroken):
        decrypt(KEY, NONCE, encrypt(KEY, NONCE, b"root", b"")[:length], b"")


@pytest.mark.parametrize(("key", "nonce"), [(bytes(31), NONCE), (bytes(33), NONCE), (KEY, bytes(12))])
def test_lengths(key, nonce):
    for use in (encrypt, decrypt):
        with pytest.raises(ValueError, match="32 bytes"):
            use(key, nonce, bytes(40), b"")


def test_a_nonce_is_new_every_time():
    assert len({new_nonce() for _ in range(100)}) == 100
    assert len(new_nonce()) == 24
