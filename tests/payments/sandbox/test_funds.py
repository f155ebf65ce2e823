"""The sandbox's money adds up, whatever anybody does in whatever order."""

from __future__ import annotations

import tempfile
from pathlib import Path

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from pysqlite3 import dbapi2 as sqlite3

from cardtrail.payments.port import ChargebackEnded, Event, PaymentRequest, Progress
from cardtrail.payments.sandbox import desk
from cardtrail.payments.sandbox.clockwork import pause_ms, run_due
from cardtrail.payments.sandbox.faults import Faults
from cardtrail.payments.sandbox.funds import differences, move, standing
from cardtrail.payments.sandbox.store import Store

START_MS = 1_800_000_000_000
AMOUNT = 1_000

faults = st.builds(
    Faults,
    duplicates=st.integers(0, 2),
    lost=st.booleans(),
    amount=st.sampled_from(["exact", "short", "over"]),
    wrong_currency=st.booleans(),
    wrong_payer=st.booleans(),
    pay_after_expiry=st.booleans(),
    charged_back=st.booleans(),
    charged_back_ms=st.integers(0, 5_000),
    bank_decides=st.sampled_from(["never", "won", "lost"]),
    bank_decides_ms=st.integers(0, 5_000),
    refund=st.sampled_from(["works", "refuse", "fail", "slow"]),
    percent=st.integers(0, 100),
)


def request(number: int) -> PaymentRequest:
    return PaymentRequest(
        order_id=f"order_{number}",
        amount_minor=AMOUNT,
        currency="CNY",
        subject="card",
        payer="buyer",
        payee="seller",
        expires_ms=START_MS + 60_000,
        notify_url="http://127.0.0.1:1/",
        return_url="http://127.0.0.1:1/",
    )


class Trade(RuleBasedStateMachine):
    """Beside the sandbox stands a count of what was answered: each done act once, and nothing else moved."""

    orders = Bundle("orders")

    def __init__(self):
        super().__init__()
        self._directory = tempfile.TemporaryDirectory()
        self.path = Path(self._directory.name) / "sandbox.db"
        self.store = Store(self.path)
        self.now_ms = START_MS
        self.number = 0
        self.done: dict[str, tuple[str, str, int]] = {}

    def teardown(self):
        self.store.close()
        self._directory.cleanup()

    def act(self, work, *arguments):
        """One call in its own transaction; None if it was refused."""
        try:
            with self.store.transaction() as db:
                return work(db, *arguments)
        except desk.Refused:
            return None

    @initialize(chosen=faults)
    def switches(self, chosen):
        self.act(desk.set_general_faults, chosen)

    @rule(target=orders)
    def create(self):
        self.number += 1
        self.act(desk.create, request(self.number), self.now_ms)
        return f"order_{self.number}"

    @rule(order=orders)
    def pay(self, order):
        self.act(lambda db: desk.pay(db, desk.by_order(db, order)["payment_id"], "buyer", self.now_ms))

    @rule(order=orders)
    def close(self, order):
        self.act(lambda db: desk.close(db, desk.by_order(db, order), self.now_ms))

    @rule(order=orders)
    def charge_back(self, order):
        self.act(lambda db: desk.charge_back(db, desk.by_order(db, order), self.now_ms))

    @rule(order=orders, won=st.booleans())
    def bank_decides(self, order, won):
        self.act(lambda db: desk.end_chargeback(db, desk.by_order(db, order), self.now_ms, won=won))

    @rule(
        order=orders,
        amount=st.integers(1, AMOUNT * 2),
        key=st.integers(1, 6),
        kind=st.sampled_from(["refund", "release"]),
    )
    def move_money(self, order, amount, key, kind):
        work = desk.refund if kind == "refund" else desk.release
        name = f"key_{key}"
        answer = self.act(lambda db: work(db, desk.by_order(db, order), amount, name, self.now_ms))
        if answer is Progress.DONE:
            # A key that was answered `done` is the same act for ever.
            assert self.done.setdefault(name, (order, kind, amount)) == (order, kind, amount)

    @rule(order=orders)
    def release_the_rest(self, order):
        with self.store.reading() as db:
            left = standing(db, desk.by_order(db, order)).held_minor
        if left > 0:
            self.move_money(order, left, self.number + 10, "release")

    @rule(order=orders, chosen=faults)
    def change_switches(self, order, chosen):
        self.act(lambda db: desk.set_faults(db, desk.by_order(db, order), chosen, self.now_ms))

    @rule(step_ms=st.integers(1, 70_000))
    def wait(self, step_ms):
        self.now_ms += step_ms
        self.act(run_due, self.now_ms)

    @rule()
    def restart(self):
        self.store.close()
        self.store = Store(self.path)

    @invariant()
    def it_adds_up(self):
        with self.store.reading() as db:
            assert differences(db) == []
            for order, kind, amount in self.done.values():
                payment = desk.by_order(db, order)
                rows = db.execute(
                    "SELECT COUNT(*) FROM postings WHERE payment_id = ? AND kind = ? AND amount_minor = ?",
                    (payment["payment_id"], "refunded" if kind == "refund" else "released", amount),
                ).fetchone()
                assert rows[0] >= 1

    @invariant()
    def every_movement_is_told(self):
        with self.store.reading() as db:
            told = [
                msgspec.json.decode(row["body"], type=Event)
                for row in db.execute("SELECT body FROM events").fetchall()
            ]
            moved = db.execute("SELECT kind, SUM(amount_minor) FROM postings GROUP BY kind").fetchall()
        sums: dict[str, int] = {}
        for event in told:
            kind = event.__struct_config__.tag
            if isinstance(event, ChargebackEnded):
                kind = "won_back" if event.won else "lost"
            if kind in ("paid", "refunded", "released", "charged_back", "won_back"):
                sums[kind] = sums.get(kind, 0) + event.amount_minor
        assert sums == {row[0]: row[1] for row in moved}


TestTrade = Trade.TestCase
TestTrade.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.fixture
def paid(tmp_path):
    store = Store(tmp_path / "sandbox.db")
    with store.transaction() as db:
        payment_id = desk.create(db, request(1), START_MS)
        desk.pay(db, payment_id, "buyer", START_MS)
    yield store, payment_id
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE postings SET amount_minor = 1",
        "DELETE FROM postings",
        "INSERT INTO postings VALUES (9, '{id}', 'refunded', 'held', 'payer:buyer', 1001, 'k', 1)",
        "INSERT INTO postings VALUES (9, '{id}', 'refunded', 'held', 'payer:buyer', 0, 'k', 1)",
        "INSERT INTO postings VALUES (9, '{id}', 'paid', 'payer:buyer', 'held', 1, '', 1)",
        "INSERT INTO postings VALUES (9, 'nobody', 'paid', 'payer:buyer', 'held', 1, '', 1)",
    ],
)
def test_the_tables_refuse_what_a_bug_might_try(paid, statement):
    store, payment_id = paid
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as db:
        db.execute(statement.format(id=payment_id))


@pytest.mark.parametrize("released", [False, True])
def test_what_the_bank_gives_back_is_where_it_was(paid, released):
    store, _ = paid
    with store.transaction() as db:
        payment = desk.by_order(db, "order_1")
        if released:
            desk.release(db, payment, AMOUNT, "k", START_MS)
        before = standing(db, payment)
        desk.charge_back(db, payment, START_MS)
        assert (standing(db, payment).charged_back_minor, standing(db, payment).chargeback) == (
            AMOUNT,
            "open",
        )
        desk.end_chargeback(db, payment, START_MS, won=True)
        after = standing(db, payment)
        assert (after.chargeback, after.held_minor) == ("won", before.held_minor)
        assert (after.released_minor, after.charged_back_minor) == (before.released_minor, 0)
        with pytest.raises(desk.Refused, match="not_contested"):
            desk.end_chargeback(db, payment, START_MS, won=False)
        with pytest.raises(desk.Refused, match="not_enough"):  # It takes a payment back once.
            desk.charge_back(db, payment, START_MS)
        assert differences(db) == []


def test_what_the_bank_keeps_is_gone(paid):
    store, _ = paid
    with store.transaction() as db:
        payment = desk.by_order(db, "order_1")
        with pytest.raises(desk.Refused, match="not_contested"):
            desk.end_chargeback(db, payment, START_MS, won=True)
        desk.charge_back(db, payment, START_MS)
        desk.end_chargeback(db, payment, START_MS, won=False)
        assert (standing(db, payment).held_minor, standing(db, payment).chargeback) == (0, "lost")


def test_the_switch_has_the_bank_decide_after_its_time(paid):
    store, _ = paid
    with store.transaction() as db:
        payment = desk.by_order(db, "order_1")
        desk.set_faults(db, payment, Faults(bank_decides="won", bank_decides_ms=1_000), START_MS)
        desk.charge_back(db, payment, START_MS)
        run_due(db, START_MS + 999)
        assert standing(db, payment).chargeback == "open"
        run_due(db, START_MS + 1_000)
        assert standing(db, payment).chargeback == "won"


def test_a_posting_beside_the_books_is_found(paid):
    store, payment_id = paid
    with store.transaction() as db:
        move(db, payment_id, "released", source="held", target="payee:x", amount_minor=1, key="k", at_ms=1)
        assert differences(db) == [f"{payment_id}: releases of 0 were answered, 1 was posted"]


def test_what_fails_half_way_leaves_nothing(paid, monkeypatch):
    store, _ = paid
    monkeypatch.setattr(desk, "_tell", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError), store.transaction() as db:
        desk.release(db, desk.by_order(db, "order_1"), AMOUNT, "k", START_MS)
    with store.reading() as db:
        assert standing(db, desk.by_order(db, "order_1")).held_minor == AMOUNT
        assert db.execute("SELECT COUNT(*) FROM acts").fetchone()[0] == 0


def test_pauses_grow_up_to_a_minute():
    assert [pause_ms(tries) for tries in (1, 2, 3, 100)] == [500, 1_000, 2_000, 60_000]
