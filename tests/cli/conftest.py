"""A small ledger made with the command line itself, and a way to run verbs on it."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cardtrail.cli import main

BATCH = """product,face,count,kind
Spring,100,12,anonymous
Spring,500,4,anonymous
贵宾卡,1000,4,named
"""
NAMED = 16
"""Serial of the batch's first named card."""


@dataclass(frozen=True)
class Ran:
    """What a verb did: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


def run(*arguments: object, typed: str | None = None) -> Ran:
    """A verb in this process. A bug comes out as the exception it is."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


@dataclass(frozen=True)
class World:
    """A ledger's directory `ledger`, the brand's `codes.csv`, wallets of ann and bob; all below `path`."""

    path: Path

    @property
    def ledger(self) -> Path:
        return self.path / "ledger"

    @property
    def codes(self) -> Path:
        return self.path / "codes.csv"

    def wallet(self, name: str) -> Path:
        return self.path / f"{name}.wallet"

    def ok(self, verb: str, *arguments: object, typed: str | None = None) -> Ran:
        """A verb on this ledger that must be done."""
        ran = run(verb, self.ledger, *arguments, typed=typed)
        assert ran.code == 0, ran.out + ran.err
        return ran

    def fails(self, code: int, verb: str, *arguments: object, typed: str | None = None) -> str:
        """A verb on this ledger that must end with this exit code. Answers with its one sentence."""
        ran = run(verb, self.ledger, *arguments, typed=typed)
        assert ran.code == code, ran.out + ran.err
        assert "Traceback" not in ran.err
        return ran.err

    def claim(self, serial: int, name: str = "ann", *more: object) -> Ran:
        return self.ok("claim", serial, "--codes", self.codes, "--wallet", self.wallet(name), *more)

    def code(self, serial: int) -> str:
        """A card's code, as the brand's file has it."""
        with self.codes.open(encoding="utf-8") as file:
            rows = {int(row["number"][:-1]): row["code"] for row in csv.DictReader(file)}
        return rows[serial]

    def card(self, serial: int) -> dict[str, Any]:
        card: dict[str, Any] = self.ok("card", serial, "--json").json["card"]
        return card


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template")
    world = World(path)
    (path / "batch.csv").write_text(BATCH, encoding="utf-8")
    assert run("init", world.ledger).code == 0
    world.ok("issue", path / "batch.csv", "--codes", world.codes)
    world.ok("activate", 0, "--count", 15)  # Card 15 stays inactive.
    world.ok("activate", NAMED, "--count", 4)
    for name in ("ann", "bob"):
        assert run("wallet", "new", world.ledger, world.wallet(name)).code == 0
    return path


@pytest.fixture
def world(template: Path, tmp_path: Path) -> World:
    path = tmp_path / "w"
    shutil.copytree(template, path)
    return World(path)
