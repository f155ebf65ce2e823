"""Sums, and the log they follow from."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from cardtrail.web.api.app import ERRORS, ApiKeyAuth
from cardtrail.web.api.problems import Problem
from cardtrail.web.api.schemas import AllTotalsOut, LedgerOut, TotalsOut
from cardtrail.web.ledger.follow import position
from cardtrail.web.ledger.models import Totals
from cardtrail.web.transparency.views import published

totals = Router(tags=["ledger"])
router = Router(tags=["ledger"])


@totals.get(
    "", auth=ApiKeyAuth("totals:read"), response={200: AllTotalsOut, **ERRORS}, summary="See the totals"
)
def get_totals(request: HttpRequest) -> AllTotalsOut:
    """What was issued, is outstanding and was redeemed, and what lies in custody. Scope: totals:read."""
    rows = [
        TotalsOut(
            currency=each.currency,
            issued_minor=each.issued,
            outstanding_minor=each.outstanding,
            inactive_minor=each.inactive,
            redeemed_minor=each.redeemed,
            voided_minor=each.voided,
            held_minor=each.held,
            frozen_minor=each.frozen,
            deposit_minor=each.deposit_minor,
            deposit_as_of_ms=each.deposit_as_of_ms,
            custody_ratio_bp=each.custody_ratio_bp,
        )
        for each in Totals.objects.order_by("currency")
    ]
    return AllTotalsOut(entry=position().next_index - 1, items=rows)


@router.get(
    "",
    auth=ApiKeyAuth("totals:read"),
    response={200: LedgerOut, **ERRORS},
    summary="See the ledger's checkpoint",
)
def get_ledger(request: HttpRequest) -> LedgerOut:
    """The latest signed checkpoint, to be kept and compared. Scope: totals:read."""
    place = position()
    found = published()
    if found is None:
        text = "The log does not answer, or has published nothing yet."
        raise Problem(503, "ledger_away", text, headers={"Retry-After": "5"})
    return LedgerOut(
        entries=place.next_index,
        cards=place.cards,
        time_ms=place.time_ms,
        network=bytes(place.network or b"").hex(),
        checkpoint=found.note,
    )
