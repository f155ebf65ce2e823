"""The demo is a function of its seed."""

from __future__ import annotations

import pytest

from cardtrail.cli import market as markets
from cardtrail.cli.market import CASH_OUT, GIFT, PROMOTION
from tests.cli.conftest import run

SMALL = ("--cards", "120", "--holders", "20", "--moves", "400")


def play(path, *more):
    ran = run("demo", path, *SMALL, *more, "--json")
    assert ran.code == 0, ran.err
    return ran.json


def test_same_seed_same_log(tmp_path):
    one, two = play(tmp_path / "a", "--seed", "7"), play(tmp_path / "b", "--seed", "7")
    assert one["audit"]["root"] == two["audit"]["root"]
    assert one["audit"]["size"] == two["audit"]["size"]
    assert (tmp_path / "a" / "log.vkey").read_text() == (tmp_path / "b" / "log.vkey").read_text()
    assert (tmp_path / "a" / "checkpoint").read_text() == (tmp_path / "b" / "checkpoint").read_text()
    other = play(tmp_path / "c", "--seed", "8")
    assert other["audit"]["root"] != one["audit"]["root"]


def test_the_summary(tmp_path):
    document = play(tmp_path / "a")
    assert set(document) == {"seed", "cards", "holders", "moves", "busiest", "audit"}
    assert sum(document["moves"].values()) == 400
    assert document["audit"]["sound"]
    assert {"transfer", "hold", "release", "redeem"} <= document["moves"].keys()
    ran = run("trail", tmp_path / "a", document["busiest"])
    assert ran.code == 0


def test_people_see_a_table(tmp_path):
    ran = run("demo", tmp_path / "a", *SMALL)
    assert ran.code == 0
    assert "times 次数" in ran.out
    assert "Sound: everything fits" in ran.out
    assert "for playing only" in ran.out


def test_motives_are_shares_of_one():
    assert pytest.approx(1) == CASH_OUT + GIFT + PROMOTION
    assert markets.PRICE_PERCENT[10_000] == (85, 90)


@pytest.mark.parametrize(
    "more",
    [
        ("--cards", "1", "--moves", "60"),
        (
            "--holders",
            "2",
        ),
        ("--moves", "0"),
    ],
)
def test_small_worlds(tmp_path, more):
    play(tmp_path / "a", *more)


def test_a_directory_that_is_there(tmp_path):
    ran = run("demo", tmp_path)
    assert ran.code == 2
    assert "there is something at" in ran.err


@pytest.mark.parametrize("more", [("--cards", "0"), ("--holders", "1"), ("--moves", "-1"), ("--seed", "x")])
def test_numbers_that_make_no_sense(tmp_path, more):
    assert run("demo", tmp_path / "a", *more).code == 2
