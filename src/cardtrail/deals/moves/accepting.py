"""From delivery to acceptance: by the buyer's word, by use, by time."""

from __future__ import annotations

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import DropWaiting, Freeze, SellListing
from cardtrail.deals.events import CardUsed, Delivered, DeliveryRefused
from cardtrail.deals.moves.ways import accept, call_off, free_card, pay_out
from cardtrail.deals.notices import Case, Notice
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import CardAt, Dispute, Gate, Side, Stage

OPEN = (Dispute.EVIDENCE, Dispute.DECIDING, Dispute.DECIDED, Dispute.APPEALED, Dispute.ESCALATED)
"""The states of a dispute that the parties can still end themselves."""


def staff_alone(order: Order) -> bool:
    """Whether a person would not have the seller paid, and none has decided since: what the parties agree upon moves no
    money to the seller then."""
    return order.gate is Gate.BLOCKED and order.stage is Stage.DISPUTED


def arrive(draft: Draft, event: Delivered) -> None:
    """The card is the buyer's. If their bank took the payment back meanwhile, it is stopped there."""
    order = draft.order
    draft.stop(Timer.RECONCILE)
    draft.set(card=CardAt.BUYERS, delivered_ms=draft.now_ms, delivered_balance_minor=event.balance_minor)
    draft.do(SellListing, "sell-listing")
    if event.balance_minor != order.balance_minor:
        draft.case(Case.BALANCE_DIFFERS, f"{event.balance_minor} of {order.balance_minor}")
    if order.stage is not Stage.DELIVERING:
        stop_card(draft, "chargeback")
        return
    draft.set(stage=Stage.DELIVERED)
    draft.start(Timer.CONFIRM, order.pace.inspection_ms)
    if order.pace.payout_ms:
        draft.start(Timer.PAYOUT, order.pace.payout_ms)
    draft.tell(Notice.DELIVERED, Side.BUYER)
    draft.tell(Notice.DELIVERED_FOR_SELLER, Side.SELLER)
    if order.card_used:
        confirm(draft, event)  # Its use was told before its delivery.


def stop_card(draft: Draft, why: str) -> None:
    """Have the card frozen where it is, unless it has been used: then there is nothing to save."""
    if draft.order.card is CardAt.BUYERS and not draft.order.card_used:
        draft.set(card=CardAt.FREEZING)
        draft.do(Freeze, f"freeze/{why}", why=why)
        draft.start(Timer.RECONCILE)


def not_delivered(draft: Draft, event: DeliveryRefused) -> None:
    """The ledger will not deliver it: frozen, expired, the hold is over. The money goes back."""
    if draft.order.stage is Stage.DELIVERING:
        call_off(draft, usable=False)
    else:
        free_card(draft, usable=False)


def confirm(draft: Draft, event: object) -> None:
    """The buyer is content."""
    draft.do(DropWaiting, "drop/dispute", orders=("set_aside", "give_up", "end_sale"))
    draft.tell(Notice.ACCEPTED, Side.SELLER)
    accept(draft)


def confirm_by_time(draft: Draft, event: object) -> None:
    """The buyer had their time and said nothing."""
    draft.do(DropWaiting, "drop/dispute", orders=("set_aside", "give_up", "end_sale"))
    draft.tell(Notice.CONFIRMED_BY_TIME, Side.BUYER, Side.SELLER)
    accept(draft)


def pay_out_now(draft: Draft, event: object) -> None:
    """The payout's time has come."""
    pay_out(draft)


def use(draft: Draft, event: CardUsed) -> None:
    """Whoever uses the card accepts it, in a dispute, too."""
    draft.set(card_used=True)
    if draft.order.stage is Stage.DELIVERED:
        confirm(draft, event)
    elif draft.order.stage is Stage.DISPUTED and draft.order.dispute in OPEN and not staff_alone(draft.order):
        close_by_acceptance(draft)


def note_use(draft: Draft, event: CardUsed) -> None:
    """The card was used, and nothing follows from it yet."""
    draft.set(card_used=True)


def close_by_acceptance(draft: Draft) -> None:
    """A dispute ends in the seller's favour without a decision."""
    draft.set(dispute=Dispute.CLOSED, proposal=None, evidence_open=(), appeal_open=())
    draft.tell(Notice.DISPUTE_CLOSED, Side.BUYER, Side.SELLER)
    accept(draft)
