"""Numbers of identity documents: which ones can exist at all."""

from __future__ import annotations

import datetime
import re

from cardtrail.web.ui.texts import Text

_PRC_ID = re.compile(r"[1-9]\d{16}[\dX]")
_PASSPORT = re.compile(r"(?=.*\d)[A-Z0-9]{6,9}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")


def tidy(number: str) -> str:
    """A number as it is written on the document: no spaces, no small letters, no full-width digits."""
    return re.sub(r"[\s-]", "", number.translate(_FULL_WIDTH)).upper()


def problem_with(kind: str, number: str, today: datetime.date) -> Text | None:
    """What is wrong with a tidy number of this kind of document, for the person who typed it. None: nothing."""
    return _prc_id(number, today) if kind == "prc_id" else _passport(number)


def check_digit(body: str) -> str:
    """The last character of a PRC citizen identity number: ISO 7064 MOD 11-2 over the 17 digits (GB 11643)."""
    return _CHECK[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]


def masked(number: str) -> str:
    """A number of which its owner recognises the ends."""
    return number[:1] + "*" * (len(number) - 5) + number[-4:]


def _prc_id(number: str, today: datetime.date) -> Text | None:
    if not _PRC_ID.fullmatch(number):
        return Text("身份证号码是 18 位，最后一位可以是 X", "The number has 18 digits; the last may be X")
    try:
        born = datetime.date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return Text(
            "号码里的出生日期不存在，请核对", "The date of birth in the number does not exist; check it"
        )
    if born > today or born.year < 1900:
        return Text(
            "号码里的出生日期不对，请核对", "The date of birth in the number cannot be right; check it"
        )
    if check_digit(number[:17]) != number[17]:
        return Text("号码有一位不对，请核对", "One digit of the number is wrong; check it")
    return None


def _passport(number: str) -> Text | None:
    if not _PASSPORT.fullmatch(number):
        return Text("护照号码是 6 至 9 位字母和数字", "A passport number has 6 to 9 letters and digits")
    return None
