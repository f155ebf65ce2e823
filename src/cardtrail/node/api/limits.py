"""What one caller may ask for, so that none can take the node from the others."""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.wire.requests import MAX_BODY_BYTES

MAX_CONNECTIONS = 4096
MAX_PAGE_ENTRIES = 1000
DEFAULT_PAGE_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on memory and time.

    body_bytes        a request's body
    waiting_bytes     bodies received and not answered yet, all requests together
    page_bytes        entries in one answer; at least one is always given
    feeds             live feeds at the same time
    connections       connections at the same time; one more is hung up on at once
    heartbeat_s       how long a live feed may be silent
    """

    body_bytes: int = MAX_BODY_BYTES
    waiting_bytes: int = 64 << 20
    page_bytes: int = 4 << 20
    feeds: int = 256
    connections: int = MAX_CONNECTIONS
    heartbeat_s: float = 15.0
