"""Everything that people read is there in both languages."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from cardtrail.deals import listing, notices, offer
from cardtrail.deals.codes import Code
from cardtrail.deals.order_table import TABLE
from tests.architecture.modules import modules

CHINESE = re.compile(r"[\u4e00-\u9fff]")
TEXTS = [*Code, *notices.Notice, *notices.Case]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{type(text).__name__}.{text.name}")
def test_it_is_told_in_both_languages(text):
    assert CHINESE.search(text.value.zh)
    assert not CHINESE.search(text.value.en)
    if isinstance(text, Code | notices.Notice):
        assert text.value.zh.endswith("。")
        assert text.value.en.endswith(".")


def test_every_refusal_is_given_somewhere():
    """A code that nothing refuses with is a promise that nobody keeps."""
    in_tables = {
        rule
        for table in (TABLE, listing.TABLE, offer.TABLE)
        for rule in table.values()
        if isinstance(rule, Code)
    }
    in_code = {
        Code[node.attr]
        for module in modules("deals")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code"
    }
    assert set(Code) - in_tables - in_code == set()


def test_every_notice_and_case_is_used():
    source = "\n".join(module.text for module in modules("deals"))
    for kind in (notices.Notice, notices.Case):
        unused = [each.name for each in kind if f"{kind.__name__}.{each.name}" not in source]
        assert unused == []


def test_every_move_says_what_it_does():
    moves = {
        rule for table in (TABLE, listing.TABLE, offer.TABLE) for rule in table.values() if callable(rule)
    }
    assert all(inspect.getdoc(move) for move in moves)
