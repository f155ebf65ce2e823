"""Every refusal can be reached, names the right thing, and changes nothing."""

from __future__ import annotations

import pytest

from cardtrail.wire.reasons import ORDER, Reason
from tests.ledger.refusals import SCENES
from tests.ledger_world import World


@pytest.mark.parametrize(("reason", "scene"), SCENES, ids=[scene.__name__ for _, scene in SCENES])
def test_refused(reason, scene):
    assert scene(World.open()) is reason


def test_every_reason_has_a_scene():
    assert {reason for reason, _ in SCENES} == set(Reason)


@pytest.mark.parametrize(("reason", "scene"), SCENES, ids=[scene.__name__ for _, scene in SCENES])
def test_a_refusal_changes_nothing(reason, scene, monkeypatch):
    """The state after a refusal is the state before it: a draft that refused is settled here like any other."""
    world, before = World.open(), []
    submit = World.submit

    def watched(self, raw):
        before[:] = [dict(self.cards), self.state.size, self.totals(), dict(self.state.authorities)]
        return submit(self, raw)

    monkeypatch.setattr(World, "submit", watched)
    monkeypatch.setattr(World, "apply", apply_and_settle)
    assert scene(world) is reason
    if before and world.cards:
        assert before == [world.cards, world.state.size, world.totals(), dict(world.state.authorities)]
        world.check()


def apply_and_settle(world, request):
    """Settle also after a refusal, so that anything a refusal left in its draft would show."""
    from cardtrail.ledger.apply import apply

    draft = world.state.draft()
    answer = apply(draft, request, world.now_ms)
    if isinstance(answer, Reason):
        assert not draft.changed
    world.settle(draft)
    return answer


def test_texts_are_for_people():
    """A refusal says what is wrong in one or two sentences, and no two say the same."""
    texts = [reason.value for reason in Reason]
    assert len(set(texts)) == len(texts)
    assert all(text.endswith(".") and text[0].isupper() and len(text) < 200 for text in texts)


def test_the_order_is_the_declaration():
    assert list(ORDER) == list(Reason)
    assert [ORDER[reason] for reason in Reason] == list(range(len(Reason)))
