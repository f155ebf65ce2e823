"""Authenticated encryption with one secret key: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) through libsodium.

Its nonce of 24 bytes may be drawn at random for every message under one key, without counting messages."""

from __future__ import annotations

import secrets

from nacl import bindings
from nacl.exceptions import CryptoError

SEALING_KEY_BYTES = 32
NONCE_BYTES = 24
TAG_BYTES = 16


class SealBroken(ValueError):  # noqa: N818 - it names what happened
    """Ciphertext, nonce, associated data and key do not belong together. Which of them is wrong cannot be told."""


def new_nonce() -> bytes:
    """24 bytes from the operating system's randomness."""
    return secrets.token_bytes(NONCE_BYTES)


def encrypt(key: bytes, nonce: bytes, data: bytes, associated: bytes) -> bytes:
    """The ciphertext, 16 bytes longer than the data. `associated` is authenticated and not part of it.

    A nonce is used once. Raises `ValueError` for a key or nonce of another length."""
    _check(key, nonce)
    return bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(data, associated, nonce, key)


def decrypt(key: bytes, nonce: bytes, ciphertext: bytes, associated: bytes) -> bytes:
    """The data. Raises `SealBroken` unless every bit of ciphertext and `associated` is as `encrypt` had it, and
    `ValueError` for a key or nonce of another length."""
    _check(key, nonce)
    if len(ciphertext) < TAG_BYTES:
        raise SealBroken("the ciphertext is cut short")
    try:
        return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, associated, nonce, key)
    except CryptoError:
        raise SealBroken("ciphertext, associated data and key do not belong together") from None


def _check(key: bytes, nonce: bytes) -> None:
    if len(key) != SEALING_KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError(f"a sealing key has {SEALING_KEY_BYTES} bytes, its nonce {NONCE_BYTES}")
