"""A node in a process of its own, as the bench's other side: `python -m cardtrail.cli.benching.node_process DIR`.

It listens on a port of the loopback interface that the system chooses, prints its address, and ends when its standard
input closes. So it ends with the bench however the bench ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from cardtrail.cli.benching.figures import BenchError
from cardtrail.node.directory import Directory

_STOP_S = 60


class NodeProcess:
    """A running node. `start_s` is how long it took from starting the process to answering."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.start_s = 0.0

    def __enter__(self) -> NodeProcess:
        began = time.perf_counter()
        command = [sys.executable, "-m", __spec__.name, str(self._directory.path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self._process.stdout is not None:
            self.url = self._process.stdout.readline().decode().strip()
        self.start_s = time.perf_counter() - began
        if not self.url:
            self.close()
            raise BenchError("the node did not start; what it said is above")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def peak_bytes(self) -> int | None:
        """The most memory the process ever held (its verification workers not counted), where the system tells."""
        if self._process is None:
            return None
        status = Path(f"/proc/{self._process.pid}/status")
        if not status.exists():
            return None
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return None

    def close(self) -> None:
        """End the node, as an operator would."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self._process = None


def _serve(path: Path) -> None:
    from cardtrail.node.server import serve

    def tell(url: str) -> None:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()

    threading.Thread(target=_end_with_parent, daemon=True).start()
    serve(Directory(path), "127.0.0.1", 0, on_ready=tell)


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
