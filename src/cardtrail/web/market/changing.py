"""What a seller does with what is on offer: another price, or back with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from cardtrail.deals import listing_events as events
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.confirm import declare
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.perform import perform
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import deciding, refusals, rules, screening, selling, standings
from cardtrail.web.market.models import Listing
from cardtrail.web.market.refusals import NotPossible, of_machine
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

_EDIT: Final = Text(
    "把尾号 {last} 的卡改为标价 {price}。已有的出价随之失效。",
    "Ask {price} for card …{last} from now on. Offers made before are void.",
)
_WITHDRAW: Final = Text(
    "不再出售尾号 {last} 的卡，解除账本上的锁定。已有的出价随之失效。",
    "Do not offer card …{last} any more, and end its hold on the ledger. Offers made before are void.",
)
_STILL_HELD: Final = Text(
    "已撤回，但账本还没有回复。等卡回到钱包后再按新价格出售。",
    "It is taken back, but the ledger has not answered yet. Offer it at the new price once it is back in your wallet.",
)


def edit(request: HttpRequest, listing_id: UUID, price_minor: int) -> Listing:
    """Another price, up to the one that was confirmed. Raises `NotPossible`."""
    left = deciding.Left()
    with transaction.atomic():
        listing = deciding.lock(listing_id)
        deciding.must(listing, events.Edit(str(person_of(request).pk), price_minor), left)
        text = _EDIT.format(last=listing.last_four, price=format_money(price_minor, listing.currency))
        about = {"listing": str(listing.pk), "price_minor": price_minor}
        declare(request, purpose="edit_listing", text=text, about=about)
    deciding.go(left)
    return listing


def withdraw(request: HttpRequest, listing_id: UUID) -> Listing:
    """Back with it: the card is the seller's to use as soon as the ledger has written that. Raises `NotPossible`."""
    left = deciding.Left()
    with transaction.atomic():
        listing = deciding.lock(listing_id)
        deciding.must(listing, events.Withdraw(str(person_of(request).pk)), left)
        text = _WITHDRAW.format(last=listing.last_four)
        declare(request, purpose="end_listing", text=text, about={"listing": str(listing.pk)})
    deciding.go(left)
    return listing


def raise_price(request: HttpRequest, listing_id: UUID, price_minor: int) -> UUID:
    """A price above the confirmed one: the hold ends, and the card is listed anew. Gives the new listing's id. Raises
    `NotPossible`, `selling.Stopped`; then the old listing is taken back already, where the new one was refused."""
    old = Listing.objects.get(pk=listing_id)
    card = Card.objects.select_related("product").get(serial=old.serial)
    check_raise(card, old, price_minor)
    withdraw(request, listing_id)
    card.refresh_from_db()
    if Action.objects.get(pk=old.release_id).state != Action.State.DONE or card.state != "active":
        raise NotPossible("still_held", _STILL_HELD)
    ask = selling.Ask(card, price_minor)
    confirmation = selling.publish(
        request, selling.Sale((ask,), old.motive, old.group, group_only=old.group_only)
    )
    perform(confirmation)
    return Listing.objects.values_list("pk", flat=True).get(confirmation=confirmation)


def check_raise(card: Card, old: Listing, price_minor: int) -> None:
    """Whether the card may be offered for that, before anything is ended. Raises `NotPossible`."""
    if (reason := rules.over_cap(card, card.product.terms, price_minor)) is not None:
        raise NotPossible("over_cap", reason, "price")
    room = standings.room_of(old.seller)
    if price_minor > room.limits.order_minor:
        most = format_money(room.limits.order_minor, card.currency)
        raise NotPossible("price_over_limit", refusals.OVER_VALUE.format(most=most), "price")


def delist(listing_id: UUID, *, by: str, why: str) -> Listing:
    """A member of staff takes it down; the page checks the role and keeps their confirmation. Raises `NotPossible`."""
    return _staff(listing_id, events.Delist(by, why))


def overturn(listing_id: UUID, *, by: str, why: str = "") -> Listing:
    """An appeal found that wrong: back where it was, or onto the market for the first time if it was turned down.
    Raises `NotPossible`."""
    return _staff(
        listing_id, events.Overturn(by), lambda listing, left: _let_back(listing, by=by, why=why, left=left)
    )


def _let_back(listing: Listing, *, by: str, why: str, left: deciding.Left) -> None:
    if listing.stage == "screening":
        screening.let_back(listing, by=Person.objects.get(pk=by), why=why, left=left)


def _staff(
    listing_id: UUID,
    event: events.ListingEvent,
    after: Callable[[Listing, deciding.Left], None] = lambda *_: None,
) -> Listing:
    with transaction.atomic():
        refused, left = deciding.take(listing_id, event)
        if refused is not None:
            raise of_machine(refused)
        after(Listing.objects.select_related("decision").get(pk=listing_id), left)
    deciding.go(left)
    return Listing.objects.get(pk=listing_id)
