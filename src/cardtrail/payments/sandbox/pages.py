"""The pay page: what a payer sees and does. No account, no script, nothing from elsewhere."""

from __future__ import annotations

from urllib.parse import parse_qs

from pysqlite3 import dbapi2 as sqlite3
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cardtrail.payments.sandbox import desk, html
from cardtrail.payments.sandbox.clockwork import kind_of
from cardtrail.payments.sandbox.context import Context, body_of
from cardtrail.payments.sandbox.faults import Faults
from cardtrail.payments.sandbox.funds import standing
from cardtrail.payments.sandbox.html import Line, News, View
from cardtrail.payments.sandbox.look import STYLE

_MAX_FORM_BYTES = 4096
_LATE_MS = 20_000
_LANGUAGE = "play_language"
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


class Pages:
    """The routes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> list[Route]:
        """To be put into the application."""
        return [
            Route("/style.css", self._style, methods=["GET"]),
            Route("/pay/{payment}", self._show, methods=["GET"]),
            Route("/pay/{payment}", self._do, methods=["POST"]),
        ]

    async def _style(self, _: Request) -> Response:
        return Response(STYLE, media_type="text/css", headers={"cache-control": "max-age=3600"})

    async def _show(self, request: Request) -> Response:
        language = _language(request)
        status, page = await run_in_threadpool(self._page, request.path_params["payment"], language, "")
        answer = Response(page, status, _HEADERS, "text/html; charset=utf-8")
        if request.query_params.get("language") in html.LANGUAGES:
            answer.set_cookie(_LANGUAGE, language, max_age=365 * 24 * 3600, httponly=True, samesite="lax")
        return answer

    async def _do(self, request: Request) -> Response:
        raw = await body_of(request, _MAX_FORM_BYTES)
        if raw is None:
            return Response(status_code=413)
        form = {name: values[-1] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
        payment_id = request.path_params["payment"]
        refusal = await run_in_threadpool(self._done, payment_id, form)
        self._context.wake()
        if refusal:
            status, page = await run_in_threadpool(self._page, payment_id, _language(request), refusal)
            return Response(page, max(status, 409), _HEADERS, "text/html; charset=utf-8")
        return RedirectResponse(f"/pay/{payment_id}", 303, _HEADERS)

    def _done(self, payment_id: str, form: dict[str, str]) -> str:
        """Why it was refused; empty if it was done."""
        now_ms = self._context.clock_ms()
        try:
            with self._context.store.transaction() as db:
                payment = desk.by_id(db, payment_id)
                match form.get("do"):
                    case "pay":
                        desk.set_faults(db, payment, _faults(form, desk.faults_of(payment)), now_ms)
                        accounts = dict(html.accounts(desk.request_of(payment).payer))
                        account = form.get("account", "")
                        if account not in accounts:
                            return "not_allowed"
                        desk.pay(db, payment_id, account, now_ms)
                    case "charge_back":
                        desk.charge_back(db, payment, now_ms)
                    case "bank_won" | "bank_lost" as decided:
                        desk.end_chargeback(db, payment, now_ms, won=decided == "bank_won")
                    case "close":
                        desk.close(db, payment, now_ms)
                    case _:
                        return "not_allowed"
        except desk.Refused as error:
            return error.code
        return ""

    def _page(self, payment_id: str, language: str, refusal: str) -> tuple[int, str]:
        with self._context.store.reading() as db:
            try:
                payment = desk.by_id(db, payment_id)
            except desk.Refused:
                return 404, html.missing(language)
            return 200, html.page(_view(db, payment, self._context.clock_ms(), refusal), language)


def _language(request: Request) -> str:
    asked = request.query_params.get("language") or request.cookies.get(_LANGUAGE, "")
    return asked if asked in html.LANGUAGES else html.LANGUAGES[0]


def _view(db: sqlite3.Connection, payment: sqlite3.Row, now_ms: int, refusal: str) -> View:
    wanted = desk.request_of(payment)
    faults = desk.faults_of(payment)
    postings = db.execute(
        "SELECT * FROM postings WHERE payment_id = ? ORDER BY number", (payment["payment_id"],)
    ).fetchall()
    news = db.execute(
        "SELECT * FROM events WHERE payment_id = ? ORDER BY rowid", (payment["payment_id"],)
    ).fetchall()
    expired = payment["state"] == "pending" and now_ms >= wanted.expires_ms and not faults.pay_after_expiry
    return View(
        request=wanted,
        payment_id=payment["payment_id"],
        state="closed" if expired else payment["state"],
        currency=payment["currency"],
        payer=payment["payer"],
        faults=faults,
        lines=[Line(row["kind"], row["source"], row["target"], row["amount_minor"]) for row in postings],
        news=[
            News(
                kind_of(row["body"]),
                lost=row["due_ms"] is None,
                taken=not row["copies_left"],
                attempts=row["attempts"],
                later=row["due_ms"] is not None and row["due_ms"] > now_ms,
            )
            for row in news
        ],
        minutes_left=max(0, -(-(wanted.expires_ms - now_ms) // 60_000)),
        refusal=refusal,
        chargeback=standing(db, payment).chargeback,
    )


def _faults(form: dict[str, str], before: Faults) -> Faults:
    """The switches of the page over those that were set for this payment already; what the page lacks stays."""
    changes: dict[str, object] = {}
    if "amount" in form:
        changes["amount"] = form["amount"] if form["amount"] in ("short", "over") else "exact"
    if "refund" in form:
        changes["refund"] = form["refund"] if form["refund"] in ("refuse", "fail", "slow") else "works"
    match form.get("news", ""):
        case "late":
            changes["late_ms"] = _LATE_MS
        case "twice":
            changes["duplicates"] = 2
        case "reordered":
            changes["reordered"] = True
        case "lost":
            changes["lost"] = True
    for name in ("wrong_currency", "wrong_payer", "charged_back"):
        if form.get(name) == "on":
            changes[name] = True
    if changes.get("charged_back"):
        changes["charged_back_ms"] = _LATE_MS
    values = {name: getattr(before, name) for name in before.__struct_fields__}
    return Faults(**{**values, **changes})
