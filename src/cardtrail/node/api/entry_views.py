"""Entries as JSON, for people and scripts."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any

from cardtrail.wire.commands import BODY_CODEC, kind_of
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.signed import SIGNED_CODEC
from cardtrail.wire.views import command_to_json

_AT_ONCE = 32
"""Entries viewed before other requests get their turn."""


def entry_to_json(index: int, entry: bytes) -> dict[str, Any]:
    """One entry: where and when, which command, what it says, and the exact bytes."""
    read = ENTRY_CODEC.trusted(entry)
    signed = SIGNED_CODEC.trusted(read.signed)
    body = BODY_CODEC.trusted(signed.body)
    return {
        "index": index,
        "time_ms": read.time_ms,
        "id": command_id(signed.body).hex(),
        "kind": kind_of(body),
        "command": command_to_json(body),
        "entry": b64encode(entry).decode(),
    }


async def entries_to_json(entries: Iterable[tuple[int, bytes]]) -> list[dict[str, Any]]:
    """Many entries, without holding up everybody else meanwhile."""
    views = []
    for place, (index, entry) in enumerate(entries, 1):
        views.append(entry_to_json(index, entry))
        if place % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return views


def page(entries: Iterable[tuple[int, bytes]], most_bytes: int) -> Iterator[tuple[int, bytes]]:
    """As many of the entries as fit, but at least the first."""
    size = 0
    for index, entry in entries:
        size += len(entry)
        if size > most_bytes and size > len(entry):
            return
        yield index, entry
