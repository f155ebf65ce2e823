"""The installed fonts, cut down to the characters that are written here: a document then takes a twentieth of the time.

Most of a document's time goes by in the 65,000 glyphs of each of its three fonts. Those that are left have their shapes
and widths, so that every line breaks where it would. `tests/web/documents/test_paper.py` writes with whole ones, too.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from cardtrail.web.documents.fonts import Face, Fonts, find_fonts
from tests.architecture.modules import ROOT

_SOURCES = (ROOT / "src" / "cardtrail", ROOT / "tests")
_TEXTS = frozenset((".html", ".py"))
_DROPPED = ("BASE", "DSIG", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx")
"""Tables that no document embeds, or that say how a column of text is set."""


@cache
def cut_fonts() -> Fonts:
    """The fonts that `find_fonts` finds, cut down; made once for all processes of a run."""
    found = find_fonts()
    faces = (found.regular, found.bold, found.mono)
    characters = _characters()
    made_of = repr([(str(face.path), face.number, face.path.stat().st_mtime_ns) for face in faces])
    name = sha256(f"{made_of} {sorted(characters)}".encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"cardtrail-fonts-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cut = [_cut(face, folder / f"{number}.otf", characters) for number, face in enumerate(faces)]
    return Fonts(*map(Face, cut))


def _characters() -> set[int]:
    """All that stand in the sources: a test that writes another one finds it missing in its document."""
    files = (path for folder in _SOURCES for path in folder.rglob("*") if path.suffix in _TEXTS)
    return set(range(0x20, 0x7F)).union(*(map(ord, path.read_text(encoding="utf-8")) for path in files))


def _cut(face: Face, path: Path, characters: set[int]) -> Path:
    if not path.exists():
        options = Options(layout_features=[], name_IDs=["*"], notdef_outline=True)
        options.drop_tables += _DROPPED
        cutter = Subsetter(options)
        cutter.populate(unicodes=characters)
        with TTFont(
            face.path, fontNumber=face.number, lazy=True, recalcBBoxes=False, recalcTimestamp=False
        ) as font:
            cutter.subset(font)
            font.save(path.with_suffix(".new"))
        path.with_suffix(".new").rename(path)
    return path
