"""When several things are wrong with a command, the answer names the one that `Reason` declares first."""

from __future__ import annotations

from itertools import combinations

import pytest

from cardtrail.ledger.change import Change
from cardtrail.ledger.transitions.sealing import make_seal
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import KINDS
from cardtrail.wire.reasons import ORDER, Reason
from cardtrail.wire.signed import Signed, SignedBy
from tests.ledger.faults import BYTES, FAULTS, Plan, plan_for
from tests.ledger_world import World, key


def answer(plan: Plan) -> object:
    return plan.world.submit(plan.raw())


def test_every_kind_has_faults():
    assert set(FAULTS) == set(KINDS) - {"seal"}


@pytest.mark.parametrize("kind", FAULTS)
def test_without_a_fault_it_is_accepted(kind):
    assert isinstance(answer(plan_for(kind)), Change)


@pytest.mark.parametrize("kind", FAULTS)
def test_each_fault_alone_gives_its_reason(kind):
    for fault in (*BYTES, *FAULTS[kind]):
        plan = plan_for(kind)
        fault.do(plan)
        assert answer(plan) is fault.reason, fault


@pytest.mark.parametrize("kind", FAULTS)
def test_of_two_faults_the_first_declared_is_named(kind):
    for pair in combinations((*BYTES, *FAULTS[kind]), 2):
        if pair[0].slot == pair[1].slot:
            continue
        plan = plan_for(kind)
        for fault in pair:
            fault.do(plan)
        found = answer(plan)
        expected = min((fault.reason for fault in pair), key=ORDER.__getitem__)
        assert found is expected, f"{pair[0].reason} and {pair[1].reason} gave {found}"


def test_a_seal_from_outside_is_looked_at_in_order_too():
    """Its network before that it cannot be sent, and that before a signature that does not fit."""
    world = World.open()
    seal = make_seal(world.state)
    forged = (SignedBy(key("x").public, bytes(64)),)
    other = type(seal)(bytes(16), *[getattr(seal, name) for name in seal.__struct_fields__[1:]])
    assert world.submit(encode(Signed(encode(other), forged, None))) is Reason.WRONG_NETWORK
    assert world.submit(encode(Signed(encode(seal), forged, None))) is Reason.NOT_SUBMITTABLE
