"""Values that several tests print."""

from __future__ import annotations

import io
import re
from hashlib import sha256

from pypdf import PdfReader
from pypdf.generic import NameObject

from cardtrail.wallet.codes import CardCode
from cardtrail.web.documents.codes import FreshCard
from cardtrail.web.documents.notice_of_assignment import Assignment
from cardtrail.web.documents.paper import Issuer

MADE_MS = 1_795_358_909_123
"""2026-11-22 22:48:29.123 in Beijing."""

ISSUER = Issuer("云上茶事", "杭州云上茶事商贸有限公司", "#1f6f54")
BASE = "https://cards.example"
DAY_MS = 86_400_000


def fresh(serial: int, **changes) -> FreshCard:
    fields = {
        "serial": serial,
        "code": CardCode(int.from_bytes(sha256(b"%d" % serial).digest()[:15], "big")),
        "product": "四季礼品卡",
        "face_minor": 50_000,
        "currency": "CNY",
    }
    return FreshCard(**(fields | changes))


def assignment(number: int, **changes) -> Assignment:
    fields = {
        "card_number": fresh(number).number,
        "product": "四季礼品卡",
        "balance_minor": 100_000 + number,
        "currency": "CNY",
        "assignor": None,
        "assignee": "李雷",
        "reached_ms": MADE_MS,
        "entry_index": 1000 + number,
        "leaf_hash": sha256(b"%d" % number).digest(),
    }
    return Assignment(**(fields | changes))


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page without white space, which readers place as they see fit."""
    reader = PdfReader(io.BytesIO(pdf))
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            # The reader does not know embedded encodings and would take the two-byte codes byte by byte; the font's
            # table to Unicode, which is what it reads in the end, is by these very codes.
            font.get_object()[NameObject("/Encoding")] = NameObject("/Identity-H")
    return [squeezed(page.extract_text()) for page in reader.pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
