"""What risk and its reviewers do to the gate."""

from __future__ import annotations

from cardtrail.deals.codes import Code
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.events import ReviewRisk, StepUpFailed, StepUpPassed, Verdict
from cardtrail.deals.moves import gating
from cardtrail.deals.regions import Gate
from cardtrail.deals.rows import SINCE_THEN, Nothing, on, timer

G = Gate
NOT_ASKED = Nothing("risk was not asked")

ROWS = (
    on(Verdict, NOT_ASKED, G.UNASKED),
    on(Verdict, gating.follow_advice, G.ASKED),
    on(Verdict, SINCE_THEN, G.STEP_UP, G.HOLD, G.ALLOWED, G.PAYOUT_HOLD, G.BLOCKED, G.MOOT),
    on(StepUpPassed, gating.let_pass, G.STEP_UP),
    on(StepUpPassed, SINCE_THEN, G.ALLOWED, G.PAYOUT_HOLD),
    on(StepUpPassed, Code.NO_STEP_UP, G.UNASKED, G.ASKED, G.HOLD, G.BLOCKED, G.MOOT),
    on(StepUpFailed, gating.block, G.STEP_UP),
    on(StepUpFailed, SINCE_THEN, G.BLOCKED),
    on(StepUpFailed, Code.NO_STEP_UP, G.UNASKED, G.ASKED, G.HOLD, G.ALLOWED, G.PAYOUT_HOLD, G.MOOT),
    on(ReviewRisk, gating.review, G.HOLD),
    on(ReviewRisk, gating.review_payout, G.PAYOUT_HOLD),
    on(ReviewRisk, Code.NO_RISK_HOLD, G.UNASKED, G.ASKED, G.STEP_UP, G.ALLOWED, G.BLOCKED, G.MOOT),
    *timer(Timer.VERDICT, gating.wait_for_a_person, G.ASKED),
    *timer(Timer.STEP_UP, gating.block, G.STEP_UP),
    *timer(Timer.RISK_HOLD, gating.block, G.HOLD),
)
