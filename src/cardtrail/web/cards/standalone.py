"""The check of a card as one HTML file: program, proof and key in it, no network, to be kept or handed to a court."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from cardtrail.signing.notes import VerifierKey
from cardtrail.web.cards.proofs import CardProof
from cardtrail.wire.identifiers import card_number, group_digits

MODULES = (
    "bytes",
    "msgpack",
    "records",
    "ed25519",
    "merkle",
    "note",
    "receipt",
    "cardstate",
    "tiles",
    "memory",
    "check",
    "words",
    "verify-page",
)
"""The script's modules, each after those it imports from."""

_FOLDER = Path(__file__).parent / "static" / "cards" / "verify"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./[a-z0-9-]+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class)\b)", re.MULTILINE)


@cache
def bundled_script() -> str:
    """All modules as one: their names do not collide, so imports and exports can simply be left out."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _read(f"{name}.js"))) for name in MODULES)


def standalone_html(proof: CardProof, vkey: str, language: str) -> bytes:
    """The file, in one language ("zh-hans" or "en"). It checks itself when it is opened.

    vkey   the verifier key it offers; whoever opens it can put another in its place

    Raises `NoteError` if the key is none.
    """
    script = bundled_script()
    style = _read("standalone.css") + _read("verify.css")
    with translation.override(language):
        return render_to_string(
            "cards/standalone.html",
            {
                "proof": replace(proof, vkey=VerifierKey.parse(vkey).encode()),
                "number": group_digits(card_number(proof.serial)),
                "alone": True,
                "language": "en" if language.startswith("en") else "zh-Hans",
                # Our own files, and neither can end its element early (tested).
                "script": mark_safe(script),  # noqa: S308
                "style": mark_safe(style),  # noqa: S308
                "policy": f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; "
                "base-uri 'none'; form-action 'none'",
            },
        ).encode()


def file_name(proof: CardProof) -> str:
    """A name to save it under, which tells the card and how far the log had come."""
    return f"cardtrail-{card_number(proof.serial)}.html"


def _read(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


def _source(text: str) -> str:
    """What a content security policy calls an inline script or style (CSP level 3, section 6.7.2.3)."""
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
