"""A request that changes something takes effect once, however often it is sent.

The answer is written down in the transaction that does the thing, under the name that the caller chose
(`Idempotency-Key`). If we were to crash before that, nothing has happened and the request can be sent again; after it,
a repeat gets the answer. Names are kept for a day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Final, TypeVar

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from cardtrail.web.actions.custody import keyring
from cardtrail.web.api.models import ApiKey, Call
from cardtrail.web.api.problems import MEDIA_TYPE, Problem
from cardtrail.web.api.reading import body_of
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, now_ms

KEPT_MS: Final = DAY_MS
LEASE_MS: Final = MINUTE_MS
HEADER: Final = "Idempotency-Key"
RETRY_S: Final = 2

_NAME: Final = re.compile(r"[!-~]{1,255}")
T = TypeVar("T")


def once(
    request: HttpRequest,
    key: ApiKey,
    make: Callable[[], T],
    show: Callable[[T], BaseModel],
    *,
    then: Callable[[T], T] | None = None,
    status: int = 201,
) -> HttpResponse:
    """Answer a request that changes something.

    make    does it, in one transaction with the answer; raises `Problem`, which is kept as an answer too
    show    the answer's body
    then    what follows once it is on the disk, and cannot be done twice by itself; the answer is shown anew after it

    Raises `Problem` for a missing or reused name, or while another request with this name is under way.
    """
    call = _begin(request, key)
    if call.status is not None:
        return _answer(call, repeated=True)
    try:
        with transaction.atomic():
            made = make()
            _keep(call, status, show(made).model_dump_json().encode())
    except Problem as problem:
        _keep(call, problem.status, json.dumps(problem.body(), ensure_ascii=False).encode())
        return problem.response()
    except BaseException:
        Call.objects.filter(pk=call.pk, status__isnull=True).delete()
        raise
    if then is not None:
        _keep(call, status, show(then(made)).model_dump_json().encode())
    return _answer(call, repeated=False)


def forget_old(now_ms: int) -> int:
    """Forget names that are older than a day. Gives how many."""
    return Call.objects.filter(made_ms__lt=now_ms - KEPT_MS).delete()[0]


def about(call: Call) -> bytes:
    """What a kept answer is about."""
    return f"api-call/{call.key_id}/{call.name}".encode()


def _begin(request: HttpRequest, key: ApiKey) -> Call:
    name = request.headers.get(HEADER)
    if name is None:
        raise Problem(
            400,
            "idempotency_key_required",
            f"Send a header {HEADER} with a name of your own for this request.",
        )
    if not _NAME.fullmatch(name):
        raise Problem(400, "bad_idempotency_key", f"{HEADER} has 1 to 255 visible ASCII characters.")
    digest = sha256(
        b"\0".join(((request.method or "").encode(), request.path.encode(), body_of(request)))
    ).digest()
    now = now_ms()
    Call.objects.filter(key=key, name=name, made_ms__lt=now - KEPT_MS).delete()
    try:
        with transaction.atomic():
            return Call.objects.create(
                key=key, name=name, request=digest, made_ms=now, lease_ms=now + LEASE_MS
            )
    except IntegrityError:
        known = Call.objects.filter(key=key, name=name).first()
    if known is None:
        raise _under_way()
    if bytes(known.request) != digest:
        raise Problem(422, "idempotency_key_reused", f"This {HEADER} was used for another request.")
    if known.status is None:
        taken = Call.objects.filter(pk=known.pk, status__isnull=True, lease_ms__lt=now).update(
            lease_ms=now + LEASE_MS
        )
        if not taken:
            raise _under_way()
    return known


def _under_way() -> Problem:
    return Problem(
        409,
        "request_under_way",
        "The first request with this name is not answered yet; ask again.",
        headers={"Retry-After": str(RETRY_S)},
    )


def _keep(call: Call, status: int, body: bytes) -> None:
    call.status, call.answer = status, keyring().seal(body, about(call))
    call.save(update_fields=["status", "answer"])


def _answer(call: Call, *, repeated: bool) -> HttpResponse:
    status, body = call.status or 500, keyring().open(bytes(call.answer or b""), about(call))
    media_type = "application/json" if status < 400 else MEDIA_TYPE
    headers = {"Idempotency-Replayed": "true"} if repeated else {}
    return HttpResponse(
        body if status != 204 else b"", status=status, content_type=media_type, headers=headers
    )
