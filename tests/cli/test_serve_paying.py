"""When `serve` runs the payment provider with play money, and where it can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardtrail.cli.serve.paying import DIRECTORY, NAMED, answers, command, wanted


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, True),
        ({NAMED: ""}, True),
        ({NAMED: "sandbox, alipay"}, True),
        ({NAMED: "alipay,wechat"}, False),
        ({DIRECTORY: "/srv/sandbox"}, False),
        ({NAMED: "sandbox", DIRECTORY: "/srv/sandbox"}, False),
    ],
)
def test_only_where_nothing_else_takes_payments(environment, expected):
    assert wanted(environment) is expected


def test_on_one_machine_its_host_is_not_the_shops():
    """A browser sends the cookies of a host to all of its ports."""
    given = command(Path("/d"), "127.0.0.1", "http://localhost:8000", private=True)
    assert given[1:] == ["--dir", "/d", "--notify-host", "localhost", "--listen", "127.0.0.1:0"]


def test_where_the_pages_are_reached_it_is_too():
    given = command(Path("/d"), "::", "https://cards.example", private=False)
    assert given[3:] == [
        "--notify-host",
        "cards.example",
        "--listen",
        "[::]:0",
        "--public-host",
        "cards.example",
    ]


def test_nothing_there_is_not_an_answer(tmp_path):
    assert not answers(tmp_path)
    (tmp_path / "address").write_text("http://127.0.0.1:1\n")
    assert not answers(tmp_path)
    (tmp_path / "address").write_text("nonsense:x\n")
    assert not answers(tmp_path)
