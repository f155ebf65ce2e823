"""Submitting commands so that each takes effect once, whatever becomes of the answers.

The same bytes are sent again while no answer comes: a command that is in the log already gets its first answer. Where
an attempt's answer was lost and a later one says no, or nothing was ever heard, the ledger is asked for the
command by id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from cardtrail.client.build import SignedCommand
from cardtrail.client.errors import BadAnswer, NodeUnavailable, Undecided
from cardtrail.client.exchange import (
    MSGPACK,
    Patience,
    ask,
    decode,
    is_problem,
    problem_of,
    read_json,
)
from cardtrail.client.transport import Response, Transport
from cardtrail.wire.answers import ANSWERS_CODEC, Accepted, Answer, Refused
from cardtrail.wire.codec import encode
from cardtrail.wire.reasons import Reason
from cardtrail.wire.requests import MAX_BODY_BYTES, MAX_COMMANDS

_FRAMING_BYTES = 5
"""What msgpack puts before a byte string or an array, at most."""

Find = Callable[[bytes], Accepted | None]
"""What the log says of a command, by its id."""


def submit_chunk(
    transport: Transport,
    patience: Patience,
    commands: Sequence[SignedCommand],
    *,
    find: Find,
    wait_for_checkpoint: bool = False,
) -> list[Answer]:
    """One answer for each of at most `MAX_COMMANDS` commands.

    Raises `Undecided` for the first command whose outcome could not be found out.
    """
    path = "/v1/commands?wait=checkpoint" if wait_for_checkpoint else "/v1/commands"
    body = encode(tuple(command.raw for command in commands))
    headers = {"Content-Type": MSGPACK, "Accept": MSGPACK}
    try:
        answered = ask(transport, patience, "POST", path, body=body, headers=headers)
    except NodeUnavailable as error:
        return [_ask_back(command, find, str(error)) for command in commands]
    answers = _read_answers(answered.response, commands)
    if answered.doubtful:
        return [
            _after_doubt(command, answer, find) for command, answer in zip(commands, answers, strict=True)
        ]
    return answers


def chunks(commands: Sequence[SignedCommand], most: int = MAX_COMMANDS) -> Iterator[list[SignedCommand]]:
    """The commands in groups that a node takes in one request: at most `most` of them, and within the size of
    a body.
    """
    part: list[SignedCommand] = []
    size = _FRAMING_BYTES
    for command in commands:
        grown = size + len(command.raw) + _FRAMING_BYTES
        if part and (len(part) >= min(most, MAX_COMMANDS) or grown > MAX_BODY_BYTES):
            yield part
            part, grown = [], 2 * _FRAMING_BYTES + len(command.raw)
        part.append(command)
        size = grown
    if part:
        yield part


def brief(patience: Patience) -> Patience:
    """For the question after patience has ended: one more try, not as long again."""
    return replace(patience, attempts=2)


def _after_doubt(command: SignedCommand, answer: Answer, find: Find) -> Answer:
    """A refusal counts only once the log does not have the command: the attempt we did not hear of may have
    been the one.
    """
    if isinstance(answer, Accepted):
        return answer
    try:
        return find(command.id) or answer
    except NodeUnavailable as error:
        raise Undecided(command.id, str(error)) from None


def _ask_back(command: SignedCommand, find: Find, cause: str) -> Answer:
    try:
        found = find(command.id)
    except NodeUnavailable:
        found = None
    if found is None:
        # Not in the log is not a refusal: an attempt may still wait in the node's queue.
        raise Undecided(command.id, cause)
    return found


def _read_answers(response: Response, commands: Sequence[SignedCommand]) -> list[Answer]:
    if response.status in {409, 422} and is_problem(response) and len(commands) == 1:
        return [_read_refusal(response, commands[0])]
    if response.status != 200:
        raise problem_of(response)
    answers = decode(ANSWERS_CODEC, response)
    if len(answers) != len(commands):
        raise BadAnswer(f"the node gave {len(answers)} answers to {len(commands)} commands")
    for command, answer in zip(commands, answers, strict=True):
        if answer.id != command.id and (isinstance(answer, Accepted) or answer.id is not None):
            raise BadAnswer("the node answered about another command than was sent")
    return list(answers)


def _read_refusal(response: Response, command: SignedCommand) -> Refused:
    document: Any = read_json(response)
    code = document.get("reason") if isinstance(document, dict) else None
    if not isinstance(code, str) or code.upper() not in Reason.__members__:
        raise problem_of(response)
    id = document.get("id")
    if id is not None and id != command.id.hex():
        raise BadAnswer("the node answered about another command than was sent")
    return Refused(None if id is None else command.id, code)
