"""Names of things: printed numbers that catch a slip of the finger, command ids, network ids; and the JSON views."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.wire.answers import Refused
from cardtrail.wire.cards import CARD_CODEC
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import KINDS
from cardtrail.wire.identifiers import (
    MAX_PRINTABLE_SERIAL,
    card_number,
    command_id,
    group_digits,
    parse_card_number,
    parse_network,
)
from cardtrail.wire.reasons import Reason
from cardtrail.wire.views import card_to_json, command_to_json
from tests.wire.samples import bodies, records

SERIALS = st.integers(0, MAX_PRINTABLE_SERIAL)


@pytest.mark.parametrize(
    ("serial", "number"),
    [(0, "0000000000000000"), (1, "0000000000000018"), (7_992_739_871, "0000079927398713")],
)
def test_printed_numbers(serial, number):
    """The last one is the customary example of the Luhn check: 7992739871 has the check digit 3."""
    assert card_number(serial) == number
    assert parse_card_number(number) == serial


@given(SERIALS)
def test_a_printed_number_leads_back(serial):
    number = card_number(serial)
    assert len(number) == 16
    for text in (number, group_digits(number), number.replace("", "-")):
        assert parse_card_number(text) == serial


@given(SERIALS, st.integers(0, 15), st.integers(1, 9))
def test_every_single_mistyped_digit_is_noticed(serial, place, shift):
    number = card_number(serial)
    digit = str((int(number[place]) + shift) % 10)
    with pytest.raises(ValueError, match="mistyped"):
        parse_card_number(number[:place] + digit + number[place + 1 :])


@given(SERIALS, st.integers(0, 14))
def test_neighbours_exchanged_are_noticed(serial, place):
    """All but 09 and 90, which the Luhn check does not tell apart."""
    number = card_number(serial)
    pair = number[place : place + 2]
    swapped = number[:place] + pair[::-1] + number[place + 2 :]
    if pair in {"09", "90"} or pair[0] == pair[1]:
        assert parse_card_number(swapped) is not None
    else:
        with pytest.raises(ValueError, match="mistyped"):
            parse_card_number(swapped)


@pytest.mark.parametrize("text", ["", "x", "12345678901234567", "１２３", "1.5", "-", "0x10", "²"])
def test_what_is_no_card_number(text):
    with pytest.raises(ValueError, match="is not a card number"):
        parse_card_number(text)


@pytest.mark.parametrize("serial", [0, 9, 42, 999_999_999_999_999])
def test_a_plain_serial_will_do(serial):
    assert parse_card_number(str(serial)) == serial


@given(st.integers(0, 10**14 - 1), st.integers(0, 15))
def test_a_printed_number_with_a_digit_left_out_names_no_other_card(serial, place):
    """The rest begins with a zero, as no serial does, unless the one zero at the front was left out. In groups it is
    no serial in any case."""
    number = card_number(serial)
    short = number[:place] + number[place + 1 :]
    if short[0] == "0":
        with pytest.raises(ValueError, match="15 digits of 16; type all"):
            parse_card_number(short)
    with pytest.raises(ValueError, match="15 digits of 16; type all"):
        parse_card_number(group_digits(short))


@pytest.mark.parametrize("text", ["4 2", "4-2", " 42", "042", "00"])
def test_a_serial_has_one_spelling(text):
    with pytest.raises(ValueError, match=r"is not a card number.*without spaces, dashes and leading zeros"):
        parse_card_number(text)


@pytest.mark.parametrize("serial", [-1, MAX_PRINTABLE_SERIAL + 1])
def test_serials_without_a_number(serial):
    with pytest.raises(ValueError, match="has no card number"):
        card_number(serial)


def test_a_command_id_is_the_hash_of_the_body():
    """SHA-256 of `abc`: FIPS 180-2, appendix B.1."""
    assert command_id(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_network_ids():
    assert parse_network("00" * 15 + "ff") == bytes(15) + b"\xff"
    for text in ("", "00", "zz" * 16, "00" * 17):
        with pytest.raises(ValueError, match="is not a network id"):
            parse_network(text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_reads_as_json(kind):
    body = bodies()[kind]
    view = json.loads(json.dumps(command_to_json(body)))
    assert view["kind"] == kind
    assert list(view)[1:] == list(body.__struct_fields__)
    assert view["network"] == body.network.hex()


def test_a_card_reads_as_json():
    card = next(CARD_CODEC.decode(data) for name, _, data in records() if name == "card")
    view = card_to_json(card)
    assert view["number"] == card_number(card.serial)
    assert (view["status"], view["hold"]["kind"], view["hold"]["release"]) == ("active", "sale", "settler")
    assert view["owner"] == card.owner.hex()


@pytest.mark.parametrize("reason", Reason)
def test_a_refusals_code_leads_back_to_its_reason(reason):
    refused = Refused(None, reason.code)
    assert refused.reason is reason
    assert reason.code in encode(refused).decode("latin-1")


def test_a_code_from_a_newer_ledger_is_an_error():
    with pytest.raises(KeyError):
        _ = Refused(None, "moon_phase").reason
