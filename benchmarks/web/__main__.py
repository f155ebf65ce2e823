"""Fill, serve, browse, report."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.web.browse import browse
from tests.postgres.server import postgres

PORT = 8479


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("both", "sqlite", "postgres"), default="both")
    parser.add_argument("--holders", type=int, default=10_000)
    parser.add_argument("--cards", type=int, default=100_000)
    parser.add_argument("--browsing", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument(
        "--think", type=float, default=1.0, help="mean pause between two pages; 0: as fast as it goes"
    )
    parser.add_argument(
        "--dir", type=Path, help="where the installation lies; a real disk, not one in memory"
    )
    given = parser.parse_args()
    kinds = ("sqlite", "postgres") if given.database == "both" else (given.database,)
    for kind in kinds:
        with tempfile.TemporaryDirectory(dir=given.dir) as folder, _database(kind) as url:
            _measure(kind, Path(folder) / "cards", url, given)


@contextlib.contextmanager
def _database(kind: str) -> Iterator[str | None]:
    if kind == "sqlite":
        yield None
        return
    with postgres(as_installed=True) as url:
        yield url


def _measure(kind: str, directory: Path, url: str | None, given: argparse.Namespace) -> None:
    with _serving(directory, url):
        filled = _fill(directory, url, given)
        if url is not None:
            _analyse(url)
        print(f"{kind}: {given.holders:,} holders, {given.cards:,} cards; filled in {filled['seconds']} s")
        for think_s in dict.fromkeys((given.think, 0.0)):
            figures = browse(
                "127.0.0.1",
                PORT,
                filled["sessions"],
                holders=given.browsing,
                seconds=given.seconds,
                think_s=think_s,
            )
            pause = f"a mean pause of {think_s:g} s" if think_s else "no pause"
            print(f"\n{given.browsing} browsing at once, {pause}")
            rows = figures.table(given.seconds)
            print(f"{'page':28}{'answers':>9}{'per s':>8}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}")
            for row in rows:
                print(
                    f"{row['page']!s:28}{row['answers']!s:>9}{row['per_s']!s:>8}{row['p50_ms']!s:>9}"
                    f"{row['p99_ms']!s:>9}{row['max_ms']!s:>9}"
                )
            if figures.wrong:
                print("went wrong:", json.dumps(dict(figures.wrong), ensure_ascii=False))


def _analyse(url: str) -> None:
    """What the server's own upkeep does within minutes: without figures about its tables it plans blindly."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


@contextlib.contextmanager
def _serving(directory: Path, url: str | None) -> Iterator[None]:
    command = [
        sys.executable,
        "-m",
        "cardtrail.cli",
        "serve",
        "--dir",
        str(directory),
        "--listen",
        f"127.0.0.1:{PORT}",
    ]
    command += ["--database", url] if url else []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _ready(process)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _ready(process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit("serve ended before it was ready")
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError),
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz") as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise SystemExit("serve was not ready within a minute")


def _fill(directory: Path, url: str | None, given: argparse.Namespace) -> dict[str, object]:
    node = (directory / "ledger" / "lock").read_text().strip().splitlines()[0]
    environment = {**os.environ, "CARDTRAIL_DIR": str(directory), "CARDTRAIL_NODE": node}
    if url:
        environment["CARDTRAIL_DATABASE"] = url
    command = [sys.executable, "-m", "benchmarks.web.fill", "--holders", str(given.holders)]
    command += ["--cards", str(given.cards), "--browsing", str(given.browsing)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    filled: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return filled


if __name__ == "__main__":
    main()
