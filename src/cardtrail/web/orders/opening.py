"""Opening an order: the buyer's one confirmation, the order's row, and the errand to have the payment awaited, in one
transaction. The card is reserved by it: of two buyers in the same moment, one has the order and the other is told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Subquery
from django.http import HttpRequest

from cardtrail.deals.codes import Refused
from cardtrail.deals.order import open_order
from cardtrail.deals.order_state import Order as Opened
from cardtrail.deals.parameters import Risk
from cardtrail.deals.parts import Pace, pace
from cardtrail.payments.registry import UnknownProvider
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm_one
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.tell import notify_all
from cardtrail.web.orders import effects, hooks, payees, providers
from cardtrail.web.orders.deciding import Taken, columns
from cardtrail.web.orders.ledger_side import BUY
from cardtrail.web.orders.models import Deal
from cardtrail.web.orders.refusals import (
    NO_PAYEE,
    NO_PROVIDER,
    NOT_ON_SALE,
    RESERVED,
    TOO_SHORT,
    NotPossible,
    of_machine,
)
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import length
from cardtrail.wire.cards import HoldKind
from cardtrail.wire.money import format_money
from cardtrail.wire.roles import Role

HOLD_LEFT_MS: Final = 2 * DAY_MS
"""A listed card's hold has to last so long yet: longer than payment (2 h 15 min), a review by risk (24 h) and delivery
take together."""

_AGREEMENT: Final = Text(
    "购买尾号 {last} 的卡（余额 {balance}），价格 {price}，由{provider}代管货款。付款后，卡转到我的钱包；{then}"
    "交付不成，货款原路退回。",
    "Buy card …{last} with {balance} on it for {price}; {provider} holds the money. Once it is paid, the card comes to "
    "my wallet. {then} If the card cannot be delivered, the money comes back.",
)
_CHECKED: Final = Text(
    "我确认收货，货款才归卖家；我不确认也不发起争议，交付 {inspection}后自动确认。",
    "The money is the seller's once I confirm; if I neither confirm nor open a dispute, it is confirmed by itself "
    "{inspection} after delivery.",
)
_AT_ONCE: Final = Text(
    "交付时即自动确认，货款随即归卖家。",
    "It is confirmed by itself as it is delivered, and the money is the seller's from then on.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is bought: a listing as the buyer saw it.

    listing      the market's name for the listing; `version` is what the buyer saw of it
    hold         the seller's confirmation, by which the card is set aside
    price_minor  what is asked; never more than the hold's price
    risk         how carefully the deal is treated, as the risk room says
    """

    listing: str
    version: int
    serial: int
    seller: Person
    hold: Confirmation
    price_minor: int
    provider: str
    risk: Risk


@dataclass(frozen=True, slots=True)
class Terms:
    """On what an order would be opened now: the words that are agreed to, and how fast it goes."""

    text: Text
    pace: Pace


def open_deal(request: HttpRequest | Witness, buyer: Person, offer: Offer) -> Taken:
    """Place an order. Call `deciding.go` with it afterwards, outside of any transaction: the order then says how it can
    be paid. Raises `NotPossible`.

    To be called in the transaction in which the market reserves the listing.
    """
    card, speed, payee = _checked(offer)
    deal_id = uuid.uuid4()
    decided = open_order(
        id=deal_id.hex,
        listing=offer.listing,
        listing_version=offer.version,
        serial=offer.serial,
        seller=str(offer.seller.pk),
        buyer=str(buyer.pk),
        price_minor=offer.price_minor,
        currency=card.currency,
        balance_minor=card.balance_minor,
        pace=speed,
        now_ms=now_ms(),
    )
    if isinstance(decided, Refused):
        raise of_machine(decided)
    try:
        with transaction.atomic():
            deal = _write(request, buyer, offer, card, payee, decided.after, deal_id)
            to_do = effects.ToDo()
            for effect in decided.effects:
                effects.follow(deal, decided.after, effect, to_do)
            to_do.write()
            notify_all(to_do.news)
            hooks.tell_stage(deal, None, decided.after)
    except IntegrityError:
        if Deal.objects.filter(serial=offer.serial, reserves=True).exists():
            raise NotPossible("listing_reserved", RESERVED) from None
        raise
    return Taken(deal, decided.after, changed=True, to_do=to_do)


def agreement(offer: Offer, card: Card, speed: Pace) -> Text:
    """What the buyer agrees to: the words on the page, and those that are kept."""
    then = _CHECKED.format(inspection=length(speed.inspection_ms)) if speed.inspection_ms else _AT_ONCE
    return _AGREEMENT.format(
        last=card.last_four,
        balance=format_money(card.balance_minor, card.currency),
        price=format_money(offer.price_minor, card.currency),
        provider=providers.name_of(offer.provider),
        then=then,
    )


def terms(offer: Offer) -> Terms:
    """The agreement, for the page that asks for it. Raises `NotPossible`."""
    card, speed, _ = _checked(offer)
    return Terms(agreement(offer, card, speed), speed)


def _write(
    request: HttpRequest | Witness,
    buyer: Person,
    offer: Offer,
    card: Card,
    payee: str,
    order: Opened,
    deal_id: uuid.UUID,
) -> Deal:
    deliver = Order(
        "deliver",
        offer.serial,
        {
            "hold": str(offer.hold.pk),
            "seller": str(offer.seller.pk),
            "price_minor": offer.price_minor,
            "balance_minor": card.balance_minor,
        },
        waits=True,
    )
    text = agreement(offer, card, order.pace)
    delivery = confirm_one(request, purpose=BUY, text=text, order=deliver)
    deal = Deal(
        id=deal_id,
        seller=offer.seller,
        buyer=buyer,
        serial=offer.serial,
        price_minor=offer.price_minor,
        currency=card.currency,
        listing=offer.listing,
        held_by=offer.hold,
        delivery=delivery,
        provider=offer.provider,
        payee=payee,
        payee_seal=payees.seal_of(deal_id, offer.provider, payee),
        opened_ms=order.opened_ms,
        **columns(order),
    )
    deal.save(force_insert=True)
    return deal


def _checked(offer: Offer) -> tuple[Card, Pace, str]:
    """The card, how fast the deal goes, and the account that the seller is paid to. Raises `NotPossible`."""
    # Asked together: an order is opened with few statements.
    account = Subquery(providers.accounts(offer.provider, offer.seller.pk))
    card = Card.objects.annotate(account=account).filter(serial=offer.serial).first()
    if card is None:
        raise NotPossible("not_on_sale", NOT_ON_SALE)
    _check_card(card, offer)
    return card, *_money(offer, card.currency, card.account or "")


def _check_card(card: Card, offer: Offer) -> None:
    """The card has to be set aside for this sale, and for long enough. Raises `NotPossible`."""
    if card.state != "sale" or card.holder_id != offer.seller.pk:
        raise NotPossible("not_on_sale", NOT_ON_SALE)
    held = (card.hold_kind, card.hold_role, bytes(card.hold_reference or b""))
    if held != (int(HoldKind.SALE), int(Role.SETTLER), bytes(offer.hold.evidence)):
        raise NotPossible("not_on_sale", NOT_ON_SALE)
    if offer.price_minor > (card.hold_price_minor or 0):
        raise NotPossible("not_on_sale", NOT_ON_SALE)
    if (card.hold_until_ms or 0) < now_ms() + HOLD_LEFT_MS:
        raise NotPossible("hold_too_short", TOO_SHORT)


def _money(offer: Offer, currency: str, kept: str) -> tuple[Pace, str]:
    """How fast the deal goes: by risk, and whether its way of paying can be called back; and the seller's account with
    the provider. `kept`: what we keep of that. Raises `NotPossible`."""
    try:
        terms = providers.registry()[offer.provider].terms
    except UnknownProvider:
        raise NotPossible("no_provider", NO_PROVIDER, "provider") from None
    if currency not in terms.currencies:
        raise NotPossible("no_provider", NO_PROVIDER, "provider")
    payee = providers.named(offer.provider, offer.seller.pk, kept)
    if not payee:
        raise NotPossible("no_payee", NO_PAYEE, "provider")
    return pace(offer.risk, reversible=terms.calls_back), payee
