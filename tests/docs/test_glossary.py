"""One word for one thing: what programs print is what the glossary says."""

from __future__ import annotations

from pathlib import Path

import pytest

import cardtrail.cli
from cardtrail.cli.card_view import HOLDS
from cardtrail.cli.trail_view import CHINESE

ROOT = Path(__file__).parents[2]
SOURCES = sorted(Path(cardtrail.cli.__file__).parent.rglob("*.py"))
REJECTED = {
    "预留": "锁定",
    "放出": "交付",
    "转移": "转让",
    "收据": "回执",
    "命令": "指令",
    "核验": "放行, or 验证 for a check of proofs",
}
"""Words that were used for the same things, and those that are used."""


def _glossary() -> dict[str, str]:
    """Chinese by English. A row of several terms has as many words on either side."""
    words = {}
    for line in (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and not set(cells[0]) <= {"-"}:
            english, chinese = cells[0].split(", "), cells[1].split("、")
            if len(chinese) == 1:
                chinese *= len(english)
            words.update(zip(english, chinese, strict=True))
    return words


@pytest.mark.parametrize("kind", CHINESE)
def test_a_trail_calls_its_stops_by_the_glossary(kind):
    assert _glossary()[kind].startswith(CHINESE[kind])


def test_a_card_being_rebound_is_called_so():
    assert any(_glossary()["rebind"] in word for word in HOLDS.values())


def test_the_words_for_what_people_are_asked_for():
    words = {name: _glossary()[name] for name in ("command", "receipt", "clearance", "clearer", "serial")}
    assert words == {
        "command": "指令",
        "receipt": "回执",
        "clearance": "放行",
        "clearer": "风控方",
        "serial": "编号",
    }


@pytest.mark.parametrize("path", [*SOURCES, ROOT / "GLOSSARY.md"], ids=lambda path: path.stem)
def test_no_other_word_is_used_for_it(path):
    text = path.read_text(encoding="utf-8")
    assert {word for word in REJECTED if word in text} == set()
