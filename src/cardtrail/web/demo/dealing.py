"""What people do on the market, in the words of the story: offer, bargain, talk, buy, pay, be content or not."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Final

from PIL import Image, ImageDraw

from cardtrail.web.accounts.models import Person
from cardtrail.web.demo.house import House
from cardtrail.web.demo.stage import Unplayable
from cardtrail.web.market import bargaining, buying, selling
from cardtrail.web.market.models import Group, Listing, Offer, Talk
from cardtrail.web.orders import acts, exhibits
from cardtrail.web.orders.exhibits import Shown
from cardtrail.web.orders.models import Deal
from cardtrail.web.orders.providers import SANDBOX
from cardtrail.web.ui.clock import SECOND_MS, now_ms

_TYPING_MS: Final = 75 * SECOND_MS
_PAPER: Final = (246, 244, 239)
_INK: Final = (52, 60, 68)


def list_cards(
    house: House,
    seller: Person,
    prices: Mapping[int, int],
    *,
    motive: str = "",
    group: Group | None = None,
    group_only: bool = False,
) -> list[Listing]:
    """Offer cards: what is asked for each, by serial. Gives the listings in that order."""
    asks = tuple(selling.Ask(house.card(serial), price) for serial, price in prices.items())
    sale = selling.Sale(asks, motive, group, group_only)
    confirmation = selling.publish(house.stage.at_browser(seller), sale)
    house.stage.do(confirmation)
    made = {listing.serial: listing for listing in Listing.objects.filter(confirmation=confirmation)}
    return [made[serial] for serial in prices]


def buy(house: House, buyer: Person, listing: Listing, offer: Offer | None = None) -> Deal:
    """Place an order, at the price asked or at the one that was agreed upon. It is not paid yet."""
    listing.refresh_from_db()
    price_minor = listing.price_minor if offer is None else offer.price_minor
    chosen = None if offer is None else offer.pk
    request = house.stage.at_browser(buyer)
    [terms] = buying.terms(request, listing, price_minor, [SANDBOX])
    inspection_ms = terms.pace.inspection_ms
    purchase = buying.Purchase(listing.pk, listing.shown_version, price_minor, SANDBOX, inspection_ms, chosen)
    return buying.buy(request, purchase)


def bought(house: House, buyer: Person, listing: Listing, offer: Offer | None = None) -> Deal:
    """Order, pay, and have the card. Raises `Unplayable` if it did not come."""
    deal = house.bank.pay(buy(house, buyer, listing, offer))
    if deal.stage != "delivered":
        raise Unplayable(f"the card of order {deal.number} did not come: {deal.stage}")
    return deal


def content(house: House, deal: Deal) -> None:
    """The buyer confirms that all is well."""
    acts.confirm_receipt(house.stage.at_browser(deal.buyer), deal)


def dispute(house: House, deal: Deal, reason: str, words: str, *pictures: bytes) -> None:
    """The buyer says what is wrong."""
    acts.open_dispute(house.stage.at_browser(deal.buyer), deal, reason, shown(words, *pictures))


def answer(house: House, deal: Deal, words: str, *pictures: bytes) -> None:
    """The seller shows what speaks for them, and that is all they have."""
    acts.give_evidence(house.stage.at_browser(deal.seller), deal, shown(words, *pictures))
    rest(house, deal, deal.seller)


def rest(house: House, deal: Deal, person: Person) -> None:
    """A party has shown all it has."""
    acts.evidence_done(house.stage.at_browser(person), deal)


def shown(words: str, *pictures: bytes) -> Shown:
    """What somebody shows."""
    return exhibits.read(words, pictures)


def talk(house: House, buyer: Person, listing: Listing, *lines: str) -> Talk:
    """The two write to each other, the buyer first, in turn. Nobody types in no time."""
    house.stage.at_browser(buyer)
    found = bargaining.talk_with(buyer, listing)
    for place, line in enumerate(lines):
        house.stage.go_to(now_ms() + _TYPING_MS)
        bargaining.say(buyer if place % 2 == 0 else listing.seller, found, line)
    return found


def bid(house: House, buyer: Person, listing: Listing, price_minor: int) -> Offer:
    """The buyer offers a price."""
    listing.refresh_from_db()
    request = house.stage.at_browser(buyer)
    return bargaining.offer(request, bargaining.talk_with(buyer, listing), price_minor, listing.shown_version)


def counter(house: House, person: Person, offer: Offer, price_minor: int) -> Offer:
    """Whoever is asked names another price."""
    return bargaining.counter(house.stage.at_browser(person), offer.pk, price_minor)


def agree(house: House, offer: Offer) -> Offer:
    """The seller takes the price: the card is kept for the buyer."""
    return bargaining.accept_as_seller(house.stage.at_browser(offer.talk.seller), offer.pk)


def screenshot(*lengths: int) -> bytes:
    """A picture that somebody took of a screen: bars where its words would be. PNG."""
    picture = Image.new("RGB", (720, 1280), _PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((48, 96, 672, 480), 36, (178, 60, 60))
    pen.rounded_rectangle((96, 360, 360, 408), 12, (240, 214, 205))
    for place, length in enumerate(lengths):
        top = 560 + 88 * place
        pen.rounded_rectangle((64, top, 64 + length, top + 36), 10, _INK)
        pen.rounded_rectangle((560, top, 656, top + 36), 10, (158, 167, 176))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
