"""`python -m cardtrail.payments.sandbox --dir DIR --listen HOST:PORT`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from cardtrail.payments.sandbox.server import ServeError, serve
from cardtrail.signing.keyfile import KeyFileError


def main() -> int:
    """Run the sandbox provider. The exit status."""
    options = argparse.ArgumentParser("sandbox", description="A payment provider with play money.")
    options.add_argument("--dir", type=Path, required=True, help="where it keeps its keys and its database")
    options.add_argument("--listen", default="127.0.0.1:0", help="HOST:PORT; port 0: the one of last time")
    options.add_argument("--public-host", default="", help="the name by which people reach the pay page")
    options.add_argument(
        "--notify-host", action="append", default=[], help="a host it may notify beside this machine"
    )
    given = options.parse_args()
    host, _, port = given.listen.rpartition(":")
    if not host or not port.isdigit():
        options.error("--listen takes HOST:PORT")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    try:
        serve(
            given.dir,
            host.strip("[]"),
            int(port),
            public_host=given.public_host,
            notify_hosts=given.notify_host,
            on_ready=_say,
        )
    except (ServeError, KeyFileError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _say(url: str) -> None:
    sys.stdout.write(f"sandbox at {url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
