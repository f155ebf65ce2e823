"""Reading what an address says. Every value has one spelling; anything else is a `BAD_PARAMETER` that names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from cardtrail.merkle.plain_text import parse_decimal
from cardtrail.node.api.problems import Kind, Problem
from cardtrail.wire.scalars import MAX_INTEGER

_ID = re.compile(r"[0-9a-f]{64}")


def query(request: Request, *names: str) -> Mapping[str, str]:
    """The query's parameters: those named and no others, each at most once."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    values = dict(pairs)
    if len(values) < len(pairs):
        raise Problem(Kind.BAD_PARAMETER, "a parameter is given twice")
    if not values.keys() <= set(names):
        known = f"only {', '.join(names)}" if names else "none"
        raise Problem(
            Kind.BAD_PARAMETER, f"the address has a parameter that is not known here; known: {known}"
        )
    return values


def natural(text: str, name: str) -> int:
    """A number from 0 to 2^53 - 1 in decimal digits without leading zeroes."""
    number = parse_decimal(text)
    if number is None or number > MAX_INTEGER:
        raise Problem(Kind.BAD_PARAMETER, f"{name} is a number from 0 to 2^53 - 1 in decimal digits")
    return number


def after(text: str) -> int:
    """An exclusive index: -1 for everything from the first entry on."""
    return -1 if text == "-1" else natural(text, "after")


def page_size(text: str, most: int) -> int:
    """How many entries an answer may have."""
    number = natural(text, "limit")
    if not 1 <= number <= most:
        raise Problem(Kind.BAD_PARAMETER, f"limit is from 1 to {most}")
    return number


def command_id(text: str) -> bytes:
    """A command's id."""
    if not _ID.fullmatch(text):
        raise Problem(Kind.BAD_PARAMETER, "a command's id is 64 hexadecimal digits in lower case")
    return bytes.fromhex(text)
