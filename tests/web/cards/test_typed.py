"""What people type and paste: full-width, spaced, dashed, both in one field; and what is wrong with it."""

from __future__ import annotations

import pytest

from cardtrail.wallet.codes import CardCode
from cardtrail.web.cards.typed import read
from cardtrail.wire.identifiers import card_number, group_digits

CODE = CardCode(0x123456789ABCDEF0123456789ABCDE)
NUMBER = card_number(4711)
WIDE = str.maketrans(
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ-", "０１２３４５６７８９ＡＢＣＤＥＦＧＨＪＫＭＮＰＱＲＳＴＶＷＸＹＺ－"
)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (NUMBER, CODE.text),
        (group_digits(NUMBER), CODE.grouped),
        (group_digits(NUMBER).replace(" ", "-"), CODE.grouped.lower()),
        (f"  {NUMBER}\n", f"\t{CODE.grouped} "),
        (NUMBER.translate(WIDE), CODE.grouped.translate(WIDE)),
        (f"{NUMBER} {CODE.grouped}", ""),
        ("", f"{group_digits(NUMBER)}, {CODE.text}"),
        (f"{NUMBER}.{CODE.text}", ""),
        (f"https://cards.example/claim#{NUMBER}.{CODE.text}", ""),
        (NUMBER.replace("0", "\u3000 0"), CODE.grouped.replace("-", "—")),
    ],
)
def test_meant_the_same(number: str, code: str) -> None:
    typed = read(number, code)
    assert (typed.serial, typed.secret) == (4711, CODE.secret), typed
    assert typed.number_problem is None
    assert typed.code_problem is None


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        ("", "请输入卡号", "Enter the card number"),
        ("12a4", "卡号只有数字", "digits only"),
        ("1234", "你输入了 4 位", "this has 4"),
        (NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10), "有一位数字不对", "mistyped"),
    ],
)
def test_wrong_numbers(number: str, zh: str, en: str) -> None:
    problem = read(number, CODE.text).number_problem
    assert problem is not None
    assert zh in problem.zh
    assert en in problem.en


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("", "请输入卡密", "Enter the code"),
        ("ABC", "你输入了 3 个", "this has 3"),
        ("卡" + CODE.text, "第 1 个字符", "Character 1"),
        ("9" + CODE.text[1:], "有一个字符不对", "mistyped"),
    ],
)
def test_wrong_codes(code: str, zh: str, en: str) -> None:
    problem = read(NUMBER, code).code_problem
    assert problem is not None
    assert zh in problem.zh
    assert en in problem.en


def test_what_is_wrong_repeats_no_code() -> None:
    typed = read(NUMBER, CODE.text[:-3])
    assert CODE.text[:10] not in repr(typed)
    assert typed.code_problem is not None
    assert CODE.text[:10] not in typed.code_problem.zh + typed.code_problem.en


def test_long_pastes_are_not_looked_at_whole() -> None:
    assert read("1" * 1_000_000, "A" * 1_000_000).serial is None
