"""How a dispute ends: by staff, by the parties, by time. Whatever the way, `conclude` carries it out."""

from __future__ import annotations

from cardtrail.deals.codes import Code
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.draft import Draft
from cardtrail.deals.events import (
    AcceptDecision,
    AcceptSplit,
    Appeal,
    Concede,
    DecideAppeal,
    DecideDispute,
    ProposeSplit,
)
from cardtrail.deals.moves.accepting import staff_alone
from cardtrail.deals.moves.steering import escalate, steer
from cardtrail.deals.moves.ways import DISPUTE_TIMERS, accept, refund
from cardtrail.deals.notices import Case, Notice
from cardtrail.deals.parameters import PERIODS
from cardtrail.deals.parts import Decision, Evidence, Proposal
from cardtrail.deals.regions import SELLERS_CARD, CardAt, Dispute, Gate, Outcome, Side

_ONE_DAY_MS = PERIODS[Timer.REMINDER].length_ms
_BOTH = (Side.BUYER, Side.SELLER)
_MAY_APPEAL = {Outcome.RELEASE: (Side.BUYER,), Outcome.REFUND: (Side.SELLER,), Outcome.SPLIT: _BOTH}
"""Whom a decision goes against."""


def decide(draft: Draft, event: DecideDispute) -> Code | None:
    """Staff decide; whoever lost may appeal."""
    decision = _decision(draft, event.by, event.outcome, event.refund_minor)
    if isinstance(decision, Code):
        return decision
    _add(draft, decision)
    draft.stop(Timer.DECISION, Timer.REMINDER)
    draft.set(dispute=Dispute.DECIDED, appeal_open=_MAY_APPEAL[event.outcome])
    draft.start(Timer.APPEAL)
    draft.tell(Notice.DECIDED, *_BOTH)
    return None


def appeal(draft: Draft, event: Appeal) -> Code | None:
    """The one appeal. What the appellant says is kept as evidence."""
    side = draft.order.side(event.by)
    if side is None or side not in draft.order.appeal_open:
        return Code.APPEAL_BY_THE_LOSER
    evidence = (*draft.order.evidence, Evidence(side, event.sha256, draft.now_ms))
    draft.set(dispute=Dispute.APPEALED, appealed_by=side, appeal_open=(), evidence=evidence)
    draft.stop(Timer.APPEAL)
    draft.start(Timer.APPEAL_DECISION)
    draft.case(Case.DECIDE_APPEAL)
    draft.tell(Notice.APPEALED, side.other)
    return None


def appeal_too_late(draft: Draft, event: Appeal) -> Code:
    """Why there is no appeal any more."""
    return Code.DISPUTE_OVER if draft.order.appealed_by is None else Code.ALREADY_APPEALED


def accept_decision(draft: Draft, event: AcceptDecision) -> Code | None:
    """Whoever could appeal will not; once nobody can, the decision stands."""
    side = draft.order.side(event.by)
    if side not in draft.order.appeal_open:
        return Code.APPEAL_BY_THE_LOSER
    draft.set(appeal_open=tuple(each for each in draft.order.appeal_open if each is not side))
    if not draft.order.appeal_open:
        conclude(draft)
    return None


def let_stand(draft: Draft, event: object) -> None:
    """Nobody has appealed in time."""
    conclude(draft)


def decide_appeal(draft: Draft, event: DecideAppeal) -> Code | None:
    """Another reviewer decides, for good."""
    first = draft.order.decision
    if first is not None and first.by == event.by:
        return Code.SAME_REVIEWER
    decision = _decision(draft, event.by, event.outcome, event.refund_minor)
    if isinstance(decision, Code):
        return decision
    _add(draft, decision)
    conclude(draft)
    return None


def decide_escalated(draft: Draft, event: DecideDispute) -> Code | None:
    """A person decides what nothing else could, with eyes open: a refund does not wait for the card."""
    if event.outcome is Outcome.RELEASE and draft.order.card in SELLERS_CARD:
        return Code.CARD_IS_BACK
    decision = _decision(draft, event.by, event.outcome, event.refund_minor, used_is_known=True)
    if isinstance(decision, Code):
        return decision
    _add(draft, decision)
    if staff_alone(draft.order):
        draft.set(gate=Gate.ALLOWED)
    if event.outcome is not Outcome.REFUND:
        conclude(draft)
        return None
    draft.set(dispute=Dispute.FINAL)
    draft.tell(Notice.DECISION_FINAL, *_BOTH)
    refund(draft)
    steer(draft)
    return None


def propose(draft: Draft, event: ProposeSplit) -> Code | None:
    """A party offers to settle for a part. Its newer offer replaces the older one, whosever that was."""
    side = draft.order.side(event.by)
    if staff_alone(draft.order):
        return Code.STAFF_DECIDE
    if side is None or not 0 < event.refund_minor < draft.order.price_minor:
        return Code.BAD_SPLIT
    draft.set(proposal=Proposal(side, event.refund_minor))
    draft.tell(Notice.SPLIT_PROPOSED, side.other)
    return None


def settle(draft: Draft, event: AcceptSplit) -> Code | None:
    """The other party takes the offer as it saw it."""
    proposal, side = draft.order.proposal, draft.order.side(event.by)
    if staff_alone(draft.order):
        return Code.STAFF_DECIDE
    if proposal is None or proposal.side is side or proposal.refund_minor != event.refund_minor:
        return Code.NO_SUCH_PROPOSAL
    _add(draft, Decision("", Outcome.SPLIT, proposal.refund_minor, draft.now_ms))
    conclude(draft)
    return None


def concede(draft: Draft, event: Concede) -> Code | None:
    """The seller gives the money back for the card."""
    if draft.order.card_used:
        return Code.CARD_WAS_USED
    _add(draft, Decision("", Outcome.REFUND, draft.order.price_minor, draft.now_ms))
    conclude(draft)
    return None


def stop_hard(draft: Draft, event: object) -> None:
    """Thirty days are over. What staff decided stands; else the money goes back for the card, unless that was used."""
    order = draft.order
    if order.dispute is Dispute.DECIDED:
        conclude(draft)
    elif order.dispute is Dispute.FINAL or order.card_used:
        escalate(draft, Case.DECIDE_ESCALATED)
    else:
        _add(draft, Decision("", Outcome.REFUND, order.price_minor, draft.now_ms))
        conclude(draft)


def conclude(draft: Draft) -> None:
    """The last decision stands. For a refund the card comes first: the money goes back only for the card."""
    decision = draft.order.decision
    if decision is None:
        raise LookupError(f"the dispute of order {draft.order.id} has no decision")
    draft.set(dispute=Dispute.FINAL, proposal=None, evidence_open=(), appeal_open=())
    draft.tell(Notice.DECISION_FINAL, *_BOTH)
    if decision.outcome is not Outcome.REFUND:
        accept(draft)
        return
    draft.stop(*(timer for timer in DISPUTE_TIMERS if timer is not Timer.HARD_STOP))
    if not draft.running(Timer.HARD_STOP):
        # It has just been over: the card has a day more to come back, then a person hears of it.
        draft.start(Timer.HARD_STOP, _ONE_DAY_MS)
    if draft.order.card is CardAt.RETURNED:
        refund(draft)
    else:
        steer(draft)


def _add(draft: Draft, decision: Decision) -> None:
    draft.set(decisions=(*draft.order.decisions, decision))


def _decision(
    draft: Draft, by: str, outcome: Outcome, part_minor: int, *, used_is_known: bool = False
) -> Decision | Code:
    price_minor = draft.order.price_minor
    if outcome is Outcome.REFUND and draft.order.card_used and not used_is_known:
        return Code.CARD_WAS_USED
    if outcome is Outcome.SPLIT and not 0 < part_minor < price_minor:
        return Code.BAD_SPLIT
    amounts = {Outcome.RELEASE: 0, Outcome.REFUND: price_minor, Outcome.SPLIT: part_minor}
    return Decision(by, outcome, amounts[outcome], draft.now_ms)
