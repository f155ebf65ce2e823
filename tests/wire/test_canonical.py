"""One value, one encoding: every other spelling, type, length or field is refused, for every record there is."""

from __future__ import annotations

import msgspec
import pytest

from cardtrail.wire.codec import Codec, Malformed, NotCanonical, encode
from cardtrail.wire.commands import BODY_CODEC, KINDS
from cardtrail.wire.entries import ENTRY_OVERHEAD_BYTES, MAX_SIGNED_BYTES, encode_entry
from cardtrail.wire.scalars import MAX_ENTRY_BYTES, MAX_INTEGER
from tests.wire.samples import bodies, records
from tests.wire.spellings import mistyped, places, respelled, write

EACH = pytest.mark.parametrize(
    ("codec", "data"), [(codec, data) for _, codec, data in records()], ids=[name for name, _, _ in records()]
)


def test_there_is_a_sample_of_every_command():
    assert tuple(bodies()) == KINDS


@EACH
def test_what_is_decoded_encodes_to_the_same_bytes(codec, data):
    assert encode(codec.decode(data)) == data
    assert codec.trusted(data) == codec.decode(data)
    assert write(msgspec.msgpack.decode(data), (), data) == data


@EACH
def test_no_other_spelling_is_taken(codec, data):
    """Longer integers, strings, byte strings and arrays, anywhere in the record."""
    value, tried = msgspec.msgpack.decode(data), 0
    for path, part in places(value):
        for spelled in respelled(part):
            other = write(value, path, spelled)
            assert msgspec.msgpack.decode(other) == value, "it says the same"
            with pytest.raises((NotCanonical, Malformed)):
                codec.decode(other)
            tried += 1
    assert tried > 3


@EACH
def test_a_longer_spelling_is_called_not_canonical(codec, data):
    """Of the outermost array, where the type cannot be at fault."""
    value = msgspec.msgpack.decode(data)
    for spelled in respelled(value):
        with pytest.raises(NotCanonical):
            codec.decode(spelled)
        codec.decode(spelled, canonical=False)


@EACH
def test_no_other_type_is_taken(codec, data):
    """Floats for integers, text for bytes, maps for arrays: anywhere in the record."""
    value = msgspec.msgpack.decode(data)
    for path, part in places(value):
        for other in mistyped(part):
            changed = write(value, path, other)
            if changed == data:
                continue
            try:
                again = codec.decode(changed)
            except (Malformed, NotCanonical):
                continue
            # A field that may hold several types: a key or a role, a hash or nothing.
            assert encode(again) == changed
            assert not any(
                isinstance(part, float | bool) for _, part in places(msgspec.msgpack.decode(other))
            )


@EACH
def test_bytes_before_behind_or_missing(codec, data):
    for behind in (b"\x00", b"\xc0", data):
        with pytest.raises(Malformed):
            codec.decode(data + behind)
    for end in range(len(data)):
        with pytest.raises(Malformed):
            codec.decode(data[:end])


LISTS = {"answers", "commands", "entries"}
RECORDS = [(name, ()) for name, _, _ in records() if name not in LISTS] + [
    ("define", (6,)), ("card", (7,)), ("merge", (3, 0)), ("seal", (5, 0)), ("signed redeem", (1, 0)),
    ("signed transfer", (2,)), ("signed transfer", (2, 1, 0)), ("answers", (0,)), ("answers", (1,)), ("entries", (0,)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path"), RECORDS)
def test_fields_more_or_less(name, path):
    """A field that this program does not know may mean something to whoever signed it: refused, never dropped."""
    codec, data = next((codec, data) for found, codec, data in records() if found == name)
    value = part = msgspec.msgpack.decode(data)
    for index in path:
        part = part[index]
    for changed in ([*part, None], [*part, 0], [*part, part[-1]], part[:-1], part[1:]):
        with pytest.raises(Malformed):
            codec.decode(write(value, path, encode(changed)))


@pytest.mark.parametrize(
    "wrong",
    [-1, 0, MAX_INTEGER + 1, 2**63, 2**64 - 1, 1.0, 0.5, float("nan"), float("inf"), -float("inf"), True, False, "1",
     b"1", None, [], {}],
)  # fmt: skip
def test_an_amount_is_a_positive_integer(wrong):
    fields = msgspec.msgpack.decode(encode(bodies()["redeem"]))
    fields[5] = wrong
    with pytest.raises(Malformed):
        BODY_CODEC.decode(msgspec.msgpack.encode(fields))


def test_integers_too_large_for_msgpack():
    """1e400 has no form in msgpack but infinity; a number of 65 bits has none at all."""
    fields = encode(bodies()["redeem"])
    assert fields.count(b"\xcf\x00\x1f\xff\xff\xff\xff\xff\xff") == 1
    with pytest.raises(Malformed):
        BODY_CODEC.decode(fields.replace(b"\xcf\x00\x1f", b"\xcf\xff\xff"))


@pytest.mark.parametrize("text", [b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80"])
def test_text_that_is_no_utf_8(text):
    """Lone surrogates, overlong forms, code points that do not exist."""
    fields = msgspec.msgpack.decode(encode(bodies()["define"]))
    with pytest.raises(Malformed):
        BODY_CODEC.decode(write(fields, (5,), bytes((0xA0 + len(text),)) + text))


def test_lengths_that_lie():
    """An array that says to have four thousand million elements is refused before room is made for them."""
    for header in (
        b"\xdd\xff\xff\xff\xff",
        b"\xdc\xff\xff",
        b"\x9f",
        b"\xc6\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
    ):
        for _, codec, data in records():
            with pytest.raises(Malformed):
                codec.decode(header)
            with pytest.raises(Malformed):
                codec.decode(data[:1] + header)


def test_depth_is_no_way_in():
    with pytest.raises(Malformed):
        Codec(tuple[bytes, ...]).decode(b"\x91" * 100_000 + b"\x90")


def test_the_largest_command_fits_an_entry():
    """An entry bundle gives an entry's length in 16 bits (c2sp.org/tlog-tiles)."""
    assert len(encode_entry(MAX_INTEGER, bytes(MAX_SIGNED_BYTES))) <= MAX_ENTRY_BYTES
    assert MAX_ENTRY_BYTES - MAX_SIGNED_BYTES == ENTRY_OVERHEAD_BYTES
