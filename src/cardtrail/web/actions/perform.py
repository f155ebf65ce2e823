"""Doing what was confirmed: taken up by one process, signed, written down, submitted, settled.

If we were to crash

* before signing: the action is taken up again once its lease is over;
* after signing: the same bytes are submitted again. The ledger answers a command that it has with its first answer;
* after submitting: likewise;

so every action takes effect once or not at all, whatever is killed and whenever. It is signed anew only after a refusal
that passes by itself (the card or the role's sequence moved on, the command's time was over), for then it certainly
had no effect.

A process that was only slow finds, when it goes on, that another has taken its actions up: whatever it still writes
about them is dropped. `attempts` grows with each taking up and tells whose turn it is; a refusal counts only for the
command that the action has now.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from cardtrail.client.build import SignedCommand, clear, sign
from cardtrail.client.client import Client
from cardtrail.client.errors import NodeUnavailable, NotFound
from cardtrail.wallet.codes import CodeError
from cardtrail.web.actions.clearance import is_cleared
from cardtrail.web.actions.custody import Unconfirmed, seal_envelope
from cardtrail.web.actions.hooks import tell
from cardtrail.web.actions.kinds import KINDS
from cardtrail.web.actions.kinds.plan import Bench, Derived, NotPossible, NotYet, Plan
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.pairs import with_approvals
from cardtrail.web.actions.refusals import NOT_CLEARED, NOT_OURS, TOO_LATE, UNCONFIRMED
from cardtrail.web.ledger.fold import touched
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.link import link
from cardtrail.web.ledger.models import HolderKey
from cardtrail.web.ui.clock import MINUTE_MS, SECOND_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.answers import Accepted, Answer, Refused
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import kind_of
from cardtrail.wire.roles import Role

log = logging.getLogger(__name__)

LIFETIME_MS = 10 * MINUTE_MS
"""How long a signed command may wait to take effect."""

LEASE_MS = 20 * SECOND_MS
"""How long a process has an action for itself: as long as somebody waits whose server was killed. Nothing goes wrong if
the process takes longer."""

TOGETHER = 100
"""So many actions are signed and submitted together."""

PASSING = frozenset(
    ("wrong_version", "wrong_sequence", "wrong_first_serial", "command_expired", "wrong_product_number")
)
"""Refusals after which the action is signed anew: somebody else was first, and the card is still ours to move."""

MOST_SIGNED = 12
"""How often an action is signed anew before its refusal stands."""

State = Action.State


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action stands after an attempt.

    state   `done`, `refused`, or `waiting`: nothing is lost, the worker goes on with it
    reason  why it was refused
    """

    action: Action
    state: str
    reason: Text | None


def perform(confirmation: Confirmation) -> list[Outcome]:
    """Do what was confirmed, now. What cannot be done now, because the node is away or it is not time yet, waits.

    Not to be called inside a transaction: what was confirmed has to be on the disk first.
    """
    ids = list(confirmation.actions.order_by("place").values_list("id", flat=True))
    for start in range(0, len(ids), TOGETHER):
        _run(Q(id__in=ids[start : start + TOGETHER]))
        # Two actions on one card: the second had been signed for the card as it was before the first.
        _run(Q(id__in=ids[start : start + TOGETHER]))
    return outcomes(confirmation)


def advance(confirmation: Confirmation, limit: int = TOGETHER) -> int:
    """Take up what is due of one confirmation, at most so many actions: it may have thousands. Gives how many."""
    return _run(Q(confirmation=confirmation), limit)


def advance_all(confirmations: Collection[UUID], alike: Collection[str] = ()) -> int:
    """The same for several confirmations at once, and whatever else is due of those with a purpose in `alike`: one
    request to the node. Gives how many actions were taken up."""
    return _run(Q(confirmation_id__in=confirmations) | Q(confirmation__purpose__in=alike))


def any_due(confirmations: Collection[UUID]) -> bool:
    """Whether any action of these could be taken up now."""
    return Action.objects.filter(_due(now_ms()), confirmation_id__in=confirmations).exists()


def outcomes(confirmation: Confirmation) -> list[Outcome]:
    """How each action of a confirmation stands."""
    return [_outcome(action) for action in confirmation.actions.order_by("place")]


def run_due(limit: int = TOGETHER) -> int:
    """Take up what is due: left by a process that died, refused in passing, or put off to now. Gives how many."""
    return _run(Q(), limit)


def _run(which: Q, limit: int = TOGETHER) -> int:
    actions = _take_up(which, limit)
    if not actions:
        return 0
    try:
        submitted = _sign(actions)
        if submitted:
            _submit(submitted)
    except NodeUnavailable as error:
        log.info("the ledger is away; %d actions wait (%s)", len(actions), type(error).__name__)
        _put_off(actions)
    else:
        _release([action for action in actions if not action.ended])
    return len(actions)


# Taking up


def _take_up(which: Q, limit: int) -> list[Action]:
    """Actions that are due and that no other process has: compare and swap on the lease."""
    now = now_ms()
    due = _due(now)
    rows = Action.objects.filter(which & due).select_related("confirmation", "person")
    taken = [
        action
        for action in rows.order_by("next_try_ms", "place")[:limit]
        if _take_one(action, due, now + LEASE_MS)
    ]
    with_approvals([action.confirmation for action in taken])
    return sorted(
        taken, key=lambda action: (action.confirmation.at_ms, str(action.confirmation_id), action.place)
    )


def _due(now: int) -> Q:
    return Q(state__in=(State.CONFIRMED, State.SIGNED), next_try_ms__lte=now, lease_ms__lt=now)


def _take_one(action: Action, due: Q, lease_ms: int) -> bool:
    """Whether it is ours now, and still as it was read: a process that was slow may have signed it since, which its
    state and the number of its signings tell."""
    same = _ours(action) & Q(state=action.state, signings=action.signings)
    if not Action.objects.filter(same & due).update(lease_ms=lease_ms, attempts=F("attempts") + 1):
        return False
    action.lease_ms, action.attempts = lease_ms, action.attempts + 1
    return True


def _put_off(actions: Sequence[Action]) -> None:
    now = now_ms()
    for action in actions:
        wait_ms = min(2 ** min(action.attempts, 6), 60) * SECOND_MS // 2
        under_way = Q(state__in=(State.CONFIRMED, State.SIGNED))
        Action.objects.filter(under_way, _ours(action)).update(lease_ms=0, next_try_ms=now + wait_ms)


def _release(actions: Sequence[Action]) -> None:
    """Let go of actions that were taken up together; those that somebody else has by now keep their later lease."""
    Action.objects.filter(
        id__in=[action.id for action in actions], lease_ms__in={action.lease_ms for action in actions}
    ).update(lease_ms=0)


def _ours(action: Action) -> Q:
    """The row, as long as nobody has taken it up since we did."""
    return Q(id=action.id, attempts=action.attempts)


# Signing


def _sign(actions: Sequence[Action]) -> list[tuple[Action, SignedCommand]]:
    """The commands of all actions that can be signed, written down."""
    now = now_ms()
    bench = Bench(link(), now + LIFETIME_MS)
    ready = []
    for action in actions:
        if action.state == State.SIGNED and action.raw is not None:
            ready.append((action, SignedCommand.parse(bytes(action.raw))))
            continue
        by_ms = action.parameters.get("by_ms")
        if by_ms is not None and now > by_ms:
            _refuse_unsigned(action, TOO_LATE)
            continue
        command = _signed(action, bench)
        if command is not None:
            ready.append((action, command))
    return ready


def _signed(action: Action, bench: Bench) -> SignedCommand | None:
    """The command of one action, written down; none if there is nothing to sign. What is wrong with one action does
    not keep the others waiting."""
    try:
        return _write_down(action, KINDS[action.kind](action, bench), bench)
    except NodeUnavailable:
        raise
    except NotYet:
        _put_off([action])
    except NotPossible as refusal:
        _refuse_unsigned(action, refusal.code)
    except (NotFound, CodeError):
        _refuse_unsigned(action, NOT_OURS)
    except Unconfirmed:
        log.critical(
            "action %s is not what was confirmed; nothing was signed for it", action.id, exc_info=True
        )
        _refuse_unsigned(action, UNCONFIRMED)
    except Exception:
        log.exception("action %s could not be signed; it is tried again", action.id)
        _put_off([action])
    return None


def _write_down(action: Action, plan: Plan, bench: Bench) -> SignedCommand | None:
    """Sign, and keep the bytes before anybody else sees them. None if the action is not ours any more: whoever has it
    may have signed it too, and both commands would take effect."""
    command = _cleared(action, sign(plan.body, *plan.keys), bench)
    if plan.envelope is not None:
        action.envelope = seal_envelope(action, encode(plan.envelope))
    signed = {
        "command_id": command.id,
        "raw": command.raw,
        "not_after_ms": bench.ends_ms,
        "state": State.SIGNED,
        "envelope": action.envelope,
    }
    with transaction.atomic():
        written = Action.objects.filter(_ours(action)).update(**signed, signings=F("signings") + 1)
        if written and plan.derived is not None:
            _note_holder(action, plan.derived)
    if not written:
        return None
    _show(action, {**signed, "signings": action.signings + 1})
    return command


def _note_holder(action: Action, derived: Derived) -> None:
    """Write down whose key a command names. The key is there already if the action was signed before."""
    person_id = derived.person_id or action.person_id
    if person_id is not None:
        key = HolderKey(
            public=derived.public,
            person_id=person_id,
            origin_serial=derived.serial,
            origin_hop=derived.hop,
        )
        HolderKey.objects.bulk_create([key], ignore_conflicts=True)


def _cleared(action: Action, command: SignedCommand, bench: Bench) -> SignedCommand:
    """With the clearer's clearance, where the product's terms ask for one. Raises `NotPossible` for a sale on which
    risk has not decided."""
    terms = bench.terms_for(touched(command.body))
    if terms is None or kind_of(command.body) not in terms.clearance:
        return command
    if not is_cleared(action):
        raise NotPossible(NOT_CLEARED)
    given = clear([command.id], [bench.link.authority(Role.CLEARER)], bench.link.network, bench.ends_ms)
    return command.cleared(given[command.id])


# Submitting and settling


def _submit(submitted: Sequence[tuple[Action, SignedCommand]]) -> None:
    client = link().client
    rest = iter(submitted)
    answers: list[Answer] = []
    while part := list(islice(rest, TOGETHER)):
        for (action, command), heard in zip(
            part, client.submit_many([command for _, command in part]), strict=True
        ):
            answer = _surely(client, action, command, heard)
            _settle(action, command, answer)
            answers.append(answer)
    # A refusal may come of what somebody else has done since: then everything there is has to be seen.
    accepted = [answer.index for answer in answers if isinstance(answer, Accepted)]
    catch_up(until=max(accepted) if len(accepted) == len(answers) else None)


def _surely(client: Client, action: Action, command: SignedCommand, answer: Answer) -> Answer:
    """A refusal counts only once the log does not have the command: an earlier attempt may have been the one."""
    if isinstance(answer, Refused) and action.attempts > 1:
        return client.command(command.id) or answer
    return answer


def _settle(action: Action, command: SignedCommand, answer: Answer) -> None:
    """Write down how it ended. What goes wrong with one action, such as in its domain's hook, does not keep the others
    waiting."""
    try:
        _note_answer(action, command, answer)
    except Exception:
        log.exception("the end of action %s could not be written down; it is tried again", action.id)
        _put_off([action])


def _note_answer(action: Action, command: SignedCommand, answer: Answer) -> None:
    """How it ended, and what its domain makes of that, in one transaction."""
    if isinstance(answer, Refused) and answer.code in PASSING:
        again = Action.objects.filter(
            _ours(action), state=State.SIGNED, command_id=command.id, signings__lt=MOST_SIGNED
        ).update(state=State.CONFIRMED, raw=None, command_id=None, lease_ms=0)
        if again:
            return
    with transaction.atomic():
        if isinstance(answer, Accepted):
            _note_done(action, answer)
        else:
            _note_refused(action, command, answer)


def _note_done(action: Action, answer: Accepted) -> None:
    """Whoever settles first settles it; a slower process that asked the ledger the same has heard the same."""
    ended = {"state": State.DONE, "entry_index": answer.index, "time_ms": answer.time_ms, "sealed": None}
    if Action.objects.filter(id=action.id).exclude(state__in=Action.ENDS).update(**ended):
        _show(action, ended)
        tell(action)
    else:
        action.state = Action.objects.values_list("state", flat=True).get(id=action.id)


def _show(action: Action, fresh: Mapping[str, object]) -> None:
    """Give the row in memory these values: whoever is told of its end finds there what was written."""
    for name, value in fresh.items():
        setattr(action, name, value)


def _note_refused(action: Action, command: SignedCommand, answer: Refused) -> None:
    """Not for us to say where another process has it, for the same bytes, sent again, may have been taken since; nor
    where it was signed anew: a refusal of the former bytes says nothing about these."""
    current = _locked(action)
    if not current.ended:
        if current.attempts != action.attempts or bytes(current.command_id or b"") != command.id:
            return
        current.state, current.reason_code = State.REFUSED, answer.code
        _end(current)
    action.state = current.state


def _refuse_unsigned(action: Action, code: str) -> None:
    """Nothing is signed for it. Not for us to say if another process has taken it up: it may have been signed there."""
    with transaction.atomic():
        current = _locked(action)
        if current.attempts == action.attempts:
            current.state, current.reason_code = State.REFUSED, code
            _end(current)
            action.state = current.state


def _locked(action: Action) -> Action:
    """The row, for this transaction alone; with the confirmation as it was read, for that changes no more."""
    current: Action = Action.objects.select_for_update().get(id=action.id)
    current.confirmation, current.person = action.confirmation, action.person
    return current


def _end(current: Action) -> None:
    current.sealed = None
    current.save(update_fields=["state", "entry_index", "time_ms", "reason_code", "sealed"])
    tell(current)


def _outcome(action: Action) -> Outcome:
    state = action.state if action.ended else "waiting"
    return Outcome(action, state, action.reason if state == State.REFUSED else None)
