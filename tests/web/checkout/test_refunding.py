"""Refunds: to the cards that paid, never more than they paid, each once."""

from __future__ import annotations

import pytest

from cardtrail.web.accounts.deletion import ObjectedError, delete
from cardtrail.web.actions import perform as performing
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.public import gift_secret
from cardtrail.web.checkout import leaving, paying, refunding
from cardtrail.web.checkout.refusals import NotPossible
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.webhooks.models import Event
from cardtrail.wire.commands import Refund as RefundCommand
from cardtrail.wire.roles import Role
from tests.web.checkout.test_paying import balances, begin
from tests.web.people import agree, do, witness

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(shop, payer, cards):
    """A payment of ¥88.00: ¥50.00 from the first card, ¥38.00 from the second."""
    payment = shop.ask(8_800)
    paying.go(begin(payer, payment, cards, 5_000, 3_800))
    payment.refresh_from_db()
    return payment


def give_back(shop, payment, amount, **more):
    return refunding.go(refunding.refund(witness(shop.staff), shop.staff, payment, amount, **more))


@pytest.mark.database
def test_the_card_that_paid_last_gets_its_money_first(shop, paid):
    made = give_back(shop, paid, 4_000, note="少了一杯")
    assert (made.state, made.done_minor) == ("done", 4_000)
    assert balances() == [200, 5_000, 5_000]
    paid.refresh_from_db()
    assert (paid.status, refunding.refundable(paid)) == ("partly_refunded", 4_800)
    give_back(shop, paid, None)
    paid.refresh_from_db()
    assert balances() == [5_000, 5_000, 5_000]
    assert (paid.status, refunding.refundable(paid)) == ("refunded", 0)
    refunds = Movement.objects.filter(kind="refund")
    assert {bytes(each.reference) for each in refunds} == {bytes(paid.order)}
    assert Event.objects.filter(type="payment.refunded").count() == 2


@pytest.mark.parametrize("amount", [0, -1, 8_801, 10**12])
def test_never_more_than_was_paid(shop, paid, amount):
    with pytest.raises(NotPossible) as refused:
        refunding.refund(witness(shop.staff), shop.staff, paid, amount)
    assert refused.value.code == "amount_over_paid"
    assert balances() == [0, 1_200, 5_000]


def test_what_is_on_its_way_counts(ledger, shop, paid):
    ledger.wire.cut = True
    assert give_back(shop, paid, 8_000).state == "pending"
    with pytest.raises(NotPossible):
        refunding.refund(witness(shop.staff), shop.staff, paid, 801)
    ledger.wire.cut = False
    from cardtrail.web.actions.models import Action

    Action.objects.update(next_try_ms=0)
    while performing.run_due():
        pass
    paid.refresh_from_db()
    assert paid.refunded_minor == 8_000


def test_only_what_was_paid_can_come_back(shop, cards):
    with pytest.raises(NotPossible) as refused:
        refunding.refund(witness(shop.staff), shop.staff, shop.ask(), 1)
    assert refused.value.code == "not_paid"


def test_the_ledger_says_no_beyond_face_and_the_reason_is_kept(ledger, shop, paid, cards):
    """Somebody else has refunded the same order by another way: the card is full, and the ledger refuses."""
    card = ledger.link.client.card(cards[0].serial)
    about = (ledger.link.network, card_ends(), card.serial, card.version)
    ledger.submit(RefundCommand(*about, 5_000, bytes(paid.order)), Role.ISSUER)
    made = give_back(shop, paid, 8_800)
    assert (made.state, made.done_minor, made.reason_code) == ("partly", 3_800, "amount_over_face")
    paid.refresh_from_db()
    assert (paid.refunded_minor, refunding.refundable(paid)) == (3_800, 5_000)
    again = give_back(shop, paid, 100)
    assert (again.state, again.reason_code) == ("refused", "amount_over_face")


def test_nobody_gets_what_they_did_not_pay(people, shop, paid, cards):
    Card.objects.filter(serial=cards[1].serial).update(holder=people.make("小雨"))
    with pytest.raises(NotPossible) as refused:
        refunding.refund(witness(shop.staff), shop.staff, paid, 100)
    assert refused.value.code == "card_passed_on"


def test_the_same_form_twice_refunds_once(desk, paid):
    form = {"amount": "10", "note": "", "left": "8800"}
    for _ in range(2):
        assert desk.post(f"/pay/till/{paid.id}/refund/", form).status_code == 302
    paid.refresh_from_db()
    assert paid.refunded_minor == 1_000


def card_ends() -> int:
    from cardtrail.web.ui.clock import HOUR_MS, now_ms

    return now_ms() + HOUR_MS


def test_money_on_its_way_back_stands_against_deleting_the_account(ledger, shop, paid, payer):
    assert not leaving.objections(payer)
    ledger.wire.cut = True
    assert give_back(shop, paid, 8_000).state == "pending"
    assert leaving.objections(payer)
    with pytest.raises(ObjectedError):
        delete(payer)


def test_no_money_goes_to_an_account_that_was_deleted(shop, payer, cards):
    payment = shop.ask(15_000)
    paying.go(begin(payer, payment, cards, 5_000, 5_000, 5_000))
    delete(payer)
    payment.refresh_from_db()
    with pytest.raises(NotPossible) as refused:
        refunding.refund(witness(shop.staff), shop.staff, payment, 5_000)
    assert refused.value.code == "card_passed_on"
    assert balances() == [0, 0, 0]


def test_a_card_that_is_passed_on_before_the_refund_is_signed_gets_nothing(
    ledger, people, shop, paid, payer, cards
):
    """Confirmed while the payer had the card, done after somebody else has it."""
    made = refunding.refund(witness(shop.staff), shop.staff, paid, 100)
    held = agree(payer, Order("hold", cards[1].serial, {"until_ms": card_ends()}))
    performing.perform(held)
    do(people.make("小雨"), Order("accept", cards[1].serial, secret=gift_secret(held.only_action)))
    made = refunding.go(made)
    assert (made.state, made.done_minor, made.reason_code) == ("refused", 0, "passed_on")
    assert balances() == [0, 1_200, 5_000]
