"""`node`: a ledger served over HTTP."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from cardtrail.cli import out
from cardtrail.cli.failures import Unavailable
from cardtrail.cli.options import ledger_directory_argument


@click.command()
@ledger_directory_argument
@click.option(
    "--listen", default="127.0.0.1:8080", show_default=True, metavar="HOST:PORT", help="Port 0: any free one."
)
@click.option(
    "--checkpoint-every", type=click.IntRange(1), default=1000, show_default=True, help="Milliseconds."
)
@click.option(
    "--workers", type=click.IntRange(0), help="Processes that verify signatures (default: one for each core)."
)
def node(directory: Path, listen: str, checkpoint_every: int, workers: int | None) -> None:
    """Serve the ledger in DIR over HTTP until it is told to stop (Ctrl-C or SIGTERM).

    The other verbs find it by its directory, too. GET /openapi.json tells what it answers; /metrics is for
    Prometheus. It speaks plain HTTP: put a server that speaks TLS in front before others reach it.

    \b
    Example:
      cardtrail node spring-ledger --listen 127.0.0.1:8080
    """
    from cardtrail.cli.session import ledger_directory
    from cardtrail.node.directory import Directory
    from cardtrail.node.server import ServeError, serve
    from cardtrail.node.service import Options

    host, port = host_and_port(listen)
    path = ledger_directory(directory)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    options = Options(
        checkpoint_interval_ms=checkpoint_every, workers=workers, on_start=out.bar_on_demand(out.STARTING)
    )

    def ready(url: str) -> None:
        out.note(f"the ledger in {directory} answers at {url}; Ctrl-C stops it · 节点已启动")

    try:
        serve(Directory(path), host, port, options=options, on_ready=ready)
    except ServeError as error:
        raise Unavailable(str(error)) from error
    out.note("stopped; everything taken is on the disk · 节点已停止")


def host_and_port(text: str) -> tuple[str, int]:
    """What `--listen` was given. Raises `click.BadParameter`."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise click.BadParameter(f"{text!r} is not HOST:PORT, such as 127.0.0.1:8080", param_hint="--listen")
    return host, int(port)
