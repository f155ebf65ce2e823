"""Every refusal can be reached, names the right thing, and changes nothing."""

from __future__ import annotations

import pytest

from cardtrail.ledger.apply import apply
from cardtrail.wire.reasons import ORDER, Reason
from tests.ledger import refusals_by_card, refusals_by_terms
from tests.ledger.scenes import SCENES
from tests.ledger_world import World

assert refusals_by_card
assert refusals_by_terms
EACH = pytest.mark.parametrize(("reason", "scene"), SCENES, ids=[scene.__name__ for _, scene in SCENES])


@EACH
def test_refused(reason, scene):
    assert scene(World.open()) is reason


def test_every_reason_has_a_scene():
    assert {reason for reason, _ in SCENES} == set(Reason)


@EACH
def test_a_refusal_leaves_nothing_in_the_draft(reason, scene, monkeypatch):
    """The draft that refused is as it was: here it is settled like any other, and nothing of it shows."""
    refusals = []

    def apply_and_settle(world, request):
        before = (
            dict(world.cards),
            world.state.size,
            dict(world.state.totals),
            dict(world.state.authorities),
        )
        draft = world.state.draft()
        answer = apply(draft, request, world.now_ms)
        world.settle(draft)
        if isinstance(answer, Reason):
            state = world.state
            assert before == (world.cards, state.size, state.totals, state.authorities)
            refusals.append(answer)
        return answer

    monkeypatch.setattr(World, "apply", apply_and_settle)
    world = World.open()
    assert scene(world) is reason
    world.check()
    assert refusals in ([], [reason])


def test_texts_are_for_people():
    """A refusal says what is wrong in one or two sentences, and no two say the same."""
    texts = [reason.value for reason in Reason]
    assert len(set(texts)) == len(texts)
    assert all(text.endswith(".") and text[0].isupper() and len(text) < 200 for text in texts)


def test_the_order_is_the_declaration():
    assert list(ORDER) == list(Reason)
    assert [ORDER[reason] for reason in Reason] == list(range(len(Reason)))
