"""Which accounts belong together: by what they share.

One thing shared is a coincidence: a dormitory has one address, a family one computer, two fingerprints collide. Two
*kinds* of things shared link two accounts, if one of them is more personal than an address or a trading partner. The
same identity document alone says that it is the same person.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Final

from cardtrail.risk.value import Value


class Kind(enum.StrEnum):
    """What accounts can share."""

    PERSON = "person"
    DEVICE = "device"
    PAYER = "payer"
    ADDRESS = "address"
    COUNTERPARTY = "counterparty"


ENOUGH: Final = 2
"""So many kinds shared link two accounts."""

COMMON: Final = frozenset((Kind.ADDRESS, Kind.COUNTERPARTY))
"""What many strangers share: an office's address and a busy seller together still say nothing."""


class Trace(Value):
    """An account was seen with something: a device, an address, … `token` names it and may be a hash."""

    account: str
    kind: Kind
    token: str


def linked(kinds: Iterable[Kind]) -> bool:
    """Whether two accounts that share these kinds of things belong together."""
    shared = frozenset(kinds)
    return Kind.PERSON in shared or (len(shared) >= ENOUGH and not shared <= COMMON)


def shared_kinds(traces: Iterable[Trace], account: str) -> dict[str, frozenset[Kind]]:
    """What each other account shares with this one."""
    held = list(traces)
    own = {(trace.kind, trace.token) for trace in held if trace.account == account}
    found: dict[str, set[Kind]] = {}
    for trace in held:
        if trace.account != account and (trace.kind, trace.token) in own:
            found.setdefault(trace.account, set()).add(trace.kind)
    return {other: frozenset(kinds) for other, kinds in found.items()}


def links_of(shared: Mapping[str, frozenset[Kind]]) -> frozenset[str]:
    """The accounts that are linked, of those that share something."""
    return frozenset(other for other, kinds in shared.items() if linked(kinds))


def count_kinds(kinds: Iterable[Kind]) -> int:
    """How much the kinds weigh, for rules: their number where they link, and at most one where they do not."""
    shared = frozenset(kinds)
    return max(len(shared), ENOUGH) if linked(shared) else min(len(shared), 1)
