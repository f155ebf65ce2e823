"""The project's files, for lints that read them."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "cardtrail"

ROOMS = (
    "wire", "signing", "merkle", "ledger", "node", "client", "audit", "wallet", "compliance", "deals", "payments",
    "pricing", "risk", "web", "cli",
)  # fmt: skip
PURE_ROOMS = ("compliance", "deals", "ledger", "merkle", "pricing", "risk", "wire")


class Finding(NamedTuple):
    """A place that breaks a house rule: file from the project's root, line from 1, and what is wrong there."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class Module(NamedTuple):
    """One Python file, read and parsed."""

    file: str
    text: str
    tree: ast.Module


def parse(text: str, file: str = "snippet.py") -> Module:
    """A module from its text, as the self-tests of the lints write it."""
    return Module(file, text, ast.parse(text, file))


def modules(*rooms: str) -> list[Module]:
    """Every module of these rooms, or of the whole package when none is named.

    A room without a file is an error: a lint that reads nothing finds nothing, and would pass for ever.
    """
    folders = [SOURCE / room for room in rooms] or [SOURCE]
    found = []
    for folder in folders:
        files = sorted(folder.rglob("*.py"))
        if not files:
            raise FileNotFoundError(f"{folder.relative_to(ROOT)} has no Python file")
        found += [parse(file.read_text("utf-8"), str(file.relative_to(ROOT))) for file in files]
    return found


def project_files() -> list[Path]:
    """Every file that is, or would be, committed. Raises FileNotFoundError outside a git checkout."""
    if not (ROOT / ".git").exists():
        raise FileNotFoundError("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = (ROOT / name for name in listed.split("\0") if name)
    return sorted(file for file in files if file.is_file())


def report(findings: list[Finding]) -> str:
    """The findings as a test's message, one a line."""
    return "\n" + "\n".join(map(str, findings))
