"""The order of the chapters."""

from __future__ import annotations

import secrets
from pathlib import Path

from cardtrail.cli.failures import Misuse
from cardtrail.cli.founding import found, role_keys
from cardtrail.cli.options import DAY_MS
from cardtrail.cli.session import embedded, wall_clock
from cardtrail.cli.tour import attacks, brand, closing, passing, using
from cardtrail.cli.tour.stage import Clock, Stage
from cardtrail.cli.tour.voice import Voice
from cardtrail.node.directory import Directory
from cardtrail.node.service import Node, Options
from cardtrail.wire.scalars import NETWORK_BYTES

DAYS = 30
"""The story begins so many days ago and ends now."""

CHECKPOINT_MS = 100
LEAST_CARDS = {
    (False, 10_000): 5,
    (False, 50_000): 2,
    (False, 100_000): 1,
    (True, 100_000): 1 + passing.BULK_CARDS,
}
"""What the story needs of a batch: by kind (named or not) and face."""


def play(path: Path, batch: Path, voice: Voice) -> None:
    """Play everything into a new directory. Raises `Failure` if a step comes out otherwise than told."""
    path.mkdir(parents=True)
    network = secrets.token_bytes(NETWORK_BYTES)
    directory = Directory.create(path / "ledger", f"cardtrail.local/{network[:4].hex()}")
    start_ms = wall_clock() - DAYS * DAY_MS
    clock = Clock(start_ms)
    options = Options(clock=clock, workers=0, checkpoint_interval_ms=CHECKPOINT_MS)
    with Node(directory, options) as node, embedded(node, clock=clock) as session:
        keys = role_keys(directory)
        found(session, network, keys)
        session.refresh()
        stage = Stage(path, session, clock, start_ms, voice, keys)
        try:
            remaining = _chapters(stage, batch)
        finally:
            for wallet in stage.people.values():
                wallet.close()
    closing.audit(voice, directory.path, clock.now_ms)
    closing.check_receipt(voice, path, directory.vkey())
    closing.export(path, directory)
    closing.leave(voice, path, remaining)


def _chapters(stage: Stage, batch: Path) -> int:
    ranges = brand.issue(stage, batch)
    for kind, count in LEAST_CARDS.items():
        if kind not in ranges or ranges[kind].count < count:
            raise Misuse(
                f"the tour needs at least {count} {'named' if kind[0] else 'anonymous'} cards of {kind[1] // 100} yuan"
            )
    cheap = ranges[False, 10_000].first_serial
    middle = ranges[False, 50_000].first_serial
    named = ranges[True, 100_000].first_serial
    brand.warehouse_theft(stage, cheap)
    brand.activate(stage, ranges)
    brand.claims(stage, cheap, middle, named)
    passing.gifts(stage, cheap)
    passing.sales(stage, middle)
    passing.bulk(stage, named + 1)
    merged = using.spend(stage, middle)
    using.freeze(stage, merged)
    using.rebind(stage, cheap + 1, merged)
    using.void(stage, cheap + 2)
    attacks.attacks(stage, merged)
    stage.day(DAYS - 1)
    stage.voice.chapter("月末存管", "The deposit at the month's end", stage.clock.now_ms)
    brand.attest(stage, "BANK-2")
    closing.show_trail(stage, merged)
    return merged
