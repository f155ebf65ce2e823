"""What stands behind the cards, as the checks of custody want it: read from the ledger's projection."""

from __future__ import annotations

import datetime
from typing import Final

from django.db.models import Q

from cardtrail.compliance.custody import Custody, IssuerKind, Owed
from cardtrail.compliance.dates import quarter_at
from cardtrail.compliance.faces import YUAN
from cardtrail.web.actions.models import Action
from cardtrail.web.desk.brand import Brand
from cardtrail.web.desk.stock import IssuingSettings
from cardtrail.web.ledger.models import DayFlow, Position, Totals

_KINDS: Final = {
    Brand.Kind.SINGLE: IssuerKind.LARGE_SINGLE,
    Brand.Kind.GROUP: IssuerKind.GROUP,
    Brand.Kind.BRAND: IssuerKind.BRAND,
}
_UNDER_WAY: Final = (Action.State.AWAITING, Action.State.CONFIRMED, Action.State.SIGNED)


def issuer_kind() -> IssuerKind:
    """The brand's kind; the strictest before the brand is set up."""
    kind = Brand.objects.values_list("kind", flat=True).first()
    return IssuerKind.BRAND if kind is None else _KINDS[Brand.Kind(kind)]


def custody_now(now_ms: int) -> Custody:
    """Deposit, cover and what is owed in yuan. Activations under way count as if they were done: two of them could each
    pass where both together do not."""
    totals = Totals.objects.filter(currency=YUAN).first() or Totals(currency=YUAN)
    return Custody(
        kind=issuer_kind(),
        deposit_fen=totals.deposit_minor or 0,
        cover_fen=issuing_settings().cover_minor,
        last_quarter=owed_last_quarter(now_ms),
        now=Owed(totals.outstanding + activating_minor(), totals.inactive),
    )


def owed_last_quarter(now_ms: int) -> Owed:
    """What was owed when the last quarter ended in China; nothing for an issuer that is new."""
    first = quarter_at(now_ms).first
    day = datetime.date(first.year, first.month, first.day)
    flow = DayFlow.objects.filter(currency=YUAN, day__lt=day).order_by("-day").first()
    return Owed(flow.outstanding_after, flow.inactive_after) if flow else Owed(0, 0)


def activating_minor() -> int:
    """What activations will make owed that the projection does not show yet."""
    seen = Position.objects.filter(id=1).values_list("next_index", flat=True).first() or 0
    unseen = Q(state__in=_UNDER_WAY) | Q(state=Action.State.DONE, entry_index__gte=seen)
    rows = Action.objects.filter(unseen, kind="activate").values_list("parameters", flat=True)
    return sum(parameters.get("amount_minor", 0) for parameters in rows)


def issuing_settings() -> IssuingSettings:
    """The brand's settings for issuing."""
    return IssuingSettings.objects.get_or_create(id=1)[0]


def lock_issuing() -> IssuingSettings:
    """Let nobody else check or confirm an issue or activation until this transaction ends. Inside a transaction."""
    issuing_settings()
    return IssuingSettings.objects.select_for_update().get(id=1)
