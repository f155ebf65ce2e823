"""Everything that goes wrong is told as RFC 9457 problem details, with a `code` that stays the same."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from cardtrail.web.api.schemas import Fault

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"


class Problem(Exception):  # noqa: N818 - a refusal, not a fault
    """A refusal. `detail` is one English sentence for developers, `errors` name fields by JSON Pointer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.more = more

    def body(self) -> dict[str, Any]:
        """Its JSON."""
        value: dict[str, Any] = {
            "type": f"urn:cardtrail:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            value["errors"] = [fault.model_dump() for fault in self.errors]
        return value | self.more

    def response(self) -> HttpResponse:
        """Its HTTP answer."""
        return HttpResponse(
            json.dumps(self.body(), ensure_ascii=False),
            status=self.status,
            content_type=MEDIA_TYPE,
            headers=self.headers,
        )


def not_found(what: str = "There is nothing here.") -> Problem:
    """The same for what does not exist and for what is not the caller's to see."""
    return Problem(404, "not_found", what)


def broken(request: HttpRequest, error: Any) -> HttpResponse:
    """A fault of ours: to the log with its traceback, to the caller without."""
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return Problem(500, "internal_error", "Something broke on our side; it has been logged.").response()
