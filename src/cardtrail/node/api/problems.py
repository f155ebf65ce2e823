"""Errors as problem documents (RFC 9457). A program reads `reason`, a person `title` and `detail`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from cardtrail.wire.answers import Refused
from cardtrail.wire.reasons import ORDER, Reason

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_S = 1


class Kind(enum.Enum):
    """What can be wrong besides a refusal by the rules: the HTTP status, and the text for people."""

    MALFORMED_REQUEST = (400, "These bytes are no request that the node reads, and it hangs up.")
    BAD_PARAMETER = (400, "A part of the address has a form that it cannot have.")
    UNDECODABLE_BODY = (400, "The body is not a list of 1 to 1,000 byte strings in canonical msgpack.")
    UNKNOWN_PATH = (404, "There is nothing at this address; GET /openapi.json tells what there is.")
    UNKNOWN_COMMAND = (404, "No command with this id is in the log; if it was sent, send it again.")
    UNKNOWN_ENTRY = (404, "The log has no such entry.")
    UNKNOWN_CARD = (404, "There is no such card.")
    UNKNOWN_TILE = (404, "The latest checkpoint has no such tile.")
    WRONG_METHOD = (405, "This address does not take this method.")
    NOT_PUBLISHED_YET = (409, "No checkpoint covers this yet; ask again in a second.")
    BODY_TOO_LARGE = (413, "The body is larger than 4 MiB; send the commands in several requests.")
    WRONG_CONTENT_TYPE = (415, "Commands are sent as application/msgpack, not compressed.")
    BUSY = (503, "More is waiting than the node takes; send the same again in a moment.")
    STOPPING = (503, "The node is stopping; send the same again when it is back.")
    ENGINE_FAILED = (503, "The node has stopped taking commands; its operator finds the cause in its log.")
    STORAGE_FAILED = (
        503,
        "The ledger's file cannot be read; the node's operator finds the cause in its log.",
    )
    INTERNAL = (500, "A mistake in the node; its operator finds it in its log.")

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[0]

    @property
    def title(self) -> str:
        """The text for people."""
        return self.value[1]

    @property
    def reason(self) -> str:
        """The name for programs."""
        return self.name.lower()


class Problem(Exception):  # noqa: N818 - it is what the answer is called
    """Ends a request with a problem document. `detail` must hold nothing that the asker did not say or may not know."""

    def __init__(self, kind: Kind, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(kind.reason)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        if kind in (Kind.BUSY, Kind.STOPPING):
            self.headers["retry-after"] = str(RETRY_AFTER_S)

    def document(self) -> dict[str, Any]:
        """The problem document."""
        kind = self.kind
        document = {
            "type": f"urn:cardtrail:problem:{kind.reason}",
            "title": kind.title,
            "status": kind.status,
            "reason": kind.reason,
        }
        return document | {"detail": self.detail} if self.detail else document

    def response(self) -> Response:
        """The answer."""
        body = msgspec.json.encode(self.document())
        return Response(body, self.kind.status, self.headers, PROBLEM_TYPE)


def refusal_status(reason: Reason) -> int:
    """422 where the command is not right in itself and never will be, 409 where it does not fit the present ledger."""
    unfit = ORDER[reason] <= ORDER[Reason.BAD_SIGNATURE]
    return 422 if unfit else 409


def refusal_document(refused: Refused) -> dict[str, Any]:
    """The problem document of a refused command."""
    return {
        "type": f"urn:cardtrail:refusal:{refused.code}",
        "title": refused.reason.value,
        "status": refusal_status(refused.reason),
        "reason": refused.code,
        "id": None if refused.id is None else refused.id.hex(),
    }
