"""The reference pages say what the code says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    if spec is None or spec.loader is None:
        raise RuntimeError("docs/generate.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["refusals.md", "cli.md", "orders.md", "risk.md"])
def test_page_is_up_to_date(name: str) -> None:
    """A page that lags behind the code is worse than none; `make docs` writes it anew."""
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == _generator().PAGES[name]()
