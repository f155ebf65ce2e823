"""One command applied to a draft: the checks that all share, the transition, the invariants, the draft's new
contents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Request
from cardtrail.ledger.invariants import check_change, check_totals
from cardtrail.ledger.state import State
from cardtrail.ledger.totals import totals_after
from cardtrail.ledger.transitions.authorities import appoint, attest
from cardtrail.ledger.transitions.dividing import merge, split
from cardtrail.ledger.transitions.holding import give_back, hold, release
from cardtrail.ledger.transitions.issuing import activate, define, issue
from cardtrail.ledger.transitions.passing import transfer
from cardtrail.ledger.transitions.sealing import seal
from cardtrail.ledger.transitions.spending import redeem, refund
from cardtrail.ledger.transitions.stopping import freeze, rebind, unfreeze, void
from cardtrail.wire import commands
from cardtrail.wire.reasons import Reason

MAX_LIFETIME_MS = 7 * 24 * 3600 * 1000
"""How far ahead a command's end may lie. Longer, and a forgotten signature would hang over a card for ever."""

Transition = Callable[[State, Any, Request, int], Change | Reason]

TRANSITIONS: dict[type, Transition] = {
    commands.Define: define,
    commands.Issue: issue,
    commands.Activate: activate,
    commands.Transfer: transfer,
    commands.Hold: hold,
    commands.Release: release,
    commands.Return: give_back,
    commands.Redeem: redeem,
    commands.Refund: refund,
    commands.Split: split,
    commands.Merge: merge,
    commands.Freeze: freeze,
    commands.Unfreeze: unfreeze,
    commands.Void: void,
    commands.Rebind: rebind,
    commands.Appoint: appoint,
    commands.Attest: attest,
    commands.Seal: seal,
}


def apply(draft: State, request: Request, now_ms: int) -> Change | Reason:
    """Let a draft take a command, or say why not; then the draft is as it was.

    request   well formed, of this network, every signature found valid, and not in the log already
    now_ms    ledger time, not before the draft's own
    """
    if draft.sealed:
        raise ValueError("a draft ends with its seal; settle it before the next command")
    if now_ms < draft.time_ms:
        raise ValueError(
            "ledger time does not go back; the orderer hands in the later of its clock and the last entry's time"
        )
    body = request.body
    if draft.network is not None and body.network != draft.network:
        # Read before the log's first entry had named the network, in the same batch as that entry.
        return Reason.WRONG_NETWORK
    if not isinstance(body, commands.Seal):
        if now_ms > body.not_after_ms:
            return Reason.COMMAND_EXPIRED
        if body.not_after_ms > now_ms + MAX_LIFETIME_MS:
            return Reason.EXPIRY_TOO_FAR
    change = TRANSITIONS[type(body)](draft, body, request, now_ms)
    if isinstance(change, Change):
        check_change(change)
        _take(draft, change, now_ms)
    return change


def _take(draft: State, change: Change, now_ms: int) -> None:
    for card in change.after:
        draft.put(card)
    draft.card_count += change.before.count(None)
    if change.currency is not None:
        totals = totals_after(draft.totals_of(change.currency), change)
        check_totals(totals)
        draft.totals[change.currency] = totals
    if change.product is not None:
        draft.products[change.product.product] = change.product
    for authority in change.authorities:
        draft.authorities[authority.role] = authority
    if change.deposit is not None:
        draft.deposits[change.deposit.currency] = change.deposit
    if change.network is not None:
        draft.network = change.network
    draft.size += 1
    draft.time_ms = now_ms
    if change.seals:
        draft.sealed, draft.sealed_size = True, draft.size
