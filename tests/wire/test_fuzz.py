"""Bytes from anywhere: a decoder answers with a record or one of two errors, and the intake with a typed reason."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.ledger.intake import Request, read_command, read_logged
from cardtrail.wire.codec import Malformed, NotCanonical, encode
from cardtrail.wire.commands import KINDS
from cardtrail.wire.identifiers import parse_card_number, parse_network
from cardtrail.wire.money import parse_money
from cardtrail.wire.reasons import Reason
from tests.ledger_world import NETWORK
from tests.wire.samples import bodies, records, signed

RECORDS = records()
BEFORE_STATE = {
    Reason.OVERSIZE,
    Reason.MALFORMED,
    Reason.NOT_CANONICAL,
    Reason.WRONG_NETWORK,
    Reason.NOT_SUBMITTABLE,
    Reason.BAD_SIGNATURE,
}


@st.composite
def mutated(draw, data: bytes) -> bytes:
    """A few bytes changed, removed, repeated or put in."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(changed) - 1)))
        end = start + draw(st.integers(0, 6))
        what = draw(st.sampled_from(("set", "insert", "delete", "repeat")))
        if what == "set" and changed:
            changed[start] = draw(st.integers(0, 255))
        elif what == "insert":
            changed[start:start] = draw(st.binary(max_size=8))
        elif what == "delete":
            del changed[start:end]
        else:
            changed[end:end] = changed[start:end]
    return bytes(changed)


def decode_or_refuse(codec, data: bytes) -> None:
    """Nothing else may come out, and what comes out encodes to what came in."""
    with suppress(Malformed, NotCanonical):
        assert encode(codec.decode(data)) == data


@given(st.binary(max_size=300))
def test_random_bytes_in_every_decoder(data):
    for _, codec, _ in RECORDS:
        decode_or_refuse(codec, data)


@pytest.mark.parametrize(("name", "codec", "data"), RECORDS, ids=[name for name, _, _ in RECORDS])
@given(choices=st.data())
def test_mutated_records_in_every_decoder(name, codec, data, choices):
    decode_or_refuse(codec, choices.draw(mutated(data)))


def read_or_refuse(raw: bytes) -> None:
    for read in (read_command, read_logged):
        for network in (NETWORK, None):
            answer = read(raw, network)
            assert isinstance(answer, Request) or answer in BEFORE_STATE


@given(st.binary(max_size=300))
def test_random_bytes_at_the_intake(data):
    read_or_refuse(data)


@pytest.mark.parametrize("kind", KINDS)
@given(choices=st.data())
def test_mutated_commands_at_the_intake(kind, choices):
    """From outside in: the signed command, and its body within a good frame."""
    read_or_refuse(choices.draw(mutated(signed(kind))))
    body = choices.draw(mutated(encode(bodies()[kind])))
    read_or_refuse(encode([body, [], None]))
    read_or_refuse(encode([body, [[bytes(32), bytes(64)]], None]))


@given(st.text(), st.sampled_from(("CNY", "JPY", "KWD", "XXX")))
def test_any_text_for_people(text, currency):
    """What people type is parsed, or refused with a sentence."""
    for parse in (
        lambda: parse_money(text, currency),
        lambda: parse_card_number(text),
        lambda: parse_network(text),
    ):
        with suppress(ValueError):
            parse()
