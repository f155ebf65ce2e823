"""`POST /v1/commands`: the way in.

This is the one route that is under load, so it is a bare ASGI application that the router is not asked about: one look
at the headers, one decoding of the body, one wait for the engine, one answer. Small requests that need nothing else can
do without a task, an event and a future (`Quick`), which takes half the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from starlette.types import Receive, Scope, Send

from cardtrail.node.api.answers import JSON, MSGPACK
from cardtrail.node.api.context import Context
from cardtrail.node.api.problems import (
    PROBLEM_TYPE,
    Kind,
    Problem,
    refusal_document,
    refusal_status,
)
from cardtrail.node.api.wakeups import Outcome, Pigeonhole
from cardtrail.node.orderer import QueueFull, Stopping
from cardtrail.wire.answers import COMMANDS_CODEC, Accepted, Answer
from cardtrail.wire.codec import Malformed, NotCanonical, encode
from cardtrail.wire.requests import MAX_COMMANDS

PATH = "/v1/commands"

_WAIT_FOR_CHECKPOINT = b"wait=checkpoint"
_MSGPACK = MSGPACK.encode()

MAX_QUICK_BYTES = 32 << 10
"""Bodies up to this length may take the quick way."""

RawHeaders = list[tuple[bytes, bytes]]
Rendered = tuple[int, RawHeaders, bytes]
"""Status, headers but for the length, body."""


class _Asked(NamedTuple):
    """What the headers say: how many bytes will come (none: not said), and whether the answer is to be msgpack."""

    length: int | None
    msgpack: bool


class _Gone(Exception):  # noqa: N818 - it is no error of ours
    """The client hung up before its request was complete."""


class Commands:
    """Takes commands to the engine and its answers back."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: one request."""
        try:
            status, headers, body = await self._exchange(scope, receive)
        except Problem as problem:
            status, headers, body = _problem(problem)
        except _Gone:
            return
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def begin_quick(self, headers: RawHeaders) -> Quick | None:
        """A request that has nothing to wait for but the engine; none if it needs anything out of the ordinary.

        Its body is of a known and small length.
        """
        try:
            asked = _read_headers(headers)
        except Problem:
            return None
        length = asked.length
        if length is None or length > MAX_QUICK_BYTES:
            return None
        if self._waiting_bytes + length > self._context.limits.waiting_bytes:
            return None
        self._waiting_bytes += length
        return Quick(self, length, msgpack=asked.msgpack)

    async def _exchange(self, scope: Scope, receive: Receive) -> Rendered:
        asked = _read_headers(scope["headers"])
        wait = _read_query(scope["query_string"])
        if asked.length is not None and asked.length > self._context.limits.body_bytes:
            raise _too_large()
        held = 0
        try:
            body = b""
            chunks: list[bytes] = []
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Gone
                body = message.get("body", b"")
                more = message.get("more_body", False)
                held += len(body)
                self._hold(len(body), held)
                chunks.append(body)
            answers = await self._submit(_decode(body if len(chunks) == 1 else b"".join(chunks)))
        finally:
            self._waiting_bytes -= held
        if wait:
            await self._published(answers)
        return _render(answers, msgpack=asked.msgpack)

    def _hold(self, more: int, held: int) -> None:
        """Count bytes that came in. Raises `Problem` rather than hold more than one request or all may have."""
        self._waiting_bytes += more
        if held > self._context.limits.body_bytes:
            raise _too_large()
        if self._waiting_bytes > self._context.limits.waiting_bytes:
            raise Problem(Kind.BUSY, "many large requests are under way", headers={"connection": "close"})

    async def _submit(self, commands: tuple[bytes, ...]) -> list[Answer]:
        delivered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def deliver(outcome: Outcome) -> None:
            if not delivered.done():  # Else whoever asked has gone.
                delivered.set_result(outcome)

        self._queue(commands, deliver)
        return self._answers(await delivered)

    def _queue(self, commands: tuple[bytes, ...], deliver: Callable[[Outcome], None]) -> None:
        """Give commands to the engine, whose answers are delivered in the event loop. Raises `Problem`."""
        context = self._context
        try:
            context.node.submit_to(commands, Pigeonhole(context.mailbox, deliver))
        except QueueFull:
            raise Problem(Kind.BUSY) from None
        except Stopping:
            raise context.stopped() from None

    def _answers(self, outcome: Outcome) -> list[Answer]:
        if isinstance(outcome, BaseException):
            # The engine stopped with these commands in hand: whether they are in the log, only the next start can tell.
            # The client asks by their ids.
            raise self._context.stopped()
        return outcome

    async def _published(self, answers: list[Answer]) -> None:
        end = max((answer.index + 1 for answer in answers if isinstance(answer, Accepted)), default=0)
        await self._context.published(end)


class Quick:
    """A request whose headers were read, answered by a call instead of a task."""

    __slots__ = ("_answer", "_commands", "_length", "_msgpack")

    def __init__(self, commands: Commands, length: int, *, msgpack: bool) -> None:
        self._commands = commands
        self._length = length
        self._msgpack = msgpack

    def submit(self, body: bytes, answer: Callable[[Rendered], None]) -> None:
        """The body is complete. `answer` is called once, now or later."""
        self._answer = answer
        try:
            self._commands._queue(_decode(body), self._deliver)
        except Problem as problem:
            self._end(_problem(problem))

    def drop(self) -> None:
        """The client left before its body was complete."""
        self._commands._waiting_bytes -= self._length

    def _deliver(self, outcome: Outcome) -> None:
        try:
            rendered = _render(self._commands._answers(outcome), msgpack=self._msgpack)
        except Problem as problem:
            rendered = _problem(problem)
        self._end(rendered)

    def _end(self, rendered: Rendered) -> None:
        self.drop()
        self._answer(rendered)


def _read_headers(headers: RawHeaders) -> _Asked:
    content_type, length, msgpack = b"", None, False
    for name, value in headers:
        if name == b"content-type":
            content_type = value
        elif name == b"accept":
            msgpack = msgpack or _MSGPACK in value
        elif name == b"content-length":
            # The server has checked it; one that is no number here came past the server, and counts as not given.
            length = int(value) if value.isdigit() and len(value) < 19 else None
        elif name == b"content-encoding" and value != b"identity":
            raise Problem(Kind.WRONG_CONTENT_TYPE, headers={"connection": "close"})
    if content_type != _MSGPACK and content_type.partition(b";")[0].strip().lower() != _MSGPACK:
        raise Problem(Kind.WRONG_CONTENT_TYPE, headers={"connection": "close"})
    return _Asked(length, msgpack)


def _read_query(query: bytes) -> bool:
    if query and query != _WAIT_FOR_CHECKPOINT:
        raise Problem(Kind.BAD_PARAMETER, "the only parameter here is wait=checkpoint")
    return bool(query)


def _decode(body: bytes) -> tuple[bytes, ...]:
    try:
        commands = COMMANDS_CODEC.decode(body)
    except (Malformed, NotCanonical):
        raise Problem(Kind.UNDECODABLE_BODY) from None
    if not 1 <= len(commands) <= MAX_COMMANDS:
        raise Problem(Kind.UNDECODABLE_BODY, f"there are {len(commands)} commands in it")
    return commands


def _render(answers: list[Answer], *, msgpack: bool) -> Rendered:
    first = answers[0]
    if len(answers) == 1 and not isinstance(first, Accepted):
        document = msgspec.json.encode(refusal_document(first))
        return refusal_status(first.reason), [(b"content-type", PROBLEM_TYPE.encode())], document
    if msgpack:
        return 200, [(b"content-type", _MSGPACK)], encode(answers)
    views = msgspec.json.encode([_answer_to_json(answer) for answer in answers])
    return 200, [(b"content-type", JSON.encode())], views


def _answer_to_json(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Accepted):
        return {
            "status": "accepted",
            "id": answer.id.hex(),
            "index": answer.index,
            "time_ms": answer.time_ms,
        }
    return {
        "status": "refused",
        "id": None if answer.id is None else answer.id.hex(),
        "reason": answer.code,
        "detail": answer.reason.value,
    }


def _problem(problem: Problem) -> Rendered:
    headers = [(name.encode(), value.encode()) for name, value in problem.headers.items()]
    headers.append((b"content-type", PROBLEM_TYPE.encode()))
    return problem.kind.status, headers, msgspec.json.encode(problem.document())


def _too_large() -> Problem:
    # Whatever more of it comes is of no use to anybody.
    return Problem(Kind.BODY_TOO_LARGE, headers={"connection": "close"})
