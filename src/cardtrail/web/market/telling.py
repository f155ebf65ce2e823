"""Notices of the market: to the seller about a listing, to both about offers and messages."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from cardtrail.deals.listing_effects import TellSeller
from cardtrail.deals.offer_effects import TellParty
from cardtrail.deals.regions import Side
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action
from cardtrail.web.market import words
from cardtrail.web.market.models import Group, Listing, Message, Offer
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

QUIET: Final = frozenset(("sold", "reserved", "screening"))
"""Of the first two the order tells; a listing is told of once it is through the third."""

_LISTING: Final = {
    "listed": Text("尾号 {last} 的卡已上架，标价 {price}。", "Card …{last} is on sale for {price}."),
    "delisted": Text(
        "尾号 {last} 的卡被下架：{why}卡仍锁定；可以申诉，也可以撤回。",
        "Card …{last} was taken down: {why} It is still set aside; appeal, or take it back.",
    ),
    "turned_down": Text(
        "尾号 {last} 的卡没有上架：{why}卡没有锁定，你可以照常使用；可以申诉，也可以撤回。",
        "Card …{last} was not put on sale: {why} It was not set aside, so you can use it as ever; appeal, or take the "
        "listing back.",
    ),
    "expired": Text(
        "尾号 {last} 的卡 30 天没有成交，已下架，卡退回给你。",
        "Nobody bought card …{last} in 30 days; it is off the market and yours to use again.",
    ),
    "withdrawn": Text("尾号 {last} 的卡不再出售。{why}", "Card …{last} is not offered any more. {why}"),
}
_OFFER: Final = {
    "open": Text("有人出价 {price}，24 小时内有效。", "Somebody offers {price}; it stands for 24 hours."),
    "countered": Text(
        "卖家还价 {price}，24 小时内有效。", "The seller asks {price}; it stands for 24 hours."
    ),
    "accepted": Text("{price} 的出价已被接受。", "The offer of {price} was accepted."),
    "rejected": Text("{price} 的出价没有被接受。", "The offer of {price} was not accepted."),
    "withdrawn": Text("对方撤回了 {price} 的出价。", "The other side took back {price}."),
    "expired": Text("{price} 的出价过期了。", "The offer of {price} has expired."),
    "superseded": Text(
        "卡的价格变了或已不在出售，{price} 的出价失效。",
        "The card's price changed or it is not offered any more, so your offer of {price} is void.",
    ),
}
_OUT: Final = {
    False: Text(
        "尾号 {last} 的卡已不在群“{name}”里，集市上照常出售。",
        "Card …{last} is not in the group “{name}” any more; it is on the market as before.",
    ),
    True: Text(
        "尾号 {last} 的卡已不在群“{name}”里，现在没有人看得到它。可以撤回后重新挂牌。",
        "Card …{last} is not in the group “{name}” any more, and nobody sees it now. Take it back to list it anew.",
    ),
}
"""By whether it was offered in the group alone."""

_MESSAGE: Final = Text("有人在集市上给你留言。", "Somebody wrote to you on the market.")


def tell_seller(listing: Listing, effect: TellSeller) -> None:
    """A listing is in another state."""
    if effect.state in QUIET:
        return
    # What was turned down before it was let onto the market was never set aside: that action still waits.
    waits = effect.state == "delisted" and listing.hold.state == Action.State.AWAITING
    text = _LISTING["turned_down" if waits else effect.state].format(
        last=listing.last_four,
        price=format_money(listing.price_minor, listing.currency),
        why=words.why(effect.why) or "",
    )
    notify(
        listing.seller,
        f"market.{effect.state}",
        key=effect.key,
        text=text,
        serial=listing.serial,
        url=reverse("market:selling", args=[listing.pk]),
    )


def tell_out_of_group(listing: Listing, group: Group) -> None:
    """A group's owner took somebody's card out, or closed the group."""
    notify(
        listing.seller,
        "market.out_of_group",
        key=f"listing/{listing.pk}/out/{group.pk}",
        text=_OUT[listing.group_only].format(last=listing.last_four, name=group.name),
        serial=listing.serial,
        url=reverse("market:selling", args=[listing.pk]),
    )


def tell_party(offer: Offer, effect: TellParty) -> None:
    """An offer is in another state."""
    person = offer.talk.buyer if effect.side is Side.BUYER else offer.talk.seller
    text = _OFFER[effect.state].format(price=format_money(offer.price_minor, offer.currency))
    url = reverse("market:talk", args=[offer.talk_id])
    notify(person, f"market.offer_{effect.state}", key=effect.key, text=text, url=url)


def tell_message(message: Message, to: Person) -> None:
    """Somebody wrote: said once until it is read, not for every line."""
    url = reverse("market:talk", args=[message.talk_id])
    key = f"talk/{message.talk_id}/{message.at_ms // 3_600_000}"
    notify(to, "market.message", key=key, text=_MESSAGE, url=url, mail=False)
