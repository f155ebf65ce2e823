"""The hash that ties a confirmation together: SHA-256 over its canonical JSON (RFC 8785's order of keys, no spaces).

Change a word of the text, the amount or the time, and it no longer fits; custody then signs nothing.
"""

from __future__ import annotations

import json
from hashlib import sha256

from cardtrail.web.actions.models import Confirmation

SCHEMA = "cardtrail/v1/confirmation"


def hash_of(confirmation: Confirmation) -> bytes:
    """The hash of what the confirmation says."""
    value = {
        "schema": SCHEMA,
        "id": str(confirmation.id),
        "person": None if confirmation.person_id is None else str(confirmation.person_id),
        "purpose": confirmation.purpose,
        "text": confirmation.text,
        "language": confirmation.language,
        "at_ms": confirmation.at_ms,
        "session": bytes(confirmation.session).hex(),
        "device": confirmation.device,
        "address": confirmation.address,
        "agent": confirmation.agent,
        "method": confirmation.method,
        "orders": confirmation.orders,
        "approval": confirmation.approval,
    }
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).digest()


def fits(confirmation: Confirmation) -> bool:
    """Whether the confirmation still says what was confirmed."""
    return hash_of(confirmation) == bytes(confirmation.evidence)
