"""The sandbox's payouts: play money from the brand to people. What is answered is in the table; rows never change.

An account can be closed, so that it can be tried what happens when a payout is refused.
"""

from __future__ import annotations

from pysqlite3 import dbapi2 as sqlite3

from cardtrail.payments.payouts import PaidOut, Payout
from cardtrail.payments.port import Progress
from cardtrail.payments.sandbox.desk import Refused


def pay_out(db: sqlite3.Connection, wanted: Payout, now_ms: int) -> Progress:
    """Pay, once for each key. Raises `Refused`: `key_reused`, `closed`."""
    known = db.execute("SELECT * FROM payouts WHERE key = ?", (wanted.key,)).fetchone()
    said = (wanted.account, wanted.amount_minor, wanted.currency, wanted.subject)
    if known is None:
        if db.execute("SELECT 1 FROM closed_accounts WHERE account = ?", (wanted.account,)).fetchone():
            raise Refused("closed")
        db.execute("INSERT INTO payouts VALUES (?, ?, ?, ?, ?, ?)", (wanted.key, *said, now_ms))
    elif (known["account"], known["amount_minor"], known["currency"], known["subject"]) != said:
        raise Refused("key_reused")
    return Progress.DONE


def paid_out(db: sqlite3.Connection, key: str) -> PaidOut:
    """A payout. Raises `Refused`: `unknown_order`."""
    row = db.execute("SELECT * FROM payouts WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise Refused("unknown_order")
    return PaidOut(
        progress=Progress.DONE,
        account=row["account"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        at_ms=row["at_ms"],
    )


def close_account(db: sqlite3.Connection, account: str) -> None:
    """From now on no payout goes to this account; what has gone there already stays answered as it was."""
    db.execute("INSERT OR IGNORE INTO closed_accounts VALUES (?)", (account,))


def open_account(db: sqlite3.Connection, account: str) -> None:
    """It takes payouts again."""
    db.execute("DELETE FROM closed_accounts WHERE account = ?", (account,))
