"""Orders with one defence taken away: the attack then succeeds, and with the defence it does not."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
import pytest

from cardtrail.deals import order as machine
from cardtrail.deals import parts
from cardtrail.deals.events import ChargedBack
from cardtrail.deals.moves import paying
from cardtrail.deals.parameters import PAYOUT_MS, Risk
from cardtrail.deals.parts import Payment
from cardtrail.deals.rows import SINCE_THEN
from cardtrail.payments import port
from cardtrail.payments.sandbox import client as sandbox
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.link import link
from cardtrail.web.orders import acts, deciding, exhibits, heard, incoming, ledger_news, opening, providers
from cardtrail.web.orders.deciding import go
from cardtrail.web.orders.models import Claim, Deal, Incoming, Matter
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.ui.clock import now_ms
from cardtrail.wire.commands import Issue, Redeem, Release
from tests.web.orders.market import Market
from tests.web.orders.test_paying import standing
from tests.web.people import do, witness

pytestmark = pytest.mark.django_db

defended = pytest.mark.parametrize("defended", [True, False], ids=["with", "without"])


class Killed(BaseException):
    """As good as `kill -9`: nobody of ours catches it."""


def shown() -> exhibits.Shown:
    return exhibits.read("卡是空的", [])


def spend(market: Market, amount_minor: int) -> str:
    """The buyer redeems; how it ends."""
    given = {"amount_minor": amount_minor, "order": "ab" * 32}
    return do(market.buyer, Order("redeem", market.serial, given))[0].state


# Two buyers


def test_without_the_reservation_two_pay_for_one_card(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the ledger still stands between them: it delivers once, and the other's money goes back."""
    columns = deciding.columns

    def unreserved(order: Any) -> dict[str, object]:
        return {**columns(order), "reserves": False}

    monkeypatch.setattr(deciding, "columns", unreserved)
    monkeypatch.setattr(opening, "columns", unreserved)
    deals = [market.order(), market.order(market.other)]
    for deal in deals:
        market.play.pay(deal)
    market.play.deliver()
    market.work()
    market.play.deliver()
    assert [standing(market, deal).paid_minor for deal in deals] == [45_000, 45_000]
    assert [market.now(deal).stage for deal in deals] == ["delivered", "cancelled"]
    assert standing(market, deals[1]).refunded_minor == 45_000
    assert market.card.holder == market.buyer


# Notifications


def made_up(deal: Deal) -> bytes:
    """A notification of a payment that nobody made."""
    return msgspec.json.encode(
        port.Paid(
            event_id="made-up",
            payment_id="made-up",
            order_id=deal.number,
            at_ms=now_ms(),
            amount_minor=deal.price_minor,
            currency=deal.currency,
            payer=f"person_{deal.buyer_id.hex}",
            method=port.Method.BALANCE,
        )
    )


@pytest.mark.database
@defended
def test_a_payment_that_was_made_up_buys_nothing(
    market: Market, client: Any, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        monkeypatch.setattr(sandbox, "unseal", lambda *_: "believed")
    deal = market.order()
    answer = client.post("/pay/notify/sandbox/", made_up(deal), content_type="application/json")
    assert answer.status_code == (400 if defended else 200)
    assert market.now(deal).stage == ("awaiting_payment" if defended else "delivered")
    assert market.card.holder == (market.seller if defended else market.buyer)
    assert standing(market, market.now(deal)).paid_minor == 0


@defended
def test_one_payment_told_under_many_names_counts_once(
    market: Market, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    """Each is a notification of its own; without knowing the payment again, it would pass for a second one and go back,
    and the buyer would have card and money."""
    if not defended:
        monkeypatch.setattr(paying, "known", lambda *_: False)
    deal = market.order()
    market.play.pay(deal)
    [(event_id, body)] = market.play.news()
    for number in range(20):
        fresh = body.replace(event_id.encode(), f"{number:0{len(event_id)}}".encode())
        assert market.play.post(fresh).status_code == 200
    market.work()
    assert Incoming.objects.count() >= 20
    assert market.card.holder == market.buyer
    assert standing(market, market.now(deal)).refunded_minor == (0 if defended else 45_000)


@pytest.mark.parametrize(
    ("account", "faults"),
    [("", {"amount": "short"}), ("", {"wrong_currency": True}), ("person_somebody_else", {})],
    ids=["short", "in another currency", "by somebody else"],
)
def test_without_looking_at_what_was_paid_any_payment_will_do(
    market: Market, monkeypatch: pytest.MonkeyPatch, account: str, faults: dict[str, Any]
) -> None:
    """A provider's word is taken for "paid", as the order would like to have it."""

    def as_wished(deal: Deal, payment_id: str, *_: Any) -> Payment:
        return Payment(payment_id, deal.price_minor, deal.currency, "somebody", True, now_ms())

    monkeypatch.setattr(heard, "_payment", as_wished)
    deal = market.order()
    market.play.pay(deal, account, **faults)
    market.play.deliver()
    market.work()
    assert market.now(deal).stage == "delivered"
    assert market.card.holder == market.buyer
    assert not Matter.objects.filter(deal=deal).exists()


# Killed


@defended
def test_killed_after_asking_for_a_refund_it_is_refunded_once(
    market: Market, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    """Without a key that is the same each time, whoever goes on asks for another refund."""
    if not defended:
        monkeypatch.setattr(providers, "key_of", lambda _: secrets.token_hex(32))
    deal = acts.open_dispute(witness(market.buyer), market.bought(), "not_as_described", shown())
    deal = acts.propose_split(witness(market.seller), deal, 5_000)
    refund = market.play.provider.refund

    def dies(*args: Any) -> None:
        refund(*args)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(market.play.provider, "refund", dies)
        with pytest.raises(Killed):
            acts.accept_split(witness(market.buyer), deal, 5_000)
    market.work()
    assert standing(market, market.now(deal)).refunded_minor == (5_000 if defended else 10_000)
    assert market.now(deal).stage == ("split" if defended else "splitting")


# Emptied, and then complained about


def test_whoever_empties_the_card_cannot_say_that_it_was_empty(market: Market) -> None:
    """Neither in a dispute, nor before a court: the log says what was on it when it was handed over, and who spent it
    when."""
    deal = market.bought()
    assert spend(market, 50_000) == "done"
    with pytest.raises(NotPossible) as refused:
        acts.open_dispute(witness(market.buyer), market.now(deal), "empty", shown())
    assert refused.value.code in {"dispute_after_confirmation", "dispute_after_completion"}
    assert market.now(deal).order.delivered_balance_minor == 50_000
    assert proved_at_delivery(market.serial) == (50_000, 50_000)


def proved_at_delivery(serial: int) -> tuple[int, int]:
    """What was on a card when it was handed over, and what was spent of it since: by receipts from the log, each
    verified, and by nobody's word."""
    client = link().client
    minor, spent_minor, handed_over = 0, 0, False
    for entry in client.trail(serial):
        match client.receipt(entry.index, wait=True).entry.body:
            case Issue() as issue:
                minor = issue.face_minor
            case Release():
                handed_over = True
            case Redeem() as redeem if handed_over:
                spent_minor += redeem.amount_minor
            case Redeem() as redeem:
                minor -= redeem.amount_minor
    assert handed_over
    return minor, spent_minor


def test_without_hearing_the_ledger_an_emptied_card_is_disputed(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = market.bought()
    monkeypatch.setattr(ledger_news, "news", lambda *_: None)
    assert spend(market, 50_000) == "done"
    disputed = acts.open_dispute(witness(market.buyer), market.now(deal), "empty", shown())
    assert disputed.stage == "disputed"


# Taken back by the bank


def take_back(market: Market, deal: Deal) -> None:
    event = port.ChargedBack(
        event_id=f"back-{deal.number}",
        payment_id=market.now(deal).payment_id,
        order_id=deal.number,
        at_ms=now_ms(),
        amount_minor=45_000,
    )
    taken = incoming.receive("sandbox", event, b"{}", {})
    assert taken is not None
    go(taken)
    market.work()


@pytest.mark.database
@defended
def test_taken_back_after_the_seller_was_paid_the_card_cannot_be_spent(
    market: Market, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        deaf = {pair: SINCE_THEN if pair[1] is ChargedBack else rule for pair, rule in machine.TABLE.items()}
        monkeypatch.setattr(machine, "TABLE", deaf)
    deal = market.bought()
    acts.confirm_receipt(witness(market.buyer), deal)
    take_back(market, deal)
    assert Claim.objects.filter(seller=market.seller, amount_minor=45_000).exists() is defended
    assert spend(market, 50_000) == ("refused" if defended else "done")


@defended
def test_taken_back_right_after_confirming_the_seller_has_not_been_paid(
    market: Market, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    """A stolen card pays, its thief confirms at once: how long the money waits follows from how it was paid."""
    if not defended:
        monkeypatch.setattr(parts, "PAYOUT_MS", dict.fromkeys(PAYOUT_MS, 0))
    market.play.reversible(True)
    deal = market.bought(risk=Risk.MINIMAL)
    acts.confirm_receipt(witness(market.buyer), deal)
    take_back(market, deal)
    assert standing(market, market.now(deal)).released_minor == (0 if defended else 45_000)
    assert market.now(deal).stage == ("contested" if defended else "completed")
