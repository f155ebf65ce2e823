"""Where the scenes of refusals are kept: a ledger, and the one command that it refuses for the reason named."""

from __future__ import annotations

from collections.abc import Callable

from cardtrail.ledger.change import Change
from cardtrail.wire.reasons import Reason
from tests.ledger_world import World

Scene = Callable[[World], Change | Reason]
SCENES: list[tuple[Reason, Scene]] = []


def refused(reason: Reason) -> Callable[[Scene], Scene]:
    """Marks a scene with the reason that it has to end in."""

    def add(scene: Scene) -> Scene:
        SCENES.append((reason, scene))
        return scene

    return add
