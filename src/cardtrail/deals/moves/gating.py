"""Between payment and delivery: what risk says."""

from __future__ import annotations

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import AskStepUp
from cardtrail.deals.events import ReviewRisk, Verdict
from cardtrail.deals.moves.ways import GATE_TIMERS, call_off, deliver
from cardtrail.deals.notices import Case, Notice
from cardtrail.deals.regions import Advice, Gate, Side


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
