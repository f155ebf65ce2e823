"""The sandbox as shops meet it: over HTTP, sealed both ways."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import urllib3

from cardtrail.payments.clock import clock_ms
from cardtrail.payments.port import (
    ChargedBack,
    Closed,
    Method,
    Paid,
    Progress,
    ProviderAway,
    ProviderRefused,
    Refunded,
    RefundFailed,
    Released,
)
from cardtrail.payments.sandbox.client import Sandbox
from cardtrail.payments.sandbox.faults import Faults
from cardtrail.payments.sandbox.home import Home
from cardtrail.payments.sandbox.seal import WINDOW_MS, seal
from cardtrail.payments.transport import Http
from tests.payments.worlds import eventually, payment_of


def refused(call, *arguments):
    with pytest.raises(ProviderRefused) as caught:
        call(*arguments)
    return caught.value.code


def post(world, path, body, headers):
    with urllib3.PoolManager() as pool:
        return pool.request("POST", world.url + path, body=body, headers=headers)


def test_a_payment_is_held_and_then_the_sellers(world):
    provider, payment = world.provider, world.payment()
    assert provider.query(payment).state == "pending"
    provider.pay(payment.order_id, "person_1")
    (paid,) = world.await_events(payment, 1)
    assert isinstance(paid, Paid)
    assert (paid.amount_minor, paid.currency, paid.payer, paid.method) == (
        10_000,
        "CNY",
        "person_1",
        Method.CARD,
    )
    assert provider.query(payment).held_minor == 10_000
    assert provider.release(payment, 10_000, "release_1") is Progress.DONE
    released = world.await_events(payment, 2)[1]
    assert isinstance(released, Released)
    assert (released.key, released.amount_minor) == ("release_1", 10_000)
    standing = provider.query(payment)
    assert (standing.paid_minor, standing.released_minor, standing.held_minor) == (10_000, 10_000, 0)
    assert provider.differences() == []


def test_a_split_is_a_refund_and_then_the_rest(world):
    provider, payment = world.provider, world.payment()
    provider.pay(payment.order_id, "person_1")
    assert refused(provider.release, payment, 9_999, "split_early") == "not_the_rest"
    assert provider.refund(payment, 3_000, "split_back") is Progress.DONE
    assert refused(provider.release, payment, 10_000, "split_all") == "not_the_rest"
    assert provider.release(payment, 7_000, "split_rest") is Progress.DONE
    kinds = [type(event) for event in world.await_events(payment, 3)]
    assert sorted(kind.__name__ for kind in kinds) == ["Paid", "Refunded", "Released"]


def test_each_key_acts_once(world):
    provider, payment = world.provider, world.payment()
    provider.pay(payment.order_id, "person_1")
    for _ in range(3):
        assert provider.refund(payment, 1_000, "once_back") is Progress.DONE
    assert refused(provider.refund, payment, 1_001, "once_back") == "key_reused"
    assert refused(provider.release, payment, 1_000, "once_back") == "key_reused"
    other = world.payment()
    provider.pay(other.order_id, "person_1")
    assert refused(provider.refund, other, 1_000, "once_back") == "key_reused"
    assert provider.query(payment).refunded_minor == 1_000


def test_an_order_has_one_payment(world):
    provider, request = world.provider, world.request()
    assert provider.create(request) == provider.create(request)
    changed = msgspec.structs.replace(request, amount_minor=1)
    assert refused(provider.create, changed) == "key_reused"


def test_refusals_say_why(world):
    provider, payment = world.provider, world.payment()
    unknown = payment_of(world.request())
    assert provider.query(unknown) is None
    assert refused(provider.release, unknown, 1, "why_0") == "unknown_order"
    assert refused(provider.refund, payment, 1, "why_1") == "not_paid"
    assert refused(provider.release, payment, 1, "why_2") == "not_paid"
    provider.pay(payment.order_id, "person_1")
    assert refused(provider.pay, payment.order_id, "person_1") == "already_paid"
    assert refused(provider.close, payment) == "already_paid"
    assert refused(provider.refund, payment, 10_001, "why_3") == "not_enough"
    provider.release(payment, 10_000, "why_4")
    assert refused(provider.refund, payment, 1, "why_5") == "released"
    assert refused(provider.release, payment, 10_000, "why_6") == "released"


def test_a_closed_payment_cannot_be_paid(world):
    provider, payment = world.provider, world.payment()
    provider.close(payment)
    provider.close(payment)
    assert isinstance(world.await_events(payment, 1)[0], Closed)
    assert refused(provider.pay, payment.order_id, "person_1") == "closed"


def test_what_expires_is_closed_by_itself(world):
    payment = world.payment(expires_ms=clock_ms() + 300)
    assert isinstance(world.await_events(payment, 1)[0], Closed)
    assert world.provider.query(payment).state == "closed"


def test_sixteen_at_once_release_once(world):
    provider, payment = world.provider, world.payment()
    provider.pay(payment.order_id, "person_1")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: _tried(provider, payment, f"race_{n}"), range(16)))
    assert answers.count(Progress.DONE) == 1
    assert answers.count("released") == 15
    assert provider.query(payment).released_minor == 10_000


def _tried(provider, payment, key):
    try:
        return provider.release(payment, 10_000, key)
    except ProviderRefused as error:
        return error.code


class TestFaults:
    """Every switch does what it says."""

    def paid(self, world, **faults):
        provider, payment = world.provider, world.payment()
        provider.set_faults(Faults(**faults), payment.order_id)
        provider.pay(payment.order_id, "person_1")
        return provider, payment

    @pytest.mark.parametrize(("amount", "minor"), [("short", 9_000), ("over", 11_000)])
    def test_another_amount(self, world, amount, minor):
        provider, payment = self.paid(world, amount=amount)
        assert world.await_events(payment, 1)[0].amount_minor == minor
        assert provider.query(payment).paid_minor == minor

    def test_another_currency(self, world):
        _, payment = self.paid(world, wrong_currency=True)
        assert world.await_events(payment, 1)[0].currency == "USD"

    def test_another_payer(self, world):
        _, payment = self.paid(world, wrong_payer=True)
        assert world.await_events(payment, 1)[0].payer == "somebody_else"

    def test_lost(self, world):
        provider, payment = self.paid(world, lost=True)
        after = world.payment()
        provider.close(after)
        world.await_events(after, 1)  # What came later was sent; this never will be.
        assert world.events(payment) == []
        assert provider.query(payment).state == "paid"

    def test_again_and_again(self, world):
        _, payment = self.paid(world, duplicates=99)
        told = world.await_events(payment, 100)
        assert len({event.event_id for event in told}) == 1

    def test_reordered(self, world):
        provider, payment = self.paid(world, reordered=True)
        provider.refund(payment, 10_000, f"reordered_{payment.order_id}")
        assert [type(event) for event in world.await_events(payment, 2)] == [Refunded, Paid]

    def test_late(self, world):
        _, payment = self.paid(world, late_ms=700)
        (event,) = world.await_events(payment, 1)
        sent_ms = int(next(h["sandbox-time"] for b, h in world.shop.taken if event.event_id.encode() in b))
        assert sent_ms - event.at_ms >= 700

    def test_paid_after_its_time(self, world):
        provider, payment = world.provider, world.payment(expires_ms=clock_ms() - 1)
        late = world.request(expires_ms=clock_ms() + 200)
        provider.set_faults(Faults(pay_after_expiry=True))
        try:
            late_payment = payment_of(late, provider.create(late).payment_id)
        finally:
            provider.set_faults(Faults())
        eventually(lambda: clock_ms() > late.expires_ms)
        provider.pay(late.order_id, "person_1")
        assert world.await_events(late_payment, 1)[0].at_ms >= late.expires_ms
        assert refused(provider.pay, payment.order_id, "person_1") == "closed"

    def test_charged_back_while_held(self, world):
        provider, payment = self.paid(world, charged_back=True)
        event = world.await_events(payment, 2)[1]
        assert isinstance(event, ChargedBack)
        assert event.amount_minor == 10_000
        assert refused(provider.release, payment, 10_000, f"late_{payment.order_id}") == "not_the_rest"

    def test_charged_back_after_release(self, world):
        provider, payment = self.paid(world)
        provider.release(payment, 10_000, f"gone_{payment.order_id}")
        provider.set_faults(Faults(charged_back=True), payment.order_id)
        eventually(lambda: any(isinstance(event, ChargedBack) for event in world.events(payment)))
        assert provider.query(payment).held_minor == -10_000
        assert provider.differences() == []

    def test_refund_refused(self, world):
        provider, payment = self.paid(world, refund="refuse")
        assert refused(provider.refund, payment, 1, f"no_{payment.order_id}") == "not_allowed"

    def test_refund_fails_later(self, world):
        provider, payment = self.paid(world, refund="fail")
        key = f"fails_{payment.order_id}"
        assert provider.refund(payment, 10_000, key) is Progress.PENDING
        assert provider.refund(payment, 10_000, key) is Progress.PENDING
        # What is promised cannot be promised again meanwhile.
        assert refused(provider.refund, payment, 1, f"more_{payment.order_id}") == "not_enough"
        event = world.await_events(payment, 2)[1]
        assert isinstance(event, RefundFailed)
        assert (event.key, event.amount_minor) == (key, 10_000)
        assert provider.query(payment).held_minor == 10_000

    def test_an_error_does_nothing_and_a_lost_answer_does(self, world):
        provider, payment = self.paid(world, answers="error")
        with pytest.raises(ProviderAway):
            provider.refund(payment, 1_000, f"error_{payment.order_id}")
        provider.set_faults(Faults(answers="lost"), payment.order_id)
        with pytest.raises(ProviderAway):
            provider.refund(payment, 2_000, f"lost_{payment.order_id}")
        provider.set_faults(Faults(), payment.order_id)
        assert provider.query(payment).refunded_minor == 2_000
        assert provider.refund(payment, 2_000, f"lost_{payment.order_id}") is Progress.DONE
        assert provider.query(payment).refunded_minor == 2_000

    def test_an_answer_that_hangs_is_no_answer(self, world):
        provider, payment = self.paid(world, answers="hang", hang_ms=1_500)
        home = Home(world.home)
        hasty = Sandbox(
            home.address, home.shop_key(), home.provider_public(), transport=Http(urllib3.Timeout(0.4))
        )
        with pytest.raises(ProviderAway):
            hasty.release(payment, 10_000, f"hangs_{payment.order_id}")
        provider.set_faults(Faults(), payment.order_id)
        assert provider.release(payment, 10_000, f"hangs_{payment.order_id}") is Progress.DONE
        assert provider.query(payment).released_minor == 10_000

    def test_chance(self):
        chosen = Faults(lost=True, answers="error", percent=0)
        assert chosen.drawn() == Faults(answers="error", percent=0)
        assert chosen.answer_now() == "work"
        always = Faults(lost=True, answers="error")
        assert (always.drawn(), always.answer_now()) == (always, "error")

    def test_the_shop_is_told_until_it_takes_it(self, world):
        world.shop.refusing = 3
        _, payment = self.paid(world)
        assert len(world.await_events(payment, 1)) == 1


class TestSeal:
    """Nobody but the shop is heard, and nothing is heard twice."""

    path = "/v1/faults"
    body = b"{}"

    def headers(self, world, *, off_ms=0, subject="POST /v1/faults", body=b"{}", purpose="request"):
        return seal(Home(world.home).shop_key(), purpose, subject, body, clock_ms() + off_ms)

    def test_as_it_should_be(self, world):
        assert post(world, self.path, self.body, self.headers(world)).status == 200

    def test_played_again(self, world):
        headers = self.headers(world)
        assert post(world, self.path, self.body, headers).status == 200
        again = post(world, self.path, self.body, headers)
        assert (again.status, again.json()) == (401, {"code": "replayed"})

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"subject": "POST /v1/payments"}, "bad_signature"),
            ({"body": b'{"lost":true}'}, "bad_signature"),
            ({"purpose": "notification"}, "bad_signature"),
            ({"off_ms": -WINDOW_MS - 60_000}, "stale"),
            ({"off_ms": WINDOW_MS + 60_000}, "stale"),
        ],
    )
    def test_otherwise(self, world, changes, code):
        answer = post(world, self.path, self.body, self.headers(world, **changes))
        assert (answer.status, answer.json()) == (401, {"code": code})

    def test_by_another_key(self, world, tmp_path):
        other = Home(tmp_path / "other")
        other.furnish()
        headers = seal(other.shop_key(), "request", "POST /v1/faults", b"{}", clock_ms())
        assert post(world, self.path, self.body, headers).json() == {"code": "bad_signature"}

    def test_without(self, world):
        assert post(world, self.path, self.body, {}).json() == {"code": "malformed"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount_minor":-1,"key":"k"}', b'{"amount_minor":0,"key":"k"}', b'{"amount_minor":1.0,"key":"k"}',
        b'{"amount_minor":1e400,"key":"k"}', b'{"amount_minor":NaN,"key":"k"}', b'{"amount_minor":true,"key":"k"}',
        b'{"amount_minor":"1","key":"k"}', b'{"amount_minor":9007199254740992,"key":"k"}',
        b'{"amount_minor":1,"key":"k","more":1}', b'{"amount_minor":1,"key":"k"}x', b'{"amount_minor":1,"key":"a b"}',
        b'{"amount_minor":1}', b"", b"[]", b"\xff",
    ],
)  # fmt: skip
def test_nothing_but_integers_of_minor_units(world, body):
    provider, payment = world.provider, world.payment()
    provider.pay(payment.order_id, "person_1")
    path = f"/v1/payments/{payment.order_id}/refund"
    headers = seal(Home(world.home).shop_key(), "request", f"POST {path}", body, clock_ms())
    assert post(world, path, body, headers).status == 422
    assert provider.query(payment).refunded_minor == 0


def test_play_money_notifies_this_machine_alone(world):
    assert (
        refused(world.provider.create, world.request(notify_url="https://shop.example/notify"))
        == "not_allowed"
    )


def test_a_body_without_end_is_cut_off(world):
    assert post(world, "/v1/faults", b"x" * 300_000, {}).status == 413


def test_keys_are_for_their_owner_alone(world):
    for name in ("provider.key", "shop.key"):
        assert stat.S_IMODE((world.home / name).stat().st_mode) == 0o600
    assert Home(world.home).shop_key().seed.hex() not in repr(world.provider)
