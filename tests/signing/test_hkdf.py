"""HKDF-SHA256 against the vectors of RFC 5869, appendix A.1 to A.3."""

from __future__ import annotations

import pytest

from cardtrail.signing.hkdf import hkdf_sha256

VECTORS = [
    (
        b"\x0b" * 22,
        bytes(range(0x0D)),
        bytes(range(0xF0, 0xFA)),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(0x50)),
        bytes(range(0x60, 0xB0)),
        bytes(range(0xB0, 0x100)),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        b"\x0b" * 22,
        b"",
        b"",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]


@pytest.mark.parametrize(("secret", "salt", "info", "output"), VECTORS)
def test_rfc_5869(secret, salt, info, output):
    assert hkdf_sha256(secret, salt=salt, info=info, length=len(output) // 2).hex() == output


def test_a_shorter_output_begins_a_longer_one():
    whole = hkdf_sha256(b"secret", info=b"x", length=255 * 32)
    assert [hkdf_sha256(b"secret", info=b"x", length=n) for n in (1, 32, 33, 64)] == [
        whole[:n] for n in (1, 32, 33, 64)
    ]


def test_another_purpose_gives_another_secret():
    assert hkdf_sha256(b"secret", info=b"a") != hkdf_sha256(b"secret", info=b"b")


@pytest.mark.parametrize("length", [0, -1, 255 * 32 + 1])
def test_lengths_it_cannot_give(length):
    with pytest.raises(ValueError, match="1 to 8160 bytes"):
        hkdf_sha256(b"secret", info=b"", length=length)
