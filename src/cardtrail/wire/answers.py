"""What the ledger answers to a command."""

from __future__ import annotations

from cardtrail.wire.codec import Codec
from cardtrail.wire.reasons import Reason
from cardtrail.wire.record import Record
from cardtrail.wire.scalars import Count, Hash, Millis


class Accepted(Record, tag="accepted"):
    """The command is in the log, durably, as entry `index`. Sending it again gives this answer again."""

    id: Hash
    index: Count
    time_ms: Millis


class Refused(Record, tag="refused"):
    """The command changed nothing. `id` is none where its bytes or signatures were not right; `code` names
    the reason.
    """

    id: Hash | None
    code: str

    @property
    def reason(self) -> Reason:
        """The reason behind the code. Raises `KeyError` for a code this program does not know."""
        return Reason[self.code.upper()]


Answer = Accepted | Refused

ANSWERS_CODEC: Codec[tuple[Answer, ...]] = Codec(tuple[Answer, ...])
COMMANDS_CODEC: Codec[tuple[bytes, ...]] = Codec(tuple[bytes, ...])
"""The body that submits commands: their signed bytes, in the order they are to be tried."""
