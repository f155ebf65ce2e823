"""One question to a node, asked again while no answer comes: bounded waiting, never for ever.

Everything asked here may be asked twice: reading changes nothing, and a command that is sent again gets its
first answer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from cardtrail.client.errors import BadAnswer, NodeUnavailable, NotFound, NotPublished, Problem
from cardtrail.client.transport import Response, Transport, header
from cardtrail.wire.codec import Codec, Malformed, NotCanonical

T = TypeVar("T")

MSGPACK = "application/msgpack"
JSON = "application/json"
PROBLEM = "application/problem+json"

_PASSING = frozenset((429, 500, 502, 503, 504))
"""Statuses that say nothing about the question, only about the moment."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try.

    attempts   how many times at most
    first_s    the wait after the first failure; it doubles with each, up to `most_s`
    total_s    no new attempt begins after this long
    sleep, clock, jitter   for tests: waiting, seconds that only grow, a number from 0 to 1 that spreads out
                           many clients
    """

    attempts: int = 8
    first_s: float = 0.05
    most_s: float = 2.0
    total_s: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = field(default=random.SystemRandom().random)

    def delay_s(self, failures: int, asked_s: float = 0.0) -> float:
        """The wait after so many failures; at least what the node asked for, as far as `most_s` allows."""
        grown = min(self.most_s, self.first_s * 2.0 ** (failures - 1))
        return min(self.most_s, max(asked_s, grown * (0.5 + self.jitter() / 2)))


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and whether an earlier attempt failed: it may have reached the node without our hearing of it."""

    response: Response
    doubtful: bool


def ask(
    transport: Transport,
    patience: Patience,
    method: str,
    path: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Answered:
    """The first answer that is about the question. Raises `NodeUnavailable` once patience is at its end."""
    began_s = patience.clock()
    failures = 0
    while True:
        asked_s = 0.0
        try:
            response = transport.request(method, path, body=body, headers=headers or {})
            if response.status not in _PASSING:
                return Answered(response, doubtful=failures > 0)
            failure = f"the node answered with status {response.status}"
            asked_s = _retry_after_s(response)
        except NodeUnavailable as error:
            failure = str(error)
        failures += 1
        delay_s = patience.delay_s(failures, asked_s)
        if failures >= patience.attempts or patience.clock() - began_s + delay_s > patience.total_s:
            raise NodeUnavailable(f"{failure}; given up after {failures} attempts")
        patience.sleep(delay_s)


def problem_of(response: Response) -> Problem:
    """The problem document of an answer that is not a success."""
    code, title = f"status_{response.status}", ""
    if _media_type(response) == PROBLEM:
        document = read_json(response)
        if isinstance(document, dict):
            code = str(document.get("reason") or str(document.get("type", "")).rpartition(":")[2] or code)
            title = str(document.get("title") or "")
    if not title:
        title = (
            f"the address answered with HTTP status {response.status}, not as a node does; "
            "give the address that `cardtrail node` printed"
        )
    if response.status == 404:
        return NotFound(404, code, title)
    if code == "not_published_yet":
        return NotPublished(response.status, code, title)
    return Problem(response.status, code, title)


def read_json(response: Response) -> Any:
    """The JSON value of an answer. Raises `BadAnswer`."""
    try:
        return msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadAnswer("the node's answer is not JSON") from None


def decode(codec: Codec[T], response: Response) -> T:
    """The record in an answer's canonical bytes. Raises `BadAnswer`."""
    try:
        return codec.decode(response.body)
    except (Malformed, NotCanonical) as error:
        raise BadAnswer(f"the node's answer is not of the form its API promises: {error}") from None


def read_text(response: Response) -> str:
    """An answer's text. Raises `BadAnswer`."""
    try:
        return response.body.decode()
    except UnicodeDecodeError:
        raise BadAnswer("the node's text is not UTF-8") from None


def is_problem(response: Response) -> bool:
    """Whether an answer is a problem document."""
    return _media_type(response) == PROBLEM


def _media_type(response: Response) -> str:
    return header(response, "content-type").partition(";")[0].strip().lower()


def _retry_after_s(response: Response) -> float:
    """Whole seconds only; a date is not understood, and then our own delay holds."""
    text = header(response, "retry-after")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0
