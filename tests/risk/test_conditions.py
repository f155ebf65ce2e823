"""Conditions have three answers; ramps are exact and grow evenly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.risk.conditions import Above, All, Asked, Below, Is, Ramp, holds
from cardtrail.risk.signals import Signals

TRUE, FALSE, UNKNOWN = (
    Above(measure="group_size", limit=1),
    Above(measure="group_size", limit=2),
    Above(measure="cards_moved", limit=0),
)
ASKED = Asked(signals=Signals(currency="CNY", group_size=2, payer_is_person=False), currency="CNY")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((TRUE, TRUE), True),
        ((TRUE, FALSE), False),
        ((TRUE, UNKNOWN), None),
        ((UNKNOWN, FALSE), False),
    ],
)
def test_all_of_them(parts, expected):
    assert holds(All(of=parts), ASKED) is expected


def test_facts_and_bounds():
    assert holds(Is(fact="payer_is_person", so=False), ASKED) is True
    assert holds(Is(fact="payer_is_person", so=True), ASKED) is False
    assert holds(Is(fact="penalised_person", so=True), ASKED) is None
    assert holds(Below(measure="group_size", limit=3), ASKED) is True
    assert holds(Below(measure="group_size", limit=2), ASKED) is False
    assert holds(Below(measure="cards_moved", limit=2), ASKED) is None


ramps = st.builds(
    Ramp,
    base=st.integers(0, 10**6),
    of=st.just("card_age_ms"),
    gain=st.integers(1, 50),
    per=st.integers(1, 10**5),
)


@given(ramps, st.integers(0, 10**9))
def test_a_ramp_never_jumps(ramp, at):
    assert 0 <= ramp.at(at + 1) - ramp.at(at) <= -(-ramp.gain // ramp.per)


@given(ramps, st.integers(0, 10**8))
def test_when_a_ramp_is_enough(ramp, value):
    least = ramp.enough_for(value)
    assert ramp.at(least) >= value
    assert least == 0 or ramp.at(least - 1) < value
