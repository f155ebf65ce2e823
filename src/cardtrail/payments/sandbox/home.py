"""The sandbox's directory: its keys, its database, and where it listens.

provider.key   signs answers and notifications (0600)      provider.pub   its public half, for the shop
shop.key       signs the shop's requests (0600)            sandbox.db     payments, funds, events
address        `http://host:port`, written once it answers; the port stays the same at the next start
"""

from __future__ import annotations

import os
from pathlib import Path

from cardtrail.signing.keyfile import read_key, write_key
from cardtrail.signing.keys import KEY_BYTES, SecretKey


class Home:
    """A directory, with the names of what is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "sandbox.db"

    def furnish(self) -> None:
        """Make the directory and the keys that are missing."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("provider", "shop"):
            path = self.path / f"{name}.key"
            if not path.exists():
                # Whole or absent, whenever we are killed.
                draft = self.path / f".{name}.{os.getpid()}"
                draft.unlink(missing_ok=True)
                write_key(draft, SecretKey.generate())
                draft.replace(path)
        self._write("provider.pub", self.provider_key().public.hex())

    def provider_key(self) -> SecretKey:
        """The sandbox's own key. Raises `KeyFileError`."""
        return read_key(self.path / "provider.key")

    def shop_key(self) -> SecretKey:
        """The key that the shop signs with. Raises `KeyFileError`."""
        return read_key(self.path / "shop.key")

    def provider_public(self) -> bytes:
        """What the shop checks by. Raises `OSError`, or `ValueError` for a damaged file."""
        key = bytes.fromhex((self.path / "provider.pub").read_text("ascii").strip())
        if len(key) != KEY_BYTES:
            raise ValueError("provider.pub does not hold a public key")
        return key

    def address(self) -> str:
        """Where it answers, or last answered; empty before it ever did."""
        try:
            return (self.path / "address").read_text("ascii").strip()
        except FileNotFoundError:
            return ""

    def announce(self, url: str) -> None:
        """Note where it answers."""
        self._write("address", url)

    def _write(self, name: str, text: str) -> None:
        draft = self.path / f".{name}.{os.getpid()}"
        draft.write_text(text + "\n", "ascii")
        draft.replace(self.path / name)
