"""The log entry: one accepted command, exactly as signed, with its ledger time. Its bytes are what the log's
leaf hashes.
"""

from __future__ import annotations

from cardtrail.wire.codec import Codec, encode
from cardtrail.wire.record import Record
from cardtrail.wire.scalars import MAX_ENTRY_BYTES, Millis

ENTRY_OVERHEAD_BYTES = 16
"""The most that the time and the framing add to a command: array 1, time 9, byte string 3, rounded up."""

MAX_SIGNED_BYTES = MAX_ENTRY_BYTES - ENTRY_OVERHEAD_BYTES
"""The largest command that is accepted, so that its entry fits an entry bundle's 16-bit length
(c2sp.org/tlog-tiles).
"""


class Entry(Record):
    """A command and the time the ledger gave it."""

    time_ms: Millis
    signed: bytes


ENTRY_CODEC: Codec[Entry] = Codec(Entry)


def encode_entry(time_ms: int, signed: bytes) -> bytes:
    """The leaf data of an accepted command."""
    return encode(Entry(time_ms, signed))
