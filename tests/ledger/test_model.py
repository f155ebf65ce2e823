"""The rules beside an independent, naive model of them: the same answers, the same records, the same sums, always."""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cardtrail.ledger.transitions import passing
from cardtrail.wire.reasons import Reason
from tests.depth import DEPTH
from tests.ledger.side_by_side import SideBySide
from tests.ledger.walk import KINDS, STEPS_MS

CI = bool(os.environ.get("CI"))
EXAMPLES, STEPS = (180 * DEPTH, 120) if CI else (30 * DEPTH, 60)
FOLLOWING = 6
"""How many commands follow one that Hypothesis chose: it spends more time on choosing than both sides on a command."""
WALK_STEPS = 40_000 if CI else 12_000
BYTES_ONLY = {"OVERSIZE", "MALFORMED", "NOT_CANONICAL", "NOT_SUBMITTABLE", "BAD_SIGNATURE"}
"""The reasons that are found before the rules, in bytes that a walk of bodies never writes."""


class Ledgers(RuleBasedStateMachine):
    """One rule for each kind of command, so that Hypothesis can leave some out and dwell on others."""

    submitted = 0

    @initialize()
    def open(self) -> None:
        self.both = SideBySide()

    @rule(ms=st.sampled_from(STEPS_MS))
    def time_passes(self, ms: int) -> None:
        self.both.now_ms += ms

    @rule()
    def settle(self) -> None:
        self.both.settle()

    @rule()
    def drop(self) -> None:
        self.both.drop()

    @rule()
    def compare(self) -> None:
        self.both.compare()

    @invariant()
    def nothing_is_owed_twice(self) -> None:
        """Cheap enough for every step; `compare` does the whole."""
        for totals in self.both.draft().totals.values():
            assert totals.issued == totals.outstanding + totals.redeemed + totals.voided

    def teardown(self) -> None:
        self.both.compare()


def _rule_for(kind: str) -> Any:
    def submit(self: Ledgers, number: int) -> None:
        self.both.step(kind, number)
        # A number that Hypothesis has made as small as it gets brings nothing with it.
        dice = random.Random(number)
        following = [(dice.choice(KINDS), dice.getrandbits(64)) for _ in range(FOLLOWING if number else 0)]
        for each in following:
            self.both.step(*each)
        Ledgers.submitted += 1 + len(following)

    submit.__name__ = submit.__qualname__ = f"submit_{kind}"
    return rule(number=st.integers(0, 2**64 - 1))(submit)


class Machine(Ledgers):
    """The rules above, and two for each kind of command: a step is far more often a command than anything else."""


for _kind in KINDS:
    setattr(Machine, f"submit_{_kind}", _rule_for(_kind))
    setattr(Machine, f"submit_{_kind}_again", _rule_for(_kind))


def test_the_rules_and_the_model_agree():
    """At least 100,000 commands in CI."""
    Ledgers.submitted = 0
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
    )
    assert Ledgers.submitted >= (100_000 if CI else 1_500)


def walk(steps: int, seed: int = 1) -> Counter[tuple[str, str]]:
    """A random walk from a fixed seed through many ledgers; what was answered to which kind of command."""
    dice, verdicts = random.Random(seed), Counter()
    for start in range(0, steps, 250):
        both = SideBySide()
        for place in range(min(250, steps - start)):
            both.step(dice.choice(KINDS), dice.getrandbits(64))
            turn = dice.random()
            if turn < 0.15:
                both.now_ms += dice.choice(STEPS_MS)
            elif turn < 0.30:
                both.settle()
            elif turn < 0.32:
                both.drop()
            if place % 50 == 0:
                both.compare()
        both.compare()
        verdicts.update(both.verdicts)
    return verdicts


def test_the_walk_reaches_everything():
    """A model that only ever sees refusals, or never sees one, proves little: every kind of command is accepted often,
    and every reason that the rules can give is given."""
    verdicts = walk(WALK_STEPS)
    accepted = {kind: verdicts[kind, "ok"] for kind in KINDS}
    assert sum(accepted.values()) > 0.4 * sum(verdicts.values())
    assert min(accepted.values()) >= WALK_STEPS // 250, accepted
    given = {verdict for _, verdict in verdicts} - {"ok"}
    assert given == {reason.name for reason in Reason} - BYTES_ONLY


def test_the_comparison_bites(monkeypatch):
    """Take one rule away and the walk finds it: the old owner's key is not replaced."""
    monkeypatch.setattr(passing, "refuse_passing_on", lambda *_, **__: None)
    with pytest.raises(AssertionError, match=r"rules: ok, model: \w+"):
        walk(3_000)
