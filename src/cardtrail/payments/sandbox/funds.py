"""The sandbox's ledger of funds: every movement is a posting from one place to another.

Places: `payer:NAME`, `payee:NAME`, `held`. What came in for a payment is, at any time, held, or with the payee, or back
with the payer; nothing else exists."""

from __future__ import annotations

import msgspec
from pysqlite3 import dbapi2 as sqlite3

from cardtrail.payments.port import Method, Standing

HELD = "held"


class Totals(msgspec.Struct, frozen=True):
    """What was moved for one payment, in minor units.

    charged_back_minor   what the bank took, of which `won_back_minor` is back where it was
    held_minor   what lies with the sandbox, of which `refunding_minor` is on its way back
    """

    paid_minor: int
    refunded_minor: int
    released_minor: int
    charged_back_minor: int
    won_back_minor: int
    held_minor: int
    refunding_minor: int

    @property
    def free_minor(self) -> int:
        """What can still be released or refunded."""
        return self.held_minor - self.refunding_minor

    @property
    def taken_minor(self) -> int:
        """What the bank has taken and not given back."""
        return self.charged_back_minor - self.won_back_minor


def taken_from(db: sqlite3.Connection, payment_id: str) -> list[sqlite3.Row]:
    """Whence the bank took a payment, and how much: postings."""
    return list(
        db.execute(
            "SELECT * FROM postings WHERE payment_id = ? AND kind = 'charged_back' ORDER BY number",
            (payment_id,),
        ).fetchall()
    )


def totals(db: sqlite3.Connection, payment_id: str) -> Totals:
    """Added up from the postings, which are the only truth."""
    sums = db.execute(
        """SELECT
            COALESCE(SUM(amount_minor) FILTER (WHERE kind = 'paid'), 0),
            COALESCE(SUM(amount_minor) FILTER (WHERE kind = 'refunded'), 0),
            COALESCE(SUM(amount_minor) FILTER (WHERE kind = 'released'), 0),
            COALESCE(SUM(amount_minor) FILTER (WHERE kind = 'charged_back'), 0),
            COALESCE(SUM(amount_minor) FILTER (WHERE kind = 'won_back'), 0),
            COALESCE(SUM(amount_minor) FILTER (WHERE target = 'held'), 0)
                - COALESCE(SUM(amount_minor) FILTER (WHERE source = 'held'), 0)
        FROM postings WHERE payment_id = ?""",
        (payment_id,),
    ).fetchone()
    (refunding_minor,) = db.execute(
        "SELECT COALESCE(SUM(amount_minor), 0) FROM acts"
        " WHERE payment_id = ? AND kind = 'refund' AND state = 'pending'",
        (payment_id,),
    ).fetchone()
    paid_minor, refunded_minor, released_minor, charged_back_minor, won_back_minor, held_minor = sums
    return Totals(
        paid_minor,
        refunded_minor,
        released_minor,
        charged_back_minor,
        won_back_minor,
        held_minor,
        refunding_minor,
    )


def move(
    db: sqlite3.Connection,
    payment_id: str,
    kind: str,
    *,
    source: str,
    target: str,
    amount_minor: int,
    key: str,
    at_ms: int,
) -> None:
    """Post one movement. Raises `sqlite3.IntegrityError` for more than is held and for a key used before."""
    db.execute(
        "INSERT INTO postings (payment_id, kind, source, target, amount_minor, key, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (payment_id, kind, source, target, amount_minor, key, at_ms),
    )


def standing(db: sqlite3.Connection, payment: sqlite3.Row) -> Standing:
    """What the shop is told about a payment's funds."""
    back = db.execute(
        "SELECT outcome FROM chargebacks WHERE payment_id = ?", (payment["payment_id"],)
    ).fetchone()
    sums = totals(db, payment["payment_id"])
    return Standing(
        payment_id=payment["payment_id"],
        state=payment["state"],
        currency=payment["currency"],
        paid_minor=sums.paid_minor,
        refunded_minor=sums.refunded_minor,
        refunding_minor=sums.refunding_minor,
        released_minor=sums.released_minor,
        charged_back_minor=sums.taken_minor,
        chargeback="" if back is None else back["outcome"],
        payer=payment["payer"],
        method=Method.CARD if payment["payer"] else Method.OTHER,
    )


def differences(db: sqlite3.Connection) -> list[str]:
    """What does not add up, each with its payment; nothing, unless there is a bug or somebody edited the file."""
    found = []
    for payment in db.execute("SELECT * FROM payments ORDER BY payment_id").fetchall():
        name, sums = payment["payment_id"], totals(db, payment["payment_id"])
        left = standing(db, payment).held_minor
        if (payment["state"] == "paid") != (sums.paid_minor > 0):
            found.append(f"{name}: state {payment['state']} with {sums.paid_minor} paid")
        if sums.held_minor < 0 or sums.free_minor < 0:
            found.append(f"{name}: {sums.held_minor} held, {sums.refunding_minor} promised")
        if sums.refunded_minor + sums.taken_minor > sums.paid_minor:
            found.append(f"{name}: more went back than came")
        # After a chargeback the payee may owe; without one, what is left is exactly what is held.
        if not sums.charged_back_minor and left != sums.free_minor:
            found.append(f"{name}: {left} should be left, {sums.free_minor} is")
        for kind, table_minor in (("refund", sums.refunded_minor), ("release", sums.released_minor)):
            (acts_minor,) = db.execute(
                "SELECT COALESCE(SUM(amount_minor), 0) FROM acts"
                " WHERE payment_id = ? AND kind = ? AND state = 'done'",
                (name, kind),
            ).fetchone()
            if acts_minor != table_minor:
                found.append(f"{name}: {kind}s of {acts_minor} were answered, {table_minor} was posted")
    return found
