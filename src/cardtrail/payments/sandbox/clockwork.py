"""What happens by itself: payments run out, refunds end, chargebacks fall due, notifications are sent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import urllib3
from pysqlite3 import dbapi2 as sqlite3

from cardtrail.payments.sandbox import desk
from cardtrail.payments.sandbox.seal import WINDOW_MS, seal
from cardtrail.payments.sandbox.store import Store
from cardtrail.signing.keys import SecretKey

logger = logging.getLogger(__name__)

TICK_S = 0.2
FIRST_PAUSE_MS = 500
WORST_PAUSE_MS = 60_000
SENDERS = 8
"""A shop that is slow to take one notification does not keep the others waiting."""

_TIMEOUT = urllib3.Timeout(connect=3.0, read=10.0)


def pause_ms(attempts: int) -> int:
    """How long to wait after so many tries that were not taken: twice as long each time, up to a minute."""
    return min(WORST_PAUSE_MS, FIRST_PAUSE_MS << min(attempts - 1, 16))


def run_due(db: sqlite3.Connection, now_ms: int) -> None:
    """Everything whose time has come, but for notifications; in the caller's transaction."""
    for payment in db.execute(
        "SELECT * FROM payments WHERE state = 'pending' AND expires_ms <= ?", (now_ms,)
    ).fetchall():
        if not desk.faults_of(payment).pay_after_expiry:
            desk.close(db, payment, now_ms)
    for act in db.execute(
        "SELECT key FROM acts WHERE state = 'pending' AND due_ms <= ?", (now_ms,)
    ).fetchall():
        desk.finish_refund(db, act["key"], now_ms)
    for payment in db.execute("SELECT * FROM payments WHERE charge_back_ms <= ?", (now_ms,)).fetchall():
        try:
            desk.charge_back(db, payment, now_ms)
        except desk.Refused:  # All of it went back by itself meanwhile.
            db.execute(
                "UPDATE payments SET charge_back_ms = NULL WHERE payment_id = ?", (payment["payment_id"],)
            )
    for back in db.execute("SELECT * FROM chargebacks WHERE outcome = 'open'").fetchall():
        payment = desk.by_id(db, back["payment_id"])
        faults = desk.faults_of(payment)
        if faults.bank_decides != "never" and back["at_ms"] + faults.bank_decides_ms <= now_ms:
            desk.end_chargeback(db, payment, now_ms, won=faults.bank_decides == "won")
    db.execute("DELETE FROM seen WHERE at_ms < ?", (now_ms - 2 * WINDOW_MS,))


class Clockwork:
    """The threads that do it, from `start` to `stop`."""

    def __init__(self, store: Store, key: SecretKey, shop: bytes, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._key = key
        self._shop = shop
        self._clock_ms = clock_ms
        self._wake = threading.Event()
        self._ended = False
        self._sending: set[str] = set()
        self._senders = ThreadPoolExecutor(SENDERS, "sandbox-send")
        self._thread = threading.Thread(target=self._run, name="sandbox-clockwork", daemon=True)
        self._http = urllib3.PoolManager(
            maxsize=SENDERS, retries=False, timeout=_TIMEOUT, headers={"content-type": "application/json"}
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Something may be due now."""
        self._wake.set()

    def stop(self) -> None:
        """End; what was under way is sent again at the next start, if it was not taken."""
        self._ended = True
        self._wake.set()
        self._thread.join()
        self._senders.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while not self._ended:
            try:
                due = self._look()
            except sqlite3.Error:
                logger.exception("what is due could not be looked at; it is tried again")
                due = []
            for event in due:
                # One payment's news one after the other, so that only the switches put them into another order.
                if event["payment_id"] not in self._sending:
                    self._sending.add(event["payment_id"])
                    self._senders.submit(self._send, event)
            self._wake.wait(TICK_S)
            self._wake.clear()

    def _look(self) -> list[sqlite3.Row]:
        """Do what is due; the notifications that are to be sent now."""
        now_ms = self._clock_ms()
        with self._store.transaction() as db:
            run_due(db, now_ms)
            due = (
                "SELECT * FROM events WHERE copies_left > 0 AND due_ms <= ? ORDER BY due_ms, rowid LIMIT 200"
            )
            return list(db.execute(due, (now_ms,)).fetchall())

    def _send(self, event: sqlite3.Row) -> None:
        try:
            with self._store.reading() as db:
                row = "SELECT 1 FROM events WHERE event_id = ? AND copies_left = ?"
                if db.execute(row, (event["event_id"], event["copies_left"])).fetchone() is None:
                    return  # Another sender took it between the look and this turn.
            taken = self._post(event["notify_url"], event["body"])
            attempts = event["attempts"] + 1
            with self._store.transaction() as db:
                db.execute(
                    "UPDATE events SET attempts = ?, copies_left = copies_left - ?, due_ms = ? WHERE event_id = ?",
                    (
                        attempts,
                        int(taken),
                        self._clock_ms() + (0 if taken else pause_ms(attempts)),
                        event["event_id"],
                    ),
                )
        except sqlite3.Error:
            logger.exception("a notification's fate could not be noted; it is sent again")
        finally:
            self._sending.discard(event["payment_id"])
            self._wake.set()

    def _post(self, url: str, body: bytes) -> bool:
        headers = seal(self._key, "notification", self._shop.hex(), body, self._clock_ms())
        headers["content-type"] = "application/json"
        try:
            answer = self._http.request("POST", url, body=body, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            logger.info("a notification was not taken: %s", type(error).__name__)
            return False
        return 200 <= answer.status < 300


def kind_of(body: bytes) -> str:
    """The kind of an event, for showing it."""
    return msgspec.json.decode(body, type=_Kind).kind


class _Kind(msgspec.Struct):
    kind: str
