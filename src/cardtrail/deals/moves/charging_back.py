"""A payment that the payer's bank took back, before the seller was paid or after."""

from __future__ import annotations

from msgspec.structs import replace

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import ClaimOnSeller, DropClaim
from cardtrail.deals.events import ChargebackEnded, ChargedBack, RefundRefused, ReleaseRefused
from cardtrail.deals.moves.accepting import stop_card
from cardtrail.deals.moves.money import refund_refused, release_refused, watch_chargeback
from cardtrail.deals.moves.steering import escalate, steer
from cardtrail.deals.moves.ways import accept, end, free_card, refund, send_refund, send_release
from cardtrail.deals.notices import Case, Notice
from cardtrail.deals.order_state import Order
from cardtrail.deals.parts import Chargeback
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Outcome, Side, Stage


def contest(draft: Draft, event: ChargedBack) -> None:
    """Before the seller was paid: the order stops, the card is stopped where it is, and what is not sent stays."""
    if not _note(draft, event):
        return
    if draft.order.stage is Stage.FUNDED:
        free_card(draft, usable=True)
        draft.tell(Notice.SALE_FELL_THROUGH, Side.SELLER)
        if draft.order.gate is not Gate.ALLOWED:
            draft.set(gate=Gate.MOOT)
    if draft.order.dispute not in (Dispute.NONE, Dispute.CLOSED, Dispute.FINAL):
        draft.set(dispute=Dispute.CLOSED, proposal=None, evidence_open=(), appeal_open=())
    draft.set(stage=Stage.CONTESTED, funds=Funds.REVERSED)
    draft.keep_only(Timer.RECONCILE, Timer.PAYOUT)
    watch_chargeback(draft)
    stop_card(draft, "chargeback")


def note_while_releasing(draft: Draft, event: ChargedBack) -> None:
    """While the seller is being paid: only the provider can tell which was first. So the release is asked for once
    more, under its one key: it was done, or it cannot be done any more."""
    if _note(draft, event):
        stop_card(draft, "chargeback")
    send_release(draft)


def note_while_refunding(draft: Draft, event: ChargedBack) -> None:
    """While the buyer is being paid back: the same for the refund."""
    _note(draft, event)
    send_refund(draft)


def claim(draft: Draft, event: ChargedBack) -> None:
    """After the seller was paid: what is unspent of the card is stopped, and the seller owes the payment."""
    if not _note(draft, event):
        return
    draft.set(funds=Funds.REVERSED)
    draft.do(ClaimOnSeller, "claim", amount_minor=event.amount_minor, currency=draft.order.currency)
    watch_chargeback(draft)
    stop_card(draft, "chargeback")


def charged_back_as_well(draft: Draft, event: ChargedBack) -> None:
    """The money had gone where it should, to the buyer in whole or in part, and is taken back besides: that refund is
    our answer to the bank, and people give it."""
    if draft.order.chargeback is None:
        draft.set(chargeback=Chargeback(event.amount_minor, draft.now_ms))
    draft.case(Case.CHARGEBACK_AFTER_REFUND)


def release_refused_or_reversed(draft: Draft, event: ReleaseRefused) -> None:
    """The seller cannot be paid: because the payment was taken back first, or for a reason of their own."""
    if not _reversed(draft):
        release_refused(draft, event)


def refund_refused_or_reversed(draft: Draft, event: RefundRefused) -> None:
    """The buyer cannot be paid back: because their bank was first, or for a reason of their own."""
    if not _reversed(draft):
        refund_refused(draft, event)


def _reversed(draft: Draft) -> bool:
    back = draft.order.chargeback
    if back is None or back.won:
        return False
    draft.set(stage=Stage.CONTESTED, funds=Funds.REVERSED)
    draft.keep_only(Timer.RECONCILE)
    watch_chargeback(draft)
    if back.won is False:
        lose(draft, back)
    return True


def chargeback_ended(draft: Draft, event: ChargebackEnded) -> None:
    """The bank has decided. Told before the chargeback itself, it is nothing yet: the provider is asked about that, and
    tells it again."""
    back = draft.order.chargeback
    if back is None or back.won is not None:
        return
    if draft.order.funds is not Funds.REVERSED:
        draft.set(chargeback=replace(back, won=event.won))
        steer(draft)
    elif event.won:
        win(draft, event)
    else:
        lose(draft, event)


def win(draft: Draft, event: object) -> None:
    """The payment stands: the order goes on where it was, to the seller's money or the buyer's."""
    _end_chargeback(draft, won=True)
    draft.tell(Notice.CHARGEBACK_WON, Side.BUYER, Side.SELLER)
    order = draft.order
    if order.terminal:
        draft.set(funds=Funds.RELEASED)
        draft.do(DropClaim, "drop-claim")
        steer(draft)
        return
    draft.set(funds=Funds.HELD)
    if order.card is CardAt.SENDING:
        draft.set(stage=Stage.DELIVERING)
    elif order.card in (CardAt.FREE, CardAt.RETURNED):
        refund(draft)
    elif _card_first(order):
        draft.set(stage=Stage.DISPUTED)
        draft.start(Timer.HARD_STOP)
        steer(draft)
    elif order.gate is Gate.BLOCKED:
        escalate(draft, Case.DECIDE_ESCALATED)
    else:
        accept(draft)


def lose(draft: Draft, event: object) -> None:
    """The payment is gone. The card goes back to the seller where there is still one to go back."""
    _end_chargeback(draft, won=False)
    draft.tell(Notice.CHARGEBACK_LOST, Side.SELLER)
    if draft.order.card_used:
        draft.case(Case.LOSS)
    elif draft.order.card not in (CardAt.FREE, CardAt.RETURNED):
        draft.tell(Notice.CARD_GOES_BACK, Side.BUYER)
    if not draft.order.terminal:
        end(draft, Stage.REVERSED)
    steer(draft)


def _card_first(order: Order) -> bool:
    """Whether a refund had been decided, and waited for the card."""
    decision = order.decision
    return order.dispute is Dispute.FINAL and decision is not None and decision.outcome is Outcome.REFUND


def _note(draft: Draft, event: ChargedBack) -> bool:
    """Write it down, if it is the first one: told once more it is the same, and a real second one is for people."""
    if draft.order.chargeback is not None:
        draft.case(Case.CHARGEBACK)
        return False
    draft.set(chargeback=Chargeback(event.amount_minor, draft.now_ms))
    draft.case(Case.CHARGEBACK)
    draft.tell(Notice.CHARGED_BACK, Side.SELLER)
    return True


def _end_chargeback(draft: Draft, *, won: bool) -> None:
    draft.stop(Timer.CHARGEBACK)
    back = draft.order.chargeback
    if back is not None:
        draft.set(chargeback=replace(back, won=won))
