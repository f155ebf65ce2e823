"""Numbers of identity documents."""

from __future__ import annotations

import datetime

import pytest

from cardtrail.web.accounts.documents import check_digit, masked, problem_with, tidy

TODAY = datetime.date(2026, 11, 22)


def number(body: str) -> str:
    return body + check_digit(body)


def test_the_check_digit_of_the_standards_own_examples():
    # GB 11643-1999, annex: 11010519491231002X and 440524188001010014.
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"


@pytest.mark.parametrize("body", ["11010519491231002", "31011520000229123", "11010120261122001"])
def test_a_number_that_can_exist(body):
    assert problem_with("prc_id", number(body), TODAY) is None


@pytest.mark.parametrize(
    ("bad", "about"),
    [
        ("110105194912310021", "核对"),  # the check digit
        ("11010519491231003X", "核对"),  # another digit
        (number("31011520010229123"), "出生日期不存在"),
        (number("11010120261123001"), "出生日期不对"),
        (number("11010118991231001"), "出生日期不对"),
        ("11010519491231002", "18 位"),
        ("11010519491231002x", "18 位"),
        ("01010519491231002X", "18 位"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "18 位"),
        ("", "18 位"),
    ],
)
def test_a_number_that_cannot(bad, about):
    problem = problem_with("prc_id", bad, TODAY)
    assert problem is not None
    assert about in problem.zh


def test_each_single_wrong_digit_is_found():
    right = number("11010519491231002")
    for place in range(17):
        for digit in "0123456789":
            changed = right[:place] + digit + right[place + 1 :]
            assert (problem_with("prc_id", changed, TODAY) is None) == (changed == right)


@pytest.mark.parametrize("good", ["E12345678", "EA1234567", "123456789", "G1234567"])
def test_passports(good):
    assert problem_with("passport", good, TODAY) is None


@pytest.mark.parametrize("bad", ["ABCDEFGH", "E1234", "E123456789", "E1234-678", ""])
def test_no_passports(bad):
    assert problem_with("passport", bad, TODAY) is not None


def test_numbers_are_tidied():
    assert tidy(" 110105 19491231-002ｘ") == "11010519491231002X"
    assert masked("11010519491231002X") == "1*************002X"
