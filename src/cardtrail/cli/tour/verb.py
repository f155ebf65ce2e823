"""The verb, and the order of the chapters."""

from __future__ import annotations

import itertools
from pathlib import Path

import click

from cardtrail.cli import out
from cardtrail.cli.options import EXISTING_FILE
from cardtrail.cli.tour import LANGUAGES

BATCH = Path("examples") / "spring-batch.csv"


@click.command()
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--batch", type=EXISTING_FILE, help="The brand's batch file (default: examples/spring-batch.csv)."
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="both",
    show_default=True,
    help="Who is being told.",
)
def tour(directory: Path | None, batch: Path | None, lang: str) -> None:
    """Play a whole life of gift cards on a new ledger in DIR (default: ./spring), step by step.

    Issued, claimed, given, sold, spent, divided, frozen, lost and found; attacked; audited. It takes some
    seconds and plays a month on a simulated clock. Every step is checked: exit code 0 means that all of it
    happened exactly as told.

    \b
    Example:
      cardtrail tour --lang en
    """
    from cardtrail.cli.tour.play import play
    from cardtrail.cli.tour.voice import Voice

    path = _fresh(directory)
    play(path, batch or _own_batch(), Voice(out.console(), lang))


def _fresh(directory: Path | None) -> Path:
    """A directory that does not exist yet: the one named, or the first free of spring, spring-2, ..."""
    if directory is not None:
        if directory.exists():
            raise click.BadParameter(
                f"there is something at {directory} already; name a directory to be made"
            )
        return directory
    names = itertools.chain(["spring"], (f"spring-{number}" for number in itertools.count(2)))
    return next(path for path in map(Path, names) if not path.exists())


def _own_batch() -> Path:
    """The example of this checkout, from wherever one is."""
    here = Path(__file__).resolve()
    found = next((folder / BATCH for folder in here.parents if (folder / BATCH).is_file()), None)
    if found is None:
        raise click.UsageError("examples/spring-batch.csv is not here; name a batch file with --batch")
    return found
