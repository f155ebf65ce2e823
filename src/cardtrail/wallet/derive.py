"""One random root for each person, and everything that is derived from it: a wallet's keys are never lost with
its file.

Each secret is HKDF-SHA256 of the root with an info of a label, a zero byte, the network, and two numbers in 8 bytes
big-endian: the card's serial, and a counter of the card's record that never repeats for that purpose.

| label                 | second number                                        | length |
|-----------------------|------------------------------------------------------|--------|
| `cardtrail/v1/owner`  | hop the card has once this key owns it               | 32     |
| `cardtrail/v1/gift`   | version of the card when it was set aside            | 16     |
| `cardtrail/v1/rebind` | hop of the card when the claimant asks for the rebind | 32    |

`vectors/wallet/derive.json` fixes them for ever.
"""

from __future__ import annotations

import secrets

from cardtrail.signing.hkdf import hkdf_sha256
from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.links import LINK_SECRET_BYTES
from cardtrail.wire.scalars import NETWORK_BYTES

ROOT_BYTES = 32

OWNER = b"cardtrail/v1/owner"
GIFT = b"cardtrail/v1/gift"
REBIND = b"cardtrail/v1/rebind"


class Root:
    """A person's 32 random bytes, for the cards of one network. Its repr hides them."""

    __slots__ = ("_secret", "network")

    def __init__(self, secret: bytes, network: bytes) -> None:
        if len(secret) != ROOT_BYTES or len(network) != NETWORK_BYTES:
            raise ValueError(f"a root has {ROOT_BYTES} bytes, a network id {NETWORK_BYTES}")
        self._secret = secret
        self.network = network

    @classmethod
    def generate(cls, network: bytes) -> Root:
        """A new root from the operating system's randomness."""
        return cls(secrets.token_bytes(ROOT_BYTES), network)

    @property
    def secret(self) -> bytes:
        """The secret bytes, for the wallet's file and nothing else."""
        return self._secret

    def owner_key(self, serial: int, hop: int) -> SecretKey:
        """The key that owns a card from the moment its hop is this."""
        return SecretKey(self._derive(OWNER, serial, hop))

    def gift_secret(self, serial: int, version: int) -> bytes:
        """The secret of the gift link for a card set aside at this version: 16 bytes, another one each time."""
        return self._derive(GIFT, serial, version, LINK_SECRET_BYTES)

    def rebind_key(self, serial: int, hop: int) -> SecretKey:
        """The key a claimant hands to the issuer, which can release the card to them after the delay."""
        return SecretKey(self._derive(REBIND, serial, hop))

    def _derive(self, label: bytes, serial: int, number: int, length: int = 32) -> bytes:
        info = label + b"\x00" + self.network + serial.to_bytes(8, "big") + number.to_bytes(8, "big")
        return hkdf_sha256(self._secret, info=info, length=length)

    def __repr__(self) -> str:
        return f"Root(network={self.network.hex()}, hidden)"
