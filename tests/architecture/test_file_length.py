"""A file holds one idea.

Files of thousands of lines start as files of five hundred that nobody split while it was easy. Past the limit, look
for the second idea and give it a file of its own, named by it.
"""

from __future__ import annotations

from tests.architecture.modules import Finding, Module, modules, parse, report

MOST_LINES = 400


def too_long(module: Module) -> list[Finding]:
    lines = len(module.text.splitlines())
    return [Finding(module.file, lines, f"{lines} lines, at most {MOST_LINES}")] if lines > MOST_LINES else []


def test_files_stay_short():
    written = [module for module in modules() if "/migrations/" not in module.file]  # Those are Django's.
    findings = [finding for module in written for finding in too_long(module)]
    assert not findings, report(findings)


def test_the_lint_catches_one_line_too_many():
    assert not too_long(parse("pass\n" * MOST_LINES))
    assert too_long(parse("pass\n" * (MOST_LINES + 1)))
