"""From nothing paid to paid, or to the deal being off."""

from __future__ import annotations

from cardtrail.deals.codes import Code
from cardtrail.deals.deadlines import Timer, started, with_deadline
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import AskRisk, Refund
from cardtrail.deals.events import (
    Cancel,
    CardUnusable,
    Delisted,
    Paid,
    PartyGone,
    PaymentBegun,
    PaymentFailed,
)
from cardtrail.deals.moves.ways import call_off, cancel
from cardtrail.deals.notices import Case, Notice
from cardtrail.deals.order_state import Order
from cardtrail.deals.parameters import PERIODS
from cardtrail.deals.parts import Payment, Stray
from cardtrail.deals.regions import Funds, Gate, Side, Stage, StrayAt


def begin_payment(draft: Draft, event: PaymentBegun) -> None:
    """The payer is at it: the provider has its own time to say how it went."""
    draft.set(stage=Stage.PAYMENT_PENDING, funds=Funds.PENDING)
    draft.stop(Timer.PAYMENT)
    draft.start(Timer.PENDING)
    draft.start(Timer.MONEY)


def fail_payment(draft: Draft, event: PaymentFailed) -> None:
    """It was not paid. The payer may try again within the first 15 minutes, which have gone on meanwhile: beginning
    again and again wins no time."""
    first = started(Timer.PAYMENT, draft.order.opened_ms, PERIODS[Timer.PAYMENT].length_ms)
    if first.due(draft.now_ms):
        cancel(draft, Notice.NOT_PAID, usable=True)
        return
    draft.stop(Timer.PENDING, Timer.MONEY)
    draft.set(
        stage=Stage.AWAITING_PAYMENT,
        funds=Funds.NONE,
        deadlines=with_deadline(draft.order.deadlines, first),
    )
    watch_strays(draft)


def take_payment(draft: Draft, event: Paid) -> None:
    """Take a payment that fits to the fen; send back one that does not. Whoever else paid is looked at by a person."""
    payment, order = event.payment, draft.order
    if known(order, payment.id):
        return None
    if payment.currency != order.currency:
        return return_payment(draft, payment, "currency")
    if payment.amount_minor != order.price_minor:
        return return_payment(draft, payment, "amount")
    draft.stop(Timer.PAYMENT, Timer.PENDING, Timer.MONEY)
    draft.set(stage=Stage.FUNDED, funds=Funds.HELD, payment=payment)
    watch_strays(draft)
    if not payment.payer_fits:
        draft.set(gate=Gate.HOLD)
        draft.start(Timer.RISK_HOLD)
        draft.case(Case.PAYER_DIFFERS)
        draft.tell(Notice.UNDER_REVIEW, Side.BUYER, Side.SELLER)
        return None
    number = order.question + 1
    draft.set(gate=Gate.ASKED, question=number)
    draft.do(AskRisk, f"ask-risk/{number}", question=number)
    draft.start(Timer.VERDICT)
    draft.tell(Notice.PAYMENT_ARRIVED, Side.BUYER, Side.SELLER)
    return None


def take_none(draft: Draft, event: Paid) -> None:
    """Nothing is to be paid any more: what arrives goes back, unless it is the known payment told once more."""
    order = draft.order
    if not known(order, event.payment.id):
        return_payment(draft, event.payment, "late" if order.payment is None else "double")


def known(order: Order, payment_id: str) -> bool:
    """Whether this payment has been heard of before."""
    accepted = order.payment is not None and order.payment.id == payment_id
    return accepted or any(stray.payment.id == payment_id for stray in order.strays)


def return_payment(draft: Draft, payment: Payment, why: str) -> None:
    """Send a whole payment back; the order goes on as if it had not been."""
    draft.set(strays=(*draft.order.strays, Stray(payment, why, StrayAt.REFUNDING)))
    send_back(draft, payment)
    draft.tell(Notice.PAYMENT_GOES_BACK, Side.BUYER)
    watch_strays(draft)


def send_back(draft: Draft, payment: Payment) -> None:
    """Ask the provider to pay a stray payment back, under its one key."""
    draft.do(
        Refund,
        f"refund/{payment.id}",
        payment_id=payment.id,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
    )


def watch_strays(draft: Draft) -> None:
    """Have the provider asked about strays, if nothing else has it asked already."""
    if any(stray.at is StrayAt.REFUNDING for stray in draft.order.strays) and not draft.running(Timer.MONEY):
        draft.start(Timer.MONEY)


def cancel_by_buyer(draft: Draft, event: Cancel) -> Code | None:
    """The buyer does not want it any more."""
    cancel(draft, Notice.CANCELLED, usable=True)
    return None


def lapse(draft: Draft, event: object) -> None:
    """The time to pay is over."""
    cancel(draft, Notice.NOT_PAID, usable=True)


def stop_unpaid(draft: Draft, event: Delisted | CardUnusable) -> None:
    """The card is not for sale any more, and nothing was paid."""
    cancel(draft, Notice.CANCELLED, usable=False)


def stop_paid(draft: Draft, event: Delisted | CardUnusable) -> None:
    """The card is not for sale any more, and is paid: the money goes back."""
    call_off(draft, usable=False)


def leave_unpaid(draft: Draft, event: PartyGone) -> None:
    """A party is gone, and nothing was paid. If it was the buyer, the card may be sold to somebody else."""
    side = draft.order.side(event.who)
    if side is not None:
        cancel(draft, Notice.CANCELLED, usable=side is Side.BUYER)


def leave_paid(draft: Draft, event: PartyGone) -> None:
    """A party is gone before delivery: the money goes back."""
    side = draft.order.side(event.who)
    if side is not None:
        call_off(draft, usable=side is Side.BUYER)
