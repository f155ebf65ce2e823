"""The project works for whoever clones it, and tells nothing about where it was written.

An index address in a lock file sends every later installation to that index. A host name or a path of somebody's
machine works there and nowhere else. The lock files carry hashes instead: any index may deliver, only those bytes
are accepted.
"""

from __future__ import annotations

import re

import pytest

from tests.architecture.modules import ROOT, Finding, project_files, report

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))

# Written with [.] so that this file does not contain what it looks for.
REGISTRY_HOST = re.compile(
    r"\b(?:pypi[.]org|pythonhosted[.]org|(?:static[.])?crates[.]io|npmjs[.](?:org|com)|proxy[.]golang[.]org"
    r"|repo1?[.]maven[.]org|(?:deb|security)[.]debian[.]org)\b",
    re.IGNORECASE,
)
# The first folder of an absolute path, where that folder differs from machine to machine.
MACHINE_PATH = re.compile(r"(?<![\w.~/$}\])-])/(?:home|Users|root|work|workspace|mnt|tmp|opt)/(?=[\w.-])")
INDEX_OPTION = re.compile(r"^\s*(?:-i|-f|--(?:extra-)?index-url|--find-links|--trusted-host)\b")
ADDRESS = re.compile(r"\b[a-z][a-z+]*://|\s@\s|^/")


def local_traces(file: str, text: str) -> list[Finding]:
    """Registry hosts and machine paths in one file."""
    return [
        Finding(file, number, f"names {match.group()}")
        for number, line in enumerate(text.splitlines(), 1)
        for pattern in (REGISTRY_HOST, MACHINE_PATH)
        for match in pattern.finditer(line)
    ]


def lock_flaws(file: str, text: str) -> list[Finding]:
    """Addresses, index options and missing hashes in one lock file."""
    found = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if INDEX_OPTION.search(line) or ADDRESS.search(line):
            found.append(Finding(file, number, f"says where to fetch from: {line.strip()}"))
        hashed = number < len(lines) and lines[number].lstrip().startswith("--hash=sha256:")
        if "==" in line and not line.lstrip().startswith("#") and not hashed:
            found.append(Finding(file, number, f"has no hash: {line.strip()}"))
    return found


def test_no_file_names_a_registry_or_a_machine():
    try:
        files = project_files()
    except FileNotFoundError as reason:
        pytest.skip(f"cannot tell which files are the project's: {reason}")
    findings = []
    for file in files:
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a binary file: vectors, pictures
        findings += local_traces(str(file.relative_to(ROOT)), text)
    assert not findings, report(findings)


def test_locks_are_there():
    assert [lock.name for lock in LOCKS] == ["dev.lock", "runtime.lock"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_have_hashes_and_no_address(lock):
    findings = lock_flaws(lock.name, lock.read_text("utf-8"))
    assert not findings, report(findings)


def test_what_runs_is_locked_alike_for_running_and_for_working():
    """The tests run on the very versions that a deployment gets."""
    runtime, dev = (
        set(
            re.findall(
                r"^([\w.-]+==[\w.+!-]+)", (ROOT / "requirements" / name).read_text("utf-8"), re.MULTILINE
            )
        )
        for name in ("runtime.lock", "dev.lock")
    )
    assert runtime
    assert runtime <= dev


@pytest.mark.parametrize(
    "bad",
    [
        "see https://pypi" + ".org/project/apsw",
        "https://files.pythonhosted" + ".org/packages/x.whl",
        "curl https://registry.npmjs" + ".org/left-pad",
        "cd /ho" + "me/alice/cardtrail",
        'sys.path.insert(0, "/wo' + 'rk/main/src")',
        "log written to /tm" + "p/run.log",
    ],
)
def test_the_lint_catches(bad):
    assert local_traces("notes.md", bad)


@pytest.mark.parametrize(
    "good",
    [
        "https://c2sp.org/tlog-tiles",
        "GET /tile/0/x001/234",
        "GET /v1/wo" + "rk/items",
        "shared/wo" + "rk/notes",
        "#!/usr/bin/env bash",
        "/var/lib/cardtrail",
        "/path/to/python3.11",
    ],
)
def test_the_lint_lets_pass(good):
    assert not local_traces("notes.md", good)


@pytest.mark.parametrize(
    "bad",
    [
        "--index-" + "url https://index.example/simple",
        "-i https://index.example/simple",
        "--find-links wheels",
        "# uv pip compile --default-index https://index.example/simple runtime.in",
        "apsw @ https://index.example/apsw.whl",
        "apsw==3.54.1.0",
        "apsw==3.54.1.0 \\\n    # via -r runtime.in",
    ],
)
def test_the_lock_lint_catches(bad):
    assert lock_flaws("runtime.lock", bad)


def test_the_lock_lint_lets_pass():
    header = "# by the following command:\n#    make lock\n"
    pin = "apsw==3.54.1.0 \\\n    --hash=sha256:00\n    # via -r runtime.in\n"
    assert not lock_flaws("runtime.lock", header + pin)
