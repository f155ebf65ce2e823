"""PostgreSQL: serialisable transactions with synchronous commit, driven by its own load generator, pgbench.

pgbench is written in C and sends one prepared statement for each transaction, which is the least a client can do.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path
from types import TracebackType

from benchmarks.peers.common import (
    BATCH,
    CARD_BYTES,
    CLIENTS,
    ENTRY_BYTES,
    Load,
    PeerError,
    free_port,
    server,
    temporary_folder,
)
from cardtrail.cli.benching.figures import Timed

_SCHEMA = f"""
CREATE TABLE cards (serial bigint PRIMARY KEY, version bigint NOT NULL, record bytea NOT NULL);
CREATE TABLE entries (
    idx bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id bytea NOT NULL UNIQUE, entry bytea NOT NULL
);
CREATE FUNCTION filler(bytes int) RETURNS bytea LANGUAGE sql VOLATILE
    AS 'SELECT decode(substr(repeat(md5(random()::text), 1 + $1 / 16), 1, 2 * $1), ''hex'')';
INSERT INTO cards SELECT serial, 0, filler({CARD_BYTES}) FROM generate_series(0, :records - 1) AS serial;
VACUUM ANALYZE cards;
CHECKPOINT;
"""

_SINGLE = f"""
\\set serial random(0, :records - 1)
WITH moved AS (
    UPDATE cards SET version = version + 1, record = filler({CARD_BYTES}) WHERE serial = :serial RETURNING serial
)
INSERT INTO entries (id, entry)
    SELECT sha256(uuid_send(gen_random_uuid())), filler({ENTRY_BYTES}) FROM moved;
"""

_BATCH = f"""
WITH chosen AS MATERIALIZED (
    SELECT DISTINCT floor(random() * :records)::bigint AS serial FROM generate_series(1, {BATCH})
), moved AS (
    UPDATE cards SET version = version + 1, record = filler({CARD_BYTES})
    FROM chosen WHERE cards.serial = chosen.serial RETURNING cards.serial
)
INSERT INTO entries (id, entry)
    SELECT sha256(uuid_send(gen_random_uuid())), filler({ENTRY_BYTES}) FROM moved;
"""


class Postgresql:
    """A server of its own, with the settings it comes with but for memory and room for its log."""

    name = "PostgreSQL"
    package = "postgresql"

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._programs = _programs()
        self._user = "postgres" if os.geteuid() == 0 else None  # The server refuses to run as root.
        self._port = 0
        self._folder = Path()
        self._records = 0

    def missing(self) -> str | None:
        if self._programs is None:
            return f"the package {self.package}"
        if self._user is not None:
            try:
                pwd.getpwnam(self._user)
            except KeyError:
                return f"a user {self._user}, or to be run by another user than root"
        return None

    def __enter__(self) -> Postgresql:
        self._folder = self._stack.enter_context(temporary_folder(self._user))
        self._port = free_port()
        data = self._folder / "data"
        initdb = [self._program("initdb"), "-D", str(data), "-U", "bench", "--auth=trust", "--encoding=UTF8"]
        self._run(initdb)
        options = {
            "port": str(self._port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
            "synchronous_commit": "on",
            "fsync": "on",
            "default_transaction_isolation": "serializable",
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "max_pred_locks_per_transaction": "1024",
        }
        command = [self._program("postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        self._stack.enter_context(server(command, self._folder / "log", self._port, self._user))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def version(self) -> str:
        return self._query("SHOW server_version").split()[0]

    def fill(self, records: int) -> None:
        self._records = records
        script = self._folder / "schema.sql"
        script.write_text(_SCHEMA)
        self._psql("-v", f"records={records}", "-f", str(script))

    def loads(self) -> list[Load]:
        return [
            Load("batches", f"transactions of {BATCH}, 1 connection", lambda s: self._bench(_BATCH, 1, s)),
            Load("single", "one transaction each, 1 connection", lambda s: self._bench(_SINGLE, 1, s)),
            Load(
                f"{CLIENTS} clients",
                f"one transaction each, {CLIENTS} connections",
                lambda s: self._bench(_SINGLE, CLIENTS, s),
            ),
        ]

    def _bench(self, script: str, clients: int, seconds: float) -> Timed:
        file = self._folder / "work.sql"
        file.write_text(script)
        prefix = self._folder / "times"
        before = self._entries()
        options = ["-n", "-M", "prepared", "-f", str(file), "-c", str(clients), "-j", str(min(2, clients))]
        options += ["-T", str(max(1, round(seconds))), "-D", f"records={self._records}", "--max-tries=1000"]
        options += ["-l", f"--log-prefix={prefix}"]
        told = self._run([self._program("pgbench"), *self._address(), *options, "postgres"])
        took = re.search(r"duration: (\d+) s", told)
        if took is None:
            raise PeerError(f"pgbench said: {told}")
        each_s = []
        for log in self._folder.glob("times.*"):
            each_s += [int(line.split()[2]) / 1e6 for line in log.read_text().splitlines()]
            log.unlink()
        return Timed(self._entries() - before, int(took[1]), tuple(each_s))

    def _entries(self) -> int:
        return int(self._query("SELECT count(*) FROM entries"))

    def _query(self, sql: str) -> str:
        return self._psql("-At", "-c", sql).strip()

    def _psql(self, *arguments: str) -> str:
        address = [*self._address(), "-d", "postgres", "-q", "-v", "ON_ERROR_STOP=1"]
        return self._run([self._program("psql"), *address, *arguments])

    def _address(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self._port), "-U", "bench"]

    def _program(self, name: str) -> str:
        if self._programs is None:
            raise PeerError("PostgreSQL is not installed")
        return str(self._programs / name)

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            cwd=self._folder,
            user=self._user,
            group=self._user,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PeerError(f"{Path(command[0]).name} failed: {done.stderr[-1000:]}")
        return done.stdout


def _programs() -> Path | None:
    """Where initdb, postgres and pgbench are; Debian keeps them out of the path."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "pgbench").exists()), None)
