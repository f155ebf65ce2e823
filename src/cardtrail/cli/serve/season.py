"""Plays the demonstration's season: `python -m cardtrail.cli.serve.season`, before the node is started.

Ledger time is the node's clock. So that a season lies behind the visitor, this process opens the ledger itself, with a
clock that goes back and comes forward again; the node then finds a ledger with a past. So does the payment provider
with play money: what was paid in the story is in its files before its process starts.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path

from cardtrail.cli.serve import paying

CHECKPOINTS_MS = 3_600_000
"""Seals come with the end of a day's entries at the latest; each costs a publication."""


def main() -> None:
    """Play it, by the environment that all parts get."""
    from cardtrail.web.config import ConfigError
    from cardtrail.web.prepare import start_django

    try:
        start_django()
    except ConfigError as error:
        sys.exit(f"Error: {error}")
    sandbox = os.environ.get(paying.DIRECTORY)
    play(Path(os.environ["CARDTRAIL_DIR"]), Path(sandbox) if sandbox else None)


def play(path: Path, sandbox: Path | None) -> None:
    """Fill ledger and database of a directory that holds nothing yet, and write down the accounts, last of all.

    sandbox   the directory of the payment provider with play money; none where another provider takes payments: then
              nobody trades in the story
    """
    from cardtrail.client.client import Client
    from cardtrail.node.directory import Directory
    from cardtrail.node.embedded import EmbeddedTransport
    from cardtrail.node.service import Node, Options
    from cardtrail.web.demo.fill import fill
    from cardtrail.web.demo.hurry import hurry
    from cardtrail.web.ledger.link import Link, linked
    from cardtrail.web.ui.clock import now_ms

    logging.getLogger("fontTools").setLevel(logging.WARNING)
    directory = Directory(path / "ledger")
    options = Options(workers=0, checkpoint_interval_ms=CHECKPOINTS_MS, clock=now_ms)
    began_s = time.monotonic()
    with Node(directory, options) as node, EmbeddedTransport(node) as transport:
        link = Link(Client(transport, directory.vkey()), directory.path / "keys")
        with linked(link), hurry():
            told = fill(progress=_Progress(), sandbox=sandbox)
    write_accounts(path / "demo-accounts.json", told)
    print(
        f"\r演示已就绪 · the demonstration is filled ({time.monotonic() - began_s:.0f} s)   ", file=sys.stderr
    )


def write_accounts(path: Path, told: object) -> None:
    """What visitors are told, readable by the owner alone; there whole or not at all."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


class _Progress:
    """One line that moves, where somebody looks at it; else one that says what begins."""

    def __init__(self) -> None:
        self._moves = sys.stderr.isatty()
        self._shown = -1
        if not self._moves:
            print(
                "filling the demonstration: a brand and its season · 正在生成演示数据",
                file=sys.stderr,
                flush=True,
            )

    def __call__(self, done: int, of: int) -> None:
        percent = 100 * done // of
        if self._moves and percent != self._shown:
            self._shown = percent
            print(
                f"\rplaying a season of an invented brand · 正在生成一季的演示数据 {percent:3}%",
                end="",
                file=sys.stderr,
                flush=True,
            )


if __name__ == "__main__":
    main()
