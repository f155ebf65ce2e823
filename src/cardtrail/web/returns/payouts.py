"""Paying for cards that came back: tried for as long as it takes, under one key, so that nobody is paid twice.

If we were to crash

* before asking the provider: the row is taken up again once its lease is over;
* after asking: likewise, and the provider answers the same key as it did before;
* after its answer: likewise.

The amount and the account are those that the holder confirmed: they are read from the row and held against the sealed
confirmation each time, so whoever can write to the database alone cannot have money sent elsewhere.
"""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from cardtrail.payments.payouts import NotOffered, Payout, payer
from cardtrail.payments.port import Progress, ProviderAway, ProviderRefused
from cardtrail.payments.registry import UnknownProvider
from cardtrail.payments.settings import ConfigFault
from cardtrail.pricing.offers import Unit
from cardtrail.web.actions.custody import Unconfirmed, check
from cardtrail.web.actions.models import Action
from cardtrail.web.orders import matters, providers
from cardtrail.web.returns import course, settling
from cardtrail.web.returns.models import Return
from cardtrail.web.ui.clock import HOUR_MS, MINUTE_MS, SECOND_MS, now_ms

log = logging.getLogger(__name__)

LEASE_MS: Final = 30 * SECOND_MS
"""How long a process has a payout for itself: longer than a provider takes. Nothing goes wrong if it takes longer."""

WORST_PAUSE_MS: Final = 5 * MINUTE_MS
REFUSED_PAUSE_MS: Final = HOUR_MS
"""A provider that refuses is asked again, but a person has to look meanwhile."""

TOGETHER: Final = 50
SUBJECT: Final = "卡迹回收 Cardtrail card return"
"""What the person reads at the provider: no card's number."""


def run_for(return_id: UUID) -> None:
    """Pay for one card, if it is time. Outside of any transaction."""
    for id in _due(Q(pk=return_id)).values_list("pk", flat=True):
        _run(id)


def run_due(limit: int = TOGETHER) -> int:
    """Pay what is due: new, put off, or left by a process that died. Gives how many were taken up."""
    return sum(_run(id) for id in list(_due(Q()).values_list("pk", flat=True)[:limit]))


def again(given: Return) -> bool:
    """Staff have seen to what was wrong: it is tried at once. Whether it was still unpaid."""
    return bool(
        Return.objects.filter(pk=given.pk, state=Return.State.OWED, settling__isnull=True).update(
            next_try_ms=0
        )
    )


def agreed(given: Return) -> None:
    """Hold what a row says against what its holder confirmed. Raises `Unconfirmed`."""
    taken = given.action("take_in")
    check(taken)
    said = (given.unit, given.pays, f"{given.provider}:{given.account}", given.serial, given.person_id)
    asked = taken.parameters
    account = settling.account_agreed(given, asked["account"])
    if said != (asked["unit"], asked["pays"], account, taken.serial, taken.person_id):
        raise Unconfirmed(f"return {given.id} is not what its holder confirmed")
    if taken.state != Action.State.DONE or given.unit != Unit.MONEY:
        raise Unconfirmed(f"nothing is owed for return {given.id}")


def _due(which: Q) -> QuerySet[Return]:
    now = now_ms()
    due = Q(state=Return.State.OWED, next_try_ms__lte=now, lease_ms__lt=now, settling__isnull=True)
    return Return.objects.filter(which & due).order_by("next_try_ms", "pk")


def _run(return_id: UUID) -> bool:
    """Take one up and pay it. Whether it was ours to do."""
    now = now_ms()
    still = Return.objects.filter(
        pk=return_id, state=Return.State.OWED, lease_ms__lt=now, settling__isnull=True
    )
    if not still.update(lease_ms=now + LEASE_MS, attempts=F("attempts") + 1):
        return False
    given = Return.objects.select_related("person", "redirected__approval_given").get(pk=return_id)
    try:
        progress = _pay(given)
    except ProviderRefused as refused:
        _look(given, "payout_refused", refused.code)
        _put_off(given, refused.code, REFUSED_PAUSE_MS)
    except Unconfirmed:
        log.critical("return %s is not what was confirmed; nothing was paid for it", given.id, exc_info=True)
        _look(given, "payout_unconfirmed", "")
        _put_off(given, "unconfirmed", REFUSED_PAUSE_MS)
    except (ProviderAway, UnknownProvider, NotOffered, ConfigFault) as away:
        log.info("return %s waits for the provider: %s", given.id, type(away).__name__)
        _put_off(given, "away")
    except Exception:
        log.exception("return %s could not be paid; it is tried again", given.id)
        _put_off(given, "failed")
    else:
        if progress is Progress.DONE:
            with transaction.atomic():
                course.paid(given)
        else:
            _put_off(given, "pending")
    return True


def _pay(given: Return) -> Progress:
    agreed(given)
    provider = payer(providers.registry()[given.provider], given.currency)
    return provider.pay_out(
        Payout(
            key=given.key,
            account=given.account,
            amount_minor=given.pays,
            currency=given.currency,
            subject=SUBJECT,
        )
    )


def _put_off(given: Return, answer: str, pause_ms: int | None = None) -> None:
    """To be tried later, unless somebody else has taken it up since we did."""
    wait_ms = (
        min(2 ** min(given.attempts, 12) * SECOND_MS // 2, WORST_PAUSE_MS) if pause_ms is None else pause_ms
    )
    ours = Return.objects.filter(pk=given.pk, state=Return.State.OWED, attempts=given.attempts)
    ours.update(lease_ms=0, next_try_ms=now_ms() + wait_ms, answer=answer[:100])


def _look(given: Return, kind: str, detail: str) -> None:
    """A person has to look: said once for each thing that is wrong."""
    with transaction.atomic():
        matters.find(
            # Refused on another account, it is news again.
            f"return/{given.id.hex}/{kind}/{detail}" + (f"/{given.turn}" if given.turn else ""),
            kind,
            origin=course.ORIGIN,
            serial=given.serial,
            detail=detail,
        )
        if kind == "payout_refused":
            course.stuck(given)
