"""The payment provider with play money, which `serve` runs unless the operator has named another."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

DIRECTORY = "CARDTRAIL_PAY_SANDBOX_DIR"
NAMED = "CARDTRAIL_PAY"
PATIENCE_S = 2.0


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether a sandbox is to be run: nothing else takes payments here, and nobody runs one elsewhere."""
    named = [name.strip() for name in environment.get(NAMED, "").split(",") if name.strip()]
    return (not named or "sandbox" in named) and not environment.get(DIRECTORY)


def command(directory: Path, host: str, public_url: str, *, private: bool) -> list[str]:
    """Module and arguments.

    host         where the pages listen: the pay page has to be reached from the same places
    public_url   of the pages, which it notifies
    private      whether only this machine reaches them. Then the pay page is at 127.0.0.1 and not at `localhost`: a
                 browser sends cookies to every port of a host, and those of the shop are none of its business
    """
    name = urlsplit(public_url).hostname or "localhost"
    shown = f"[{host}]" if ":" in host else host
    arguments = ["--dir", str(directory), "--notify-host", name]
    if private:
        return ["cardtrail.payments.sandbox", *arguments, "--listen", "127.0.0.1:0"]
    return ["cardtrail.payments.sandbox", *arguments, "--listen", f"{shown}:0", "--public-host", name]


def answers(directory: Path) -> bool:
    """Whether the sandbox of a directory says that it is well."""
    try:
        address = urlsplit((directory / "address").read_text("ascii").strip())
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.hostname or "", address.hostname or "")  # noqa: S104
        connection = http.client.HTTPConnection(host, address.port, timeout=PATIENCE_S)
    except (OSError, ValueError, http.client.HTTPException):
        return False
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
