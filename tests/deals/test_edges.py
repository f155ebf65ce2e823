"""The edge cases of orders, one by one."""

from __future__ import annotations

import pytest

from cardtrail.deals import effects as f
from cardtrail.deals import events as e
from cardtrail.deals.codes import Refused
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.order import decide, open_order
from cardtrail.deals.parts import Pace
from cardtrail.deals.regions import Advice, CardAt, Dispute, Funds, Gate, Outcome, Side, Stage, StrayAt
from tests.deals.builders import (
    ALLOW,
    BUYER,
    COLLEAGUE,
    DELIVERED,
    DISPUTE,
    HASH,
    PAID,
    PRICE,
    SELLER,
    STAFF,
    T0,
    after,
    at,
    deciding,
    delivered,
    delivering,
    disputed,
    funded,
    go,
    names,
    new,
    pass_deadline,
    payment,
    refusal,
    told,
)


def decided(outcome: Outcome, part: int = 0):
    return after(deciding(), e.DecideDispute(STAFF, outcome, part))


# Paying


def test_the_whole_way():
    order, effects = go(new(), e.PaymentBegun(), PAID, ALLOW, DELIVERED, e.Confirm(BUYER), e.Released(PRICE))
    assert (order.stage, order.card, order.funds, order.gate) == (
        Stage.COMPLETED, CardAt.BUYERS, Funds.RELEASED, Gate.ALLOWED,
    )  # fmt: skip
    assert names(effects) == ["AskRisk", "Deliver", "SellListing", "DropWaiting", "Release", "Record"]
    record = next(effect for effect in effects if isinstance(effect, f.Record))
    assert (record.ended, record.refund_minor, record.disputed) == ("completed", 0, False)


def test_nobody_buys_from_themselves():
    answer = open_order(
        id="o", listing="l", listing_version=1, serial=1, seller="same", buyer="same", price_minor=1,
        currency="CNY", balance_minor=1, pace=Pace(0), now_ms=T0,
    )  # fmt: skip
    assert isinstance(answer, Refused)
    assert answer.code.code == "self_purchase"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (payment("p1", PRICE + 1), "amount"),
        (payment("p1", PRICE - 1), "amount"),
        (payment("p1", PRICE, "USD"), "currency"),
    ],
)
def test_a_payment_that_does_not_fit_goes_back_whole(wrong, why):
    """Attack row 5."""
    order, effects = go(new(), e.Paid(wrong))
    assert order.stage is Stage.AWAITING_PAYMENT
    assert [(stray.why, stray.at) for stray in order.strays] == [(why, StrayAt.REFUNDING)]
    (refund,) = (effect for effect in effects if isinstance(effect, f.Refund))
    assert (refund.payment_id, refund.amount_minor, refund.currency) == (
        "p1",
        wrong.amount_minor,
        wrong.currency,
    )
    order = after(order, e.Paid(payment("p2")), e.Refunded("p1", wrong.amount_minor))
    assert order.stage is Stage.FUNDED
    assert order.strays[0].at is StrayAt.REFUNDED


def test_another_payer_waits_for_a_person():
    order, effects = go(new(), e.Paid(payment(fits=False)))
    assert (order.stage, order.gate, order.funds) == (Stage.FUNDED, Gate.HOLD, Funds.HELD)
    assert "AskRisk" not in names(effects)
    assert "payer_differs" in told(effects)
    assert after(order, e.Verdict(0, Advice.ALLOW)).stage is Stage.FUNDED
    assert after(order, e.ReviewRisk(STAFF, allow=True)).stage is Stage.DELIVERING
    assert after(order, e.ReviewRisk(STAFF, allow=False)).stage is Stage.REFUNDING
    assert pass_deadline(order, Timer.RISK_HOLD).stage is Stage.REFUNDING


def test_paid_twice():
    order, effects = go(funded(), e.Paid(payment("p2")))
    assert [stray.why for stray in order.strays] == ["double"]
    assert names(effects) == ["Refund"]
    assert order.payment.id == "p1"


@pytest.mark.parametrize("stage", Stage, ids=lambda stage: stage.value)
def test_one_notification_a_hundred_times(stage):
    """Attack row 4: the same payment told again changes nothing, at any stage; an unknown one goes back."""
    order = at(stage)
    if order.payment is not None:
        for _ in range(100):
            assert decide(order, PAID, order.changed_ms).after is order
    elif stage is Stage.CANCELLED:
        late, effects = go(order, PAID)
        assert late.stage is Stage.CANCELLED
        assert names(effects) == ["Refund"]
        for _ in range(100):
            assert decide(late, PAID, late.changed_ms).after is late


def test_cancelled_by_the_buyer_before_paying_and_not_after():
    _, effects = go(new(), e.Cancel(BUYER))
    assert names(effects) == ["ClosePayment", "DropWaiting", "FreeListing", "Record"]
    assert refusal(funded(), e.Cancel(BUYER)) == "cancel_after_payment"


# Risk


@pytest.mark.parametrize(
    ("advice", "stage", "gate"),
    [
        (Advice.ALLOW, Stage.DELIVERING, Gate.ALLOWED),
        (Advice.STEP_UP, Stage.FUNDED, Gate.STEP_UP),
        (Advice.HOLD, Stage.FUNDED, Gate.HOLD),
        (Advice.BLOCK, Stage.REFUNDING, Gate.BLOCKED),
    ],
)
def test_what_risk_says_is_done(advice, stage, gate):
    order = after(funded(), e.Verdict(1, advice))
    assert (order.stage, order.gate) == (stage, gate)


def test_only_the_answer_to_the_last_question_counts():
    order = funded()
    assert decide(order, e.Verdict(0, Advice.ALLOW), T0).after is order
    assert decide(order, e.Verdict(2, Advice.ALLOW), T0).after is order


def test_risk_that_does_not_answer_never_means_yes():
    order = pass_deadline(funded(), Timer.VERDICT)
    assert (order.stage, order.gate) == (Stage.FUNDED, Gate.HOLD)
    assert pass_deadline(order, Timer.RISK_HOLD).stage is Stage.REFUNDING


def test_a_verdict_that_comes_when_it_is_called_off():
    order = after(funded(), e.Delisted())
    assert (order.stage, order.gate) == (Stage.REFUNDING, Gate.MOOT)
    assert decide(order, ALLOW, order.changed_ms).after is order


# Delivering


def test_a_delivery_that_is_refused_is_paid_back():
    order, effects = go(delivering(), e.DeliveryRefused("card_frozen"))
    assert (order.stage, order.card) == (Stage.REFUNDING, CardAt.FREE)
    assert names(effects) == ["DropWaiting", "FreeListing", "Refund"]
    assert after(order, e.Refunded("p1", PRICE)).stage is Stage.REFUNDED


def test_while_the_ledger_is_silent_it_is_asked_and_nothing_is_paid_back():
    order = delivering()
    for number in range(1, 6):
        deadline = order.deadline(Timer.RECONCILE)
        order, effects = go(order, e.DeadlinePassed(Timer.RECONCILE), now_ms=deadline.at_ms)
        assert names(effects) == ["AskLedger"]
        assert effects[0].key == f"o1/ask-ledger/{number}"
    assert order.stage is Stage.DELIVERING
    assert after(order, DELIVERED).stage is Stage.DELIVERED


@pytest.mark.parametrize(
    "stage", [Stage.AWAITING_PAYMENT, Stage.PAYMENT_PENDING, Stage.FUNDED, Stage.DELIVERED]
)
@pytest.mark.parametrize(
    "event", [e.Delisted(), e.CardUnusable("card_frozen"), e.PartyGone(SELLER, "deleted")]
)
def test_delisted_frozen_or_left_is_ended_or_finished_never_left_hanging(stage, event):
    ended = {
        Stage.AWAITING_PAYMENT: Stage.CANCELLED,
        Stage.PAYMENT_PENDING: Stage.CANCELLED,
        Stage.FUNDED: Stage.REFUNDING,
        Stage.DELIVERED: Stage.DELIVERED,
    }
    assert after(at(stage), event).stage is ended[stage]


def test_a_stranger_who_leaves_changes_nothing():
    order = funded()
    assert decide(order, e.PartyGone("stranger", "deleted"), T0).after is order


def test_the_card_of_a_buyer_who_leaves_is_sold_to_somebody_else():
    frees = [
        effect.usable
        for who in (BUYER, SELLER)
        for effect in go(funded(), e.PartyGone(who, "suspended"))[1]
        if isinstance(effect, f.FreeListing)
    ]
    assert frees == [True, False]


# Accepting


@pytest.mark.parametrize("how", ["redeemed", "passed_on", "divided"])
def test_using_the_card_accepts_it(how):
    assert after(delivered(), e.CardUsed(how)).stage is Stage.RELEASING


def test_a_use_that_is_told_before_the_delivery():
    order = after(delivering(), e.CardUsed("redeemed"))
    assert order.stage is Stage.DELIVERING
    assert after(order, DELIVERED).stage is Stage.RELEASING


def test_confirm_races_dispute_and_the_first_commit_wins():
    """Attack row 8."""
    assert refusal(after(delivered(), e.Confirm(BUYER)), DISPUTE) == "dispute_after_confirmation"
    assert refusal(after(delivered(), DISPUTE), e.Confirm(BUYER)) == "confirm_during_dispute"


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        (Stage.AWAITING_PAYMENT, "dispute_before_payment"),
        (Stage.PAYMENT_PENDING, "dispute_before_payment"),
        (Stage.FUNDED, "dispute_before_delivery"),
        (Stage.DELIVERING, "dispute_before_delivery"),
        (Stage.DISPUTED, "dispute_already_open"),
        (Stage.RELEASING, "dispute_after_confirmation"),
        (Stage.COMPLETED, "dispute_after_completion"),
        (Stage.REFUNDED, "dispute_nothing_left"),
        (Stage.CONTESTED, "bank_decides"),
    ],
)
def test_a_dispute_at_the_wrong_time_names_the_way_there_is(stage, code):
    assert refusal(at(stage), DISPUTE) == code


def test_the_balance_at_delivery_is_kept():
    """Attack row 19: "it was empty" can be answered."""
    order, effects = go(delivering(), e.Delivered(99_99))
    assert order.delivered_balance_minor == 99_99
    assert "balance_differs" in told(effects)
    assert "balance_differs" not in told(go(delivering(), DELIVERED)[1])


# Money


def test_a_release_whose_answer_is_lost_is_asked_for_under_the_same_key():
    """Attack row 7."""
    order, first = go(delivered(), e.Confirm(BUYER))
    release = next(effect for effect in first if isinstance(effect, f.Release))
    for _ in range(5):
        deadline = order.deadline(Timer.MONEY)
        order, asked = go(order, e.DeadlinePassed(Timer.MONEY), now_ms=deadline.at_ms)
        assert names(asked) == ["AskProvider"]
        order, again = go(order, e.StillHeld())
        assert [effect for effect in again if isinstance(effect, f.Release)] == [release]
    assert after(order, e.Released(PRICE)).stage is Stage.COMPLETED


@pytest.mark.parametrize("stage", [Stage.COMPLETED, Stage.REFUNDED, Stage.SPLIT])
def test_late_and_repeated_answers_of_the_provider_are_harmless(stage):
    order = at(stage)
    for event in (
        e.Released(PRICE),
        e.Refunded("p1", PRICE),
        e.StillHeld(),
        e.PaymentBegun(),
        e.PaymentFailed(),
    ):
        answer = decide(order, event, order.changed_ms)
        assert answer.after.stage is stage
        assert (answer.after.refunded_minor, answer.after.released_minor) == (
            order.refunded_minor, order.released_minor,
        )  # fmt: skip
        assert not {"Refund", "Release"} & set(names(list(answer.effects)))


def test_an_amount_that_was_not_asked_for_is_looked_at_by_people():
    order, effects = go(at(Stage.RELEASING), e.Released(PRICE - 1))
    assert (order.stage, order.released_minor) == (Stage.RELEASING, 0)
    assert told(effects) == ["money_moved_oddly"]


def test_a_refused_payout_stays_a_case_and_is_tried_again():
    order, effects = go(at(Stage.RELEASING), e.ReleaseRefused("account_closed"))
    assert order.stage is Stage.RELEASING
    assert told(effects) == ["release_refused"]
    assert order.deadline(Timer.MONEY) is not None


# Disputes


def test_a_dispute_sets_the_card_aside_first():
    order, effects = go(delivered(), DISPUTE)
    assert names(effects) == ["SetCardAside"]
    assert (order.dispute, order.card) == (Dispute.EVIDENCE, CardAt.SETTING_ASIDE)


def test_what_cannot_be_set_aside_is_frozen():
    order, effects = go(after(delivered(), DISPUTE), e.SetAsideRefused("too_many_hops"))
    assert names(effects) == ["DropWaiting", "Freeze"]
    assert effects[0].orders == ("give_up", "end_sale")  # There is no hold that they could end.
    assert order.card is CardAt.FREEZING


def test_won_by_the_seller():
    order, effects = go(decided(Outcome.RELEASE), e.AcceptDecision(BUYER))
    assert order.stage is Stage.RELEASING
    assert names(effects) == ["Release", "DropWaiting", "EndAside"]
    order = after(order, e.AsideEnded(), e.Released(PRICE))
    assert (order.stage, order.card) == (Stage.COMPLETED, CardAt.BUYERS)


def test_won_by_the_buyer_the_card_goes_first_and_the_money_after():
    order, effects = go(decided(Outcome.REFUND), e.AcceptDecision(SELLER))
    assert (order.stage, order.funds, order.card) == (Stage.DISPUTED, Funds.HELD, CardAt.GIVING_BACK)
    assert names(effects) == ["DropWaiting", "GiveBack"]
    order, effects = go(order, e.GivenBack())
    assert names(effects) == ["Refund"]
    assert after(order, e.Refunded("p1", PRICE)).stage is Stage.REFUNDED


def test_split_to_the_fen():
    order, effects = go(decided(Outcome.SPLIT, 10_01), e.AcceptDecision(BUYER), e.AcceptDecision(SELLER))
    refund = next(effect for effect in effects if isinstance(effect, f.Refund))
    assert refund.amount_minor == 10_01
    order, effects = go(order, e.Refunded("p1", 10_01))
    release = next(effect for effect in effects if isinstance(effect, f.Release))
    assert release.amount_minor == PRICE - 10_01
    order = after(order, e.Released(PRICE - 10_01))
    assert (order.stage, order.refunded_minor + order.released_minor) == (Stage.SPLIT, PRICE)


@pytest.mark.parametrize("part", [0, PRICE, PRICE + 1])
def test_a_split_is_a_part(part):
    assert refusal(deciding(), e.DecideDispute(STAFF, Outcome.SPLIT, part)) == "bad_split"


def test_one_appeal_by_who_lost_and_another_reviewer():
    """Attack row 26."""
    order = decided(Outcome.RELEASE)
    assert refusal(order, e.Appeal(SELLER, HASH)) == "appeal_by_the_loser"
    order = after(order, e.Appeal(BUYER, HASH))
    assert refusal(order, e.Appeal(BUYER, HASH)) == "already_appealed"
    assert refusal(order, e.DecideAppeal(STAFF, Outcome.REFUND)) == "same_reviewer"
    assert refusal(order, e.DecideAppeal(BUYER, Outcome.REFUND)) == "own_case"
    assert refusal(order, e.DecideDispute(COLLEAGUE, Outcome.REFUND)) == "appeal_decides"
    order = after(order, e.DecideAppeal(COLLEAGUE, Outcome.REFUND))
    assert (order.dispute, order.card) == (Dispute.FINAL, CardAt.GIVING_BACK)
    assert refusal(order, e.Appeal(SELLER, HASH)) == "already_appealed"


def test_nobody_decides_before_both_sides_had_their_time():
    assert refusal(disputed(), e.DecideDispute(STAFF, Outcome.RELEASE)) == "evidence_is_open"
    one_done = after(disputed(), e.EvidenceDone(SELLER))
    assert refusal(one_done, e.DecideDispute(STAFF, Outcome.RELEASE)) == "evidence_is_open"
    assert refusal(one_done, e.GiveEvidence(SELLER, HASH)) == "evidence_is_closed"
    assert len(after(one_done, e.GiveEvidence(BUYER, "cd" * 32)).evidence) == 2


def test_so_much_evidence_and_no_more():
    order = disputed()
    for number in range(19):
        order = after(order, e.GiveEvidence(BUYER, f"{number:064x}"))
    assert refusal(order, e.GiveEvidence(BUYER, "ff" * 32)) == "too_much_evidence"
    assert after(order, e.GiveEvidence(SELLER, HASH)).evidence[-1].side is Side.SELLER


def test_peers_settle_and_the_dispute_closes():
    assert after(disputed(), e.DropDispute(BUYER)).stage is Stage.RELEASING
    assert after(disputed(), e.Concede(SELLER)).card is CardAt.GIVING_BACK
    offered = after(disputed(), e.ProposeSplit(SELLER, 10_00))
    assert refusal(offered, e.AcceptSplit(SELLER, 10_00)) == "no_such_proposal"
    assert refusal(offered, e.AcceptSplit(BUYER, 10_01)) == "no_such_proposal"
    assert after(offered, e.AcceptSplit(BUYER, 10_00)).stage is Stage.SPLITTING


def test_use_during_a_dispute_ends_it():
    """The set-aside came too late: the buyer had spent already, which accepts."""
    order = after(delivered(), DISPUTE, e.CardUsed("redeemed"))
    assert (order.dispute, order.stage) == (Dispute.CLOSED, Stage.RELEASING)


def test_no_refund_by_itself_for_a_card_that_comes_back_used():
    order = after(decided(Outcome.REFUND), e.AcceptDecision(SELLER), e.CardUsed("redeemed"), e.GivenBack())
    assert (order.dispute, order.stage) == (Dispute.ESCALATED, Stage.DISPUTED)
    assert refusal(order, e.DecideDispute(STAFF, Outcome.RELEASE)) == "card_is_back"
    assert after(order, e.DecideDispute(STAFF, Outcome.REFUND)).stage is Stage.REFUNDING


def test_a_card_that_cannot_be_brought_back_is_for_a_person():
    order, effects = go(decided(Outcome.REFUND), e.AcceptDecision(SELLER), e.GiveBackRefused("hold_expired"))
    assert order.dispute is Dispute.ESCALATED
    assert names(effects)[-1] == "Freeze"
    assert "decide_escalated" in told(effects)
    assert order.deadline(Timer.REMINDER) is not None


# Chargebacks


def test_taken_back_before_the_seller_is_paid():
    order, effects = go(delivered(), e.ChargedBack("p1", PRICE))
    assert (order.stage, order.funds, order.card) == (Stage.CONTESTED, Funds.REVERSED, CardAt.FREEZING)
    assert names(effects) == ["Freeze"]
    order = after(order, e.Frozen())
    won, effects = go(order, e.ChargebackEnded("p1", True))
    assert won.stage is Stage.RELEASING
    assert names(effects) == ["Release", "Unfreeze"]
    lost, effects = go(order, e.ChargebackEnded("p1", False))
    assert (lost.stage, lost.card) == (Stage.REVERSED, CardAt.GIVING_BACK)
    assert names(effects) == ["Record", "RecoverCard"]


def test_taken_back_after_the_seller_was_paid():
    """Attack row 20: what is unspent is frozen, and the seller owes it."""
    order, effects = go(at(Stage.COMPLETED), e.ChargedBack("p1", PRICE))
    assert (order.stage, order.funds, order.card) == (Stage.COMPLETED, Funds.REVERSED, CardAt.FREEZING)
    assert names(effects) == ["ClaimOnSeller", "Freeze"]
    won, effects = go(after(order, e.Frozen()), e.ChargebackEnded("p1", True))
    assert won.funds is Funds.RELEASED
    assert names(effects) == ["DropClaim", "Unfreeze"]


def test_a_spent_card_is_not_frozen_and_is_a_loss():
    order, effects = go(after(at(Stage.COMPLETED), e.CardUsed("redeemed")), e.ChargedBack("p1", PRICE))
    assert names(effects) == ["ClaimOnSeller"]
    assert "loss" in told(go(order, e.ChargebackEnded("p1", False))[1])


def test_taken_back_while_the_card_is_being_delivered():
    order = after(delivering(), e.ChargedBack("p1", PRICE))
    assert (order.stage, order.card) == (Stage.CONTESTED, CardAt.SENDING)
    arrived, effects = go(order, DELIVERED)
    assert arrived.card is CardAt.FREEZING
    assert names(effects) == ["SellListing", "Freeze"]
    stopped = after(order, e.DeliveryRefused("card_frozen"), e.ChargebackEnded("p1", True))
    assert stopped.stage is Stage.REFUNDING


def test_taken_back_while_it_is_paid_out():
    """Only the provider knows which was first; the release is asked for once more, under its one key."""
    order, effects = go(at(Stage.RELEASING), e.ChargedBack("p1", PRICE))
    assert order.stage is Stage.RELEASING
    assert names(effects) == ["Freeze", "Release"]
    paid_out = after(order, e.Released(PRICE))
    assert (paid_out.stage, paid_out.funds) == (Stage.COMPLETED, Funds.REVERSED)
    assert after(order, e.ReleaseRefused("reversed")).stage is Stage.CONTESTED


def test_an_end_that_is_told_first_is_nothing_yet():
    """The provider is asked about the chargeback that comes after it, and tells the end again."""
    order = delivered()
    assert decide(order, e.ChargebackEnded("p1", True), order.changed_ms).after is order
    order = after(order, e.ChargedBack("p1", PRICE))
    assert (order.stage, order.deadline(Timer.MONEY) is not None) == (Stage.CONTESTED, True)


def test_the_bank_decides_about_another_payment():
    """One that was not accepted goes back after all; the order's own chargeback stays open."""
    stray = e.Paid(payment("p2"))
    order = after(delivered(), stray, e.ChargedBack("p2", PRICE), e.ChargedBack("p1", PRICE))
    won, effects = go(order, e.ChargebackEnded("p2", True))
    assert (won.stage, won.chargeback.won) == (Stage.CONTESTED, None)
    assert [effect.payment_id for effect in effects if isinstance(effect, f.Refund)] == ["p2"]
    lost, effects = go(order, e.ChargebackEnded("p2", False))
    assert (names(effects), lost.chargeback.won) == ([], None)
    unknown, effects = go(order, e.ChargebackEnded("p9", True))
    assert (told(effects), unknown.chargeback.won) == (["money_moved_oddly"], None)


def test_both_parties_hear_how_the_bank_decided():
    order = after(delivered(), e.ChargedBack("p1", PRICE), e.Frozen())
    for won, expected in (
        (True, {("chargeback_won", Side.BUYER), ("chargeback_won", Side.SELLER)}),
        (False, {("card_goes_back", Side.BUYER), ("chargeback_lost", Side.SELLER)}),
    ):
        _, effects = go(order, e.ChargebackEnded("p1", won))
        assert {(each.what, each.side) for each in effects if isinstance(each, f.Tell)} == expected


def test_a_chargeback_told_again_after_it_was_won():
    order = after(
        delivered(), e.ChargedBack("p1", PRICE), e.Frozen(), e.ChargebackEnded("p1", True), e.Released(PRICE)
    )
    again = after(order, e.ChargedBack("p1", PRICE))
    assert (again.stage, again.funds) == (Stage.COMPLETED, Funds.RELEASED)
