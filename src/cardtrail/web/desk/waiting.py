"""What a case waits for that staff cannot hasten. While it does, nobody is late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import OuterRef, QuerySet, Subquery

from cardtrail.web.accounts.models import Identity
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text

if TYPE_CHECKING:
    from cardtrail.web.desk.casework import Case, LossClaim

IDENTITY_MS: Final = 3 * DAY_MS
"""Within so long an identity that was handed in is checked; from then on staff are late."""

_NO_IDENTITY: Final = Text("等待申领人提交身份资料", "Waits for the claimant to say who they are")
_IDENTITY: Final = Text("等待申领人的身份核验", "Waits for the check of the claimant's identity")
_DELAY: Final = Text("等待期，现持卡人可以提出异议", "The delay runs: the holder can object")
_COLLECT: Final = Text("等待申领人领回", "Waits for the claimant to collect the card")


@dataclass(frozen=True, slots=True)
class Wait:
    """What a case waits for, and until when; none where nobody knows."""

    text: Text
    until_ms: int | None

    @property
    def runs(self) -> bool:
        """Whether it is not over yet."""
        return self.until_ms is None or now_ms() <= self.until_ms


def with_waits(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with all that `wait_of` wants to know, in one query for all of them."""
    handed_in = _handed_in().filter(person=OuterRef("person"))
    return rows.select_related("loss").annotate(
        identity_state=Subquery(handed_in.values("state")[:1]),
        identity_ms=Subquery(handed_in.values("submitted_ms")[:1]),
    )


def wait_of(case: Case) -> Wait | None:
    """What a case waits for now; none if the next step is its staff's."""
    if case.kind != case.Kind.LOST or not case.is_open:
        return None
    claim: LossClaim | None = getattr(case, "loss", None)
    if claim is None:
        return None
    found = _wait(case, claim)
    return found if found is not None and found.runs else None


def _wait(case: Case, claim: LossClaim) -> Wait | None:
    match claim.stage:
        case "asked":
            return _identity(case)
        case "pending":
            return Wait(_DELAY, claim.begins_ms)
        case "collectable":
            return Wait(_COLLECT, claim.ends_ms)
        case _:
            return None


def _identity(case: Case) -> Wait | None:
    if hasattr(case, "identity_state"):
        state, handed_in_ms = case.identity_state, getattr(case, "identity_ms", None)
    else:
        found = _handed_in().filter(person=case.person_id).values_list("state", "submitted_ms").first()
        state, handed_in_ms = found or (None, None)
    if state is None:
        return Wait(_NO_IDENTITY, None)
    return None if state == "checked" else Wait(_IDENTITY, (handed_in_ms or 0) + IDENTITY_MS)


def _handed_in() -> QuerySet[Identity]:
    return Identity.objects.filter(locked_ms=None, state__in=("submitted", "checked"))
