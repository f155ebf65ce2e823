"""What one caller may ask for, so that none can take the node from the others."""

from __future__ import annotations

from dataclasses import dataclass

MAX_COMMANDS = 1000
"""Commands in one request."""

MAX_BODY_BYTES = 4 << 20
"""Bytes of one request's body."""

MAX_PAGE_ENTRIES = 1000
DEFAULT_PAGE_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on memory and time.

    body_bytes        a request's body
    waiting_bytes     bodies received and not answered yet, all requests together
    page_bytes        entries in one answer; at least one is always given
    feeds             live feeds at the same time
    heartbeat_s       how long a live feed may be silent
    """

    body_bytes: int = MAX_BODY_BYTES
    waiting_bytes: int = 64 << 20
    page_bytes: int = 4 << 20
    feeds: int = 256
    heartbeat_s: float = 15.0
