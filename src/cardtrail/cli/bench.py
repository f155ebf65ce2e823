"""`cardtrail bench`: what this machine does with the ledger, beside what checking signatures alone costs."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from rich.table import Table

from cardtrail.cli import out
from cardtrail.cli.benching.figures import Figure
from cardtrail.cli.options import FOLDER, json_option

WORKS = ("transfers", "single", "http64", "audit", "proofs", "scale")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("work", required=False, type=click.Choice(WORKS))
@json_option
@click.option("--full", is_flag=True, help="Without WORK: `scale`, too, which takes some minutes.")
@click.option(
    "--cards",
    type=click.IntRange(min=1),
    help="Cards in the ledger (default: 100,000; audit 10,000; scale 5,000,000).",
)
@click.option(
    "--count", type=click.IntRange(min=1), help="Commands or requests in a round; in `audit`, in the log."
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How often each work is timed; the round in the middle counts.",
)
@click.option(
    "--dir",
    "folder",
    type=FOLDER,
    help="Keep the ledgers there, and use those of an earlier run (default: a temporary folder).",
)
def bench(
    work: str | None,
    as_json: bool,
    full: bool,
    cards: int | None,
    count: int | None,
    rounds: int,
    folder: Path | None,
) -> None:
    """Measure this machine: batched transfers, single commands, an audit, proofs, millions of cards.

    Every rate also stands as a ratio to V: how many signatures one thread can verify in a second and do nothing
    else, measured right before and after each round. So figures of two machines, or of a busy one, can be compared.

    \b
    Example:
      cardtrail bench transfers
      cardtrail bench scale --cards 1000000 --dir bench-ledgers
    """
    works = [work] if work else [name for name in WORKS if full or name != "scale"]
    with _root(folder) as root:
        figures = _measure(works, root, cards, count, rounds)
    if as_json:
        out.print_json([figure.to_json() for figure in figures])
    else:
        out.console().print(_table(figures))


def _measure(works: list[str], root: Path, cards: int | None, count: int | None, rounds: int) -> list[Figure]:
    from cardtrail.cli.benching import audits, http_commands, proofs, scale, transfers
    from cardtrail.cli.benching.setting import Setting

    run = {
        "transfers": transfers.run,
        "single": http_commands.run_single,
        "http64": http_commands.run_many,
        "audit": audits.run,
        "proofs": proofs.run,
        "scale": scale.run,
    }
    setting = Setting(root, cards, count, rounds)
    figures = []
    for work in works:
        out.note(f"measuring: {work}")
        figures += run[work](setting)
    return figures


@contextlib.contextmanager
def _root(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="cardtrail-bench-") as name:
        yield Path(name)


def _table(figures: list[Figure]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("work", no_wrap=True)
    for heading in ("per second", "of V", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("conditions")
    for figure in figures:
        table.add_row(
            figure.work,
            _number(figure.rate_per_s, ",.0f"),
            _number(figure.ratio_to_v, ".2f"),
            _number(figure.p50_ms, ".2f"),
            _number(figure.p99_ms, ".2f"),
            figure.conditions,
        )
    return table


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
