"""Random interleavings of people, time, a faulty provider, a slow ledger and killed processes: nothing is lost.

And the other way round: with the machine spoiled in one place, these very checks say so."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardtrail.deals import events as e
from cardtrail.deals import order as order_module
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.moves import accepting, deciding, paying, ways
from cardtrail.deals.order_table import TABLE
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Stage
from cardtrail.deals.rows import Nothing
from cardtrail.deals.tangle import Tangled
from tests.deals.world import ACTIONS, Broken, World
from tests.depth import DEPTH

EXAMPLES = (2_000 if os.environ.get("CI") else 150) * DEPTH
STEPS = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2**16)), max_size=60)


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 3), STEPS)
def test_whatever_happens_money_and_card_end_where_they_should(pace, steps):
    world = World(pace)
    for name, number in steps:
        world.act(name, number)
    world.settle()


def play(seed: int) -> World:
    """A world that goes its way to delivery, mostly, and is then left to chance."""
    dice = random.Random(seed)
    world = World(seed)
    to_delivery = ("pay", "deliver_post", "run", "deliver_post", "run", "deliver_post")
    for name in to_delivery[: dice.choice((6, 6, 6, 5, 4, 1))]:
        world.act(name, 0 if name != "pay" or dice.random() < 0.8 else dice.getrandbits(10))
    if dice.random() < 0.5:
        world.act("dispute", 0)
    for _ in range(dice.randrange(50)):
        world.act(dice.choice(ACTIONS), dice.getrandbits(16))
    world.settle()
    return world


def test_chance_reaches_every_end():
    """A world in which nothing happens would prove nothing."""
    ends = {play(seed).order.stage for seed in range(400)}
    assert ends == {Stage.COMPLETED, Stage.REFUNDED, Stage.SPLIT, Stage.CANCELLED, Stage.REVERSED}


NOTHING = Nothing("spoiled")


def pay_both(draft, event):
    """Refunds and leaves the card on its way."""
    draft.set(card=CardAt.FREE)
    ways.refund(draft)


def forget_strays(draft, event):
    """Takes any payment for the right one."""
    draft.set(stage=Stage.FUNDED, funds=Funds.HELD, payment=event.payment, gate=Gate.HOLD)
    draft.stop(Timer.PAYMENT, Timer.PENDING)
    draft.start(Timer.RISK_HOLD)


def another_key(draft, event):
    """Asks for a release anew under another key, because the answer was lost."""
    order = draft.order
    draft.do(
        ways.Release, f"release/{order.version}", amount_minor=order.price_minor, currency=order.currency
    )
    draft.ask_again()


def refund_at_once(draft, event):
    """Pays the buyer back without waiting for the card."""
    decision = deciding.Decision("", deciding.Outcome.REFUND, draft.order.price_minor, draft.now_ms)
    draft.set(dispute=Dispute.FINAL, decisions=(decision,))
    ways.refund(draft)


def reopen(draft, event):
    """A late payment brings a cancelled order back to life."""
    draft.set(card=CardAt.HELD)
    paying.take_payment(draft, event)


def pay_out_regardless(draft, event):
    """Pays the seller without asking whether risk stands before it."""
    draft.set(stage=Stage.RELEASING, funds=Funds.RELEASING)
    draft.keep_only(Timer.RECONCILE)
    draft.start(Timer.MONEY)
    ways.send_release(draft)


SPOILED = {
    "a late payment is accepted": {(Stage.CANCELLED, e.Paid): reopen},
    "a late payment is kept": {(Stage.CANCELLED, e.Paid): NOTHING},
    "a double payment is kept": {
        (stage, e.Paid): NOTHING for stage in Stage if stage is not Stage.AWAITING_PAYMENT
    },
    "any amount is taken": {(Stage.AWAITING_PAYMENT, e.Paid): forget_strays},
    "refund while the ledger may still deliver": {(CardAt.SENDING, Timer.RECONCILE): pay_both},
    "a lost answer is answered with another key": {(Funds.RELEASING, Timer.MONEY): another_key},
    "a lost release is never asked for": {(Funds.RELEASING, Timer.MONEY): NOTHING},
    "a refused delivery is not noticed": {(CardAt.SENDING, e.DeliveryRefused): NOTHING},
    "money before the card": {(Dispute.EVIDENCE, e.Concede): refund_at_once},
    "no hard stop, and nobody reminded": {
        (Dispute.EVIDENCE, Timer.HARD_STOP): NOTHING,
        (Dispute.DECIDING, Timer.HARD_STOP): NOTHING,
    },
    "not confirmed by itself": {(Stage.DELIVERED, Timer.CONFIRM): NOTHING},
    "an answer told twice undoes an end": {
        (Funds.RELEASED, e.Released): lambda draft, event: ways.refund(draft)
    },
    "set aside, and never given free": {
        (CardAt.SETTING_ASIDE, e.SetAside): lambda draft, event: draft.set(card=CardAt.ASIDE),
    },
    "what needs the hold waits on where there is none": {
        (CardAt.SETTING_ASIDE, e.SetAsideRefused): lambda draft, event: draft.set(card=CardAt.BUYERS),
    },
    "paid out while a person should look": {(Stage.DELIVERED, e.Confirm): pay_out_regardless},
    "delivered twice": {(CardAt.BUYERS, e.Delivered): accepting.arrive},
}


@pytest.mark.parametrize("how", SPOILED)
def test_the_checks_catch_a_spoiled_machine(how, monkeypatch):
    monkeypatch.setattr(order_module, "TABLE", {**TABLE, **SPOILED[how]})
    caught = None
    for seed in range(600):
        try:
            play(seed)
        except (Broken, Tangled, LookupError) as error:
            caught = error
            break
    assert caught is not None, "600 worlds went by and nobody noticed"
