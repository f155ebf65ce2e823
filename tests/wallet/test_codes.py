"""Card codes: what a person may type, what is told of a mistake, and the key behind a code."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.wallet.codes import CODE_BITS, CardCode, CodeError, code_key
from tests.wallet.vectors import load

CODES = st.integers(0, 2**CODE_BITS - 1).map(CardCode)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.mark.parametrize("vector", load("codes")["codes"], ids=lambda vector: vector["code"])
def test_vectors(vector):
    code = CardCode.parse(vector["printed"])
    assert (code.text, code.grouped, code.secret.hex()) == (
        vector["code"],
        vector["printed"],
        vector["secret"],
    )
    for key in vector["keys"]:
        made = code_key(code, bytes.fromhex(key["network"]), key["serial"])
        assert (made.seed.hex(), made.public.hex()) == (key["seed"], key["public"])


@given(CODES, st.data())
def test_a_code_may_be_typed_in_many_ways(code, data):
    typed = ""
    for char in code.text:
        spellings = {"1": "1iIlL１", "0": "0oO０"}.get(char, char + char.lower())
        typed += data.draw(st.sampled_from(["", " ", "-", "—", "\t"])) + data.draw(st.sampled_from(spellings))
    assert CardCode.parse(typed) == code


def test_full_width_typing_is_understood():
    code = CardCode(12345678901234567890)
    wide = "".join(chr(ord(char) + 0xFEE0) for char in code.text)
    assert CardCode.parse(wide) == code


@given(CODES, st.integers(0, 24), st.sampled_from(ALPHABET + "*~$=U"))
def test_one_wrong_character_is_noticed(code, place, char):
    text = code.text
    if char != text[place]:
        with pytest.raises(CodeError):
            CardCode.parse(text[:place] + char + text[place + 1 :])


@given(CODES, st.integers(0, 22))
def test_two_neighbours_exchanged_are_noticed(code, place):
    text = code.text
    if text[place] != text[place + 1]:
        with pytest.raises(CodeError, match="mistyped"):
            CardCode.parse(text[:place] + text[place + 1] + text[place] + text[place + 2 :])


@given(st.text(max_size=40) | st.text(alphabet=ALPHABET + "ILOU*~$=- ", min_size=20, max_size=30))
def test_any_text_is_a_code_or_an_error_that_does_not_repeat_it(text):
    with contextlib.suppress(CodeError):
        assert CardCode.parse(CardCode.parse(text).text) == CardCode.parse(text)


@pytest.mark.parametrize("text", ["", "0" * 24, "0" * 26, "0" * 10_000, "卡" * 25, "0" * 12 + "U" + "0" * 12])
def test_what_is_no_code(text):
    with pytest.raises(CodeError):
        CardCode.parse(text)


def test_codes_are_random_and_hidden():
    codes = {CardCode.generate() for _ in range(100)}
    assert len(codes) == 100
    code = CardCode.generate()
    for shown in (repr(code), str(code), f"{code}", repr(code_key(code, bytes(16), 0))):
        assert code.text not in shown
        assert code.secret.hex() not in shown
    with pytest.raises(CodeError) as caught:
        CardCode.parse(code.text[:-1] + "?")
    assert code.text[:4] not in str(caught.value)


def test_a_code_opens_one_card_of_one_ledger():
    code = CardCode(7)
    keys = {
        code_key(code, network, serial).public for network in (bytes(16), b"x" * 16) for serial in (0, 1, 256)
    }
    assert len(keys) == 6


def test_a_code_has_120_bits():
    for number in (-1, 2**120):
        with pytest.raises(CodeError):
            CardCode(number)
