"""What the shop may ask of the sandbox, over HTTP: JSON both ways, sealed both ways.

    POST /v1/payments                      a PaymentRequest        → {"payment_id", "url"}
    GET  /v1/payments/{order}                                      → a Standing
    POST /v1/payments/{order}/close        {}                      → {}
    POST /v1/payments/{order}/release      {"amount_minor", "key"} → {"progress"}
    POST /v1/payments/{order}/refund       {"amount_minor", "key"} → {"progress"}
    POST /v1/payments/{order}/pay          {"account"}             → {}       as on the page; for tests
    POST /v1/payments/{order}/faults       Faults                  → {}
    POST /v1/faults                        Faults                  → {}
    POST /v1/accounts/close                {"account"}             → {}       no payout goes there; for tests
    POST /v1/accounts/open                 {"account"}             → {}
    POST /v1/payouts                       a Payout                → {"progress"}
    GET  /v1/payouts/{key}                                         → a PaidOut
    GET  /v1/differences                                           → what does not add up

Refusals are 404 (`unknown_order`), 409 (`key_reused`), 401 (the seal) or 422, with {"code"}.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar

import msgspec
from pysqlite3 import dbapi2 as sqlite3
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardtrail.payments.payouts import Payout
from cardtrail.payments.port import MAX_BODY_BYTES, PaymentRequest, check_amount, check_key
from cardtrail.payments.sandbox import desk
from cardtrail.payments.sandbox.context import Context, body_of
from cardtrail.payments.sandbox.faults import Faults
from cardtrail.payments.sandbox.funds import differences, standing
from cardtrail.payments.sandbox.payouts import close_account, open_account, paid_out, pay_out
from cardtrail.payments.sandbox.seal import BadSeal, seal, unseal

_T = TypeVar("_T")
_STATUS = {"unknown_order": 404, "key_reused": 409}
_SWITCHES = ("/pay", "/faults", "/differences", "/accounts/close", "/accounts/open")


class Sum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to release or refund."""

    amount_minor: int
    key: str


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who pays, or is paid."""

    account: Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,128}\Z")]


class _Wrong(Exception):  # noqa: N818 - it names what happened
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


_Call: TypeAlias = Callable[[sqlite3.Connection, Request, bytes, int], object]


class Api:
    """The routes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> list[Route]:
        """To be put into the application."""
        one = "/v1/payments/{order}"
        return [
            self._route("/v1/payments", "POST", self._create),
            self._route(one, "GET", lambda db, request, _, __: standing(db, _payment(db, request))),
            self._route(f"{one}/close", "POST", _close),
            self._route(f"{one}/release", "POST", _release),
            self._route(f"{one}/refund", "POST", _refund),
            self._route(f"{one}/pay", "POST", _pay),
            self._route(f"{one}/faults", "POST", _set_faults),
            self._route("/v1/faults", "POST", _set_general_faults),
            self._route("/v1/accounts/close", "POST", _close_account),
            self._route("/v1/accounts/open", "POST", _open_account),
            self._route("/v1/payouts", "POST", _pay_out),
            self._route(
                "/v1/payouts/{key}",
                "GET",
                lambda db, request, _, __: paid_out(db, request.path_params["key"]),
            ),
            self._route("/v1/differences", "GET", lambda db, _, __, ___: differences(db)),
        ]

    def _create(self, db: sqlite3.Connection, _: Request, body: bytes, now_ms: int) -> object:
        wanted = _decoded(body, PaymentRequest)
        if not self._context.may_notify(wanted.notify_url):
            raise _Wrong(422, "not_allowed")
        payment_id = desk.create(db, wanted, now_ms)
        return {"payment_id": payment_id, "url": f"{self._context.public_url}/pay/{payment_id}"}

    def _route(self, path: str, method: str, call: _Call) -> Route:
        async def answer(request: Request) -> Response:
            body = await body_of(request, MAX_BODY_BYTES)
            if body is None:
                return Response(status_code=413)
            status, raw, fault = await run_in_threadpool(self._done, call, request, body)
            self._context.wake()
            if fault == "hang":
                await asyncio.sleep(self._hang_s(request))
            elif fault in ("lost", "error"):
                return Response(status_code=500)
            headers = seal(
                self._context.key, "answer", f"{status} {request.headers.get('sandbox-id', '')}", raw,
                self._context.clock_ms(),
            )  # fmt: skip
            return Response(raw, status, headers, media_type="application/json")

        return Route(path, answer, methods=[method])

    def _done(self, call: _Call, request: Request, body: bytes) -> tuple[int, bytes, str]:
        """Status, body, and what is to go wrong with the answer."""
        now_ms = self._context.clock_ms()
        fault = "work"
        try:
            subject = f"{request.method} {request.url.path}"
            message_id = unseal(self._context.shop, "request", subject, body, request.headers, now_ms)
            with self._context.store.transaction() as db:
                # What a payer does on the page, and what sets the switches, is not the shop's call.
                if not request.url.path.endswith(_SWITCHES):
                    fault = _faults_for(db, request).answer_now()
                if fault == "error":
                    return 500, b"", fault
                if request.method == "POST":
                    _first_time(db, message_id, now_ms)
                return 200, msgspec.json.encode(call(db, request, body, now_ms)), fault
        except BadSeal as error:
            return 401, _code(error.code), "work"
        except desk.Refused as error:
            return _STATUS.get(error.code, 422), _code(error.code), fault
        except _Wrong as error:
            return error.status, _code(error.code), fault

    def _hang_s(self, request: Request) -> float:
        with self._context.store.reading() as db:
            return _faults_for(db, request).hang_ms / 1000


def _faults_for(db: sqlite3.Connection, request: Request) -> Faults:
    row = db.execute(
        "SELECT * FROM payments WHERE order_id = ?", (request.path_params.get("order", ""),)
    ).fetchone()
    return desk.general_faults(db) if row is None else desk.faults_of(row)


def _first_time(db: sqlite3.Connection, message_id: str, now_ms: int) -> None:
    """A message counts once: one that was overheard cannot be played again, not even within the window."""
    try:
        db.execute("INSERT INTO seen VALUES (?, ?)", (message_id, now_ms))
    except sqlite3.IntegrityError:
        raise _Wrong(401, "replayed") from None


def _payment(db: sqlite3.Connection, request: Request) -> sqlite3.Row:
    return desk.by_order(db, request.path_params["order"])


def _close(db: sqlite3.Connection, request: Request, _: bytes, now_ms: int) -> object:
    desk.close(db, _payment(db, request), now_ms)
    return {}


def _release(db: sqlite3.Connection, request: Request, body: bytes, now_ms: int) -> object:
    wanted = _sum(body)
    return {"progress": desk.release(db, _payment(db, request), wanted.amount_minor, wanted.key, now_ms)}


def _refund(db: sqlite3.Connection, request: Request, body: bytes, now_ms: int) -> object:
    wanted = _sum(body)
    return {"progress": desk.refund(db, _payment(db, request), wanted.amount_minor, wanted.key, now_ms)}


def _pay(db: sqlite3.Connection, request: Request, body: bytes, now_ms: int) -> object:
    account = _decoded(body, Account).account
    desk.pay(db, _payment(db, request)["payment_id"], account, now_ms)
    return {}


def _pay_out(db: sqlite3.Connection, _: Request, body: bytes, now_ms: int) -> object:
    return {"progress": pay_out(db, _decoded(body, Payout), now_ms)}


def _close_account(db: sqlite3.Connection, _: Request, body: bytes, __: int) -> object:
    close_account(db, _decoded(body, Account).account)
    return {}


def _open_account(db: sqlite3.Connection, _: Request, body: bytes, __: int) -> object:
    open_account(db, _decoded(body, Account).account)
    return {}


def _set_faults(db: sqlite3.Connection, request: Request, body: bytes, now_ms: int) -> object:
    desk.set_faults(db, _payment(db, request), _decoded(body, Faults), now_ms)
    return {}


def _set_general_faults(db: sqlite3.Connection, _: Request, body: bytes, __: int) -> object:
    desk.set_general_faults(db, _decoded(body, Faults))
    return {}


def _sum(body: bytes) -> Sum:
    wanted = _decoded(body, Sum)
    try:
        check_amount(wanted.amount_minor)
        check_key(wanted.key)
    except ValueError:
        raise _Wrong(422, "malformed") from None
    return wanted


def _decoded(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError):
        raise _Wrong(422, "malformed") from None


def _code(code: str) -> bytes:
    return msgspec.json.encode({"code": code})
