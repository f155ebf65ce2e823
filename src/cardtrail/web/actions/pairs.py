"""What two people have agreed to: whether it still stands as each of them confirmed it."""

from __future__ import annotations

from collections.abc import Sequence
from hmac import compare_digest

from cardtrail.web.actions.confirm import yes_to
from cardtrail.web.actions.custody import seal_of
from cardtrail.web.actions.evidence import fits
from cardtrail.web.actions.models import Confirmation


def verified(confirmation: Confirmation) -> bool:
    """Whether a confirmation says what was confirmed, and was sealed by us."""
    evidence = bytes(confirmation.evidence)
    return fits(confirmation) and compare_digest(seal_of(evidence), bytes(confirmation.seal))


def by_two(asked: Confirmation, approved: Confirmation | None) -> bool:
    """Whether one person asked for this and another approved it, each in words of their own that stand as they were
    confirmed: whoever can write to the database alone makes no such pair."""
    if approved is None or approved.person_id in {None, asked.person_id}:
        return False
    return approved.orders == [yes_to(asked)] and verified(asked) and verified(approved)


def with_approvals(confirmations: Sequence[Confirmation]) -> None:
    """Read the approvals of those that have one. Few do; all others would be read with columns of nothing."""
    given = {one.approval_given_id for one in confirmations if one.approval_given_id is not None}
    found = Confirmation.objects.in_bulk(given) if given else {}
    for one in confirmations:
        if one.approval_given_id is not None:
            one.approval_given = found[one.approval_given_id]
