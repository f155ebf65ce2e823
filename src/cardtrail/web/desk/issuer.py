"""The brand as an issuer in the eyes of the law: its kind, and what it owed when a quarter began."""

from __future__ import annotations

from cardtrail.compliance.custody import IssuerKind, Owed
from cardtrail.compliance.dates import Quarter
from cardtrail.web.desk.brand import Brand
from cardtrail.web.ledger.models import DayFlow
from cardtrail.web.ui.clock import day_of

CURRENCY = "CNY"
"""The law's thresholds are in yuan; cards in another currency are not for sale under it."""

_KINDS = {
    Brand.Kind.SINGLE: IssuerKind.LARGE_SINGLE,
    Brand.Kind.GROUP: IssuerKind.GROUP,
    Brand.Kind.BRAND: IssuerKind.BRAND,
}


def issuer_kind() -> IssuerKind:
    """The kind of issuer, as the brand was set up; before that the strictest."""
    kind = Brand.objects.values_list("kind", flat=True).first()
    return IssuerKind.BRAND if kind is None else _KINDS[Brand.Kind(kind)]


def owed_before(quarter: Quarter) -> Owed:
    """What was outstanding when a quarter began."""
    first = day_of(quarter.start_ms)
    last = DayFlow.objects.filter(currency=CURRENCY, day__lt=first).order_by("-day").first()
    return Owed(0, 0) if last is None else Owed(last.outstanding_after, last.inactive_after)
