"""`export`, `backup`, `restore`: a ledger's copies."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardtrail.cli import out
from cardtrail.cli.options import EXISTING_FILE, FOLDER, json_option, ledger_argument, vkey_option

if TYPE_CHECKING:
    from cardtrail.node.backup import Copied


@click.command()
@ledger_argument
@click.argument("folder", metavar="OUT", type=FOLDER)
@vkey_option
@json_option
def export(ledger: str, folder: Path, vkey_file: Path | None, as_json: bool) -> None:
    """Write the log of LEDGER up to its latest checkpoint as static files (c2sp.org/tlog-tiles) into OUT.

    Any web server can serve them, and anybody can audit them. A second export adds what is new. Works beside
    a running node; from a node's address, everything is checked against the checkpoint that the log's key signed.

    \b
    Example:
      cardtrail export spring-ledger /var/www/spring-log
    """
    from cardtrail.cli.session import is_address

    with out.progress("tiles 导出") as tick:
        size = (_export_served if is_address(ledger) else _export_own)(ledger, folder, vkey_file, tick)
    if as_json:
        out.print_json({"out": str(folder), "size": size})
        return
    screen = out.console()
    out.print_done(screen, f"{size:,} entries exported to {folder} · 已导出")
    hint = shlex.join(["cardtrail", "audit", str(folder)])
    screen.print(f"  check it with: {hint}", style="dim", soft_wrap=True)


def _export_own(ledger: str, folder: Path, vkey_file: Path | None, tick: out.Tick) -> int:
    from cardtrail.cli.session import ledger_directory, read_vkey_file
    from cardtrail.node.directory import Directory
    from cardtrail.node.store import Store
    from cardtrail.node.tiles import export_tiles

    directory = Directory(ledger_directory(ledger))
    vkey = directory.vkey() if vkey_file is None else read_vkey_file(vkey_file)
    store = Store(directory.database, readonly=True)
    try:
        return export_tiles(store, folder, vkey.encode() + "\n", tick)
    finally:
        store.close()


def _export_served(ledger: str, folder: Path, vkey_file: Path | None, tick: out.Tick) -> int:
    from cardtrail.cli.auditing import place_of
    from cardtrail.cli.fetched_export import export_fetched

    with place_of(ledger, vkey_file) as place:
        for remark in place.remarks:
            out.note(remark)
        return export_fetched(place.source, place.vkey, folder, tick)


@click.command()
@click.argument("directory", metavar="DIR")
@click.argument("target", metavar="BACKUP", type=FOLDER)
@click.option(
    "--with-keys", is_flag=True, help="The secret keys, too. Guard such a backup like the ledger itself."
)
@json_option
def backup(directory: str, target: Path, with_keys: bool, as_json: bool) -> None:
    """Copy the ledger in DIR into the new folder BACKUP, while it runs or not, and check the copy.

    Secret keys stay behind unless they are asked for: keep them apart, and tell `cardtrail restore` where.

    \b
    Example:
      cardtrail backup spring-ledger april
    """
    from cardtrail.cli.session import is_address, ledger_directory
    from cardtrail.node import backup as backups
    from cardtrail.node.directory import Directory

    if is_address(directory):
        raise click.BadParameter(
            "a backup copies the ledger's directory, so run it where that lies; "
            "from an address the log can be had: cardtrail export URL OUT"
        )
    ledger = Directory(ledger_directory(directory))
    with out.progress("pages 备份") as tick:
        copied = backups.backup(ledger, target, include_keys=with_keys, on_progress=tick)
    keys = [] if with_keys else ["--keys", directory]
    _show_copied(copied, "backed up to · 已备份", as_json=as_json)
    if not as_json:
        hint = shlex.join(["cardtrail", "restore", str(target), "NEW-DIR", *keys])
        out.console().print(f"  get it back with: {hint}", style="dim", soft_wrap=True)


@click.command()
@click.argument("source", metavar="BACKUP", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option("--keys", type=FOLDER, help="Where log.key and keys/ are, if the backup was made without them.")
@click.option(
    "--since",
    "checkpoint",
    type=EXISTING_FILE,
    help="The latest checkpoint anybody has: a backup that ends before it is refused.",
)
@json_option
def restore(source: Path, directory: Path, keys: Path | None, checkpoint: Path | None, as_json: bool) -> None:
    """Make a ledger in the new folder DIR from BACKUP, and check it from head to tail.

    A ledger that goes on from a backup older than what was signed since would have two histories, so give the latest
    checkpoint you can find with --since.

    \b
    Example:
      cardtrail restore april restored --keys old --since old/checkpoint
    """
    from cardtrail.node import backup as backups

    with out.progress("pages 恢复") as tick:
        copied = backups.restore(source, directory, keys=keys, checkpoint=checkpoint, on_progress=tick)
    _show_copied(copied, "restored to · 已恢复", as_json=as_json)


def _show_copied(copied: Copied, what: str, *, as_json: bool) -> None:
    if as_json:
        out.print_json(
            {
                "directory": str(copied.directory.path),
                "entries": copied.entries,
                "cards": copied.cards,
                "checkpoint_size": copied.checkpoint,
            }
        )
        return
    words, _, chinese = what.partition(" · ")
    text = f"{copied.entries:,} entries, {copied.cards:,} cards {words} {copied.directory.path} · {chinese}"
    out.print_done(out.console(), text)
