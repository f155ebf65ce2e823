"""Comparing what three keepers of the truth say of each return: our row, the ledger's card, the provider's payouts.

What was paid and not noted here is noted. Whatever then still differs becomes a matter for staff, once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.db.models import Q

from cardtrail.payments.payouts import NotOffered, payer
from cardtrail.payments.port import PaymentFault, Progress
from cardtrail.payments.registry import UnknownProvider
from cardtrail.payments.settings import ConfigFault
from cardtrail.pricing.offers import Unit
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.orders import matters, providers
from cardtrail.web.returns import course, settling
from cardtrail.web.returns.models import Compared, Posting, Return
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.roles import Role

log = logging.getLogger(__name__)

EVERY_MS: Final = DAY_MS
KEPT_IN_SIGHT_MS: Final = 40 * DAY_MS
"""Returns that are over are compared for so long."""

State = Return.State


@dataclass(slots=True)
class Report:
    """What a run found.

    compared   returns
    noted      payouts that were done and not noted here
    differing  keys of new matters for staff
    away       returns whose provider did not answer
    """

    compared: int = 0
    noted: int = 0
    differing: list[str] = field(default_factory=list)
    away: int = 0


def run_due() -> int:
    """Once a day. Gives nothing: there is no more to do at once."""
    now = now_ms()
    Compared.objects.get_or_create(id=1, defaults={"at_ms": 0})
    if not Compared.objects.filter(id=1, at_ms__lte=now - EVERY_MS).update(at_ms=now):
        return 0
    report = run()
    log.info(
        "%d returns compared, %d payouts noted, %d differences, %d not answered",
        report.compared,
        report.noted,
        len(report.differing),
        report.away,
    )
    return 0


def run() -> Report:
    """Compare every return that is not long over. Outside of any transaction."""
    catch_up()
    report = Report()
    recent = Q(state__in=Return.UNDER_WAY) | Q(ended_ms__gte=now_ms() - KEPT_IN_SIGHT_MS)
    confirmed = Return.objects.filter(recent, confirmation__isnull=False)
    for given in (
        confirmed.select_related("person", "confirmation", "by_hand__approval_given")
        .order_by("made_ms", "pk")
        .iterator(100)
    ):
        report.compared += 1
        for kind, facts in (*_card_differs(given), *_points_differ(given), *_payout_differs(given, report)):
            _differs(f"return/{given.id.hex}/{kind}", kind, given.serial, facts, report)
    _unowned_holds(report)
    return report


def _card_differs(given: Return) -> Iterator[tuple[str, dict[str, object]]]:
    """What the ledger says of the card that the row does not."""
    evidence = bytes(given.confirmation.evidence) if given.confirmation is not None else b""
    ended = Movement.objects.filter(serial=given.serial, kind="void", reference=evidence).first()
    if given.state in Return.TAKEN:
        if ended is None or (ended.index, ended.amount_minor) != (given.entry_index, given.balance_minor):
            yield "card_not_ended", {"entry": given.entry_index, "ledger": ended and ended.index}
    elif given.state != State.TAKING and ended is not None:
        yield "card_ended", {"state": given.state, "entry": ended.index}


def _points_differ(given: Return) -> Iterator[tuple[str, dict[str, object]]]:
    if given.unit != Unit.POINTS:
        return
    line = Posting.objects.filter(of=given).first()
    wanted = (given.person_id, given.pays, given.entry_index) if given.state == State.PAID else None
    if (line and (line.person_id, line.points, line.entry_index)) != wanted:
        yield "points_differ", {"points": line and line.points, "pays": given.pays, "state": given.state}


def _payout_differs(given: Return, report: Report) -> Iterator[tuple[str, dict[str, object]]]:
    """What the provider says was paid that the row does not, beyond what is under way."""
    if given.unit != Unit.MONEY:
        return
    try:
        provider = payer(providers.registry()[given.provider], given.currency)
        answers = [provider.paid_out(key) for key in given.keys]
    except (PaymentFault, UnknownProvider, NotOffered, ConfigFault) as fault:
        log.info("the payout of return %s cannot be compared: %s", given.id, type(fault).__name__)
        report.away += 1
        return
    found = answers[-1]
    if (paid_times := sum(answer is not None for answer in answers) + (given.by_hand_id is not None)) > 1:
        yield "payout_twice", {"times": paid_times, "pays": given.pays}
    if given.by_hand_id is not None:
        if settling.by_hand(given) is None:
            yield "payout_missing", {"pays": given.pays}
        return
    if found is None:
        if given.state == State.PAID:
            yield "payout_missing", {"pays": given.pays}
        return
    facts: dict[str, object] = {"amount": found.amount_minor, "account": found.account, "state": given.state}
    if (found.account, found.amount_minor, found.currency) != (given.account, given.pays, given.currency):
        yield "payout_differs", facts
    elif given.state == State.OWED and found.progress is Progress.DONE:
        with transaction.atomic():
            report.noted += course.paid(given)
    elif given.state not in Return.TAKEN:
        yield "payout_for_nothing", facts


def _unowned_holds(report: Report) -> None:
    """Cards that are set aside for the issuer, and no return under way knows of it: nobody would lift that."""
    for card in Card.objects.filter(hold_role=Role.ISSUER):
        evidence = bytes(card.hold_reference or b"")
        known = Return.objects.filter(
            serial=card.serial, state__in=Return.UNDER_WAY, confirmation__evidence=evidence
        )
        if not known.exists():
            key = f"return/hold/{card.serial}/{evidence.hex()[:16]}"
            _differs(key, "hold_of_nobody", card.serial, {"until_ms": card.hold_until_ms}, report)


def _differs(key: str, kind: str, serial: int, facts: dict[str, object], report: Report) -> None:
    found = matters.find(key, kind, origin=course.ORIGIN, serial=serial, facts=facts)
    if found is not None:
        report.differing.append(key)
