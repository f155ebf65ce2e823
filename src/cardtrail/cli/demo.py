"""`demo`: a ledger full of believable life, the same for the same seed."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from cardtrail.cli import out
from cardtrail.cli.failures import Failure
from cardtrail.cli.options import DAY_MS, json_option

if TYPE_CHECKING:
    from cardtrail.audit.report import Report
    from cardtrail.cli.market import Market
    from cardtrail.cli.out import Tick
    from cardtrail.cli.session import Session
    from cardtrail.node.directory import Directory
    from cardtrail.signing.keys import SecretKey
    from cardtrail.wire.roles import Role

START_MS = 1_735_689_600_000
"""The demo begins on 2025-01-01 at midnight UTC, whenever it is played."""

DAYS = 180
LEAST_MOVES_A_DAY = 20
PRODUCT = "示例卡 Demo Card"


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--cards", type=click.IntRange(1, 1_000_000), default=2000, show_default=True, help="Cards to issue."
)
@click.option("--holders", type=click.IntRange(2, 100_000), default=200, show_default=True, help="People.")
@click.option("--moves", type=click.IntRange(0), default=5000, show_default=True, help="Commands by them.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is another history.")
@json_option
def demo(directory: Path, cards: int, holders: int, moves: int, seed: int, as_json: bool) -> None:
    """Fill a new ledger in DIR with cards and half a year of believable moves, then audit it.

    Two thirds of what is passed on is sold, a quarter given, a tenth goes to promotion. All of it follows from the
    seed, the secret keys too: the same seed gives the same log, byte for byte. It is for playing, never for real cards.

    \b
    Example:
      cardtrail demo big --cards 20000 --holders 2000 --moves 50000 --seed 7
    """
    from cardtrail.cli.auditing import audit_place, place_of

    if directory.exists():
        raise click.BadParameter(f"there is something at {directory} already; name a directory to be made")
    began = time.perf_counter()
    try:
        kinds, busiest = _play(directory, cards, holders, moves, seed)
    except KeyboardInterrupt:
        again = shlex.join(["rm", "-r", str(directory)])
        out.note(
            f"\nstopped; {directory} holds a part of the demo. To play it again, remove it first: {again}"
        )
        raise
    played_s = time.perf_counter() - began
    began = time.perf_counter()
    with place_of(str(directory), directory / "log.vkey") as place, out.progress("audit 审计") as tick:
        report = audit_place(place, [], tick)
    audited_s = time.perf_counter() - began
    if as_json:
        document = {
            "seed": seed,
            "cards": cards,
            "holders": holders,
            "moves": dict(kinds),
            "busiest": busiest,
        }
        out.print_json({**document, "audit": report.to_json()})
    else:
        _show(directory, report, kinds, busiest)
        seconds = f"Played in {played_s:.1f} s, audited in {audited_s:.1f} s."
        out.console().print(seconds, style="dim")
    if not report.sound:
        raise Failure("the audit found flaws in what was just played")


def _play(directory: Path, cards: int, holders: int, moves: int, seed: int) -> tuple[Counter[str], int]:
    """Make the ledger and let everybody act. Answers with the moves by kind, and the card that moved most."""
    from cardtrail.cli.founding import found
    from cardtrail.cli.market import Market, seeded
    from cardtrail.cli.session import embedded
    from cardtrail.cli.tour.stage import Clock
    from cardtrail.node.service import Node, Options
    from cardtrail.wire.scalars import NETWORK_BYTES

    made, keys = _seeded_directory(directory, seed)
    network = seeded(seed, "network")[:NETWORK_BYTES]
    clock = Clock(START_MS)
    # A seal after every batch: where checkpoints fall must not depend on how quick this machine is today.
    options = Options(clock=clock, checkpoint_interval_ms=0)
    with Node(made, options) as node, embedded(node, clock=clock) as session:
        found(session, network, keys)
        market = Market(seed, network, holders, keys)
        with out.progress("cards 制卡") as tick:
            _issue(session, market, keys, cards, tick)
        clock.now_ms += DAY_MS
        with out.progress("moves 流转") as tick:
            return _move(session, market, clock, moves, tick), market.busiest()


def _seeded_directory(path: Path, seed: int) -> tuple[Directory, dict[Role, SecretKey]]:
    """A ledger's directory whose keys follow from the seed."""
    from cardtrail.cli.market import seeded
    from cardtrail.node.directory import Directory, write_durably
    from cardtrail.signing.keyfile import write_key
    from cardtrail.signing.keys import SecretKey
    from cardtrail.signing.notes import VerifierKey
    from cardtrail.wire.roles import Role

    origin = f"cardtrail.demo/seed-{seed}"
    directory = Directory.create(path, origin)
    keys = {role: SecretKey(seeded(seed, role.name)) for role in Role}
    log_key = SecretKey(seeded(seed, "log"))
    for file, key in (
        (directory.log_key_file, log_key),
        *((directory.role_key(role), keys[role]) for role in Role),
    ):
        file.unlink()
        write_key(file, key)
    write_durably(directory.vkey_file, VerifierKey(origin, log_key.public).encode() + "\n")
    return directory, keys


def _issue(session: Session, market: Market, keys: dict[Role, SecretKey], cards: int, tick: Tick) -> None:
    """Define the product; issue and activate all cards."""
    from cardtrail.cli.terms import usual_terms
    from cardtrail.client.build import sign
    from cardtrail.wire.commands import Activate, Define, Issue
    from cardtrail.wire.roles import Role
    from cardtrail.wire.scalars import MAX_CARDS_PER_COMMAND

    issuer = keys[Role.ISSUER]
    sequence = session.refresh().sequence(Role.ISSUER)
    network = session.network

    def send(make: Any, *fields: Any) -> None:
        nonlocal sequence
        answer = session.client.submit(
            sign(make(network, session.ends_ms(), sequence, *fields), issuer), wait_for_checkpoint=True
        )
        session.check(answer)
        sequence += 1

    send(Define, 0, PRODUCT, usual_terms((), named=False))
    faces = sorted(market.face() for _ in range(cards))
    serial = 0
    for face, group in groupby(faces):
        left = len(list(group))
        while left:
            count = min(left, MAX_CARDS_PER_COMMAND)
            owners = tuple(market.add(number, face) for number in range(serial, serial + count))
            send(Issue, 0, face, serial, owners)
            send(Activate, serial, count)
            serial, left = serial + count, left - count
            tick(serial, cards)
    market.shuffle()


def _move(session: Session, market: Market, clock: Any, moves: int, tick: Tick) -> Counter[str]:
    """Day after day, what people do is signed and sent. Raises `Failure` if the ledger refuses any of it."""
    from cardtrail.wire.answers import Refused
    from cardtrail.wire.commands import kind_of

    kinds: Counter[str] = Counter()
    doing = market.moves()
    a_day = max(LEAST_MOVES_A_DAY, -(-moves // DAYS))
    done = 0
    while done < moves:
        market.now_ms = clock.now_ms
        commands = list(islice(doing, min(a_day, moves - done)))
        for command, answer in zip(
            commands, session.client.submit_many(commands, wait_for_checkpoint=True), strict=True
        ):
            kind = kind_of(command.body)
            if isinstance(answer, Refused):
                raise Failure(f"the ledger refused a {kind} that should be right: {answer.code}")
            kinds[kind] += 1
        done += len(commands)
        clock.now_ms += DAY_MS
        tick(done, moves)
    return kinds


def _show(directory: Path, report: Report, kinds: Counter[str], busiest: int) -> None:
    from cardtrail.cli.checking import print_report

    screen = out.console()
    table = Table(box=None, pad_edge=False)
    table.add_column("move 动作")
    table.add_column("times 次数", justify="right")
    table.add_column("share 占比", justify="right")
    total = sum(kinds.values())
    for kind, count in kinds.most_common():
        table.add_row(kind, f"{count:,}", f"{count * 100 / total:.1f} %")
    screen.print(table)
    screen.print()
    print_report(report)
    screen.print(
        f"The ledger is in {directory}. Its keys follow from the seed: for playing only · 仅供演示",
        soft_wrap=True,
    )
    screen.print(f"Next 下一步: cardtrail trail {directory} {busiest}", soft_wrap=True)
