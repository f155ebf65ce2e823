"""Comparing what three keepers of the truth say of each order: our row, the ledger's card, the provider's funds.

    order  ·  card on the ledger (its projection, which the seals prove)  ·  money at the provider (`port.query`)

Where the right thing is plain, the event that was lost is fed in, and the order goes on as if it had come: paid at the
provider and not here, delivered on the ledger and not here. Whatever then still differs becomes a matter for staff,
once: the same difference found again is the same matter.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.db.models import Q

from cardtrail.deals import events
from cardtrail.deals.events import AnyEvent
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import CardAt, Funds, Stage, StrayAt
from cardtrail.payments.port import PaymentFault, Standing
from cardtrail.payments.registry import UnknownProvider
from cardtrail.web.actions.models import Action
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.orders import heard, ledger_news, matters, providers
from cardtrail.web.orders.deciding import go, take
from cardtrail.web.orders.models import Deal, Errand, Reconciled
from cardtrail.web.ui.clock import DAY_MS, now_ms

log = logging.getLogger(__name__)

EVERY_MS: Final = DAY_MS
TRIES: Final = 5
"""How often an order is looked at that changes while it is looked at; the next run sees it again."""

KEPT_IN_SIGHT_MS: Final = 200 * DAY_MS
"""Orders that are over are compared for so long: a chargeback can come months later."""


@dataclass(slots=True)
class Report:
    """What a run found.

    compared   orders
    fed        events that had been lost, by kind
    differing  matters for staff that are new
    away       orders whose provider did not answer
    """

    compared: int = 0
    fed: dict[str, int] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)
    away: int = 0


also: Final[list[Callable[[Report], None]]] = []
"""What higher rooms compare with the ledger at the same time, as `following.missed` of the market does."""

_started = False


def run_due(now_ms: int) -> int:
    """Once a day, and when a worker starts. Gives nothing: there is no more to do at once."""
    global _started  # noqa: PLW0603 - each worker compares once when it starts
    last = Reconciled.objects.filter(id=1).values_list("at_ms", flat=True).first() or 0
    if _started and now_ms - last < EVERY_MS:
        return 0
    _started = True
    Reconciled.objects.update_or_create(id=1, defaults={"at_ms": now_ms})
    report = run()
    log.info(
        "%d orders compared, %d events fed in, %d differences, %d not answered",
        report.compared,
        sum(report.fed.values()),
        len(report.differing),
        report.away,
    )
    return 0


def run() -> Report:
    """Compare every order that is not long over. Outside of any transaction."""
    catch_up()
    report = Report()
    seen = Q(watches=True) | Q(next_ms__isnull=False) | Q(changed_ms__gte=now_ms() - KEPT_IN_SIGHT_MS)
    for id in list(Deal.objects.filter(seen).order_by("opened_ms", "pk").values_list("pk", flat=True)):
        try:
            _compare(id, report)
        except Exception:
            log.exception("order %s could not be compared", id.hex)
            report.away += 1
    _unowned_holds(report)
    for compare in also:
        compare(report)
    return report


def _compare(deal_id: UUID, report: Report) -> None:
    """One order: feed in what it missed, until it misses nothing; then look for what differs. An order that changes
    meanwhile is looked at again, for its money and its row were not seen in the same moment."""
    report.compared += 1
    for _ in range(TRIES):
        deal = _read(deal_id)
        lost = list(_lost_on_ledger(deal))
        standing, away = _standing(deal)
        if standing is not None:
            told = heard.events_of(deal, deal.order, standing, now_ms())
            lost += [event for event in told if not isinstance(event, events.StillHeld)]
        if _feed(deal, lost, report):
            continue
        found = [
            *_card_differs(deal, deal.order),
            *([] if away else _funds_differ(deal, deal.order, standing)),
        ]
        if _read(deal_id).version == deal.version:
            report.away += away
            for kind, facts in found:
                _differs(deal, kind, facts, report)
            return


def _read(deal_id: UUID) -> Deal:
    return Deal.objects.select_related("held_by", "disputed_by").get(pk=deal_id)


def _feed(deal: Deal, lost: list[AnyEvent], report: Report) -> bool:
    """Whether any of it was news."""
    news = False
    for event in lost:
        taken = take(deal.pk, event)
        if taken.changed:
            kind = type(event).__name__
            report.fed[kind] = report.fed.get(kind, 0) + 1
            news = True
        go(taken)
    return news


def _lost_on_ledger(deal: Deal) -> Iterator[AnyEvent]:
    """Movements of the card that the order should have taken: the projection was made anew meanwhile, say, and nobody
    is told of old entries twice."""
    if not deal.watches:
        return
    watcher = ledger_news.Watcher(
        deal.pk,
        deal.serial,
        deal.card,
        deal.seller_id,
        deal.buyer_id,
        bytes(deal.held_by.evidence),
        bytes(deal.disputed_by.evidence) if deal.disputed_by is not None else b"",
    )
    rows = Movement.objects.filter(serial=deal.serial)
    known = rows.filter(
        kind__in=("hold", "release"), reference__in=(watcher.aside or watcher.held, watcher.held)
    )
    # What the order knows begins where its card was last set aside or delivered.
    last = known.order_by("-index").first()
    if last is None:
        return
    news = (
        ledger_news.news(movement, watcher)
        for movement in rows.filter(index__gte=last.index).order_by("index")
    )
    yield from (event for event in news if event is not None)


def _standing(deal: Deal) -> tuple[Standing | None, bool]:
    """What the provider says, and whether it does not."""
    try:
        return providers.standing_of(deal, deal.order), False
    except (PaymentFault, UnknownProvider) as fault:
        log.info("the funds of order %s cannot be compared: %s", deal.number, type(fault).__name__)
        return None, True


def _card_differs(deal: Deal, order: Order) -> Iterator[tuple[str, dict[str, object]]]:
    """What the ledger's card shows that the order does not know."""
    card = Card.objects.filter(serial=deal.serial).first()
    if card is None:
        yield "card_unknown", {"serial": deal.serial}
        return
    held = bytes(card.hold_reference or b"")
    facts: dict[str, object] = {"order": order.card.value, "ledger": card.state}
    match order.card:
        case CardAt.HELD:
            if held != bytes(deal.held_by.evidence) or card.holder_id != deal.seller_id:
                yield "card_not_held", facts
        case CardAt.ASIDE:
            aside = bytes(deal.disputed_by.evidence) if deal.disputed_by is not None else b""
            if held != aside or card.holder_id != deal.buyer_id:
                yield "card_not_aside", facts
        case CardAt.FROZEN:
            if card.frozen_by is None:
                yield "card_not_frozen", facts
        case CardAt.BUYERS:
            if not order.terminal and not order.card_used and card.holder_id != deal.buyer_id:
                yield "card_not_buyers", facts


def _funds_differ(
    deal: Deal, order: Order, standing: Standing | None
) -> Iterator[tuple[str, dict[str, object]]]:
    """What the provider's funds show that the order does not know, beyond what is under way."""
    under_way = Errand.objects.filter(deal=deal, state__in=Errand.OPEN).exists()
    if standing is None:
        if order.payment is not None:
            yield "payment_unknown", {"payment": order.payment.id}
        return
    back = order.refunded_minor + sum(
        stray.payment.amount_minor for stray in order.strays if stray.at is StrayAt.REFUNDED
    )
    ours = {"released": order.released_minor, "refunded": back}
    theirs = {"released": standing.released_minor, "refunded": standing.refunded_minor}
    facts: dict[str, object] = {"order": ours, "provider": theirs, "paid": standing.paid_minor}
    if not under_way and ours != theirs:
        yield "money_differs", facts
    if order.stage is Stage.COMPLETED and order.funds is Funds.RELEASED and standing.held_minor > 0:
        yield "money_left", facts
    if order.stage is Stage.CANCELLED and standing.held_minor > 0 and not under_way:
        yield "money_left", facts


def _unowned_holds(report: Report) -> None:
    """A card that is kept for an order which is not there: nothing of ours would ever let it go."""
    aside = Action.objects.filter(kind="set_aside", state=Action.State.DONE).values_list(
        "serial", "confirmation_id", "confirmation__evidence"
    )
    for serial, confirmation_id, evidence in aside:
        if serial is None:
            continue
        held = Card.objects.filter(serial=serial, hold_reference=bytes(evidence)).exists()
        if held and not Deal.objects.filter(disputed_by_id=confirmation_id, watches=True).exists():
            found = matters.find(
                f"reconcile/aside/{confirmation_id}", "aside_of_nobody", origin="reconcile", serial=serial
            )
            if found is not None:
                report.differing.append(found.key)


def _differs(deal: Deal, kind: str, facts: dict[str, object], report: Report) -> None:
    said = sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    key = f"reconcile/{deal.number}/{kind}/{said}"
    found = matters.find(key, kind, origin="reconcile", deal=deal, facts=facts)
    if found is not None:
        report.differing.append(key)
