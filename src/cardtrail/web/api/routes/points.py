"""Points that the brand gave for its cards, for its own loyalty system: each line stands for an entry of the ledger."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Sum
from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from cardtrail.web.api.app import ERRORS, ApiKeyAuth
from cardtrail.web.api.problems import not_found
from cardtrail.web.api.reading import cursor, next_url, place_of
from cardtrail.web.api.schemas import MOST_INTEGER, PointsAccountOut, PostingOut, PostingsOut
from cardtrail.web.returns.models import Posting

router = Router(tags=["points"])

HEX = r"^[0-9a-f]{32}$"


@router.get(
    "",
    auth=ApiKeyAuth("points:read"),
    response={200: PostingsOut, **ERRORS},
    summary="List postings of points",
)
def list_postings(
    request: HttpRequest,
    limit: int = Query(50, ge=1, le=100),
    cursor_: str | None = Query(None, alias="cursor", max_length=500),
    account: str | None = Query(None, pattern=HEX, description="Only this account's"),
    from_entry: int = Query(
        0,
        ge=0,
        le=MOST_INTEGER,
        description="Only those of this entry of the ledger and later ones: to go on later",
    ),
) -> PostingsOut:
    """Oldest first; a posting never changes and never goes. Know them by `key`. Scope: points:read."""
    rows = Posting.objects.filter(entry_index__gte=from_entry)
    if account is not None:
        rows = rows.filter(person_id=UUID(hex=account))
    place = place_of("points", cursor_)
    if place is not None:
        rows = rows.filter(pk__gt=place[0])
    found = list(rows.order_by("pk")[: limit + 1])
    page = found[:limit]
    more = next_url(request, cursor("points", page[-1].pk)) if len(found) > limit else None
    return PostingsOut(items=[_shown(each) for each in page], next=more)


@router.get(
    "/{account}",
    auth=ApiKeyAuth("points:read"),
    response={200: PointsAccountOut, **ERRORS},
    summary="See an account of points",
)
def get_account(request: HttpRequest, account: str) -> PointsAccountOut:
    """The sum of its postings. Scope: points:read."""
    try:
        person = UUID(hex=account) if len(account) == 32 and account == account.lower() else None
    except ValueError:
        person = None
    if person is None:
        raise not_found("There is no such account.")
    sums = Posting.objects.filter(person_id=person).aggregate(points=Sum("points"), n=Count("pk"))
    if not sums["n"]:
        raise not_found("There is no such account.")
    return PointsAccountOut(account=account, points=sums["points"], postings=sums["n"])


def _shown(posting: Posting) -> PostingOut:
    return PostingOut(
        key=posting.key,
        account=posting.person_id.hex,
        points=posting.points,
        at_ms=posting.at_ms,
        entry=posting.entry_index,
        return_id=posting.of_id.hex,
    )
