"""Canonical bytes: msgpack arrays with exactly one encoding for every value.

msgpack lets the same number be written in several widths. A signature covers bytes, so two spellings of one
command would be two commands. The rule is therefore: decode, encode again, and the bytes must be the same.
Format: https://github.com/msgpack/msgpack/blob/master/spec.md (shortest form of every integer, string and
array)."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()


class Malformed(ValueError):  # noqa: N818 - it names what the bytes are
    """The bytes are not msgpack of the expected shape: wrong type, missing or unknown field, trailing bytes,
    out of range.
    """


class NotCanonical(ValueError):  # noqa: N818
    """The bytes decode, but are not the one encoding of what they say."""


def encode(value: object) -> bytes:
    """The canonical bytes of a record."""
    return _encoder.encode(value)


class Codec(Generic[T]):
    """Decoding and encoding of one record type."""

    def __init__(self, record_type: Any) -> None:
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(record_type)

    def decode(self, data: bytes, *, canonical: bool = True) -> T:
        """The record these bytes stand for. Raises `Malformed` or, unless any spelling will do, `NotCanonical`."""
        try:
            value = self._decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(str(error)) from None
        if canonical and _encoder.encode(value) != data:
            raise NotCanonical("these bytes are not the shortest encoding of what they say")
        return value

    def trusted(self, data: bytes) -> T:
        """The same for bytes this process has already checked once, such as its own database's."""
        return self._decoder.decode(data)
