"""What the brand would give for a card now, and a firm quote: a price that stands for some minutes and keeps its part
of the day's budget as long as it does."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, Sum

from cardtrail.pricing.offers import NoQuote, Paid, Quote, Unit, quote
from cardtrail.pricing.sales import Ware
from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Card
from cardtrail.web.returns import accounts, limits, offering
from cardtrail.web.returns.hindrances import hindrance
from cardtrail.web.returns.models import Offer, Purse, Return
from cardtrail.web.returns.refusals import Refusal
from cardtrail.web.ui.clock import day_of, now_ms
from cardtrail.web.ui.texts import Text

log = logging.getLogger(__name__)

NOT_OFFERED: Final = Text("品牌目前不这样回收。", "The brand does not take cards back this way at present.")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a card would be taken for now; nothing is promised.

    quote    the price
    refusal  or why there is none
    """

    unit: Unit
    quote: Quote | None
    refusal: Refusal | None

    @property
    def formula(self) -> Text:
        """How it is reckoned, with the figures; only where there is a price."""
        said = self.quote.formula if self.quote is not None else None
        return Text("", "") if said is None else Text(said.zh, said.en)


def estimates(card: Card, person: Person) -> list[Estimate]:
    """What the brand would give for a card, in money and in points; a way that is not offered at all is left out."""
    at_ms = now_ms()
    reason = hindrance(card, card.product.terms, at_ms)
    found = []
    for unit in Unit:
        offer = offering.in_force(unit, card.currency, at_ms)
        if offer is None or not offer.terms.rates:
            continue
        answer = reason or _asked(unit, offer, card, person, at_ms)
        found.append(
            Estimate(unit, None, answer)
            if isinstance(answer, Refusal)
            else Estimate(unit, answer, limits.refusal(answer, person))
        )
    return found


def buyback_floor(card: Card, person: Person) -> int | None:
    """What the brand would pay for a card now, in minor units of its currency; none where it would not. For whoever
    sells: nobody needs to ask for less."""
    at_ms = now_ms()
    offer = offering.in_force(Unit.MONEY, card.currency, at_ms)
    if offer is None or hindrance(card, card.product.terms, at_ms) is not None:
        return None
    answer = _asked(Unit.MONEY, offer, card, person, at_ms)
    return None if isinstance(answer, Refusal) else answer.pays


def make(card: Card, person: Person, unit: Unit) -> Return | Refusal:
    """A firm quote, in place of one that still stood for the card. Of two people who ask for the last of a budget at
    the same moment, one gets it."""
    at_ms = now_ms()
    with transaction.atomic():
        offer = offering.in_force(unit, card.currency, at_ms)
        if offer is None:
            return Refusal("not_offered", NOT_OFFERED)
        if not offering.intact(offer):
            log.critical("offer %s is not what was proposed and approved; nothing is quoted by it", offer)
            return Refusal("not_offered", NOT_OFFERED)
        # Everybody who quotes from this budget stands in line here until the transaction ends.
        Purse.objects.select_for_update().get(unit=unit, currency=card.currency)
        reason = hindrance(card, card.product.terms, at_ms)
        if reason is not None:
            return reason
        answer = _asked(unit, offer, card, person, at_ms)
        if isinstance(answer, Refusal):
            return answer
        refusal = limits.refusal(answer, person)
        if refusal is not None:
            return refusal
        return _keep(card, person, offer, answer)


def withdraw(given: Return) -> bool:
    """The person does not want it; its budget is free again. Whether it was still a quote."""
    quoted = Return.objects.filter(pk=given.pk, state=Return.State.QUOTED)
    return bool(quoted.update(state=Return.State.LAPSED, ended_ms=now_ms()))


def paid(unit: Unit, currency: str, person_id: UUID, at_ms: int, *, but: int | None = None) -> Paid:
    """What is spent of a day's budget: what was given, what is on its way, and quotes that still stand.

    but   a card whose own standing quote does not count: it is about to be replaced
    """
    rows = Return.objects.filter(spent(at_ms), unit=unit, currency=currency, day=day_of(at_ms))
    if but is not None:
        rows = rows.exclude(serial=but, state=Return.State.QUOTED)
    sums = rows.aggregate(
        today=Sum("pays"),
        own=Sum("pays", filter=Q(person_id=person_id)),
        cards=Count("pk", filter=Q(person_id=person_id)),
    )
    return Paid(today=sums["today"] or 0, to_person=sums["own"] or 0, cards_of_person=sums["cards"])


def spent(at_ms: int) -> Q:
    """The returns that take up budget at a moment."""
    return Q(state__in=Return.SPENDS) | Q(state=Return.State.QUOTED, until_ms__gte=at_ms)


def budget_left(unit: Unit | str, offer: Offer, at_ms: int) -> int:
    """What is left of today's budget. For staff: holders learn only whether it suffices."""
    rows = Return.objects.filter(spent(at_ms), unit=unit, currency=offer.currency, day=day_of(at_ms))
    return max(offer.terms.day_limit - (rows.aggregate(sum=Sum("pays"))["sum"] or 0), 0)


def _asked(unit: Unit, offer: Offer, card: Card, person: Person, at_ms: int) -> Quote | Refusal:
    ware = Ware(
        currency=card.currency,
        balance_minor=card.balance_minor,
        activated_ms=card.activated_ms or 0,
        expires_ms=card.expires_ms,
    )
    already = paid(unit, card.currency, person.pk, at_ms, but=card.serial)
    answer = quote(unit, offer.terms, ware, already, at_ms)
    if isinstance(answer, NoQuote):
        return Refusal(answer.code, Text(answer.reason.zh, answer.reason.en))
    return answer


def _keep(card: Card, person: Person, offer: Offer, answer: Quote) -> Return | Refusal:
    now = now_ms()
    under_way = Return.objects.filter(serial=card.serial)
    under_way.filter(state=Return.State.QUOTED).update(state=Return.State.LAPSED, ended_ms=now)
    if under_way.filter(state__in=Return.UNDER_WAY).exists():
        return Refusal(
            "under_way", Text("这张卡正在交回品牌。", "This card is on its way back to the brand.")
        )
    account = accounts.account_of(person, card.currency) if answer.unit is Unit.MONEY else None
    return Return.objects.create(
        person=person,
        serial=card.serial,
        unit=answer.unit,
        currency=card.currency,
        offer=offer,
        balance_minor=answer.balance_minor,
        pays=answer.pays,
        formula_zh=answer.formula.zh,
        formula_en=answer.formula.en,
        made_ms=answer.at_ms,
        until_ms=answer.until_ms,
        day=day_of(answer.at_ms),
        provider="" if account is None else account.provider,
        account="" if account is None else account.reference,
    )
