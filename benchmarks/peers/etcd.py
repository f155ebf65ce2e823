"""etcd, one member: transactions through the JSON gateway that it brings along, with the ledger's own load generator.

The gateway translates JSON to gRPC inside the server, which costs it something; a gRPC client would be spared that.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import subprocess
from base64 import b64encode
from types import TracebackType
from typing import Any

from benchmarks.peers.common import (
    BATCH,
    CARD_BYTES,
    CLIENTS,
    ENTRY_BYTES,
    Load,
    PeerError,
    free_port,
    repeat_for,
    server,
    temporary_folder,
)
from cardtrail.cli.benching.figures import Timed
from cardtrail.cli.benching.load import drive, post

_FILLED_AT_ONCE = 1000
_FIRST_COUNT = 640


class Etcd:
    """A server of its own, with the settings it comes with but for the size of a transaction."""

    name = "etcd"
    package = "etcd-server"

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._address = ("127.0.0.1", 0)
        self._records = 0

    def missing(self) -> str | None:
        return None if shutil.which("etcd") else f"the package {self.package}"

    def __enter__(self) -> Etcd:
        folder = self._stack.enter_context(temporary_folder())
        self._address = ("127.0.0.1", free_port())
        client, member = (f"http://127.0.0.1:{port}" for port in (self._address[1], free_port()))
        options = {"data-dir": str(folder / "data"), "name": "bench", "max-txn-ops": "4096", "logger": "zap"}
        options |= {"listen-client-urls": client, "advertise-client-urls": client}
        options |= {"listen-peer-urls": member, "initial-advertise-peer-urls": member}
        options |= {"initial-cluster": f"bench={member}"}
        command = ["etcd", *(f"--{name}={value}" for name, value in options.items())]
        self._stack.enter_context(server(command, folder / "log", self._address[1]))
        self._http = http.client.HTTPConnection(*self._address, timeout=60)
        self._stack.callback(self._http.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def version(self) -> str:
        told = subprocess.run(["etcd", "--version"], capture_output=True, text=True, check=True).stdout
        return told.split()[2]

    def fill(self, records: int) -> None:
        self._records = records
        for first in range(0, records, _FILLED_AT_ONCE):
            serials = range(first, min(first + _FILLED_AT_ONCE, records))
            self._transact(
                {"success": [_put(_card_key(serial), os.urandom(CARD_BYTES)) for serial in serials]}
            )

    def loads(self) -> list[Load]:
        return [
            Load("batches", f"transactions of {BATCH}, 1 connection", self._in_batches),
            Load("single", "one transaction each, 1 connection", lambda s: self._singly(1, s)),
            Load(
                f"{CLIENTS} clients",
                f"one transaction each, {CLIENTS} connections",
                lambda s: self._singly(CLIENTS, s),
            ),
        ]

    def _in_batches(self, seconds: float) -> Timed:
        def once() -> int:
            self._transact(_change(random.sample(range(self._records), min(BATCH, self._records))))
            return min(BATCH, self._records)

        return repeat_for(seconds, once)

    def _singly(self, clients: int, seconds: float) -> Timed:
        """Twice: a short run tells how much fits into the time."""
        rate = self._once(clients, _FIRST_COUNT).rate_per_s
        return self._once(clients, max(_FIRST_COUNT, int(rate * seconds)))

    def _once(self, clients: int, count: int) -> Timed:
        requests = [
            post(
                "/v3/kv/txn",
                json.dumps(_change([random.randrange(self._records)])).encode(),
                "application/json",
                "*/*",
            )
            for _ in range(count)
        ]
        return drive(self._address, [requests[place::clients] for place in range(clients)], _check)

    def _transact(self, transaction: dict[str, Any]) -> None:
        self._http.request(
            "POST", "/v3/kv/txn", json.dumps(transaction), {"Content-Type": "application/json"}
        )
        answer = self._http.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise PeerError(f"etcd answered {answer.status}: {body[:300].decode(errors='replace')}")
        _check(b"", body)


def _change(serials: list[int]) -> dict[str, Any]:
    there = [
        {"key": _base64(_card_key(s)), "target": "VERSION", "result": "GREATER", "version": "0"}
        for s in serials
    ]
    puts = [_put(_card_key(serial), os.urandom(CARD_BYTES)) for serial in serials]
    # A key is an index: entries are found by their id, and read in order by the revision of the store.
    puts += [_put(b"entry/" + os.urandom(32), os.urandom(ENTRY_BYTES)) for _ in serials]
    return {"compare": there, "success": puts}


def _put(key: bytes, value: bytes) -> dict[str, Any]:
    return {"request_put": {"key": _base64(key), "value": _base64(value)}}


def _card_key(serial: int) -> bytes:
    return b"card/%012d" % serial


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _check(_: bytes, body: bytes) -> None:
    if b'"succeeded":true' not in body:
        raise PeerError(f"etcd did not make the change: {body[:300].decode(errors='replace')}")
