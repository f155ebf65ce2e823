"""A positive decision is a clearance for those very actions that it was made for, and for no others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cardtrail.risk.port import Act
from cardtrail.web.actions.clearance import NEEDS_DECISION
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.risks.models import Cover, Decision
from cardtrail.web.risks.penalties import is_penalised
from cardtrail.web.ui.clock import DAY_MS, now_ms

STANDS_MS: Final = 7 * DAY_MS
"""A decision is acted upon within this time, or it is asked again. Longer than an outage that we would get over."""


class OtherMatter(ValueError):  # noqa: N818 - it names what is wrong
    """The decision is about another person or card than the confirmation."""


def cover(decision: Decision, confirmation: Confirmation, known: Sequence[Action] | None = None) -> int:
    """The decision is about what this confirmation does with its card; gives how many actions that are. `known`: those
    actions, where they have been read already.

    Of an action that several decisions are about, the newest one counts: what was allowed when somebody bought may be
    held before it is delivered. So decisions of every outcome belong here. Raises `OtherMatter`.
    """
    actions = confirmation.actions.filter(serial=decision.serial) if known is None else known
    found = [action for action in actions if _is_about(decision, confirmation, action)]
    if decision.person_id != confirmation.person_id or decision.serial is None or not found:
        raise OtherMatter("the decision is about another person or card")
    Cover.objects.bulk_create(
        [Cover(decision=decision, action=action, evidence=confirmation.evidence) for action in found],
        ignore_conflicts=True,
    )
    return len(found)


def _is_about(decision: Decision, confirmation: Confirmation, action: Action) -> bool:
    stated = (action.confirmation_id, action.serial)
    return action.kind in NEEDS_DECISION and stated == (confirmation.pk, decision.serial)


def is_cleared(action: Action) -> bool:
    """Whether the newest decision about an action lets it pass, for what was confirmed then, and not too long ago."""
    latest = (
        Cover.objects.filter(action=action)
        .select_related("decision")
        .order_by("-decision__at_ms", "-id")
        .first()
    )
    if latest is None or bytes(latest.evidence) != bytes(action.confirmation.evidence):
        return False
    decision = latest.decision
    since_ms = decision.at_ms if decision.passed_ms is None else decision.passed_ms
    if not decision.positive or now_ms() - since_ms > STANDS_MS:
        return False
    # What a person let pass may be signed days later; a penalty imposed meanwhile is newer than their word.
    return decision.passed_ms is None or not is_penalised(decision.person, Act(decision.act))
