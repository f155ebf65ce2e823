"""The linters are set up to refuse what the house refuses.

`ruff` and `import-linter` pass just as happily when a rule was switched off, a folder was excluded or a contract was
mistyped. Here each of them gets code that breaks one rule and has to say so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.modules import ROOMS, ROOT

PURE = "Rules, law, tree and formats meet no machine and no framework"
THROUGH_CLIENT = "The web product reaches the ledger through the client alone"
PREAMBLE = '"""A module."""\n\nfrom __future__ import annotations\n\n'


def ruff_codes(body: str, file: str) -> set[str]:
    """The rules that ruff, with the project's settings, finds broken in such a file."""
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [ruff, "check", "--no-cache", "--output-format", "json", "--stdin-filename", file, "-"],
        cwd=ROOT,
        input=PREAMBLE + body,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return {finding["code"] for finding in json.loads(done.stdout)}


@pytest.mark.parametrize(
    ("code", "body"),
    [
        # An assert vanishes under `python -O`, and with it the check of what came in.
        ("S101", 'def f(n: int) -> int:\n    """F."""\n    assert n > 0\n    return n\n'),
        # An exception that nobody looks at is a bug that nobody hears of.
        ("E722", "try:\n    n = 1\nexcept:\n    n = 2\n"),
        ("BLE001", "try:\n    n = 1\nexcept Exception:\n    n = 2\n"),
        ("S110", "try:\n    n = 1\nexcept Exception:\n    pass\n"),
        # A reader learns units, errors and the source of a rule from the docstring.
        ("D101", "class Card:\n    n: int\n"),
        ("D102", 'class Card:\n    """A card."""\n\n    def face(self) -> int:\n        return 1\n'),
        ("D103", "def face() -> int:\n    return 1\n"),
        # A time without a zone is a different time on another machine.
        ("DTZ005", "import datetime\n\nnow = datetime.datetime.now()\n"),
        # Unpickling runs whatever the bytes say.
        ("S301", "import pickle\n\nn = pickle.loads(b'')\n"),
        # What the node says goes to its log, with a level; only the command line talks to a terminal.
        ("T201", "print(1)\n"),
        # A relative import hides which room it reaches into.
        ("TID252", "from ..ledger import apply\n"),
    ],
)
def test_ruff_refuses(code, body):
    assert code in ruff_codes(body, "src/cardtrail/node/snippet.py")


def test_ruff_lets_plain_code_pass():
    body = '\ndef face() -> int:\n    """Face in minor units."""\n    return 1\n'
    assert not ruff_codes(body, "src/cardtrail/node/snippet.py")


def contracts_broken_by(tmp_path: Path, file: str, line: str) -> set[str]:
    """The contracts that import-linter, with the project's settings, finds broken by one import.

    The package it looks at is a stand-in with the real rooms, empty but for that line: the real one has to be clean
    for the rest of this to mean anything, and `make contracts` sees to that.
    """
    for room in ROOMS:
        (tmp_path / "cardtrail" / room).mkdir(parents=True)
        (tmp_path / "cardtrail" / room / "__init__.py").touch()
    (tmp_path / "cardtrail" / "__init__.py").touch()
    broken_file = tmp_path / "cardtrail" / file
    broken_file.parent.mkdir(exist_ok=True)
    broken_file.write_text(f"def late() -> None:\n    {line}\n")
    done = subprocess.run(
        [
            Path(sys.executable).with_name("lint-imports"),
            "--no-cache",
            "--no-logo",
            "--config",
            ROOT / "pyproject.toml",
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return {row.removesuffix(" BROKEN") for row in done.stdout.splitlines() if row.endswith(" BROKEN")}


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("wire/bad.py", "import cardtrail.ledger", "Rooms import downwards only"),
        ("merkle/bad.py", "import cardtrail.wire", "Rooms import downwards only"),
        ("signing/bad.py", "import cardtrail.merkle", "Rooms import downwards only"),
        ("ledger/bad.py", "import cardtrail.client", "Rooms import downwards only"),
        ("audit/bad.py", "import cardtrail.node", "Rooms import downwards only"),
        ("node/bad.py", "import cardtrail.cli", "Rooms import downwards only"),
        ("attic/__init__.py", "pass", "Rooms import downwards only"),
        ("wallet/bad.py", "import cardtrail.web", "Rooms import downwards only"),
        ("web/bad.py", "import cardtrail.cli", "Rooms import downwards only"),
        ("compliance/bad.py", "import cardtrail.wallet", "Rooms import downwards only"),
        ("client/bad.py", "import cardtrail.ledger", "A holder's side trusts proofs, not our rules"),
        ("wallet/bad.py", "import cardtrail.ledger", "A holder's side trusts proofs, not our rules"),
        ("node/bad.py", "import cardtrail.client", "The node and the auditor do not go through the client"),
        ("ledger/bad.py", "import time", PURE),
        ("merkle/bad.py", "import apsw", PURE),
        ("wire/bad.py", "import random", PURE),
        ("compliance/bad.py", "import datetime", PURE),
        ("compliance/bad.py", "import sqlite3", "Only the node knows the ledger's database and server"),
        ("audit/bad.py", "import apsw", "Only the node knows the ledger's database and server"),
        ("cli/bad.py", "import starlette.routing", "Only the node knows the ledger's database and server"),
        ("client/bad.py", "import nacl.signing", "Only signing touches the crypto library"),
        ("cli/bad.py", "import django.conf", "Django is imported in web alone"),
        ("compliance/bad.py", "import django.utils", "Django is imported in web alone"),
        ("wallet/bad.py", "import allauth", "Django is imported in web alone"),
        ("node/bad.py", "import ninja", "Django is imported in web alone"),
        ("web/bad.py", "import cardtrail.node", THROUGH_CLIENT),
        ("web/bad.py", "import cardtrail.ledger", THROUGH_CLIENT),
        ("web/bad.py", "import cardtrail.audit", THROUGH_CLIENT),
        ("web/bad.py", "import apsw", THROUGH_CLIENT),
        ("web/bad.py", "import nacl.signing", "Only signing touches the crypto library"),
        ("node/bad.py", "import nacl.bindings", "Only signing touches the crypto library"),
    ],
)
def test_import_linter_refuses(tmp_path, file, line, contract):
    assert contract in contracts_broken_by(tmp_path, file, line)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("cli/good.py", "import cardtrail.node"),
        ("node/good.py", "import apsw"),
        ("signing/good.py", "import nacl.bindings"),
        ("audit/good.py", "import cardtrail.ledger"),
        ("wallet/good.py", "import cardtrail.client"),
        ("ledger/good.py", "import cardtrail.signing"),
        ("cli/good.py", "import cardtrail.web"),
        ("web/good.py", "import django.conf"),
        ("web/good.py", "import sqlite3"),
        ("web/good.py", "import cardtrail.client"),
        ("web/good.py", "import cardtrail.compliance"),
        ("web/good.py", "import cardtrail.wallet"),
        ("compliance/good.py", "import cardtrail.wire"),
    ],
)
def test_import_linter_lets_pass(tmp_path, file, line):
    assert not contracts_broken_by(tmp_path, file, line)
