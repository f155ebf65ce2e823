"""HKDF with SHA-256 (RFC 5869): one secret in, any number of independent secrets out.

Written on `hmac` of the standard library because libsodium's binding has none; tested with the RFC's own
vectors."""

from __future__ import annotations

import hmac

HASH_BYTES = 32


def hkdf_sha256(secret: bytes, *, info: bytes, salt: bytes = b"", length: int = 32) -> bytes:
    """`length` bytes (at most 255 * 32) derived from a secret for the purpose that `info` names."""
    if not 0 < length <= 255 * HASH_BYTES:
        raise ValueError(f"HKDF-SHA256 gives 1 to {255 * HASH_BYTES} bytes, not {length}")
    key = hmac.digest(salt or bytes(HASH_BYTES), secret, "sha256")
    block, output = b"", b""
    for counter in range(1, -(-length // HASH_BYTES) + 1):
        block = hmac.digest(key, block + info + bytes((counter,)), "sha256")
        output += block
    return output[:length]
