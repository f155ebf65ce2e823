"""What the sandbox does with a payment. Each function runs in the caller's transaction: funds, answers, news."""

from __future__ import annotations

import secrets
from typing import Literal, TypedDict

import msgspec
from pysqlite3 import dbapi2 as sqlite3

from cardtrail.payments.port import (
    ChargebackEnded,
    ChargedBack,
    Closed,
    Event,
    Method,
    Paid,
    PaymentRequest,
    Progress,
    Refunded,
    RefundFailed,
    Released,
)
from cardtrail.payments.sandbox.faults import Faults, paid_instead
from cardtrail.payments.sandbox.funds import HELD, move, taken_from, totals

STRANGER = "somebody_else"
"""The account that pays where the switch for a wrong payer is on."""

SLOW_REFUND_MS = 5_000
FAILING_REFUND_MS = 1_000
OVERTAKEN_MS = 3_000


class Refused(Exception):  # noqa: N818 - it names what happened
    """Will not be done. `code` is one of `ProviderRefused`'s."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def by_order(db: sqlite3.Connection, order_id: str) -> sqlite3.Row:
    """The payment of an order. Raises `Refused`: `unknown_order`."""
    row = db.execute("SELECT * FROM payments WHERE order_id = ?", (order_id,)).fetchone()
    if row is None:
        raise Refused("unknown_order")
    return row


def by_id(db: sqlite3.Connection, payment_id: str) -> sqlite3.Row:
    """A payment. Raises `Refused`: `unknown_order`."""
    row = db.execute("SELECT * FROM payments WHERE payment_id = ?", (payment_id,)).fetchone()
    if row is None:
        raise Refused("unknown_order")
    return row


def request_of(payment: sqlite3.Row) -> PaymentRequest:
    """What the shop asked for."""
    return msgspec.json.decode(payment["request"], type=PaymentRequest)


def faults_of(payment: sqlite3.Row) -> Faults:
    """The switches of this payment."""
    return msgspec.json.decode(payment["faults"], type=Faults)


def create(db: sqlite3.Connection, request: PaymentRequest, now_ms: int) -> str:
    """The id of the order's payment, made if it is new. Raises `Refused`: `key_reused`."""
    raw = msgspec.json.encode(request)
    known = db.execute("SELECT * FROM payments WHERE order_id = ?", (request.order_id,)).fetchone()
    if known is not None:
        if known["request"] != raw:
            raise Refused("key_reused")
        return str(known["payment_id"])
    payment_id = f"play_{secrets.token_hex(12)}"
    db.execute(
        "INSERT INTO payments (payment_id, order_id, request, state, faults, created_ms, expires_ms, currency)"
        " VALUES (?, ?, ?, 'pending', ?, ?, ?, ?)",
        (
            payment_id,
            request.order_id,
            raw,
            msgspec.json.encode(general_faults(db).drawn()),
            now_ms,
            request.expires_ms,
            request.currency,
        ),
    )
    return payment_id


def pay(db: sqlite3.Connection, payment_id: str, account: str, now_ms: int) -> None:
    """The payer pays. Raises `Refused`: `already_paid`, `closed`."""
    payment = by_id(db, payment_id)
    faults = faults_of(payment)
    if payment["state"] == "paid":
        raise Refused("already_paid")
    if payment["state"] == "closed" or (now_ms >= payment["expires_ms"] and not faults.pay_after_expiry):
        raise Refused("closed")
    request = request_of(payment)
    amount_minor, currency = paid_instead(faults, request.amount_minor, request.currency)
    payer = STRANGER if faults.wrong_payer else account
    db.execute(
        "UPDATE payments SET state = 'paid', payer = ?, currency = ?, charge_back_ms = ? WHERE payment_id = ?",
        (payer, currency, now_ms + faults.charged_back_ms if faults.charged_back else None, payment_id),
    )
    move(
        db, payment_id, "paid", source=f"payer:{payer}", target=HELD,
        amount_minor=amount_minor, key="", at_ms=now_ms,
    )  # fmt: skip
    event = Paid(
        **_about(payment, now_ms),
        amount_minor=amount_minor,
        currency=currency,
        payer=payer,
        method=Method.CARD,
    )
    _tell(db, payment, event, now_ms)


def close(db: sqlite3.Connection, payment: sqlite3.Row, now_ms: int) -> None:
    """Take no payment any more. Raises `Refused`: `already_paid`."""
    if payment["state"] == "paid":
        raise Refused("already_paid")
    if payment["state"] == "pending":
        db.execute("UPDATE payments SET state = 'closed' WHERE payment_id = ?", (payment["payment_id"],))
        _tell(db, payment, Closed(**_about(payment, now_ms)), now_ms)


def release(
    db: sqlite3.Connection, payment: sqlite3.Row, amount_minor: int, key: str, now_ms: int
) -> Progress:
    """Pay the seller all that is left. Raises `Refused`: `key_reused`, `not_paid`, `released`, `not_the_rest`."""
    before = _act_before(db, payment, "release", amount_minor, key)
    if before is not None:
        return before
    sums = totals(db, payment["payment_id"])
    if not sums.paid_minor:
        raise Refused("not_paid")
    if sums.released_minor:
        raise Refused("released")
    if amount_minor != sums.free_minor or sums.refunding_minor:
        raise Refused("not_the_rest")
    _note(db, payment, "release", amount_minor, key, "done", now_ms)
    move(
        db, payment["payment_id"], "released", source=HELD, target=f"payee:{request_of(payment).payee}",
        amount_minor=amount_minor, key=key, at_ms=now_ms,
    )  # fmt: skip
    _tell(db, payment, Released(**_about(payment, now_ms), key=key, amount_minor=amount_minor), now_ms)
    return Progress.DONE


def refund(
    db: sqlite3.Connection, payment: sqlite3.Row, amount_minor: int, key: str, now_ms: int
) -> Progress:
    """Give the payer back. Raises `Refused`: `key_reused`, `not_paid`, `released`, `not_enough`, `not_allowed`."""
    before = _act_before(db, payment, "refund", amount_minor, key)
    if before is not None:
        return before
    sums = totals(db, payment["payment_id"])
    if not sums.paid_minor:
        raise Refused("not_paid")
    if amount_minor > sums.free_minor:
        raise Refused("released" if sums.released_minor else "not_enough")
    fault = faults_of(payment).refund
    if fault == "refuse":
        raise Refused("not_allowed")
    if fault in ("slow", "fail"):
        delay_ms = SLOW_REFUND_MS if fault == "slow" else FAILING_REFUND_MS
        _note(db, payment, "refund", amount_minor, key, "pending", now_ms + delay_ms)
        return Progress.PENDING
    _note(db, payment, "refund", amount_minor, key, "done", now_ms)
    _give_back(db, payment, amount_minor, key, now_ms)
    return Progress.DONE


def charge_back(db: sqlite3.Connection, payment: sqlite3.Row, now_ms: int) -> None:
    """The payer's bank takes back what has not gone back yet: from what is held, and beyond that from the payee. It
    does so once.

    Raises `Refused`: `not_paid`, `not_enough`.
    """
    payment_id = payment["payment_id"]
    sums = totals(db, payment_id)
    if not sums.paid_minor:
        raise Refused("not_paid")
    amount_minor = sums.paid_minor - sums.refunded_minor - sums.refunding_minor - sums.charged_back_minor
    if amount_minor <= 0 or taken_from(db, payment_id):
        raise Refused("not_enough")
    from_held_minor = min(amount_minor, sums.free_minor)
    target = f"payer:{payment['payer']}"
    for source, part_minor in (
        (HELD, from_held_minor),
        (f"payee:{request_of(payment).payee}", amount_minor - from_held_minor),
    ):
        if part_minor:
            move(
                db, payment_id, "charged_back", source=source, target=target,
                amount_minor=part_minor, key="", at_ms=now_ms,
            )  # fmt: skip
    db.execute("UPDATE payments SET charge_back_ms = NULL WHERE payment_id = ?", (payment_id,))
    db.execute("INSERT INTO chargebacks VALUES (?, ?, 'open')", (payment_id, now_ms))
    _tell(db, payment, ChargedBack(**_about(payment, now_ms), amount_minor=amount_minor), now_ms)


def end_chargeback(db: sqlite3.Connection, payment: sqlite3.Row, now_ms: int, *, won: bool) -> None:
    """The bank decides. Won: what it took goes back to where it took it from. Raises `Refused`: `not_contested`."""
    payment_id = payment["payment_id"]
    rows = db.execute(
        "UPDATE chargebacks SET outcome = ? WHERE payment_id = ? AND outcome = 'open'",
        ("won" if won else "lost", payment_id),
    )
    if not rows.rowcount:
        raise Refused("not_contested")
    taken = taken_from(db, payment_id)
    for posting in taken if won else ():
        move(
            db, payment_id, "won_back", source=posting["target"], target=posting["source"],
            amount_minor=posting["amount_minor"], key=posting["source"], at_ms=now_ms,
        )  # fmt: skip
    amount_minor = sum(posting["amount_minor"] for posting in taken)
    event = ChargebackEnded(**_about(payment, now_ms), amount_minor=amount_minor, won=won)
    _tell(db, payment, event, now_ms)


def finish_refund(db: sqlite3.Connection, key: str, now_ms: int) -> None:
    """End a refund that was pending, well or badly as its payment's switch says."""
    act = db.execute("SELECT * FROM acts WHERE key = ? AND state = 'pending'", (key,)).fetchone()
    if act is None:
        return
    payment = by_id(db, act["payment_id"])
    failed = faults_of(payment).refund == "fail"
    db.execute("UPDATE acts SET state = ? WHERE key = ?", ("failed" if failed else "done", key))
    if failed:
        event = RefundFailed(
            **_about(payment, now_ms), key=key, amount_minor=act["amount_minor"], code="account_closed"
        )
        _tell(db, payment, event, now_ms)
    else:
        _give_back(db, payment, act["amount_minor"], key, now_ms)


def general_faults(db: sqlite3.Connection) -> Faults:
    """The switches that new payments start with, and that calls about no payment are answered by."""
    row = db.execute("SELECT value FROM settings WHERE name = 'faults'").fetchone()
    return Faults() if row is None else msgspec.json.decode(row["value"], type=Faults)


def set_general_faults(db: sqlite3.Connection, faults: Faults) -> None:
    """Set them."""
    db.execute("INSERT OR REPLACE INTO settings VALUES ('faults', ?)", (msgspec.json.encode(faults),))


def set_faults(db: sqlite3.Connection, payment: sqlite3.Row, faults: Faults, now_ms: int) -> None:
    """Set the switches of one payment; a chargeback of one that is paid falls due from now."""
    due_ms = now_ms + faults.charged_back_ms if faults.charged_back and payment["state"] == "paid" else None
    db.execute(
        "UPDATE payments SET faults = ?, charge_back_ms = ? WHERE payment_id = ?",
        (msgspec.json.encode(faults), due_ms, payment["payment_id"]),
    )


def _act_before(
    db: sqlite3.Connection, payment: sqlite3.Row, kind: str, amount_minor: int, key: str
) -> Progress | None:
    act = db.execute("SELECT * FROM acts WHERE key = ?", (key,)).fetchone()
    if act is None:
        return None
    if (act["payment_id"], act["kind"], act["amount_minor"]) != (payment["payment_id"], kind, amount_minor):
        raise Refused("key_reused")
    if act["state"] == "failed":
        raise Refused("not_allowed")
    return Progress(act["state"])


def _note(
    db: sqlite3.Connection,
    payment: sqlite3.Row,
    kind: Literal["release", "refund"],
    amount_minor: int,
    key: str,
    state: Literal["done", "pending"],
    due_ms: int,
) -> None:
    values = (key, payment["payment_id"], kind, amount_minor, state, due_ms)
    db.execute("INSERT INTO acts VALUES (?, ?, ?, ?, ?, ?)", values)


def _give_back(
    db: sqlite3.Connection, payment: sqlite3.Row, amount_minor: int, key: str, now_ms: int
) -> None:
    move(
        db, payment["payment_id"], "refunded", source=HELD, target=f"payer:{payment['payer']}",
        amount_minor=amount_minor, key=key, at_ms=now_ms,
    )  # fmt: skip
    _tell(db, payment, Refunded(**_about(payment, now_ms), key=key, amount_minor=amount_minor), now_ms)


class _About(TypedDict):
    event_id: str
    payment_id: str
    order_id: str
    at_ms: int


def _about(payment: sqlite3.Row, now_ms: int) -> _About:
    return {
        "event_id": f"news_{secrets.token_hex(12)}",
        "payment_id": payment["payment_id"],
        "order_id": payment["order_id"],
        "at_ms": now_ms,
    }


def _tell(db: sqlite3.Connection, payment: sqlite3.Row, event: Event, now_ms: int) -> None:
    """Put a notification down, to be sent once this is committed."""
    faults = faults_of(payment)
    (before,) = db.execute(
        "SELECT COUNT(*) FROM events WHERE payment_id = ?", (payment["payment_id"],)
    ).fetchone()
    due_ms = now_ms + faults.late_ms
    if faults.reordered and before % 2 == 0:
        due_ms += OVERTAKEN_MS
    db.execute(
        "INSERT INTO events (event_id, payment_id, notify_url, body, due_ms, copies_left) VALUES (?, ?, ?, ?, ?, ?)",
        (
            event.event_id,
            payment["payment_id"],
            request_of(payment).notify_url,
            msgspec.json.encode(event),
            None if faults.lost else due_ms,
            1 + faults.duplicates,
        ),
    )
