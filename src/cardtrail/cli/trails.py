"""A card's trail, fetched and proved entry by entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from cardtrail.audit.trail import Trail, ancestry, trail_of
from cardtrail.audit.trail_words import short_key
from cardtrail.cli.failures import Failure
from cardtrail.cli.session import Session
from cardtrail.client.errors import NotPublished
from cardtrail.wallet.book import WalletFile
from cardtrail.wallet.derive import Root
from cardtrail.wallet.links import link_key

_KEY = re.compile(r"key [0-9a-f]{8}\b")


def fetch_trail(session: Session, serial: int) -> tuple[Trail, frozenset[int]]:
    """A card's trail, and the indexes of those of its entries that a checkpoint proves. Younger ones are not
    proved yet.

    Raises `ProofError` if the node shows an entry that is not in its log, `TrailError` if one was left out.
    """
    session.card(serial)
    cards = ancestry(serial, session.client.card)
    entries = session.client.trail(serial)
    products = {product.product: product for product in session.info.products}
    trail = trail_of(serial, cards, entries, session.client.created, products)
    shown = {entry.index: entry.entry for entry in entries}
    proved = set()
    for stop in trail.stops:
        try:
            receipt = session.client.receipt(stop.index)
        except NotPublished:
            continue
        if receipt.entry.entry != shown[stop.index]:
            raise Failure(f"the node shows another entry {stop.index} in the trail than in its log")
        proved.add(stop.index)
    return trail, frozenset(proved)


def namer(trail: Trail, wallet_file: Path | None) -> Callable[[str], str]:
    """Puts "you" wherever a text names a key of this wallet."""
    if wallet_file is None:
        return lambda text: text
    opened = WalletFile(wallet_file)
    root = Root(opened.book.root, opened.book.network)
    opened.close()
    own = {
        short_key(key)
        for card in trail.cards.values()
        for number in range(card.version + 2)
        for key in (
            root.owner_key(card.serial, number).public,
            root.rebind_key(card.serial, number).public,
            link_key(root.gift_secret(card.serial, number), root.network, card.serial).public,
        )
    }
    return lambda text: _KEY.sub(lambda match: "you" if match[0] in own else match[0], text)
