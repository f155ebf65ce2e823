"""Offering cards for sale: one confirmation for one card or several, a listing for each.

By that confirmation each card is set aside on the ledger for the settler at most at the price asked, and, waiting, is
let go again when the sale ends without a buyer. Risk is asked first, in the same transaction. What it holds waits with
both actions until a person has looked (`screening`).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpRequest

from cardtrail.deals import listing as listings
from cardtrail.deals import listing_events as events
from cardtrail.deals.codes import Refused
from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards.once import once
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import deciding, desk_calling, refusals, rules, standings
from cardtrail.web.market.models import Group, Listing
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.orders import providers
from cardtrail.web.risks import counters
from cardtrail.web.risks.ask import Asked, Inquiry, ask, keep_anyway
from cardtrail.web.risks.clear import cover
from cardtrail.web.risks.links import group_of
from cardtrail.web.risks.presence import Presence
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import moment, zone_for
from cardtrail.wire.money import format_money

SELL: Final = "sell"
"""The purpose of a seller's confirmation; `following` hears how its actions end."""

MOST: Final = 50
"""Cards in one confirmation; nobody may offer more at a time anyway."""

_SENTENCE: Final = Text(
    "出售 {n} 张卡：{cards}。确认后马上在账本上锁定，最晚到 {until}，期间不能使用、赠送或转让；有人付清"
    "{price}，卡就归对方，货款由支付机构代管，对方确认收货后付给我。成交前我可以随时撤回；30 天没有成交自动退回。",
    "Offer for sale: {cards}. Once I confirm, each card is set aside on the ledger, until {until} at the latest, and "
    "cannot be used, given or passed on meanwhile. Whoever pays {price} gets the card; the payment provider holds the "
    "money and pays me after the buyer has confirmed. Until somebody buys a card I can take it back at any time; after "
    "30 days without a buyer it comes back by itself.",
)
_ONE: Final = Text(
    "尾号 {last}（余额 {balance}），标价 {price}，最高也不超过此价",
    "…{last} with {balance} on it for {price}, and never for more",
)
_PRICE: Final = Text("标价或我接受的更低价格", "the price, or a lower one that I accept,")


@dataclass(frozen=True, slots=True)
class Ask:
    """A card and what is asked for it."""

    card: Card
    price_minor: int


@dataclass(frozen=True, slots=True)
class Sale:
    """What somebody wants to sell, and where it is offered.

    group       in this group; `group_only`: and nowhere else
    """

    asks: tuple[Ask, ...]
    motive: str = ""
    group: Group | None = None
    group_only: bool = False


class Stopped(Exception):  # noqa: N818 - an answer, not a fault
    """Risk wants a proof first, or says no, of this card. Nothing is offered; the decision is kept."""

    def __init__(self, asked: Asked, card: Card) -> None:
        super().__init__(asked.verdict.outcome)
        self.asked = asked
        self.card = card


def words(sale: Sale, request: HttpRequest) -> Text:
    """What the seller is shown and agrees to."""
    at_ms, zone = now_ms(), zone_for(request)
    until_ms = max(rules.hold_until_ms(one.card, one.card.product.terms, at_ms) for one in sale.asks)
    cards = [
        _ONE.format(
            last=one.card.last_four,
            balance=format_money(one.card.balance_minor, one.card.currency),
            price=format_money(one.price_minor, one.card.currency),
        )
        for one in sale.asks
    ]
    listed = Text("；".join(one.zh for one in cards), "; ".join(one.en for one in cards))
    return _SENTENCE.format(n=len(sale.asks), cards=listed, until=moment(until_ms, zone), price=_PRICE)


def check(person: Person, sale: Sale, group: frozenset[UUID] | None = None) -> standings.Room:
    """What terms and limits say to it; gives how much the person may have under way, and has. `group`: the accounts
    that belong together with theirs, where they are known already. Raises `NotPossible` with the rule."""
    at_ms = now_ms()
    if not sale.asks:
        raise NotPossible("none_chosen", refusals.NONE_CHOSEN)
    for one in sale.asks:
        terms = one.card.product.terms
        reason = rules.hindrance(one.card, terms, at_ms) or rules.over_cap(one.card, terms, one.price_minor)
        if reason is None and one.price_minor < 1:
            reason = refusals.NO_PRICE
        if reason is not None:
            raise NotPossible("not_for_sale", named(one.card, reason), f"price_{one.card.serial}")
    for one in sale.asks:
        standings.check_currency(one.card.currency)
    if (unpaid := cannot_be_paid(person, {one.card.currency for one in sale.asks})) is not None:
        raise NotPossible("no_payee", unpaid)
    room = standings.room_of(person, group)
    if room.listed + len(sale.asks) > room.limits.listings:
        raise NotPossible(
            "too_many_listings", refusals.NEWCOMER.format(n=room.limits.listings, m=room.listed)
        )
    for one in sale.asks:
        if one.price_minor > room.limits.order_minor:
            most = format_money(room.limits.order_minor, one.card.currency)
            raise NotPossible(
                "price_over_limit",
                named(one.card, refusals.OVER_VALUE.format(most=most)),
                f"price_{one.card.serial}",
            )
    return room


def cannot_be_paid(person: Person, currencies: Collection[str]) -> Text | None:
    """Why somebody cannot sell in one of these currencies: there is no account that they could be paid to; none if
    there is."""
    return None if all(_paid_at(person, currency) for currency in currencies) else refusals.NO_PAYEE


def publish(request: HttpRequest, sale: Sale) -> Confirmation:
    """Confirm a sale; to be performed outside any transaction. Raises `NotPossible`, `Stopped`."""
    person = person_of(request)
    try:
        return once(request, lambda: _publish(request, person, sale))
    except Stopped as stopped:
        # What was counted and written for the other cards is undone; the answer about this one is kept.
        keep_anyway(stopped.asked)
        raise
    except IntegrityError:
        serials = [one.card.serial for one in sale.asks]
        if not Listing.objects.filter(serial__in=serials, stage__in=Listing.OPEN).exists():
            raise
        raise NotPossible("listed_already", refusals.LISTED_ALREADY) from None


def _publish(request: HttpRequest, person: Person, sale: Sale) -> Confirmation:
    # Of two forms at the same moment, the second counts what the first has listed.
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    # What is offered and under way is everybody's who belongs together: of two of them at once, likewise.
    group = group_of(person)
    counters.lock(group)
    room = check(person, sale, group)
    presence = Presence.of(request)
    asked = []
    # All of the sale counts for each of its cards, and so does what is offered already: neither ten cards at once nor
    # ten sales of one are a way round what holds for one.
    open_minor = room.open_minor + room.listed_minor + sum(one.price_minor for one in sale.asks)
    for one in sale.asks:
        answer = ask(_inquiry(person, one, room.clean_minor, open_minor), presence)
        if answer.verdict.outcome in (Outcome.STEP_UP, Outcome.BLOCK):
            raise Stopped(answer, one.card)
        asked.append(answer)
    orders = [order for one, answer in zip(sale.asks, asked, strict=True) for order in _orders(one, answer)]
    confirmation = confirm(request, purpose=SELL, text=words(sale, request), orders=orders)
    for one, answer in zip(sale.asks, asked, strict=True):
        cover(answer.decision, confirmation)
        _write(person, sale, one, answer, confirmation)
    return confirmation


def _inquiry(person: Person, one: Ask, clean_minor: int, open_minor: int) -> Inquiry:
    return Inquiry(
        person=person,
        act=Act.LIST,
        serial=one.card.serial,
        value_minor=one.price_minor,
        currency=one.card.currency,
        about=f"listing/{one.card.serial}",
        payer=_paid_at(person, one.card.currency),
        clean_value_minor=clean_minor,
        open_value_minor=open_minor,
    )


def _paid_at(person: Person, currency: str) -> str:
    """Where the seller is paid: people who are paid to one account have that in common. Empty: nowhere yet."""
    for provider in providers.registry().offered(currency):
        account = providers.payee(provider.name, person.pk)
        if account is not None:
            return f"{provider.name}:{account}"
    return ""


def paid_to(person: Person) -> list[tuple[Text, str]]:
    """The accounts that somebody is paid to: the provider's name, and as much of the account as its owner needs."""
    known = [(one.name, providers.payee(one.name, person.pk)) for one in providers.registry()]
    return [(providers.name_of(name), account[-4:]) for name, account in known if account is not None]


def _orders(one: Ask, asked: Asked) -> list[Order]:
    until_ms = rules.hold_until_ms(one.card, one.card.product.terms, now_ms())
    hold = {"until_ms": until_ms, "price_minor": one.price_minor}
    serial = one.card.serial
    return [
        Order("hold_sale", serial, hold, waits=not asked.verdict.allowed),
        Order("end_sale", serial, {"hold": "self"}, waits=True),
    ]


def _write(person: Person, sale: Sale, one: Ask, asked: Asked, confirmation: Confirmation) -> None:
    card, id = one.card, uuid.uuid4()
    now = now_ms()
    machine = listings.draft_listing(
        id=str(id),
        seller=str(person.pk),
        serial=card.serial,
        price_minor=one.price_minor,
        currency=card.currency,
        now_ms=now,
    )
    given: list[events.ListingEvent] = [events.Publish(str(person.pk))]
    if asked.verdict.allowed:
        given.append(events.Cleared())
    for event in given:
        decided = listings.decide(machine, event, now)
        if isinstance(decided, Refused):
            raise refusals.of_machine(decided)
        machine = decided.after
    hold, release = confirmation.actions.filter(serial=card.serial).order_by("place")
    listing = Listing.objects.create(
        id=id,
        **deciding.columns(machine),
        seller=person,
        serial=card.serial,
        product_id=card.product_id,
        product_name=card.product.name,
        currency=card.currency,
        balance_minor=card.balance_minor,
        face_minor=card.face_minor,
        discount_bp=deciding.discount_bp(one.price_minor, card.balance_minor),
        activated_ms=card.activated_ms or 0,
        expires_ms=card.expires_ms,
        confirmation=confirmation,
        hold=hold,
        release=release,
        hold_until_ms=hold.parameters["until_ms"],
        decision=asked.decision,
        motive=sale.motive,
        group=sale.group,
        group_only=sale.group_only and sale.group is not None,
        opened_ms=now,
    )
    if not asked.verdict.allowed:
        desk_calling.of_listing(listing)


def named(card: Card, reason: Text) -> Text:
    """A reason with the card that it is about."""
    return Text("尾号 {last}：{reason}", "…{last}: {reason}").format(last=card.last_four, reason=reason)
