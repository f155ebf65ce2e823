"""The directory that `serve` keeps everything in, and the lock that lets one `serve` use it.

ledger/             the node's directory        web.db, mail/, files/   the web application's
kek.keys            key-encryption keys (0600)  secret.key              Django's secret (0600)
setup.code          until the brand is set up   demo-accounts.json      where it is a demonstration
sandbox/            the payment provider with play money: its keys, its database
static/             made anew at each start     serve.lock              held while it is served; holds the address
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cardtrail.cli import out
from cardtrail.cli.failures import Misuse, Unavailable
from cardtrail.cli.session import LOCK_PATIENCE_S

_LOCK = "serve.lock"
_OURS = (_LOCK, "ledger", "kek.keys")
"""One of these in a directory says that it is one of ours, also when it came from a backup."""

_FILLING = "demo.filling"
_PAUSE_S = 0.1


class Place:
    """The directory, locked by this process."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @property
    def ledger(self) -> Path:
        """The node's directory."""
        return self.path / "ledger"

    @property
    def accounts(self) -> Path:
        """The demonstration's accounts, written when it is filled."""
        return self.path / "demo-accounts.json"

    def announce(self, url: str) -> None:
        """Note where it is served."""
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, url.encode(), 0)

    def furnish(self, public_url: str, environment: Mapping[str, str]) -> None:
        """Make what is missing: key-encryption keys, an empty ledger with its keys.

        Raises `Misuse` where a ledger is there and the key-encryption keys are not: new ones would open nothing.
        """
        from cardtrail.node.directory import Directory
        from cardtrail.wallet.custody import CustodyError, KeyRing, read_keyring, write_keyring

        directory = Directory(self.ledger)
        if not environment.get("CARDTRAIL_KEK"):
            keys = Path(environment.get("CARDTRAIL_KEK_FILE") or self.path / "kek.keys")
            try:
                if keys.exists():
                    read_keyring(keys)
                elif directory.database.exists():
                    raise Misuse(
                        f"{keys} is missing: without it no holder's card can be moved. Bring it back from where you"
                        " keep a copy · 缺少密钥文件，请从备份恢复"
                    )
                else:
                    write_keyring(keys, KeyRing.generate())
            except CustodyError as error:
                raise Misuse(str(error)) from error
        if not directory.database.exists():
            host = urlsplit(public_url).hostname or ""
            name = host if "." in host and not host.replace(".", "").isdigit() else "cardtrail.local"
            Directory.create(self.ledger, f"{name}/{secrets.token_hex(4)}")

    def free_ledger(self) -> None:
        """See that nobody else runs a node here, and forget where the last one was. Raises `DirectoryBusy`."""
        from cardtrail.node.directory import Directory, DirectoryBusy

        ends_s = time.monotonic() + LOCK_PATIENCE_S
        while True:
            try:
                Directory(self.ledger).lock().release()
                return
            except DirectoryBusy:
                if time.monotonic() > ends_s:
                    raise
            time.sleep(_PAUSE_S)

    @property
    def half_filled(self) -> bool:
        """Whether a demonstration was begun here and not finished."""
        return (self.path / _FILLING).exists()

    def begin_filling(self) -> None:
        """Remember that what is here from now on is a demonstration and nothing else."""
        (self.path / _FILLING).touch()

    def filled(self) -> None:
        """The demonstration is whole."""
        (self.path / _FILLING).unlink(missing_ok=True)

    def empty(self) -> None:
        """Remove what an interrupted demonstration left."""
        for item in sorted(self.path.iterdir(), key=lambda item: item.name == _FILLING):
            if item.name == _LOCK:
                continue
            if item.is_dir() and not item.is_symlink():
                shutil.rmtree(item)
            else:
                item.unlink()


def node_url(path: Path) -> str:
    """Where the node of a directory says that it answers; empty until it does."""
    try:
        return (path / "ledger" / "lock").read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


@contextmanager
def taken(path: Path) -> Iterator[Place]:
    """A directory for us alone, made if it is missing.

    Raises `Unavailable` if another `serve` has it, `Misuse` if it holds something else.
    """
    if path.is_dir() and any(path.iterdir()) and not any((path / name).exists() for name in _OURS):
        raise Misuse(
            f"{path} holds something else; name a directory that does not exist yet, or that `cardtrail serve` made"
        )
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            url = os.pread(lock, 200, 0).decode(errors="replace")
            where = f" at {out.visible(url)}" if url else ""
            raise Unavailable(f"{path} is being served already{where} · 该目录已在运行") from None
        place = Place(path.resolve(), lock)
        place.announce("")
        yield place
        place.announce("")
    finally:
        os.close(lock)
