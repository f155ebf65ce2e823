"""The rules, the tree and the formats give the same answer on every machine, for ever.

Each member, each auditor and a court re-runs `ledger`, `merkle` and `wire` on the same bytes and has to arrive at the
same root. A clock, a random number, a file, a float or a hash that differs between two processes would make two
honest replicas disagree, and nobody could say which one is right. So these rooms name what they may import, instead
of what they may not, and keep away from the built-ins that reach outside.
"""

from __future__ import annotations

import ast

import pytest

from tests.architecture.modules import PURE_ROOMS, Finding, Module, modules, parse, report

# Standard library without clock, disk, network, randomness or floating point; msgspec for canonical bytes.
ALLOWED_IMPORTS = {
    "__future__", "abc", "base64", "binascii", "bisect", "collections", "contextlib", "dataclasses", "enum",
    "functools", "hashlib", "heapq", "hmac", "itertools", "operator", "re", "string", "struct", "types", "typing",
    "cardtrail", "msgspec",
}  # fmt: skip

# `hash` differs between two processes (its seed is random), `id` between two runs; the others reach outside.
FORBIDDEN_BUILTINS = {"hash", "id", "open", "input", "print", "eval", "exec", "compile", "__import__"}


def imported(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, top-level package) of every import, wherever in the file it stands."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name.split(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.lineno, node.module.split(".")[0]))
    return found


def unlisted_imports(module: Module) -> list[Finding]:
    return [
        Finding(module.file, line, f"imports {package}, which is not on the list of a pure room")
        for line, package in imported(module.tree)
        if package not in ALLOWED_IMPORTS
    ]


def floats(module: Module) -> list[Finding]:
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(Finding(module.file, node.lineno, f"the number {node.value} is not an integer"))
        elif isinstance(node, ast.Name) and node.id in {"float", "complex"}:
            found.append(Finding(module.file, node.lineno, f"{node.id}"))
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            found.append(Finding(module.file, node.lineno, "/ makes a float; // divides integers"))
    return found


def outside_builtins(module: Module) -> list[Finding]:
    # A field or a parameter may be called `id` or `hash`; only a call reaches the built-in.
    return [
        Finding(module.file, node.lineno, f"calls {node.func.id}()")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in FORBIDDEN_BUILTINS
    ]


# What these answer depends on the tables of Unicode in the interpreter, which grow with its version.
UNICODE_QUESTIONS = {
    "capitalize", "casefold", "isalnum", "isalpha", "isdecimal", "isidentifier", "islower", "isnumeric",
    "isprintable", "isspace", "istitle", "isupper", "splitlines", "swapcase", "title",
}  # fmt: skip
WITH_WHITE_SPACE = {"split", "rsplit", "strip", "lstrip", "rstrip"}


def unicode_tables(module: Module) -> list[Finding]:
    # `text.isascii() and text.isdigit()` asks about ten digits only.
    guarded = {
        ast.unparse(call.func.value)
        for both in ast.walk(module.tree)
        if isinstance(both, ast.BoolOp) and isinstance(both.op, ast.And)
        for call in both.values
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "isascii"
    }
    found = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, of = node.func.attr, node.func.value
        # Names of enumerations and codes of refusals are our own words, in ASCII.
        own = isinstance(of, ast.Attribute) and of.attr in {"name", "code"}
        if (
            name in UNICODE_QUESTIONS
            or (name in WITH_WHITE_SPACE and not node.args and not isinstance(of, ast.Constant))
            or (name in {"lower", "upper"} and not own)
            or (name == "isdigit" and ast.unparse(of) not in guarded)
        ):
            found.append(
                Finding(module.file, node.lineno, f"what .{name}() says depends on Unicode's version")
            )
    return found


@pytest.mark.parametrize("room", PURE_ROOMS)
@pytest.mark.parametrize("lint", [unlisted_imports, floats, outside_builtins, unicode_tables])
def test_pure_room(room, lint):
    findings = [finding for module in modules(room) for finding in lint(module)]
    assert not findings, report(findings)


@pytest.mark.parametrize(
    ("lint", "bad"),
    [
        (unlisted_imports, "import time"),
        (unlisted_imports, "import os.path"),
        (unlisted_imports, "from datetime import datetime"),
        (unlisted_imports, "from nacl.signing import VerifyKey"),
        (unlisted_imports, "def f() -> None:\n    import random"),
        (floats, "rate = 0.8"),
        (floats, "def share(balance: int) -> float: ..."),
        (floats, "cents = float(text)"),
        (floats, "half = balance / 2"),
        (floats, "balance /= 2"),
        (floats, "z = 2j"),
        (outside_builtins, "key = hash(b'owner')"),
        (outside_builtins, "data = open('ledger.db')"),
        (outside_builtins, "order = sorted(cards, key=lambda card: id(card))"),
        (unicode_tables, "fine = name.isprintable()"),
        (unicode_tables, "fine = name == name.strip()"),
        (unicode_tables, "words = name.split()"),
        (unicode_tables, "same = name.casefold() == other.casefold()"),
        (unicode_tables, "key = name.lower()"),
        (unicode_tables, "fine = text.isdigit()"),
        (unicode_tables, "fine = other.isascii() and text.isdigit()"),
        (unicode_tables, "fine = text.isascii() or text.isdigit()"),
    ],
)
def test_the_lint_catches(lint, bad):
    assert lint(parse(bad))


@pytest.mark.parametrize(
    "good",
    [
        "from __future__ import annotations\nimport hashlib\nfrom collections.abc import Iterator",
        "from cardtrail.wire.money import Money\nimport msgspec",
        "half = balance // 2",
        "def find(self, id: bytes) -> bytes:\n    return self.hash[id]",
        "path = 'tile/0/x001'",
        "fine = text.isascii() and text.isdigit()",
        "code = reason.name.lower()",
        "name, rest = text.strip(' ').split('+')",
        "codes = 'CLF UYW'.split()",
    ],
)
@pytest.mark.parametrize("lint", [unlisted_imports, floats, outside_builtins, unicode_tables])
def test_the_lint_lets_pass(lint, good):
    assert not lint(parse(good))


def test_a_room_that_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError, match="no Python file"):
        modules("attic")
