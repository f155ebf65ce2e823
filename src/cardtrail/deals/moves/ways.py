"""The ways an order goes on or ends, which several moves share: to delivery, to the seller's money, to the buyer's."""

from __future__ import annotations

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import (
    ClosePayment,
    Deliver,
    DropWaiting,
    FreeListing,
    Record,
    Refund,
    Release,
)
from cardtrail.deals.moves.steering import steer
from cardtrail.deals.notices import Notice
from cardtrail.deals.parts import Payment
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Outcome, Side, Stage, StrayAt

GATE_TIMERS = (Timer.VERDICT, Timer.STEP_UP, Timer.RISK_HOLD)
DISPUTE_TIMERS = (
    Timer.EVIDENCE_BUYER, Timer.EVIDENCE_SELLER, Timer.DECISION, Timer.APPEAL, Timer.APPEAL_DECISION,
    Timer.REMINDER, Timer.HARD_STOP,
)  # fmt: skip

_RECORDED = {
    Stage.COMPLETED: "completed",
    Stage.REFUNDED: "refunded",
    Stage.SPLIT: "split",
    Stage.CANCELLED: "cancelled",
    Stage.REVERSED: "reversed",
}


def accepted_payment(draft: Draft) -> Payment:
    """The payment that was accepted. Raises `LookupError` where there is none: a bug, for nothing moves before."""
    payment = draft.order.payment
    if payment is None:
        raise LookupError(f"order {draft.order.id} has accepted no payment")
    return payment


def deliver(draft: Draft) -> None:
    """Risk lets it pass: have the ledger deliver."""
    draft.stop(*GATE_TIMERS)
    draft.set(gate=Gate.ALLOWED, stage=Stage.DELIVERING, card=CardAt.SENDING)
    draft.do(Deliver, "deliver")
    draft.start(Timer.RECONCILE)


def free_card(draft: Draft, *, usable: bool) -> None:
    """The order needs the card no longer, and nothing waits to move it."""
    draft.set(card=CardAt.FREE)
    draft.stop(Timer.RECONCILE)
    draft.do(DropWaiting, "drop/deliver", orders=("deliver",))
    draft.do(FreeListing, "free-listing", usable=usable)


def cancel(draft: Draft, notice: Notice, *, usable: bool) -> None:
    """Nothing was paid: the deal is off. A payment that arrives later goes back."""
    draft.set(funds=Funds.NONE)
    draft.do(ClosePayment, "close-payment")
    free_card(draft, usable=usable)
    draft.tell(notice, Side.BUYER, Side.SELLER)
    end(draft, Stage.CANCELLED)


def call_off(draft: Draft, *, usable: bool) -> None:
    """It is paid, and will not be delivered."""
    if draft.order.gate not in (Gate.BLOCKED, Gate.ALLOWED):
        draft.set(gate=Gate.MOOT)
    free_card(draft, usable=usable)
    draft.tell(Notice.SALE_FELL_THROUGH, Side.SELLER)
    refund(draft)


def refund(draft: Draft) -> None:
    """The whole price goes back."""
    draft.set(stage=Stage.REFUNDING, funds=Funds.REFUNDING)
    _forget_payout_hold(draft)
    _only_money(draft)
    send_refund(draft)
    draft.tell(Notice.REFUND_BEGUN, Side.BUYER)


def accept(draft: Draft) -> None:
    """The card is accepted, or it was decided so: the seller is paid, at once or when the payout's time has come."""
    draft.stop(Timer.CONFIRM, *DISPUTE_TIMERS)
    draft.set(stage=Stage.CONFIRMED)
    if not draft.running(Timer.PAYOUT):
        pay_out(draft)
    steer(draft)


def pay_out(draft: Draft) -> None:
    """The seller's money may go: all of it, or what a split leaves after the buyer's part. Where risk stands before it,
    it waits for a person, who is reminded."""
    if draft.order.gate is Gate.PAYOUT_HOLD:
        draft.start(Timer.REMINDER)
        return
    decision = draft.order.decision
    if decision is not None and decision.outcome is Outcome.SPLIT and draft.order.dispute is Dispute.FINAL:
        draft.set(stage=Stage.SPLITTING, funds=Funds.SPLIT_REFUNDING)
        _only_money(draft)
        send_refund(draft)
    else:
        draft.set(stage=Stage.RELEASING, funds=Funds.RELEASING)
        _only_money(draft)
        send_release(draft)


def send_release(draft: Draft) -> None:
    """Ask the provider to pay the seller: always under the one key, for an order pays its seller once."""
    order = draft.order
    amount_minor = order.price_minor - order.refunded_minor
    draft.do(Release, "release", amount_minor=amount_minor, currency=order.currency)


def send_refund(draft: Draft) -> None:
    """Ask the provider to pay the buyer back, all or the split's part: always under the one key of that payment."""
    order, payment = draft.order, accepted_payment(draft)
    decision = order.decision
    split = order.funds is Funds.SPLIT_REFUNDING and decision is not None
    amount_minor = decision.refund_minor if split and decision else payment.amount_minor
    draft.do(
        Refund,
        f"refund/{payment.id}",
        payment_id=payment.id,
        amount_minor=amount_minor,
        currency=payment.currency,
    )


def end(draft: Draft, stage: Stage) -> None:
    """The deal is over. What goes on: payments that were not accepted on their way back, a card on its way."""
    order = draft.order
    draft.set(stage=stage)
    _forget_payout_hold(draft)
    draft.keep_only(Timer.RECONCILE)
    if any(stray.at is StrayAt.REFUNDING for stray in order.strays):
        draft.start(Timer.MONEY)
    draft.do(
        Record,
        "record",
        ended=_RECORDED[stage],
        price_minor=order.price_minor,
        refund_minor=order.refunded_minor,
        disputed=order.dispute_opened_ms is not None,
    )


def _forget_payout_hold(draft: Draft) -> None:
    """The money goes back, or is gone: there is no payout to look at."""
    if draft.order.gate is Gate.PAYOUT_HOLD:
        draft.set(gate=Gate.MOOT)


def _only_money(draft: Draft) -> None:
    """From here on the provider's answer is what is waited for; the card may still be on its way."""
    draft.keep_only(Timer.RECONCILE)
    draft.start(Timer.MONEY)
