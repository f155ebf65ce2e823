"""Numbers and bytes as the text formats of c2sp.org spell them, each in exactly one way.

A second spelling of the same value would give one checkpoint two byte forms, and a signature fits only one of them.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Final

MAX_SIZE: Final = 2**63 - 1
"""The most leaves a log may have: the tools we want to be read by count in signed 64-bit integers."""

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def parse_decimal(text: str) -> int | None:
    """The number that one to nineteen ASCII digits without leading zeroes spell; else None."""
    return int(text) if _DECIMAL.fullmatch(text) else None


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648, section 4)."""
    return b64encode(data).decode()


def parse_base64(text: str) -> bytes | None:
    """The bytes behind their one standard base64 spelling, with its unused bits zero; None for anything else."""
    try:
        data = b64decode(text)
    except ValueError:
        return None
    return data if encode_base64(data) == text else None
