"""`serve`: everything, in one directory, by one command."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cardtrail.cli.failures import Misuse
from cardtrail.cli.options import FOLDER


@click.command()
@click.option(
    "--dir", "directory", type=FOLDER, required=True, envvar="CARDTRAIL_DIR", help="Where everything is kept."
)
@click.option(
    "--listen", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT", help="Port 0: any free one."
)
@click.option("--demo", is_flag=True, help="Fill it once with an invented brand, its people and their cards.")
@click.option(
    "--database",
    metavar="URL",
    envvar="CARDTRAIL_DATABASE",
    help="PostgreSQL, as postgresql://user:password@host/name (default: SQLite, DIR/web.db).",
)
@click.option(
    "--public-url",
    metavar="URL",
    envvar="CARDTRAIL_PUBLIC_URL",
    help="What people type, if a server that speaks TLS stands in front: https://cards.example.com.",
)
@click.option(
    "--trusted-proxies",
    metavar="NETWORKS",
    envvar="CARDTRAIL_TRUSTED_PROXIES",
    help="Whose forwarding headers are believed, such as 10.0.0.0/8,127.0.0.1 (default: nobody's).",
)
@click.option(
    "--processes", type=click.IntRange(1, 64), help="Of the web server (default: two for each core)."
)
@click.option("-v", "--verbose", is_flag=True, help="Show everything that the parts write to their logs.")
def serve(
    directory: Path,
    listen: str,
    demo: bool,
    database: str | None,
    public_url: str | None,
    trusted_proxies: str | None,
    processes: int | None,
    verbose: bool,
) -> None:
    """Start everything: the ledger's node, the web pages and the worker; stop all with one Ctrl-C.

    DIR is made if it is missing, with an empty ledger and its keys; a page then asks for the brand's name and the
    first member of staff. A part that ends unasked is started again. GET /healthz answers 200 once all are ready.
    Unless CARDTRAIL_PAY names payment providers, one with play money is started, too.

    It speaks plain HTTP: put a server that speaks TLS in front before others reach it. Keep copies of DIR, and one of
    DIR/kek.keys apart from the others.

    \b
    Example:
      cardtrail serve --dir cards --listen 127.0.0.1:8000 --demo
    """
    from cardtrail.cli.serve.run import Plan, run
    from cardtrail.cli.serving import host_and_port
    from cardtrail.web.config import ConfigError

    host, port = host_and_port(listen)
    plan = Plan(directory, host, port, demo, database, public_url, trusted_proxies, processes, verbose)
    try:
        plan.check(os.environ)
    except ConfigError as error:
        raise Misuse(str(error)) from error
    run(plan)
