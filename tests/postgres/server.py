"""A PostgreSQL server for as long as it is needed: Debian's own, with a data directory that is thrown away.

Whoever asks for it starts this module as a keeper: it makes the server, says where it is, and waits for its standard
input to end. So the server goes when the tests go, however they go.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

USER = "cardtrail"
NAME = "cardtrail"

# Nothing here outlives a test, so nothing has to reach the disk.
_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}


def programs() -> Path | None:
    """Where the newest installed server's programs are, none if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


@contextlib.contextmanager
def postgres(*, as_installed: bool = False) -> Iterator[str]:
    """A server with an empty database; its address as `CARDTRAIL_DATABASE` takes it.

    as_installed   with the settings that Debian's package comes with, which reach the disk: to measure
    """
    keeper = subprocess.Popen(
        [sys.executable, "-m", __name__, *(["as-installed"] if as_installed else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # A Ctrl-C is for the tests: the keeper hears of it by their end.
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    try:
        url = keeper.stdout.readline().strip()
        assert url, "the server did not start; what it said is above"
        yield url
    finally:
        keeper.stdin.close()
        keeper.wait(60)
        keeper.stdout.close()


def _account() -> str | None:
    """PostgreSQL refuses to run as root: then it runs as Debian's own user for it."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return "nobody"
    return "postgres"


def _keep() -> None:
    bin_path = programs()
    if bin_path is None:
        sys.exit("there is no PostgreSQL server here; install the package `postgresql`")
    account = _account()
    signal.signal(signal.SIGTERM, _end)
    with tempfile.TemporaryDirectory(prefix="cardtrail-postgres-") as folder:
        home = Path(folder)
        data = home / "data"
        if account is not None:
            shutil.chown(home, account)
        initdb = [
            bin_path / "initdb",
            "-D",
            data,
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        done = subprocess.run(initdb, user=account, cwd=home, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        quick = {} if "as-installed" in sys.argv[1:] else _SETTINGS
        settings = {**quick, "listen_addresses": "127.0.0.1", "unix_socket_directories": str(home)}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        command = [bin_path / "postgres", "-D", data, "-p", str(port), *options]
        with (home / "log").open("wb") as log:
            server = subprocess.Popen(
                command,
                user=account,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            _make_database(bin_path, port, server, home / "log")
            print(f"postgresql://{USER}@127.0.0.1:{port}/{NAME}", flush=True)
            sys.stdin.read()
        finally:
            server.send_signal(signal.SIGINT)  # Its word for: end every connection, then yourself.
            server.wait()


def _make_database(bin_path: Path, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    address = ["-h", "127.0.0.1", "-p", str(port), "-U", USER]
    while True:
        if server.poll() is not None:
            sys.exit(log.read_text(errors="replace"))
        ready = subprocess.run([bin_path / "pg_isready", *address, "-q", "-t", "1"])
        if ready.returncode == 0:
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.05)
    subprocess.run([bin_path / "createdb", *address, NAME], check=True)


def _end(_: int, __: FrameType | None) -> NoReturn:
    sys.exit(1)


if __name__ == "__main__":
    _keep()
