"""Server-Sent Events (WHATWG HTML, section 9.2): the part of the format that a node's live feed uses."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from cardtrail.client.errors import BadAnswer
from cardtrail.wire.proofs import IndexedEntry

MAX_EVENT_BYTES = 1 << 20


class Event(NamedTuple):
    """One event: its type, its id, its data lines joined."""

    kind: str
    id: str
    data: str


class _EntryEvent(msgspec.Struct):
    index: int
    entry: str


def read_entry_event(event: Event) -> IndexedEntry:
    """The entry that an event of type `entry` carries. Raises `BadAnswer`."""
    try:
        value = msgspec.json.decode(event.data, type=_EntryEvent)
        return IndexedEntry(value.index, base64.b64decode(value.entry, validate=True))
    except ValueError:
        raise BadAnswer("the node's feed holds an event that is not an entry") from None


def read_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """The events in a stream of bytes cut anywhere. One that the stream's end cuts off is dropped, as the
    format says.
    """
    kind, id, data = "", "", list[str]()
    size = 0
    for line in _lines(chunks):
        size += len(line)
        if size > MAX_EVENT_BYTES:
            raise BadAnswer(f"the node's feed holds an event of more than {MAX_EVENT_BYTES} bytes")
        if not line:
            if data:
                yield Event(kind or "message", id, "\n".join(data))
            kind, id, data, size = "", "", [], 0
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            kind = value
        elif field == "id":
            id = value
        elif field == "data":
            data.append(value)


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > MAX_EVENT_BYTES:
            raise BadAnswer(f"the node's feed holds a line of more than {MAX_EVENT_BYTES} bytes")
        for line in lines:
            try:
                yield line.removesuffix(b"\r").decode()
            except UnicodeDecodeError:
                raise BadAnswer("the node's feed is not UTF-8") from None
