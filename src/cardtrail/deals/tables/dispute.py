"""What the parties, the staff and time do to a dispute."""

from __future__ import annotations

from cardtrail.deals.codes import Code
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.events import (
    AcceptDecision,
    AcceptSplit,
    Appeal,
    Concede,
    DecideAppeal,
    DecideDispute,
    DropDispute,
    EvidenceDone,
    GiveEvidence,
    ProposeSplit,
)
from cardtrail.deals.moves import deciding, disputing, gating
from cardtrail.deals.regions import Dispute
from cardtrail.deals.rows import NOT_RUNNING, SINCE_THEN, on, timer

D = Dispute
OPEN = (D.EVIDENCE, D.DECIDING, D.DECIDED, D.APPEALED, D.ESCALATED)
UNDECIDED = (D.EVIDENCE, D.DECIDING)
OVER = (D.FINAL, D.CLOSED)

ROWS = (
    on(GiveEvidence, Code.NO_DISPUTE, D.NONE),
    on(GiveEvidence, disputing.add_evidence, D.EVIDENCE),
    on(GiveEvidence, Code.EVIDENCE_IS_CLOSED, D.DECIDING, D.DECIDED, D.APPEALED, D.ESCALATED),
    on(GiveEvidence, Code.DISPUTE_OVER, *OVER),
    on(EvidenceDone, Code.NO_DISPUTE, D.NONE),
    on(EvidenceDone, disputing.say_evidence_done, D.EVIDENCE),
    on(EvidenceDone, SINCE_THEN, D.DECIDING, D.DECIDED, D.APPEALED, D.ESCALATED, *OVER),
    on(DropDispute, Code.NO_DISPUTE, D.NONE),
    on(DropDispute, disputing.drop_dispute, *OPEN),
    on(DropDispute, Code.DISPUTE_OVER, *OVER),
    on(Concede, Code.NO_DISPUTE, D.NONE),
    on(Concede, deciding.concede, *OPEN),
    on(Concede, Code.DISPUTE_OVER, *OVER),
    on(ProposeSplit, Code.NO_DISPUTE, D.NONE),
    on(ProposeSplit, deciding.propose, *OPEN),
    on(ProposeSplit, Code.DISPUTE_OVER, *OVER),
    on(AcceptSplit, Code.NO_DISPUTE, D.NONE),
    on(AcceptSplit, deciding.settle, *OPEN),
    on(AcceptSplit, Code.DISPUTE_OVER, *OVER),
    on(DecideDispute, Code.NO_DISPUTE, D.NONE),
    on(DecideDispute, Code.EVIDENCE_IS_OPEN, D.EVIDENCE),
    on(DecideDispute, deciding.decide, D.DECIDING),
    on(DecideDispute, Code.DECIDED_ALREADY, D.DECIDED),
    on(DecideDispute, Code.APPEAL_DECIDES, D.APPEALED),
    on(DecideDispute, deciding.decide_escalated, D.ESCALATED),
    on(DecideDispute, Code.DISPUTE_OVER, *OVER),
    on(AcceptDecision, Code.NO_DISPUTE, D.NONE),
    on(AcceptDecision, Code.NOTHING_DECIDED, *UNDECIDED),
    on(AcceptDecision, deciding.accept_decision, D.DECIDED),
    on(AcceptDecision, Code.APPEAL_DECIDES, D.APPEALED),
    on(AcceptDecision, Code.DISPUTE_OVER, D.ESCALATED, *OVER),
    on(Appeal, Code.NO_DISPUTE, D.NONE),
    on(Appeal, Code.NOTHING_DECIDED, *UNDECIDED),
    on(Appeal, deciding.appeal, D.DECIDED),
    on(Appeal, Code.ALREADY_APPEALED, D.APPEALED),
    on(Appeal, deciding.appeal_too_late, D.ESCALATED, *OVER),
    on(DecideAppeal, Code.NO_DISPUTE, D.NONE),
    on(DecideAppeal, Code.NOTHING_DECIDED, *UNDECIDED),
    on(DecideAppeal, Code.NO_APPEAL, D.DECIDED, D.ESCALATED),
    on(DecideAppeal, deciding.decide_appeal, D.APPEALED),
    on(DecideAppeal, Code.DISPUTE_OVER, *OVER),
    *timer(Timer.EVIDENCE_BUYER, disputing.buyers_evidence_over, D.EVIDENCE),
    *timer(Timer.EVIDENCE_SELLER, disputing.sellers_evidence_over, D.EVIDENCE),
    *timer(Timer.DECISION, disputing.remind, D.DECIDING),
    *timer(Timer.APPEAL, deciding.let_stand, D.DECIDED),
    *timer(Timer.APPEAL_DECISION, disputing.remind, D.APPEALED),
    on(Timer.REMINDER, disputing.remind, D.DECIDING, D.APPEALED, D.ESCALATED),
    on(Timer.REMINDER, gating.remind_of_payout, D.NONE, D.FINAL, D.CLOSED),
    on(Timer.REMINDER, NOT_RUNNING, D.EVIDENCE, D.DECIDED),
    *timer(Timer.HARD_STOP, deciding.stop_hard, D.EVIDENCE, D.DECIDING, D.DECIDED, D.APPEALED, D.FINAL),
)
