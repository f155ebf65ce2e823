"""What goes in comes out: paid whole or not at all, whatever is refused, killed or away."""

from __future__ import annotations

import pytest

from cardtrail.web.actions import perform as performing
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.orders import Order
from cardtrail.web.checkout import asking, paying, timers
from cardtrail.web.checkout.models import Attempt, Charge, Payment, order_hash
from cardtrail.web.checkout.refusals import NotPossible
from cardtrail.web.desk.models import Staff
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, MINUTE_MS, now_ms
from cardtrail.web.webhooks.models import Event
from cardtrail.wire.commands import Cause, Freeze
from cardtrail.wire.roles import Role
from tests.web.people import claim, do, witness

pytestmark = pytest.mark.django_db


def freeze(ledger, serial: int) -> None:
    card = ledger.link.client.card(serial)
    about = (ledger.link.network, now_ms() + HOUR_MS, serial, card.version)
    ledger.submit(Freeze(*about, Role.ISSUER, Cause.FRAUD, bytes(32)), Role.ISSUER)
    performing.catch_up()


def balances() -> list[int]:
    return list(Card.objects.order_by("serial").values_list("balance_minor", flat=True))


def events() -> list[str]:
    rows = Event.objects.filter(type__startswith="payment.").order_by("time_ms", "type")
    return [row.type.removeprefix("payment.") for row in rows]


def begin(payer, payment: Payment, cards, *amounts: int) -> Attempt:
    parts = {card.serial: amount for card, amount in zip(cards, amounts, strict=False)}
    return paying.pay(witness(payer), payer, payment, parts)


def test_paid_whole(shop, payer, cards):
    payment = shop.ask(8_800)
    attempt = paying.go(begin(payer, payment, cards, 5_000, 3_800))
    assert attempt.state == Attempt.State.PAID
    assert balances() == [0, 1_200, 5_000]
    payment.refresh_from_db()
    assert (payment.state, payment.code, payment.payer) == ("paid", None, payer)
    redeemed = Movement.objects.filter(kind="redeem")
    assert {bytes(each.reference) for each in redeemed} == {order_hash(payment.id, "A-1024")}
    assert events() == ["created", "paid"]
    for _ in range(3):
        performing.run_due()
        timers.run_due(now_ms() + DAY_MS)
    assert balances() == [0, 1_200, 5_000]
    assert events() == ["created", "paid"]


@pytest.mark.database
def test_a_refused_card_gives_the_others_their_money_back(ledger, shop, payer, cards):
    payment = shop.ask(8_800)
    attempt = begin(payer, payment, cards, 5_000, 3_800)
    freeze(ledger, cards[1].serial)
    attempt = paying.go(attempt)
    assert attempt.state == Attempt.State.FAILED
    assert balances() == [5_000, 5_000, 5_000]
    kinds = (
        Movement.objects.filter(kind__in=("redeem", "refund"))
        .order_by("index")
        .values_list("kind", flat=True)
    )
    assert list(kinds) == ["redeem", "refund"]
    payment.refresh_from_db()
    assert payment.state == "open"
    notice = Notice.objects.get(kind="payments.failed")
    assert "没有少一分钱" in notice.zh
    assert "冻结" in notice.zh, "the person is told why"
    attempt = paying.go(begin(payer, payment, [cards[0], cards[2]], 5_000, 3_800))
    assert attempt.state == Attempt.State.PAID
    assert balances() == [0, 5_000, 1_200]


def test_killed_after_the_refusal_the_worker_puts_back(ledger, shop, payer, cards):
    """What puts money back is written with the refusal itself: whoever dies afterwards, it is done."""
    attempt = begin(payer, shop.ask(8_800), cards, 5_000, 3_800)
    freeze(ledger, cards[1].serial)
    performing.perform(attempt.confirmation)
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.UNDOING
    assert balances() == [0, 5_000, 5_000]
    while performing.run_due():
        pass
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.FAILED
    assert balances() == [5_000, 5_000, 5_000]
    assert Payment.objects.get().state == "open"


def test_what_cannot_come_back_now_comes_back_later_and_staff_know(ledger, people, shop, payer, cards):
    finance = people.make("小陈")
    Staff.objects.create(person=finance, roles=["finance"])
    attempt = begin(payer, shop.ask(8_800), cards, 5_000, 3_800)
    freeze(ledger, cards[1].serial)
    performing.perform(attempt.confirmation)
    # Before it comes back, the payer sets the empty card aside for somebody.
    (held,) = do(payer, Order("hold", cards[0].serial, {"until_ms": now_ms() + DAY_MS}))
    assert held.state == Action.State.DONE
    while performing.run_due():
        pass
    charge = Charge.objects.get(serial=cards[0].serial)
    assert (charge.undo.reason_code, charge.returned_ms) == ("card_held", None)
    assert Attempt.objects.get().state == Attempt.State.UNDOING, "it is not forgotten"
    assert Notice.objects.filter(person=finance, kind="checkout.stuck").count() == 1
    assert timers.run_due(now_ms()) == 0, "not tried again at once"
    assert (
        do(payer, Order("take_back", cards[0].serial, {"hold": str(held.action.confirmation_id)}))[0].state
        == "done"
    )
    assert timers.run_due(now_ms() + HOUR_MS) == 1
    assert Attempt.objects.get().state == Attempt.State.FAILED
    assert balances() == [5_000, 5_000, 5_000]


@pytest.mark.database
def test_money_follows_a_card_that_was_merged(ledger, shop, payer, cards):
    attempt = begin(payer, shop.ask(8_800), cards, 5_000, 3_800)
    freeze(ledger, cards[1].serial)
    performing.perform(attempt.confirmation)
    undo = Action.objects.get(kind="refund")
    Action.objects.filter(pk=undo.pk).update(next_try_ms=now_ms() + HOUR_MS)
    assert do(payer, Order("merge", None, {"serials": [cards[0].serial, cards[2].serial]}))[0].state == "done"
    Action.objects.filter(pk=undo.pk).update(next_try_ms=0)
    performing.run_due()
    assert Charge.objects.get(serial=cards[0].serial).undo.reason_code == "card_dead"
    assert timers.run_due(now_ms() + HOUR_MS) == 1
    assert Card.objects.order_by("-serial").first().balance_minor == 10_000
    assert Attempt.objects.get().state == Attempt.State.FAILED


@pytest.mark.database
def test_money_never_goes_to_a_stranger(ledger, people, shop, payer, cards):
    attempt = begin(payer, shop.ask(8_800), cards, 5_000, 3_800)
    freeze(ledger, cards[1].serial)
    Card.objects.filter(serial=cards[0].serial).update(holder=people.make("小雨"))
    performing.perform(attempt.confirmation)
    assert not Action.objects.filter(kind="refund").exists()
    assert Charge.objects.get(serial=cards[0].serial).undo_next_ms is not None


def test_with_the_node_away_it_waits_and_is_paid_once(ledger, shop, payer, cards):
    payment = shop.ask(8_800)
    ledger.wire.cut = True
    attempt = paying.go(begin(payer, payment, cards, 5_000, 3_800))
    assert attempt.state == Attempt.State.TRYING
    assert timers.run_due(payment.expires_ms + 1) == 0, "what was confirmed is not dropped"
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    while performing.run_due():
        pass
    assert Payment.objects.get().state == "paid"
    assert balances() == [0, 1_200, 5_000]


def test_with_the_node_away_for_too_long_it_is_refused(ledger, shop, payer, cards, monkeypatch):
    payment = shop.ask(8_800)
    ledger.wire.cut = True
    paying.go(begin(payer, payment, cards, 5_000, 3_800))
    real = clock.now_ms
    for module in (performing, paying, asking):
        monkeypatch.setattr(module, "now_ms", lambda: real() + 10 * MINUTE_MS)
    while performing.run_due():
        pass
    payment.refresh_from_db()
    assert payment.state == "expired"
    assert Attempt.objects.get().reason_code == "too_late"
    ledger.wire.cut = False
    while performing.run_due():
        pass
    assert balances() == [5_000, 5_000, 5_000]
    assert events() == ["created", "expired"]


@pytest.mark.parametrize(
    ("amounts", "code"),
    [
        ((5_000, 3_799), "parts_do_not_sum"),
        ((5_000, 3_801), "parts_do_not_sum"),
        ((8_800, 0), "parts_do_not_sum"),
        ((13_800, -5_000), "parts_do_not_sum"),
        ((5_001, 3_799), "amount_over_balance"),
        ((), "parts_do_not_sum"),
    ],
)
def test_parts_have_to_fit(shop, payer, cards, amounts, code):
    payment = shop.ask(8_800)
    with pytest.raises(NotPossible) as refused:
        begin(payer, payment, cards, *amounts)
    assert refused.value.code == code
    assert not Action.objects.filter(kind="redeem").exists()


def test_somebody_elses_card_is_unknown(ledger, people, shop, payer, cards):
    (other,) = claim(people.make("小雨"), ledger, ledger.issue(1, 10_000))
    with pytest.raises(NotPossible) as refused:
        begin(payer, shop.ask(8_800), [other], 8_800)
    assert refused.value.code == "unknown_card"


@pytest.mark.database
@pytest.mark.parametrize("state", ["frozen", "held", "expired"])
def test_a_card_that_cannot_pay_says_why(ledger, shop, payer, cards, state):
    serial = cards[0].serial
    if state == "frozen":
        freeze(ledger, serial)
    elif state == "held":
        do(payer, Order("hold", serial, {"until_ms": now_ms() + DAY_MS}))
    else:
        Card.objects.filter(serial=serial).update(expires_ms=now_ms() - 1)
    with pytest.raises(NotPossible) as refused:
        begin(payer, shop.ask(3_000), cards, 3_000)
    assert refused.value.code == f"card_{state}"
    assert cards[0].last_four in refused.value.text.zh


def test_one_payer_only(ledger, people, shop, payer, cards):
    payment = shop.ask(3_000)
    paying.take_up(payment, payer)
    paying.take_up(payment, payer)
    other = people.make("小雨")
    theirs = claim(other, ledger, ledger.issue(1, 10_000))
    with pytest.raises(NotPossible) as refused:
        paying.take_up(payment, other)
    assert refused.value.code == "taken"
    with pytest.raises(NotPossible) as refused:
        begin(other, payment, theirs, 3_000)
    assert refused.value.code == "taken"
    paying.go(begin(payer, payment, cards, 3_000))
    with pytest.raises(NotPossible) as refused:
        begin(payer, payment, cards[1:], 3_000)
    assert refused.value.code == "not_open"
    assert balances()[:3] == [2_000, 5_000, 5_000]


def test_nobody_pays_in_time(shop, payer, cards):
    payment = shop.ask(3_000)
    assert timers.run_due(payment.expires_ms) == 0
    assert timers.run_due(payment.expires_ms + 1) == 1
    assert timers.run_due(payment.expires_ms + 1) == 0
    assert events() == ["created", "expired"]
    with pytest.raises(NotPossible) as refused:
        begin(payer, payment, cards, 3_000)
    assert refused.value.text == paying.CLOSED["expired"]


@pytest.mark.database
def test_cancelling(ledger, shop, payer, cards):
    payment = asking.cancel(shop.ask(3_000))
    assert asking.cancel(payment).state == "cancelled"
    assert events() == ["created", "cancelled"]
    with pytest.raises(NotPossible):
        begin(payer, payment, cards, 3_000)
    other = shop.ask(3_000)
    ledger.wire.cut = True
    paying.go(begin(payer, other, cards, 3_000))
    with pytest.raises(NotPossible) as refused:
        asking.cancel(other)
    assert refused.value.code == "not_open"


def test_the_record_of_putting_back_names_the_payers_confirmation(ledger, shop, payer, cards):
    attempt = begin(payer, shop.ask(8_800), cards, 5_000, 3_800)
    freeze(ledger, cards[1].serial)
    paying.go(attempt)
    back = Charge.objects.get(serial=cards[0].serial).undo.confirmation
    assert back.person is None, "nobody confirmed anew"
    assert bytes(attempt.confirmation.evidence).hex() in back.text
    assert "自动退回原卡" in attempt.confirmation.text, "the payer was told beforehand"


def test_killed_while_the_refusal_is_written_down(ledger, shop, payer, cards, monkeypatch):
    """Either all of it is there, the orders that put money back included, or none; then it is settled again."""

    class Killed(BaseException):
        pass

    attempt = begin(payer, shop.ask(8_800), cards, 5_000, 3_800)
    freeze(ledger, cards[1].serial)

    def killed(*_, **__):
        raise Killed

    monkeypatch.setattr(paying, "confirm", killed)
    with pytest.raises(Killed):
        performing.perform(attempt.confirmation)
    monkeypatch.undo()
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.TRYING
    assert not Action.objects.filter(kind="refund").exists()
    Action.objects.update(lease_ms=0)
    while performing.run_due():
        pass
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.FAILED
    assert balances() == [5_000, 5_000, 5_000]
    assert (
        Movement.objects.filter(kind="redeem").count() == Movement.objects.filter(kind="refund").count() == 1
    )


@pytest.mark.database
def test_killed_after_the_ledger_took_it(ledger, shop, payer, cards, monkeypatch):
    """The answer was lost with the process: the same command is sent again, and is paid once."""

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    attempt = begin(payer, shop.ask(3_000), cards, 3_000)
    with monkeypatch.context() as patch:
        patch.setattr(performing, "_settle", killed)
        with pytest.raises(Killed):
            performing.perform(attempt.confirmation)
    Action.objects.update(lease_ms=0)
    while performing.run_due():
        pass
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.PAID
    assert balances() == [2_000, 5_000, 5_000]
