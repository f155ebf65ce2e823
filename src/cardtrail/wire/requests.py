"""What a client and a node agree on about their exchanges beyond the bytes of records: sizes, and a refused stream."""

from __future__ import annotations

from typing import Final

MAX_COMMANDS: Final = 1000
"""Commands in one request, at most."""

MAX_BODY_BYTES: Final = 4 << 20
"""Bytes of one request's body, at most."""


class StreamRefused(RuntimeError):  # noqa: N818 - it names what happened
    """A stream was asked for and something else came, with this HTTP status."""

    def __init__(self, path: str, status: int) -> None:
        super().__init__(f"the node answered {path} with status {status}")
        self.status = status
