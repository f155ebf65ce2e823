"""Documents are made from values: whoever has no web app, such as a command or a court's expert, can make them too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cardtrail.web.documents

MODULES = sorted(path.stem for path in Path(cardtrail.web.documents.__file__).parent.glob("[a-z]*.py"))


def test_no_module_needs_django():
    lines = [f"import cardtrail.web.documents.{name}" for name in MODULES]
    script = "\n".join([*lines, "import sys", "print('django' in sys.modules)"])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert len(MODULES) > 8
    assert done.stdout.strip() == "False"
