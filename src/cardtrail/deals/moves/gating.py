"""Between payment and delivery: what risk says. And before the payout, where a party was suspended meanwhile: nobody is
paid before a person has looked."""

from __future__ import annotations

from typing import Final

from cardtrail.deals.codes import Code
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import AskStepUp
from cardtrail.deals.events import PartyGone, ReviewRisk, Verdict
from cardtrail.deals.moves.accepting import stop_card
from cardtrail.deals.moves.steering import escalate
from cardtrail.deals.moves.ways import GATE_TIMERS, call_off, deliver, pay_out
from cardtrail.deals.notices import Case, Notice
from cardtrail.deals.regions import Advice, Gate, Side, Stage

PAYOUT_REVIEW: Final = "payout_review"
"""The reason of a dispute that nobody opened: a person would not have the seller paid."""


def follow_advice(draft: Draft, event: Verdict) -> None:
    """The answer to the last question; answers to earlier ones are nothing any more."""
    if event.question != draft.order.question:
        return
    draft.stop(*GATE_TIMERS)
    if event.advice is Advice.ALLOW:
        deliver(draft)
    elif event.advice is Advice.STEP_UP:
        draft.set(gate=Gate.STEP_UP)
        until_ms = draft.start(Timer.STEP_UP).at_ms
        draft.do(AskStepUp, f"ask-step-up/{event.question}", until_ms=until_ms)
        draft.tell(Notice.STEP_UP_WANTED, Side.BUYER)
    elif event.advice is Advice.HOLD:
        wait_for_a_person(draft, event)
    else:
        block(draft, event)


def wait_for_a_person(draft: Draft, event: object) -> None:
    """Risk wants a person to look, or did not answer: that is never a yes."""
    draft.stop(*GATE_TIMERS)
    draft.set(gate=Gate.HOLD)
    draft.start(Timer.RISK_HOLD)
    draft.case(Case.RISK_HOLD)
    draft.tell(Notice.UNDER_REVIEW, Side.BUYER, Side.SELLER)


def let_pass(draft: Draft, event: object) -> None:
    """The buyer proved themselves."""
    deliver(draft)


def block(draft: Draft, event: object) -> None:
    """No, or no yes in time: the money goes back, and the card may be sold to somebody else."""
    draft.stop(*GATE_TIMERS)
    draft.set(gate=Gate.BLOCKED)
    call_off(draft, usable=True)


def review(draft: Draft, event: ReviewRisk) -> None:
    """A person has looked."""
    if event.allow:
        deliver(draft)
    else:
        block(draft, event)


def hold_payout(draft: Draft, event: PartyGone) -> None:
    """A party was suspended after the card was on its way: the card stays where it is, and the seller is not paid until
    a person has looked. Whoever deletes their account has no order under way, so that stops nothing."""
    side = draft.order.side(event.who)
    if side is None or event.how != "suspended" or draft.order.gate in (Gate.PAYOUT_HOLD, Gate.BLOCKED):
        return
    draft.set(gate=Gate.PAYOUT_HOLD, asks=draft.order.asks + 1)
    draft.case(Case.PAYOUT_HOLD, side.value, number=draft.order.asks)
    draft.tell(Notice.PAYOUT_UNDER_REVIEW, Side.SELLER)


def remind_of_payout(draft: Draft, event: object) -> None:
    """Staff hear once more that money waits for them."""
    if draft.order.stage is Stage.CONFIRMED and draft.order.gate is Gate.PAYOUT_HOLD:
        draft.set(asks=draft.order.asks + 1)
        draft.case(Case.PAYOUT_HOLD, number=draft.order.asks)
        draft.start(Timer.REMINDER)


def review_payout(draft: Draft, event: ReviewRisk) -> Code | None:
    """A person has looked. Yes: it is paid as it would have been. No: that person, or a colleague, now decides where
    the money goes, with the card stopped; nothing is decided by saying no. Until then the gate stays shut: a buyer who
    is content with a seller who must not be paid is no reason to pay."""
    if event.allow:
        draft.set(gate=Gate.ALLOWED)
        draft.tell(Notice.PAYOUT_LET_PASS, Side.SELLER)
        if draft.order.stage is Stage.CONFIRMED:
            draft.stop(Timer.REMINDER)
            if not draft.running(Timer.PAYOUT):
                pay_out(draft)
        return None
    if draft.order.stage not in (Stage.DELIVERED, Stage.CONFIRMED):
        return Code.PAYOUT_NOT_YET
    draft.stop(Timer.CONFIRM)
    draft.set(gate=Gate.BLOCKED)
    if draft.order.dispute_opened_ms is None:
        draft.set(dispute_opened_ms=draft.now_ms, dispute_reason=PAYOUT_REVIEW)
    escalate(draft, Case.DECIDE_ESCALATED)
    stop_card(draft, "dispute")
    return None
