"""The API itself: who may call, what is answered when something is wrong, and its description."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from cardtrail import __version__
from cardtrail.web.accounts.address import client_address
from cardtrail.web.accounts.second_factor import open_without_second_factor
from cardtrail.web.actions.confirm import Witness
from cardtrail.web.api import keys
from cardtrail.web.api.models import ApiKey
from cardtrail.web.api.problems import MEDIA_TYPE, Problem, broken, not_found
from cardtrail.web.api.reading import StrictParser, too_large
from cardtrail.web.api.schemas import Fault, ProblemDetails
from cardtrail.web.ledger.link import LedgerAway

ERRORS: Final[dict[Any, Any]] = dict.fromkeys(
    (400, 401, 403, 404, 409, 413, 415, 422, 429, 503), ProblemDetails
)
"""What any operation may answer besides its own."""

_KEY: Final = "_cardtrail_key"
_RATE: Final = "_cardtrail_rate"


class ApiKeyAuth(HttpBearer):
    """`Authorization: Bearer ct_…`, and nothing else: a browser's cookies open nothing here."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        """The key. Raises `Problem`: unknown, without this scope, or asking too often."""
        key = keys.find_key(token)
        if key is None:
            raise _unauthorised()
        rate = keys.count(key)
        setattr(request, _RATE, rate)
        if rate.exceeded:
            raise Problem(
                429,
                "rate_limited",
                f"This key may ask {rate.limit} times a minute.",
                headers={"Retry-After": str(rate.reset_s)},
            )
        if self.scope not in keys.scopes_of(key):
            raise Problem(403, "missing_scope", f"This key lacks the scope {self.scope}.", scope=self.scope)
        setattr(request, _KEY, key)
        return key


class Api(NinjaAPI):
    """With problems described as what they are."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """OpenAPI 3.1, with RFC 9457's media type for whatever is no success. It stays the same: described once."""
        return _described(
            self, kwargs.get("path_prefix") or self.get_root_path(kwargs.get("path_params") or {})
        )

    def describe(self, path_prefix: str) -> Any:
        """What `get_openapi_schema` keeps: a third of a second of work, and anybody may ask for it."""
        schema = super().get_openapi_schema(path_prefix=path_prefix)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "content" in answer:
                        answer["content"] = {MEDIA_TYPE: next(iter(answer["content"].values()))}
        return schema


@functools.lru_cache(maxsize=4)
def _described(of: Api, path_prefix: str) -> Any:
    return of.describe(path_prefix)


api = Api(
    title="Cardtrail API",
    version=__version__,
    description=(
        "Payments with gift cards, refunds, cards, batches, points, totals and webhooks, for the brand's own programs. "
        "Amounts are integers in minor units; times are milliseconds since 1970. Every POST needs an `Idempotency-Key`."
    ),
    parser=StrictParser(),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)


def key_of(request: HttpRequest) -> ApiKey:
    """The key behind a request that was let in."""
    key: ApiKey = getattr(request, _KEY)
    return key


def witness(request: HttpRequest) -> Witness:
    """Who acts, for the record: the program, for whoever made its key."""
    key = key_of(request)
    return Witness.program(key.made_by, f"api key {key.prefix}", str(client_address(request)))


IDEMPOTENT: Final[Mapping[str, Any]] = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            "description": "A name of your own for this request: sent again, it takes effect once and gets the same "
            "answer, for 24 hours.",
        }
    ]
}
"""For `openapi_extra` of what has to be named."""


def idempotent() -> dict[str, Any]:
    """A copy of `IDEMPOTENT`: the framework changes what it is given."""
    copied: dict[str, Any] = json.loads(json.dumps(IDEMPOTENT))
    return copied


def answering(pattern: URLPattern) -> URLPattern:
    """The same address, but whatever comes out of it is ours: problems as problems, rate limits told, nothing kept."""
    view: Callable[..., HttpResponseBase] = pattern.callback

    @csrf_exempt  # A key in a header is no cookie: no other site can make a browser send it.
    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            response = not_found().response()
        if response.status_code == 405 and response.headers.get("Content-Type") != MEDIA_TYPE:
            allow = response.headers.get("Allow", "")
            problem = Problem(
                405, "method_not_allowed", f"This address takes {allow}.", headers={"Allow": allow}
            )
            response = problem.response()
        rate: keys.Rate | None = getattr(request, _RATE, None)
        if rate is not None:
            response["RateLimit-Policy"] = f'"key";q={rate.limit};w=60'
            response["RateLimit"] = f'"key";r={max(0, rate.left)};t={rate.reset_s}'
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    pattern.callback = answer
    return pattern


@open_without_second_factor
def nothing_here(request: HttpRequest, path: str = "") -> HttpResponse:
    """Any other address below the API's."""
    return not_found().response()


def _unauthorised() -> Problem:
    return Problem(
        401,
        "unauthorised",
        "Send a valid API key as `Authorization: Bearer ct_…`.",
        headers={"WWW-Authenticate": 'Bearer realm="cardtrail"'},
    )


def _on_problem(_: HttpRequest, problem: Any) -> HttpResponse:
    found: Problem = problem
    return found.response()


def _on_http_error(_: HttpRequest, error: Any) -> HttpResponse:
    if isinstance(error.__cause__, Problem):
        return error.__cause__.response()
    return Problem(error.status_code, "bad_request", str(error)).response()


def _on_invalid(_: HttpRequest, error: Any) -> HttpResponse:
    faults = [_fault(one) for one in error.errors][:20]
    return Problem(
        422, "invalid", "Part of the request cannot be used; see `errors`.", errors=faults
    ).response()


def _fault(one: Mapping[str, Any]) -> Fault:
    source, *path = [str(part) for part in one["loc"]]
    if source == "body":
        pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in path[1:])
    else:
        pointer = ".".join(path)
    return Fault(pointer=pointer, code=str(one["type"]), detail=str(one["msg"]))


def _on_away(_: HttpRequest, __: Any) -> HttpResponse:
    return Problem(
        503,
        "ledger_away",
        "The ledger does not answer just now; nothing was lost.",
        headers={"Retry-After": "5"},
    ).response()


api.add_exception_handler(Problem, _on_problem)
api.add_exception_handler(AuthenticationError, lambda request, error: _unauthorised().response())
api.add_exception_handler(HttpError, _on_http_error)
api.add_exception_handler(ValidationError, _on_invalid)
api.add_exception_handler(Http404, lambda request, error: not_found().response())
api.add_exception_handler(LedgerAway, _on_away)
api.add_exception_handler(RequestDataTooBig, lambda request, error: too_large().response())
api.add_exception_handler(Exception, broken)
