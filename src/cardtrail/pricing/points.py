"""A person's account of points: what came in and went out, each posting once and for a reason, never below nothing."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from cardtrail.pricing.value import Value
from cardtrail.wire.scalars import MAX_INTEGER, Millis


class Posting(Value):
    """One line of an account.

    key       what it stands for, such as the ledger's entry by which the card came back; each key is posted once
    points    in if above nothing, out if below
    at_ms     when
    """

    key: Annotated[str, Meta(min_length=1, max_length=128)]
    points: Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
    at_ms: Millis


class Refusal(enum.Enum):
    """Why a posting is not made."""

    NOTHING = "nothing"
    OTHER_POSTING = "other_posting"
    BELOW_NOTHING = "below_nothing"
    TOO_MUCH = "too_much"


def balance(postings: Iterable[Posting]) -> int:
    """What is on the account."""
    return sum(posting.points for posting in postings)


def post(postings: tuple[Posting, ...], new: Posting) -> tuple[Posting, ...] | Refusal:
    """The account with one line more. The same line again changes nothing; another one under its key is refused."""
    earlier = next((posting for posting in postings if posting.key == new.key), None)
    if earlier is not None:
        return postings if earlier.points == new.points else Refusal.OTHER_POSTING
    if new.points == 0:
        return Refusal.NOTHING
    after = balance(postings) + new.points
    if after < 0:
        return Refusal.BELOW_NOTHING
    return Refusal.TOO_MUCH if after > MAX_INTEGER else (*postings, new)
