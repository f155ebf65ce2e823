"""`appoint` and `attest`: the organisations' own commands."""

from __future__ import annotations

from itertools import pairwise

from msgspec.structs import replace

from cardtrail.ledger.change import Change
from cardtrail.ledger.checks import next_sequence, refuse_authority
from cardtrail.ledger.intake import Request
from cardtrail.ledger.state import Deposit, State
from cardtrail.signing.keys import is_usable_key
from cardtrail.wire.commands import Appoint, Attest
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Authority, Role

ISSUER_APPOINTS = frozenset((Role.CLEARER, Role.SETTLER))
"""The brand's own services, whose lost keys the issuer can replace. Custodian and regulator answer for themselves."""


def appoint(state: State, command: Appoint, request: Request, now_ms: int) -> Change | Reason:
    """A role gets new keys: by its own present keys, by the issuer for the brand's services, or by the issuer
    for a role that never had any. The first entry of a log appoints the issuer by the very keys it names."""
    if state.network is None:
        return _found(command, request)
    if not _may_appoint(state, command):
        return Reason.NOT_AUTHORISED
    reason = refuse_authority(state, command.by, command.sequence, request)
    if reason is not None:
        return reason
    if not _consistent(command):
        return Reason.BAD_APPOINTMENT
    appointer = next_sequence(state, command.by)
    if command.role is command.by:
        return Change(authorities=(replace(appointer, keys=command.keys, threshold=command.threshold),))
    present = state.authorities.get(command.role)
    sequence = 0 if present is None else present.sequence
    return Change(authorities=(appointer, Authority(command.role, command.keys, command.threshold, sequence)))


def attest(state: State, command: Attest, request: Request, now_ms: int) -> Change | Reason:
    """The custodian states the deposit it keeps. The ledger keeps the latest statement of each currency
    beside the totals.
    """
    reason = refuse_authority(state, Role.CUSTODIAN, command.sequence, request)
    if reason is not None:
        return reason
    deposit = Deposit(
        command.currency, command.deposit_minor, command.as_of_ms, command.statement, state.size
    )
    return Change(deposit=deposit, authorities=(next_sequence(state, Role.CUSTODIAN),))


def _found(command: Appoint, request: Request) -> Change | Reason:
    itself = command.by is Role.ISSUER and command.role is Role.ISSUER
    enough = len(request.signers) >= command.threshold and all(key in command.keys for key in request.signers)
    if not itself or not enough:
        return Reason.NOT_AUTHORISED
    if command.sequence != 0:
        return Reason.WRONG_SEQUENCE
    if not _consistent(command):
        return Reason.BAD_APPOINTMENT
    issuer = Authority(Role.ISSUER, command.keys, command.threshold, 1)
    return Change(authorities=(issuer,), network=command.network)


def _may_appoint(state: State, command: Appoint) -> bool:
    if command.by is command.role:
        return True
    return command.by is Role.ISSUER and (
        command.role in ISSUER_APPOINTS or command.role not in state.authorities
    )


def _consistent(command: Appoint) -> bool:
    ascending = all(a < b for a, b in pairwise(command.keys))
    return (
        ascending
        and len(command.keys) >= command.threshold
        and all(is_usable_key(key) for key in command.keys)
    )
