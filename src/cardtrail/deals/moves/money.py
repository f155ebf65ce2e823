"""The provider's answers about money that is on its way, and what to do while there is none."""

from __future__ import annotations

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import AskProvider, ClaimOnSeller
from cardtrail.deals.events import (
    ChargebackEnded,
    DeadlinePassed,
    Event,
    Refunded,
    RefundRefused,
    Released,
    ReleaseRefused,
    StillHeld,
)
from cardtrail.deals.moves.paying import send_back
from cardtrail.deals.moves.steering import steer
from cardtrail.deals.moves.ways import accepted_payment, end, send_refund, send_release
from cardtrail.deals.notices import Case, Notice
from cardtrail.deals.regions import Funds, Side, Stage, StrayAt

UNDER_WAY = (
    Funds.PENDING, Funds.RELEASING, Funds.REFUNDING, Funds.SPLIT_REFUNDING, Funds.SPLIT_RELEASING,
)  # fmt: skip
"""Funds of which the provider owes an answer."""


def ask_provider(draft: Draft, event: DeadlinePassed) -> None:
    """No answer yet: ask how the money stands."""
    order = draft.order
    strays = any(stray.at is StrayAt.REFUNDING for stray in order.strays)
    contested = (
        order.funds is Funds.REVERSED and order.chargeback is not None and order.chargeback.won is None
    )
    if order.funds not in UNDER_WAY and not strays and not contested:
        return
    silent = draft.ask_again()
    draft.do(AskProvider, f"ask-provider/{draft.order.asks}")
    if silent and order.funds is not Funds.PENDING and not contested:
        draft.case(Case.PROVIDER_SILENT)


def watch_chargeback(draft: Draft) -> None:
    """The bank has its time; the provider is asked now and then how it stands."""
    draft.start(Timer.CHARGEBACK)
    draft.start(Timer.MONEY)


def send_again(draft: Draft, event: StillHeld) -> None:
    """The provider knows of nothing: what was asked has got lost, so ask the very same again, under the same keys."""
    if draft.order.funds in (Funds.RELEASING, Funds.SPLIT_RELEASING):
        send_release(draft)
    elif draft.order.funds in (Funds.REFUNDING, Funds.SPLIT_REFUNDING):
        send_refund(draft)
    for stray in draft.order.strays:
        if stray.at is StrayAt.REFUNDING:
            send_back(draft, stray.payment)


def released(draft: Draft, event: Released) -> None:
    """The seller has been paid. If the payment was taken back meanwhile, they owe it."""
    order = draft.order
    if event.amount_minor != order.price_minor:
        return money_moved_oddly(draft, event)
    draft.set(funds=Funds.RELEASED, released_minor=event.amount_minor)
    draft.tell(Notice.PAID_OUT, Side.SELLER)
    end(draft, Stage.COMPLETED)
    back = order.chargeback
    if back is not None and not back.won:
        draft.set(funds=Funds.REVERSED)
        draft.do(ClaimOnSeller, "claim", amount_minor=back.amount_minor, currency=order.currency)
        if back.won is None:
            watch_chargeback(draft)
    steer(draft)
    return None


def rest_released(draft: Draft, event: Released) -> None:
    """The seller's part of a split has been paid."""
    order = draft.order
    if event.amount_minor != order.price_minor - order.refunded_minor:
        return money_moved_oddly(draft, event)
    draft.set(funds=Funds.SPLIT, released_minor=event.amount_minor)
    draft.tell(Notice.SPLIT_DONE, Side.BUYER, Side.SELLER)
    end(draft, Stage.SPLIT)
    return None


def refunded(draft: Draft, event: Refunded) -> None:
    """The buyer has the whole price back."""
    if event.amount_minor != accepted_payment(draft).amount_minor:
        return money_moved_oddly(draft, event)
    draft.set(funds=Funds.REFUNDED, refunded_minor=event.amount_minor)
    draft.tell(Notice.REFUNDED, Side.BUYER)
    end(draft, Stage.REFUNDED)
    return None


def part_refunded(draft: Draft, event: Refunded) -> None:
    """The buyer's part of a split has been paid: now the seller's."""
    decision = draft.order.decision
    if decision is None or event.amount_minor != decision.refund_minor:
        return money_moved_oddly(draft, event)
    draft.set(funds=Funds.SPLIT_RELEASING, refunded_minor=event.amount_minor)
    send_release(draft)
    return None


def release_refused(draft: Draft, event: ReleaseRefused) -> None:
    """The seller cannot be paid now: staff look why; it is tried again, under the same key."""
    draft.case(Case.RELEASE_REFUSED, event.reason)


def refund_refused(draft: Draft, event: RefundRefused) -> None:
    """The buyer cannot be paid back now; likewise."""
    draft.case(Case.REFUND_REFUSED, event.reason)


def stray_refunded(draft: Draft, event: Refunded) -> None:
    """A payment that was not accepted is back, whole."""
    if any(
        each.payment.id == event.payment_id and each.payment.amount_minor != event.amount_minor
        for each in draft.order.strays
    ):
        return money_moved_oddly(draft, event)
    strays = tuple(
        type(each)(each.payment, each.why, StrayAt.REFUNDED) if each.payment.id == event.payment_id else each
        for each in draft.order.strays
    )
    draft.set(strays=strays)
    return None


def stray_refused(draft: Draft, event: RefundRefused) -> None:
    """It cannot be paid back now: staff look why."""
    draft.case(Case.STRAY_REFUND_REFUSED, event.reason)


def stray_chargeback_ended(draft: Draft, event: ChargebackEnded) -> None:
    """The bank took it back before we had paid it back, and has decided. If it gives it back, it goes the way it was to
    go; if not, the payer has it, and people compare (the case is open since it was taken)."""
    for stray in draft.order.strays:
        if event.won and stray.payment.id == event.payment_id:
            send_back(draft, stray.payment)


def money_moved_oddly(draft: Draft, event: Event) -> None:
    """The provider tells of something that this order never asked for: people look at it, nothing else happens."""
    draft.case(Case.MONEY_MOVED_ODDLY, type(event).__name__)
