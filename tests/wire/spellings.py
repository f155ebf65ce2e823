"""msgpack as it can also be written: other widths and other types for the same value.

Format: https://github.com/msgpack/msgpack/blob/master/spec.md
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import msgspec

INTEGERS = ((0xCC, ">B", 1 << 8), (0xCD, ">H", 1 << 16), (0xCE, ">I", 1 << 32), (0xCF, ">Q", 1 << 64))
SIGNED_INTEGERS = ((0xD0, ">b", 1 << 7), (0xD1, ">h", 1 << 15), (0xD2, ">i", 1 << 31), (0xD3, ">q", 1 << 63))
STRINGS = ((0xD9, ">B", 1 << 8), (0xDA, ">H", 1 << 16), (0xDB, ">I", 1 << 32))
BINARIES = ((0xC4, ">B", 1 << 8), (0xC5, ">H", 1 << 16), (0xC6, ">I", 1 << 32))
ARRAYS = ((0xDC, ">H", 1 << 16), (0xDD, ">I", 1 << 32))


def places(value: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Every value within a value, with the way to it."""
    yield path, value
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def write(value: Any, path: tuple[int, ...], instead: bytes) -> bytes:
    """A value's bytes, with others in one place."""
    if not path:
        return instead
    items = [
        write(item, path[1:], instead) if index == path[0] else msgspec.msgpack.encode(item)
        for index, item in enumerate(value)
    ]
    header = msgspec.msgpack.encode([None] * len(value))[: -len(value)]
    return header + b"".join(items)


def respelled(value: Any) -> Iterator[bytes]:
    """The other ways to write this value: the same to a reader, not the same bytes."""
    short = msgspec.msgpack.encode(value)
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        forms = ((*form, b"") for form in (*INTEGERS, *(SIGNED_INTEGERS if value >= 0 else ())))
        number = value
    else:
        kinds = {str: STRINGS, bytes: BINARIES, list: ARRAYS}
        data = value.encode() if isinstance(value, str) else value
        body = b"".join(map(msgspec.msgpack.encode, value)) if isinstance(value, list) else data
        forms = ((*form, body) for form in kinds[type(value)])
        number = len(data)
    for code, layout, limit, body in forms:
        if number < limit:
            spelled = bytes((code,)) + struct.pack(layout, number) + body
            if spelled != short:
                yield spelled


def mistyped(value: Any) -> Iterator[bytes]:
    """The same said in another type, or something else altogether."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        others: list[Any] = [
            float(value),
            float("nan"),
            float("inf"),
            -1,
            2**64 - 1,
            bool(value),
            str(value),
            [value],
        ]
        yield b"\xcb" + struct.pack(">d", value)
        yield b"\xca" + struct.pack(">f", value)
    elif isinstance(value, str):
        others = [value.encode(), 1, [value], {}]
    elif isinstance(value, bytes):
        others = (
            [value + b"\x00", value[:-1], 1.5, [value], {}] if len(value) in (16, 32, 64) else [1.5, [value]]
        )
        if len(value) < 256:
            yield b"\xd9" + bytes((len(value),)) + value
    else:
        others = [
            {},
            {str(index): item for index, item in enumerate(value)},
            1.5,
            True,
            *([b""] if value else ()),
        ]
    yield from map(msgspec.msgpack.encode, others)
    yield b"\xc1"  # A byte that msgpack never uses.
    yield b"\xd4\x01\x00"  # An extension type.
    yield b"\xd6\xff\x00\x00\x00\x01"  # A timestamp.
