"""What people, the start of a payment and the card's fitness do to the stage."""

from __future__ import annotations

from cardtrail.deals.codes import Code
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.events import (
    Cancel,
    CardUnusable,
    Confirm,
    Delisted,
    OpenDispute,
    Paid,
    PartyGone,
    PaymentBegun,
    PaymentFailed,
)
from cardtrail.deals.moves import accepting, disputing, gating, paying
from cardtrail.deals.regions import ENDS, Stage
from cardtrail.deals.rows import SINCE_THEN, Nothing, on, timer

S = Stage
UNPAID = (S.AWAITING_PAYMENT, S.PAYMENT_PENDING)
UNDELIVERED = (S.FUNDED, S.DELIVERING)
ACCEPTED = (S.CONFIRMED, S.RELEASING)
AFTER_PAYMENT = tuple(stage for stage in S if stage not in (*UNPAID, S.CANCELLED))
AFTER_FUNDED = tuple(stage for stage in S if stage not in (*UNPAID, S.FUNDED))
HOLDING = (S.DELIVERING, S.DELIVERED, S.DISPUTED, S.CONTESTED, S.CONFIRMED)
"""The card is on its way or the buyer's, and the seller is not paid yet."""
PAID_OUT = tuple(stage for stage in AFTER_FUNDED if stage not in HOLDING)
GOING_BACK = (S.REFUNDING, S.REFUNDED, S.SPLITTING, S.SPLIT)

FINISHED = Nothing("what has begun is brought to its end; penalties are decided apart from it")
LEDGER_KNOWS = Nothing("the ledger itself refuses to deliver such a card, or it is the buyer's already")
EARLIER_TRY = Nothing("an earlier try to pay; if money arrives, it goes back")

ROWS = (
    on(PaymentBegun, paying.begin_payment, S.AWAITING_PAYMENT),
    on(PaymentBegun, SINCE_THEN, *(stage for stage in S if stage is not S.AWAITING_PAYMENT)),
    on(PaymentFailed, paying.fail_payment, S.PAYMENT_PENDING),
    on(PaymentFailed, EARLIER_TRY, *(stage for stage in S if stage is not S.PAYMENT_PENDING)),
    on(Paid, paying.take_payment, *UNPAID),
    on(Paid, paying.take_none, *(stage for stage in S if stage not in UNPAID)),
    *timer(Timer.PAYMENT, paying.lapse, S.AWAITING_PAYMENT),
    *timer(Timer.PENDING, paying.lapse, S.PAYMENT_PENDING),
    on(Cancel, paying.cancel_by_buyer, *UNPAID),
    on(Cancel, SINCE_THEN, S.CANCELLED),
    on(Cancel, Code.CANCEL_AFTER_PAYMENT, *(stage for stage in AFTER_PAYMENT if stage not in ENDS)),
    on(Cancel, Code.ORDER_OVER, *(stage for stage in AFTER_PAYMENT if stage in ENDS)),
    on(Delisted, paying.stop_unpaid, *UNPAID),
    on(Delisted, paying.stop_paid, S.FUNDED),
    on(Delisted, FINISHED, *AFTER_FUNDED),
    on(PartyGone, paying.leave_unpaid, *UNPAID),
    on(PartyGone, paying.leave_paid, S.FUNDED),
    on(PartyGone, gating.hold_payout, *HOLDING),
    on(PartyGone, FINISHED, *PAID_OUT),
    on(CardUnusable, paying.stop_unpaid, *UNPAID),
    on(CardUnusable, paying.stop_paid, S.FUNDED),
    on(CardUnusable, LEDGER_KNOWS, *AFTER_FUNDED),
    on(Confirm, Code.NOTHING_TO_CONFIRM, *UNPAID, *UNDELIVERED),
    on(Confirm, accepting.confirm, S.DELIVERED),
    on(Confirm, Code.CONFIRM_DURING_DISPUTE, S.DISPUTED),
    on(Confirm, Code.BANK_DECIDES, S.CONTESTED),
    on(Confirm, SINCE_THEN, *ACCEPTED, S.COMPLETED),
    on(Confirm, Code.ORDER_OVER, *GOING_BACK, S.CANCELLED, S.REVERSED),
    *timer(Timer.CONFIRM, accepting.confirm_by_time, S.DELIVERED),
    on(Timer.PAYOUT, accepting.pay_out_now, S.CONFIRMED),
    on(
        Timer.PAYOUT,
        Nothing("from now on the seller may be paid; it is not accepted yet"),
        *(stage for stage in S if stage is not S.CONFIRMED),
    ),
    on(OpenDispute, Code.DISPUTE_BEFORE_PAYMENT, *UNPAID, S.CANCELLED),
    on(OpenDispute, Code.DISPUTE_BEFORE_DELIVERY, *UNDELIVERED),
    on(OpenDispute, disputing.open_dispute, S.DELIVERED),
    on(OpenDispute, Code.DISPUTE_ALREADY_OPEN, S.DISPUTED),
    on(OpenDispute, Code.BANK_DECIDES, S.CONTESTED),
    on(OpenDispute, Code.DISPUTE_AFTER_CONFIRMATION, *ACCEPTED),
    on(OpenDispute, Code.DISPUTE_AFTER_COMPLETION, S.COMPLETED),
    on(OpenDispute, Code.DISPUTE_NOTHING_LEFT, *GOING_BACK, S.REVERSED),
)
