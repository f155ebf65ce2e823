"""`web`: what an operator does to the web application beside running it."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.text import Text

from cardtrail.cli import out
from cardtrail.cli.failures import Failure, Misuse
from cardtrail.cli.options import FOLDER, together

_place = together(
    click.option(
        "--dir",
        "directory",
        type=FOLDER,
        required=True,
        envvar="CARDTRAIL_DIR",
        help="The directory that `cardtrail serve` was given.",
    ),
    click.option(
        "--database",
        metavar="URL",
        envvar="CARDTRAIL_DATABASE",
        help="PostgreSQL, where that is what `cardtrail serve` was given.",
    ),
)


@click.group()
def web() -> None:
    """Look after the web application: its database, what it has read from the ledger, its keys.

    Where the variable CARDTRAIL_DIR is set, --dir need not be given.

    \b
    Example:
      cardtrail web check
    """


@web.command("check")
@_place
def check(directory: Path, database: str | None) -> None:
    """See whether the web application has what it needs, part by part.

    \b
    Example:
      cardtrail web check --dir cards
    """
    _enter(directory, database)
    from cardtrail.web.upkeep import findings

    screen = out.console()
    flaws = 0
    for finding in findings():
        mark = ("✓", "green") if finding.good else ("✗", "red")
        flaws += not finding.good
        screen.print(Text.assemble(mark, " ", out.visible(finding.text)), soft_wrap=True)
    if flaws:
        raise Failure(f"{flaws} of these have to be put right · 有 {flaws} 项需要处理")


@web.command("migrate")
@_place
def migrate(directory: Path, database: str | None) -> None:
    """Bring the database and the static files to this version. `cardtrail serve` does it by itself.

    \b
    Example:
      cardtrail web migrate --dir cards
    """
    _enter(directory, database)
    from cardtrail.web.prepare import prepare

    prepare()
    out.print_done(out.console(), "the database fits this version · 数据库已是最新")


@web.command("rebuild")
@_place
def rebuild(directory: Path, database: str | None) -> None:
    """Drop what was read from the ledger and read it all again. People, notices and orders stay.

    The pages may go on meanwhile; cards come back to them as they are read. The node has to run.

    \b
    Example:
      cardtrail web rebuild --dir cards
    """
    _enter(directory, database)
    from cardtrail.web.ledger.follow import rebuild as drop_and_read

    with out.progress("entries 记录") as tick:
        entries = drop_and_read(progress=tick)
    out.print_done(out.console(), f"{entries:,} entries were read again · 已重新读取")


@web.command("rotate-key")
@click.option(
    "--drop-old", is_flag=True, help="Make no new key; forget all but the newest, where nothing needs them."
)
@_place
def rotate_key(directory: Path, database: str | None, drop_old: bool) -> None:
    """Put a new key-encryption key in front and seal everything with it anew.

    The old keys stay in DIR/kek.keys until you drop them, so that an older copy of the database can still be read. What
    is sealed stays readable throughout; an interrupted run can be repeated.

    \b
    Example:
      cardtrail web rotate-key --dir cards
      cardtrail web rotate-key --dir cards --drop-old
    """
    _enter(directory, database)
    from cardtrail.wallet.custody import CustodyError
    from cardtrail.web.upkeep import drop_old_keys, new_key

    screen = out.console()
    try:
        with out.progress("seals 加密") as tick:
            done, ring = drop_old_keys(tick) if drop_old else new_key(tick)
    except CustodyError as error:
        raise Misuse(str(error)) from error
    out.print_done(screen, f"{done:,} values are sealed with key {ring.current_id} · 已用新密钥重新加密")
    if len(ring.ids) > 1:
        screen.print(f"  older keys are kept: {', '.join(ring.ids[1:])}", soft_wrap=True)


@web.command("worker")
@_place
def worker(directory: Path, database: str | None) -> None:
    """Run the background process by itself, where something other than `cardtrail serve` looks after it.

    \b
    Example:
      cardtrail web worker --dir cards
    """
    _enter(directory, database)
    from cardtrail.web.worker import main

    main()


def _enter(directory: Path, database: str | None) -> None:
    """Set up the web application for this directory, as `serve` does for its parts. Raises `Misuse`."""
    from cardtrail.cli.serve.place import node_url
    from cardtrail.web.config import ConfigError
    from cardtrail.web.prepare import start_django

    if not (directory / "ledger").is_dir() and not os.environ.get("CARDTRAIL_NODE"):
        raise Misuse(f"there is nothing at {directory}; make it with: cardtrail serve --dir {directory}")
    os.environ["CARDTRAIL_DIR"] = str(directory.resolve())
    if database:
        os.environ["CARDTRAIL_DATABASE"] = database
    if url := node_url(directory):
        os.environ.setdefault("CARDTRAIL_NODE", url)
    try:
        start_django()
    except ConfigError as error:
        raise Misuse(str(error)) from error
