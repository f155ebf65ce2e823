"""`seal`: the ledger states what its log has led to. Nobody signs it, and everybody who replays the log
computes it again.
"""

from __future__ import annotations

from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Request
from cardtrail.ledger.state import State
from cardtrail.wire.commands import Seal
from cardtrail.wire.reasons import Reason


def make_seal(state: State) -> Seal:
    """The one seal that fits the state. The log must have its first entry."""
    if state.network is None:
        raise ValueError("a ledger without an entry has nothing to seal")
    totals = tuple(state.totals[currency] for currency in sorted(state.totals))
    return Seal(state.network, state.size, state.stage_register().root, state.card_count, totals)


def seal(state: State, command: Seal, request: Request, now_ms: int) -> Change | Reason:
    """A seal that states anything else than the state is refused."""
    if state.network is None or command != make_seal(state):
        return Reason.SEAL_MISMATCH
    return Change(seals=True)
