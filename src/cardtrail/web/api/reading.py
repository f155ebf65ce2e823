"""Reading requests strictly: what could be understood in two ways is refused."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from django.core import signing
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, QueryDict
from ninja.parser import Parser

from cardtrail.web.api.problems import Problem

MOST_BYTES: Final = 64 * 1024
MOST_DIGITS: Final = 18
"""No number of ours is longer; an integer with more would not fit where numbers are kept."""


class StrictParser(Parser):
    """JSON with exactly one meaning: UTF-8, no name twice, no fractions, no NaN, no number that is too long, nothing
    behind the end."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value. Raises `Problem`."""
        if request.content_type != "application/json":
            raise Problem(415, "unsupported_media_type", "Send the body as application/json.")
        body = request.body
        if len(body) > MOST_BYTES:
            raise too_large()
        try:
            value = json.loads(
                body.decode("utf-8"),
                object_pairs_hook=_object,
                parse_float=_fraction,
                parse_constant=_fraction,
                parse_int=_integer,
            )
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except (UnicodeError, ValueError, RecursionError) as error:
            raise Problem(
                400, "malformed_json", f"The body is not JSON that we take: {_words(error)}"
            ) from None
        return value


def body_of(request: HttpRequest) -> bytes:
    """The body's bytes. Raises `Problem` if there are too many."""
    try:
        return request.body
    except RequestDataTooBig:
        raise too_large() from None


def too_large() -> Problem:
    """More than we read."""
    return Problem(413, "body_too_large", f"The body may have {MOST_BYTES} bytes.")


def cursor(what: str, *place: object) -> str:
    """An opaque mark of a place in a list, signed: nobody can make us begin somewhere else."""
    return signing.dumps(place, salt=f"cardtrail.api.cursor.{what}", compress=False)


def place_of(what: str, text: str | None) -> list[Any] | None:
    """The place that a cursor marks; none without one. Raises `Problem`."""
    if text is None:
        return None
    try:
        place: list[Any] = signing.loads(text, salt=f"cardtrail.api.cursor.{what}")
    except (signing.BadSignature, ValueError):
        raise Problem(
            422, "bad_cursor", "Take `next` from the page before; cursors cannot be made."
        ) from None
    return place


def next_url(request: HttpRequest, mark: str) -> str:
    """The address of the following page: this one's, with another cursor."""
    query: QueryDict = request.GET.copy()
    query["cursor"] = mark
    return f"{request.path}?{query.urlencode()}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return value


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError("a number is too long")
    return int(text)


def _fraction(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is not an integer; amounts are integers in minor units")


def _words(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "it is not UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
