"""Listings that risk holds: a person looks, and either lets them onto the market or says no.

Until then nothing is signed: both of the seller's actions wait. The pages of the desk call `clear` and `refuse`.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from cardtrail.deals import listing_events as events
from cardtrail.risk.port import Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.waiting import let_go
from cardtrail.web.market import deciding
from cardtrail.web.market.models import Listing
from cardtrail.web.risks.decisions import let_pass


def waiting() -> QuerySet[Listing]:
    """Listings that wait for a person's decision, the oldest first."""
    held = Listing.objects.filter(
        stage="screening", decision__outcome="hold", decision__passed_ms__isnull=True
    )
    return held.select_related("decision", "seller").order_by("opened_ms", "pk")


def clear(listing: Listing, *, by: Person, why: str) -> None:
    """Somebody of the staff has looked and lets it onto the market. Raises `risks.decisions.NotHeld`, `OwnDecision`,
    and `NotPossible`."""
    left = deciding.Left()
    with transaction.atomic():
        current = deciding.lock(listing.pk)
        let_pass(current.decision, by=by, why=why)
        if let_go(current.hold_id):
            left.confirmations.append(current.confirmation_id)
        deciding.must(current, events.Cleared(), left)
    deciding.go(left)


def let_back(listing: Listing, *, by: Person, why: str, left: deciding.Left) -> None:
    """An appeal was granted for a listing that was turned down before its card was set aside: what risk held is let
    pass now, and the card is set aside. In the caller's transaction. Raises `risks.decisions.OwnDecision`."""
    if held(listing):
        let_pass(listing.decision, by=by, why=why)
    if let_go(listing.hold_id):
        left.confirmations.append(listing.confirmation_id)


def held(listing: Listing) -> bool:
    """Whether risk holds it, and no person has let it pass."""
    return listing.decision.outcome == Outcome.HOLD and listing.decision.passed_ms is None


def refuse(listing: Listing, *, by: Person, why: str) -> None:
    """Somebody of the staff has looked and says no; the seller can appeal. `why`: a code of `words`. Raises
    `NotPossible`."""
    left = deciding.Left()
    with transaction.atomic():
        current = deciding.lock(listing.pk)
        deciding.must(current, events.ScreenRefused(str(by.pk), why), left)
    deciding.go(left)
