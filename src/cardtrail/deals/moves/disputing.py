"""A dispute, from its opening to the decision: who may show and say what, and for how long."""

from __future__ import annotations

from cardtrail.deals.codes import Code
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import SetCardAside
from cardtrail.deals.events import DropDispute, EvidenceDone, GiveEvidence, OpenDispute
from cardtrail.deals.moves.accepting import close_by_acceptance, staff_alone
from cardtrail.deals.notices import Case, Notice
from cardtrail.deals.parameters import MOST_EVIDENCE
from cardtrail.deals.parts import Evidence
from cardtrail.deals.regions import SELLERS_CARD, CardAt, Dispute, Side, Stage

EVIDENCE_TIMERS = {Side.BUYER: Timer.EVIDENCE_BUYER, Side.SELLER: Timer.EVIDENCE_SELLER}


def open_dispute(draft: Draft, event: OpenDispute) -> None:
    """The buyer says that something is wrong. The card is set aside first of all: while it is argued about, it can be
    neither spent nor passed on."""
    draft.stop(Timer.CONFIRM)
    draft.set(
        stage=Stage.DISPUTED,
        dispute=Dispute.EVIDENCE,
        card=CardAt.SETTING_ASIDE,
        dispute_opened_ms=draft.now_ms,
        dispute_reason=event.reason,
        evidence=(Evidence(Side.BUYER, event.claim_sha256, draft.now_ms),),
        evidence_open=(Side.BUYER, Side.SELLER),
    )
    draft.do(SetCardAside, "set-aside")
    for timer in (Timer.RECONCILE, *EVIDENCE_TIMERS.values(), Timer.HARD_STOP):
        draft.start(timer)
    draft.tell(Notice.DISPUTE_OPENED, Side.SELLER)


def add_evidence(draft: Draft, event: GiveEvidence) -> Code | None:
    """A party shows something, while its time runs."""
    order = draft.order
    side = order.side(event.by)
    if side is None or side not in order.evidence_open:
        return Code.EVIDENCE_IS_CLOSED
    if sum(each.side is side for each in order.evidence) >= MOST_EVIDENCE:
        return Code.TOO_MUCH_EVIDENCE
    if not any(each.side is side and each.sha256 == event.sha256 for each in order.evidence):
        draft.set(evidence=(*order.evidence, Evidence(side, event.sha256, draft.now_ms)))
    return None


def say_evidence_done(draft: Draft, event: EvidenceDone) -> None:
    """A party has shown all it has."""
    side = draft.order.side(event.by)
    if side is not None:
        close_evidence(draft, side)


def buyers_evidence_over(draft: Draft, event: object) -> None:
    """The buyer's time to show something is over."""
    close_evidence(draft, Side.BUYER)


def sellers_evidence_over(draft: Draft, event: object) -> None:
    """The seller's time is."""
    close_evidence(draft, Side.SELLER)


def close_evidence(draft: Draft, side: Side) -> None:
    """One side's time is over; after both, staff decide."""
    left = tuple(each for each in draft.order.evidence_open if each is not side)
    draft.stop(EVIDENCE_TIMERS[side])
    draft.set(evidence_open=left)
    if not left:
        draft.set(dispute=Dispute.DECIDING)
        draft.start(Timer.DECISION)
        draft.case(Case.DECIDE_DISPUTE)


def remind(draft: Draft, event: object) -> None:
    """Staff hear once more of what waits for them."""
    case = {
        Dispute.DECIDING: Case.DECIDE_DISPUTE,
        Dispute.APPEALED: Case.DECIDE_APPEAL,
        Dispute.ESCALATED: Case.DECIDE_ESCALATED,
    }[draft.order.dispute]
    draft.set(asks=draft.order.asks + 1)
    draft.case(case, number=draft.order.asks)
    draft.start(Timer.REMINDER)


def drop_dispute(draft: Draft, event: DropDispute) -> Code | None:
    """The buyer is content after all."""
    if staff_alone(draft.order):
        return Code.STAFF_DECIDE
    if draft.order.card in SELLERS_CARD:
        return Code.CARD_IS_BACK
    close_by_acceptance(draft)
    return None
