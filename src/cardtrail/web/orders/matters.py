"""What staff have to look at: found once, however often it is found."""

from __future__ import annotations

from cardtrail.web.accounts.models import Person
from cardtrail.web.orders import hooks
from cardtrail.web.orders.models import Deal, Matter
from cardtrail.web.ui.clock import now_ms


def find(
    key: str,
    kind: str,
    *,
    origin: str = "order",
    deal: Deal | None = None,
    serial: int | None = None,
    detail: str = "",
    facts: dict[str, object] | None = None,
) -> Matter | None:
    """Write a matter down and tell staff, in the caller's transaction. None if it is known, closed or not."""
    matter, made = Matter.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "origin": origin,
            "deal": deal,
            "serial": serial if deal is None else deal.serial,
            "detail": detail[:200],
            "facts": facts or {},
            "opened_ms": now_ms(),
        },
    )
    if not made:
        return None
    hooks.tell_matter(matter)
    return matter


def close(matter: Matter, by: Person, note: str) -> bool:
    """A member of staff has dealt with it. Whether it was still open."""
    still = Matter.objects.filter(pk=matter.pk, closed_ms__isnull=True)
    return bool(still.update(closed_ms=now_ms(), closed_by=by, note=note[:500]))
