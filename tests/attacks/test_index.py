"""The table in `README.md` names what exists: its defences, its tests, and a companion for every attack."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.attacks.test_without_defences import DEFENDED as FROM_OUTSIDE
from tests.ledger.test_attacks import DEFENDED as ON_RULES

TESTS = Path(__file__).parents[1]
SOURCE = TESTS.parent / "src" / "cardtrail"
ROWS = [*range(1, 22), *range(28, 37), *range(39, 45)]
NAME = re.compile(r"`([\w/]+\.py)::(\w+)(?:\[(\w+)\])?`")
CASES = {
    "attacks/test_without_defences.py": {attack.__name__ for attack, _ in FROM_OUTSIDE},
    "ledger/test_attacks.py": {attack.__name__ for attack, _ in ON_RULES},
}


def table() -> list[list[str]]:
    """The cells of each row below the head."""
    lines = (TESTS / "attacks" / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@cache
def functions(file: Path) -> frozenset[str]:
    """The names of the functions and methods that a file defines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def missing(text: str, root: Path) -> list[str]:
    """What of the names in a cell does not exist below a folder, or is not written as a name."""
    found = NAME.findall(text)
    if not found or NAME.sub("", text).strip():
        return [text]
    return [
        f"{file}::{name}[{case}]" if case else f"{file}::{name}"
        for file, name, case in found
        if not (root / file).is_file()
        or name not in functions(root / file)
        or (case and case not in CASES.get(file, ()))
    ]


def test_every_attack_is_listed_once():
    assert [int(row[0]) for row in table()] == ROWS


@pytest.mark.parametrize("row", table(), ids=lambda row: f"row {row[0]}")
def test_what_a_row_names_exists(row):
    number, attack, defences, tests, companions = row
    assert attack
    assert missing(defences, SOURCE) + missing(tests, TESTS) + missing(companions, TESTS) == [], number
    for _, name, _ in NAME.findall(tests) + NAME.findall(companions):
        assert name.startswith("test_")


def test_every_attack_with_a_companion_is_in_the_table():
    for place, words in ((3, "test_the_attack_fails"), (4, "test_without_its_defence_it_succeeds")):
        listed = {
            (file, case) for row in table() for file, name, case in NAME.findall(row[place]) if name == words
        }
        assert listed == {(file, case) for file, cases in CASES.items() for case in cases}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a test of some kind",
        "`attacks/test_index.py::test_that_nobody_wrote`",
        "`attacks/test_nothing.py::test_every_attack_is_listed_once`",
        "`ledger/test_attacks.py::test_the_attack_fails[steal_the_moon]`",
    ],
)
def test_a_name_of_nothing_is_noticed(text):
    assert missing(text, TESTS)
