"""A node in a process of its own: `python -m tests.concurrency.serve_node DIRECTORY [name=number ...]`.

The names are those of `Options`, and `port`; `file_bytes` is the size no file may outgrow, as on a full disk, and
`descriptors` how many files may be open at once. Prints its address.
"""

from __future__ import annotations

import logging
import resource
import sys
from pathlib import Path

from cardtrail.node.directory import Directory, DirectoryBusy
from cardtrail.node.server import ServeError, serve
from cardtrail.node.service import Options


def main(path: str, *settings: str) -> int:
    numbers = {name: int(number) for name, number in (setting.split("=") for setting in settings)}
    file_bytes = numbers.pop("file_bytes", resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    if "descriptors" in numbers:
        most = numbers.pop("descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port = numbers.pop("port", 0)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    try:
        serve(
            Directory(Path(path)),
            "127.0.0.1",
            port,
            options=Options(**numbers),  # type: ignore[arg-type]
            on_ready=lambda url: print(url, flush=True),
        )
    except (ServeError, DirectoryBusy) as error:
        print(f"stopped: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
