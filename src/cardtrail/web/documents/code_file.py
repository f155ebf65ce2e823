"""A batch's codes as a CSV, encrypted with age (age-encryption.org/v1): only the recipients can open it, not we, not
whoever carries it.

Recipients are age keys (`age1…`) or SSH public keys (`ssh-ed25519 …`, `ssh-rsa …`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import pyrage  # type: ignore[import-untyped]

from cardtrail.web.documents.codes import FreshCard, claim_address
from cardtrail.web.documents.paper import BEIJING, day
from cardtrail.web.documents.tables import write_csv
from cardtrail.wire.identifiers import group_digits
from cardtrail.wire.money import exponent

MAX_RECIPIENTS = 20

HEADER = ("card_number", "code", "product", "face", "currency", "expires", "claim_address")

_SECRET_MARKS = ("AGE-SECRET-KEY-", "PRIVATE KEY")


class BadRecipient(ValueError):  # noqa: N818 - it names what is wrong
    """A line that is not a public key. The text names the line, never its content.

    line     which one, from 1; 0 where the lines as a whole are wrong
    secret   whether a secret key was pasted: it should be replaced, now that others may have seen it
    """

    def __init__(self, text: str, line: int = 0, *, secret: bool = False) -> None:
        super().__init__(text)
        self.line = line
        self.secret = secret


def parse_recipients(text: str) -> list[str]:
    """The recipients in a text, one a line; empty lines and lines that begin with `#` do not count.

    Raises `BadRecipient`.
    """
    found: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        key = line.strip()
        if key and not key.startswith("#"):
            _recipient(key, number)
            if key not in found:
                found.append(key)
    if not 0 < len(found) <= MAX_RECIPIENTS:
        raise BadRecipient(f"a code file has 1 to {MAX_RECIPIENTS} recipients, not {len(found)}")
    return found


def code_file(
    cards: Sequence[FreshCard], recipients: Sequence[str], *, base: str, zone: tzinfo = BEIJING
) -> bytes:
    """The encrypted file, to be called `….csv.age`. Raises `BadRecipient`, and `ValueError` without cards.

    base   the site's address, such as `https://cards.example`
    """
    if not cards:
        raise ValueError("there are no codes to write")
    keys = [_recipient(key, number) for number, key in enumerate(parse_recipients("\n".join(recipients)), 1)]
    rows = [
        (
            group_digits(card.number),
            card.code.grouped,
            card.product,
            _decimal(card.face_minor, card.currency),
            card.currency,
            day(card.expires_ms, zone) if card.expires_ms is not None else "",
            claim_address(base, card),
        )
        for card in cards
    ]
    return bytes(pyrage.encrypt(write_csv(HEADER, rows), keys))


def _recipient(key: str, line: int) -> object:
    if any(mark in key.upper() for mark in _SECRET_MARKS):
        raise BadRecipient(
            f"line {line} is a secret key; make a new one and send only its public half", line, secret=True
        )
    kind = pyrage.ssh if key.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(key)
    except pyrage.RecipientError:
        raise BadRecipient(
            f"line {line} is not a public key for age; it begins with age1, ssh-ed25519 or ssh-rsa", line
        ) from None


def _decimal(amount_minor: int, currency: str) -> str:
    digits = exponent(currency)
    whole, part = divmod(amount_minor, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)
