"""Which of a wallet's keys a card answers to, found from the card's record alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.book import Owned
from cardtrail.wallet.derive import Root
from cardtrail.wallet.links import link_key
from cardtrail.wire.cards import Card

MAX_ANCESTORS = 1000
MAX_LOOK_BACK = 256
"""How many versions or hops back a gift's or a rebind's key is looked for."""

ReadCard = Callable[[int], Card]


def find_owned(root: Root, card: Card, read_card: ReadCard) -> Owned | None:
    """Which derived key owns a card, if any of the wallet's does.

    A new owner's key is derived for the card and the hop it then has. Where the owner has not changed since
    the card came out of a split or merge, the key is the one of its first parent's last record, and so on
    upwards: one candidate each.
    """
    for ancestor in _line(card, read_card):
        if root.owner_key(ancestor.serial, ancestor.hop).public == card.owner:
            return Owned(card.serial, ancestor.serial, ancestor.hop, None)
    return None


def find_gift_secret(root: Root, card: Card) -> bytes | None:
    """The link secret behind a card's hold, if it is a gift of ours. Freezing and the like may have come after it."""
    if card.hold is None:
        return None
    for version in _back_from(card.version - 1):
        secret = root.gift_secret(card.serial, version)
        if link_key(secret, root.network, card.serial).public == card.hold.release:
            return secret
    return None


def find_rebind_key(root: Root, card: Card) -> SecretKey | None:
    """The key that can release a card to us at the end of a rebind, if we asked for it. It may have moved
    meanwhile.
    """
    if card.hold is None:
        return None
    for hop in _back_from(card.hop):
        key = root.rebind_key(card.serial, hop)
        if key.public == card.hold.release:
            return key
    return None


def _line(card: Card, read_card: ReadCard) -> Iterator[Card]:
    for _ in range(MAX_ANCESTORS):
        yield card
        if not card.parents:
            return
        card = read_card(card.parents[0])


def _back_from(number: int) -> range:
    return range(number, max(-1, number - MAX_LOOK_BACK), -1)
