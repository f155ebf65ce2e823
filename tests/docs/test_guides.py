"""Every command that a guide or the README tells people to type is typed here, in order, in an empty directory."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.docs.blocks import blocks

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]


def _environment() -> dict[str, str]:
    commands = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100"}


def _run(script: str, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=where,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_guide_works_as_written(guide: Path, tmp_path: Path) -> None:
    """Blocks for another project's tool chain run where that is installed; the rest always does."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    ran, commands = 0, [block for block in blocks(guide) if block.language == "sh"]
    for block in commands:
        if block.skipped or (block.needs and not shutil.which(block.needs)):
            continue
        result = _run(block.code, tmp_path)
        assert result.returncode == 0, f"{guide.name}:{block.line}\n{result.stdout}\n{result.stderr}"
        ran += 1
    assert ran > 0 or not commands, "a guide whose commands are all left out shows nothing"


def _false_receipts(true: str) -> dict[str, str]:
    """Receipts that prove nothing, by what is wrong with them: made of a true one of entry 5."""
    head, _, note = true.partition("\n\n")
    version, extra, _, *path = head.split("\n")
    size = int(note.split("\n")[1])

    def of(place: int, hashes: list[str], count: int = size) -> str:
        other = note.replace(f"\n{size}\n", f"\n{count}\n", 1)
        return "\n".join([version, extra, f"index {place}", *hashes]) + "\n\n" + other

    # Seen by its bits alone, an index with further ones above goes the same way up, left and right.
    high = 5 + (1 << len(path))
    entry = base64.b64decode(extra.removeprefix("extra "))
    leaf = base64.b64encode(sha256(b"\0" + entry).digest()).decode()
    root = note.split("\n")[2]
    return {
        "another entry": of(6, path),
        "an entry the log does not have": of(high, path),
        "an entry before the first": of(5 - (1 << len(path)), path),
        "a path too long": of(5, [*path, path[0]]),
        "a log of one entry with a path": of(0, path[:1], 1),
        "a log of no entry": of(0, path, 0),
        "a path too short": of(5, path[:-1]),
        "no path and the leaf as the root": of(5, []).replace(root, leaf),
    }


def test_a_changed_byte_is_noticed_by_the_guide(tmp_path: Path) -> None:
    """The guide's checks can fail: with one byte of the receipt's entry or the checkpoint changed, they do."""
    guide = ROOT / "docs" / "guides" / "verify.md"
    scripts = [block.code for block in blocks(guide) if block.language == "sh" and not block.needs]
    make, signature, receipt, *_ = scripts
    assert _run(make, tmp_path).returncode == 0
    assert _run(signature, tmp_path).returncode == 0
    assert _run(receipt, tmp_path).returncode == 0
    proof = tmp_path / "receipt.txt"
    true = proof.read_text(encoding="utf-8")
    for name, false in _false_receipts(true).items():
        proof.write_text(false, encoding="utf-8")
        assert _run(receipt, tmp_path).returncode != 0, name
    note = tmp_path / "log" / "checkpoint"
    text = note.read_text(encoding="utf-8")
    size = text.split("\n")[1]
    note.write_text(text.replace(f"\n{size}\n", f"\n{int(size) + 1}\n", 1), encoding="utf-8")
    assert _run(signature, tmp_path).returncode != 0
