"""Ed25519 keys: making them, signing with them, and the one rule for what verifies.

Libraries disagree about edge cases of Ed25519 (H. de Valence, "It's 255:19AM", 2020; K. Chalkias et al.,
"Taming the many EdDSAs", 2020), and members of one ledger that disagree about a signature split it. Everybody
here uses libsodium's rule: S below the group order, public key canonical and not of small order, R not of
small order, and the equation checked without cofactor by comparing R's bytes."""

from __future__ import annotations

import secrets

from nacl import bindings
from nacl.exceptions import BadSignatureError

SEED_BYTES = 32
KEY_BYTES = 32
SIGNATURE_BYTES = 64

# The y coordinates of the eight points of small order, little-endian, sign bit cleared
# (table 1 of https://eprint.iacr.org/2020/1244). The non-canonical spellings are caught by the comparison with p.
_SMALL_ORDER = frozenset(
    bytes.fromhex(y)
    for y in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)
_P_TAIL = b"\xff" * 30


class SecretKey:
    """A signing key. Its repr shows the public half only, so that it cannot reach a log by accident."""

    __slots__ = ("_secret", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError(f"an Ed25519 seed has {SEED_BYTES} bytes, not {len(seed)}")
        self.public: bytes
        self.public, self._secret = bindings.crypto_sign_seed_keypair(seed)

    @classmethod
    def generate(cls) -> SecretKey:
        """A new key from the operating system's randomness."""
        return cls(secrets.token_bytes(SEED_BYTES))

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes, for writing to a key file and nothing else."""
        return self._secret[:SEED_BYTES]

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over a message."""
        return bindings.crypto_sign(message, self._secret)[:SIGNATURE_BYTES]

    def __repr__(self) -> str:
        return f"SecretKey(public={self.public.hex()})"


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is valid under the one strict rule."""
    if len(key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        bindings.crypto_sign_open(signature + message, key)
    except BadSignatureError:
        return False
    return True


def is_usable_key(key: bytes) -> bool:
    """Whether 32 bytes can be a key that owns something: canonical and not of small order.

    That the point lies on the curve is not checked: it would cost as much as a signature, and such a key is
    not more dangerous than one whose secret is lost. The issuer's rebind is the way back from both."""
    top = key[31] & 0x7F
    if top == 0x7F and key[1:31] == _P_TAIL and key[0] >= 0xED:
        return False
    return key[:31] + bytes((top,)) not in _SMALL_ORDER
