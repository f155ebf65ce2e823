"""Redis, its append-only file synced before every answer, driven by its own load generator, redis-benchmark."""

from __future__ import annotations

import contextlib
import csv
import shutil
import subprocess
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

# The id is not random but the entry's number written 32 characters wide: a hash table does not mind.
_CHANGE = """
if redis.call('EXISTS', 'card:' .. ARGV[1]) == 0 then return redis.error_reply('no card') end
redis.call('SET', 'card:' .. ARGV[1], ARGV[2])
local index = redis.call('RPUSH', 'entries', ARGV[3])
redis.call('SET', string.format('id:%032d', index), index)
return index
"""
_FILL = """
for serial = 0, ARGV[1] - 1 do redis.call('SET', string.format('card:%012d', serial), ARGV[2]) end
"""
_FIRST_COUNT = 2000


class Redis:
    """A server of its own."""

    name = "Redis"
    package = "redis-server"

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._port = 0
        self._records = 0

    def missing(self) -> str | None:
        programs = ("redis-server", "redis-cli", "redis-benchmark")
        return None if all(map(shutil.which, programs)) else f"the package {self.package}"

    def __enter__(self) -> Redis:
        folder = self._stack.enter_context(temporary_folder())
        self._port = free_port()
        options = {"port": str(self._port), "bind": "127.0.0.1", "dir": str(folder), "save": ""}
        options |= {"appendonly": "yes", "appendfsync": "always", "auto-aof-rewrite-percentage": "0"}
        command = [
            "redis-server",
            *(word for name, value in options.items() for word in (f"--{name}", value)),
        ]
        self._stack.enter_context(server(command, folder / "log", self._port))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def version(self) -> str:
        return _run(["redis-server", "--version"]).split("v=")[1].split()[0]

    def fill(self, records: int) -> None:
        self._records = records
        self._ask("EVAL", _FILL, "0", str(records), "c" * CARD_BYTES)

    def loads(self) -> list[Load]:
        return [
            Load("batches", f"pipelines of {BATCH}, 1 connection", lambda s: self._bench(1, BATCH, s)),
            Load("single", "1 connection", lambda s: self._bench(1, 1, s)),
            Load(f"{CLIENTS} clients", f"{CLIENTS} connections", lambda s: self._bench(CLIENTS, 1, s)),
        ]

    def _bench(self, clients: int, pipeline: int, seconds: float) -> Timed:
        """Twice: a short run tells how much fits into the time."""
        rate = self._once(clients, pipeline, _FIRST_COUNT).rate_per_s
        return self._once(clients, pipeline, max(_FIRST_COUNT, int(rate * seconds)))

    def _once(self, clients: int, pipeline: int, count: int) -> Timed:
        count += -count % (clients * pipeline)  # The load generator would do as much anyway.
        script = self._ask("SCRIPT", "LOAD", _CHANGE).strip()
        before = int(self._ask("LLEN", "entries"))
        options = [
            "-h",
            "127.0.0.1",
            "-p",
            str(self._port),
            "-n",
            str(count),
            "-r",
            str(self._records),
            "--csv",
        ]
        options += ["-c", str(clients), "-P", str(pipeline)]
        change = ["EVALSHA", script, "0", "__rand_int__", "d" * CARD_BYTES, "e" * ENTRY_BYTES]
        told = _run(["redis-benchmark", *options, *change])
        done = int(self._ask("LLEN", "entries")) - before
        if done != count:
            raise PeerError(f"{done} of {count} changes were made: {told}")
        [row] = list(csv.DictReader(told.splitlines()))
        # Only two points of the distribution are told; they are put where the percentiles look for them.
        middle, slow = float(row["p50_latency_ms"]) / 1000, float(row["p99_latency_ms"]) / 1000
        return Timed(count, count / float(row["rps"]), (middle,) * 60 + (slow,) * 40)

    def _ask(self, *words: str) -> str:
        return _run(["redis-cli", "-h", "127.0.0.1", "-p", str(self._port), *words])


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or done.stdout.startswith(("ERR", "(error)", "NOSCRIPT")):
        raise PeerError(f"{command[0]} failed: {done.stderr or done.stdout}")
    return done.stdout
