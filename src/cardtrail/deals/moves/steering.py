"""Where the card goes once it is known whose it should be.

A card is seldom where it should be at the moment that is decided: it may just be being set aside, or frozen. So nothing
is sent then; each answer of the ledger asks here again what is next."""

from __future__ import annotations

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import DropWaiting, EndAside, GiveBack, RecoverCard, Unfreeze
from cardtrail.deals.notices import Case
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import CardAt, Dispute, Outcome, Side, Stage

_BUYERS_STAGES = (Stage.CONFIRMED, Stage.RELEASING, Stage.COMPLETED, Stage.SPLITTING, Stage.SPLIT)
_SELLERS_STAGES = (Stage.REFUNDING, Stage.REFUNDED, Stage.REVERSED)


def heading(order: Order) -> Side | None:
    """Whose the card should be; none while that is open, or where it has been used and nobody gets it back."""
    back = order.chargeback
    if order.stage in _BUYERS_STAGES:
        if back is None or back.won:
            return Side.BUYER
        return None if back.won is None or order.card_used else Side.SELLER
    if order.stage in _SELLERS_STAGES:
        return None if order.card_used else Side.SELLER
    return Side.SELLER if refund_decided(order) else None


def refund_decided(order: Order) -> bool:
    """Whether the buyer will be paid back as soon as the card is the seller's again."""
    decision = order.decision
    return (
        order.stage is Stage.DISPUTED
        and order.dispute is Dispute.FINAL
        and decision is not None
        and decision.outcome is Outcome.REFUND
    )


def steer(draft: Draft) -> None:
    """Send the card one step towards whose it should be, if it stands where it can be sent from."""
    side, card = heading(draft.order), draft.order.card
    if side is Side.BUYER:
        if card is CardAt.ASIDE:
            draft.do(DropWaiting, "drop/give-up", orders=("give_up",))
            draft.set(card=CardAt.ENDING_ASIDE)
            draft.do(EndAside, "end-aside")
            draft.start(Timer.RECONCILE)
        elif card is CardAt.FROZEN:
            draft.do(Unfreeze, "unfreeze")
    elif side is Side.SELLER:
        if card is CardAt.ASIDE:
            draft.do(DropWaiting, "drop/end-sale", orders=("end_sale",))
            draft.set(card=CardAt.GIVING_BACK)
            draft.do(GiveBack, "give-back")
            draft.start(Timer.RECONCILE)
        elif card is CardAt.FROZEN:
            draft.set(card=CardAt.GIVING_BACK)
            draft.do(RecoverCard, "recover-card")
        elif card is CardAt.BUYERS and refund_decided(draft.order):
            escalate(draft, Case.CARD_NOT_RETURNED)


def escalate(draft: Draft, case: Case) -> None:
    """Nothing follows by itself any more: a person decides, and is reminded until they do."""
    if draft.order.dispute is not Dispute.ESCALATED:
        # Numbered: what was decided and comes back is another case, and staff are called to it at once.
        draft.set(asks=draft.order.asks + 1)
        draft.case(Case.DECIDE_ESCALATED, number=draft.order.asks)
    draft.set(dispute=Dispute.ESCALATED, stage=Stage.DISPUTED)
    draft.stop(
        Timer.EVIDENCE_BUYER, Timer.EVIDENCE_SELLER, Timer.DECISION, Timer.APPEAL, Timer.APPEAL_DECISION,
        Timer.HARD_STOP,
    )  # fmt: skip
    if case is not Case.DECIDE_ESCALATED:
        draft.case(case)
    draft.start(Timer.REMINDER)
