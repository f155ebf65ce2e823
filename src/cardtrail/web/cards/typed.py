"""What people type and paste for a card: a number, a code, both in one field, or the whole address from a QR code."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from cardtrail.wallet.codes import CODE_CHARS, CardCode, CodeError
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import CARD_NUMBER_DIGITS, parse_card_number

MOST_CHARS = 300
"""Longer than any address of ours; more is not looked at."""

_BOTH = re.compile(rf"((?:[0-9][ -]*){{{CARD_NUMBER_DIGITS}}})[ .,:;/|-]*([^ .,:;/|-].*)")
_OF_CODES = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZILO")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")


@dataclass(frozen=True, slots=True)
class Typed:
    """A number and a code as they were meant, or what is wrong with each. The repr hides the code.

    number, code   as typed, cleaned: for cards of the brand's old system, whose forms we do not know
    """

    number: str
    code: str = field(repr=False)
    serial: int | None
    secret: bytes | None = field(repr=False)
    number_problem: Text | None
    code_problem: Text | None


def read(number: str, code: str) -> Typed:
    """Read both fields. A number and code pasted into one field are taken apart."""
    number, code = _clean(number), _clean(code)
    if not number or not code:
        number, code = _taken_apart(number or code) or (number, code)
    serial, number_problem = _serial(number)
    secret, code_problem = _secret(code)
    return Typed(number, code, serial, secret, number_problem, code_problem)


def _clean(text: str) -> str:
    """Full-width characters of Chinese input methods as usual ones; of an address only what stands behind the #."""
    plain = unicodedata.normalize("NFKC", text[:MOST_CHARS]).translate(_DASHES)
    return " ".join(plain.rpartition("#")[2].split())


def _taken_apart(text: str) -> tuple[str, str] | None:
    found = _BOTH.fullmatch(text)
    return None if found is None else (found[1].strip(" -"), found[2])


def _serial(number: str) -> tuple[int | None, Text | None]:
    digits = re.sub(r"[ -]", "", number)
    if not digits:
        return None, Text("请输入卡号。", "Enter the card number.")
    if not (digits.isascii() and digits.isdigit()):
        return None, Text("卡号只有数字，共 16 位。", "A card number has digits only, 16 of them.")
    if len(digits) != CARD_NUMBER_DIGITS:
        return None, Text(
            "卡号有 16 位数字，你输入了 {n} 位。", "A card number has 16 digits; this has {n}."
        ).format(n=len(digits))
    try:
        return parse_card_number(digits), None
    except ValueError:
        return None, Text(
            "卡号里有一位数字不对，请对照卡面再看一遍。",
            "One digit of the card number is mistyped; compare it with the card.",
        )


def _secret(code: str) -> tuple[bytes | None, Text | None]:
    if not code:
        return None, Text("请输入卡密。", "Enter the code.")
    try:
        return CardCode.parse(code).secret, None
    except CodeError:
        return None, _what_is_wrong(code)


def _what_is_wrong(code: str) -> Text:
    """Why a text is no code: found from the text alone, so it tells nothing about any card."""
    chars = re.sub(r"[ -]", "", code).upper()
    for place, char in enumerate(chars[:CODE_CHARS], 1):
        if char not in _OF_CODES:
            return Text(
                "卡密的第 {n} 个字符不会出现在卡密里。", "Character {n} of the code cannot be part of a code."
            ).format(n=place)
    if len(chars) != CODE_CHARS + 1:
        return Text("卡密有 25 个字符，你输入了 {n} 个。", "A code has 25 characters; this has {n}.").format(
            n=len(chars)
        )
    return Text(
        "卡密里有一个字符不对，请对照卡面再看一遍。",
        "One character of the code is mistyped; compare it with the card.",
    )
