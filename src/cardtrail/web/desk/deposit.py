"""What stands behind the cards, at the moment somebody wants to issue or activate more of them."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from cardtrail.compliance.custody import Custody, Owed
from cardtrail.compliance.dates import quarter_at
from cardtrail.web.actions.models import Action
from cardtrail.web.desk.issuer import CURRENCY, issuer_kind, owed_before
from cardtrail.web.desk.stock import IssuingSettings
from cardtrail.web.ledger.models import Position, Totals
from cardtrail.web.ui.clock import now_ms

_UNDER_WAY: Final = (Action.State.AWAITING, Action.State.CONFIRMED, Action.State.SIGNED)


def custody_now() -> Custody:
    """Deposit, cover and what is owed in yuan. Activations under way count as if they were done: two of them could
    each pass where both together do not."""
    totals = Totals.objects.filter(currency=CURRENCY).first() or Totals(currency=CURRENCY)
    return Custody(
        kind=issuer_kind(),
        deposit_fen=totals.deposit_minor or 0,
        cover_fen=issuing_settings().cover_minor,
        last_quarter=owed_before(quarter_at(now_ms())),
        now=Owed(totals.outstanding + activating_minor(), totals.inactive),
    )


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
