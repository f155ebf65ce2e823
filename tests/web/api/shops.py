"""The example shop, running as a program of its own beside a live server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHOP = Path(__file__).parents[3] / "examples" / "shop" / "shop.py"
OPEN = "The shop is open: "


@contextmanager
def open_shop(api: str, key: str, listen: str = "127.0.0.1:0") -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The shop's address and process, until the block ends."""
    arguments = [sys.executable, str(SHOP), "--api", api, "--key", key, "--listen", listen]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(OPEN), line
            yield line.removeprefix(OPEN).strip(), process
        finally:
            process.terminate()
            process.wait(10)
