"""Links: one thing shared is a coincidence, two are not."""

from __future__ import annotations

from itertools import combinations

import pytest

from cardtrail.risk import links as module
from cardtrail.risk.links import Kind, Trace, count_kinds, linked, links_of, shared_kinds


def traces(*rows):
    return [Trace(account=account, kind=kind, token=token) for account, kind, token in rows]


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.PERSON}))
def test_one_kind_never_links(kind):
    """Attack 13."""
    assert not linked([kind])
    assert not linked([kind, kind])
    assert count_kinds([kind]) == 1


def test_two_kinds_link_but_for_what_strangers_share():
    """Attack 12, and its other side: an office that buys from one busy seller."""
    for pair in combinations(sorted(set(Kind) - {Kind.PERSON}), 2):
        assert linked(pair) is (set(pair) != {Kind.ADDRESS, Kind.COUNTERPARTY})
    assert count_kinds([Kind.ADDRESS, Kind.COUNTERPARTY]) == 1
    assert count_kinds([Kind.DEVICE, Kind.ADDRESS]) == 2


def test_the_same_document_is_the_same_person():
    assert linked([Kind.PERSON])
    assert count_kinds([Kind.PERSON]) == 2


def test_nothing_shared():
    assert not linked([])
    assert count_kinds([]) == 0


def test_five_hundred_people_behind_one_address_and_a_fingerprint_collision():
    """Attack 13: nobody of them is linked, but the two who share both, and those two with nobody else."""
    rows = [(f"p{number}", Kind.ADDRESS, "campus") for number in range(500)]
    rows += [(f"p{number}", Kind.DEVICE, f"d{max(number, 1)}") for number in range(500)]
    held = traces(*rows)
    assert links_of(shared_kinds(held, "p2")) == frozenset()
    assert links_of(shared_kinds(held, "p0")) == {"p1"}


def test_and_all_would_be_if_one_were_enough(monkeypatch):
    monkeypatch.setattr(module, "ENOUGH", 1)
    monkeypatch.setattr(module, "COMMON", frozenset())
    held = traces(*((f"p{number}", Kind.ADDRESS, "campus") for number in range(500)))
    assert len(links_of(shared_kinds(held, "p2"))) == 499


def test_tokens_of_different_kinds_are_different_things():
    held = traces(("a", Kind.DEVICE, "x"), ("b", Kind.PAYER, "x"), ("b", Kind.ADDRESS, "x"))
    assert shared_kinds(held, "a") == {}
