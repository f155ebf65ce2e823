"""29: what can be done with a gift link by those it was not meant for. See `test_without_defences`."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from cardtrail.client.build import sign
from cardtrail.ledger.transitions import holding
from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.wallet.derive import GIFT, Root
from cardtrail.wallet.links import LINK_SECRET_BYTES, GiftLink, link_key
from cardtrail.wallet.wallet import Wallet
from cardtrail.wire.answers import Accepted
from cardtrail.wire.commands import Release
from cardtrail.wire.scalars import NO_HASH
from tests.client.paper import DAY_MS, NETWORK, PaperLedger, client_of

CODE = CardCode(1000)
THIEF = SecretKey(b"t" * 32)


class Gift:
    """Li's card 0, set aside for whoever has the link."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = PaperLedger().found()
        self.ledger.issue(code_key(CODE, NETWORK, 0).public)
        self.ledger.seal()
        self.li = self.wallet("li")
        self.must(self.li, self.li.claim(0, CODE))
        self.link = self.give()

    def wallet(self, name: str) -> Wallet:
        client, _, _ = client_of(self.ledger)
        return Wallet.create(self.folder / name, client, NETWORK, now_ms=self.ledger.clock)

    def must(self, wallet: Wallet, command: Any) -> None:
        assert isinstance(wallet.send(command), Accepted)

    def give(self) -> GiftLink:
        command, link = self.li.give_by_link(0, self.ledger.clock() + DAY_MS, "https://cards.example")
        self.must(self.li, command)
        return link

    def taken_with(self, key: SecretKey) -> bool:
        """Whether a release that this key signs, of the card as it is now, makes the card the thief's."""
        head = (NETWORK, self.ledger.end_ms(), 0, self.ledger.cards[0].version)
        command = sign(Release(*head, THIEF.public, NO_HASH, NO_HASH), key)
        return (
            isinstance(self.ledger.submit(command.raw), Accepted)
            and self.ledger.cards[0].owner == THIEF.public
        )

    def key_of(self, link: GiftLink) -> SecretKey:
        return link_key(link.secret, NETWORK, 0)


def read_the_servers_log(folder: Path) -> bool:
    """A chat's preview robot fetches the link. Whoever reads the server's log tries what came over the line."""
    gift = Gift(folder)
    requested = urlsplit(gift.link.url)._replace(scheme="", netloc="", fragment="").geturl()
    found = re.search(r"[\w-]{22}$", requested)
    if found is None:
        return False
    secret = base64.urlsafe_b64decode(found.group() + "==")
    return gift.taken_with(link_key(secret, NETWORK, 0))


def send_the_secret_along(patch: pytest.MonkeyPatch) -> None:
    whole = GiftLink.url.__get__
    patch.setattr(GiftLink, "url", property(lambda link: whole(link).replace("#", "?")))


def open_without_the_key(folder: Path) -> bool:
    """A robot knows the card's number and opens every link it meets; it signs with what key it has."""
    return Gift(folder).taken_with(THIEF)


def let_anybody_release(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(holding, "_may_release", lambda state, held, signers: True)


def claim_a_forwarded_link(folder: Path) -> bool:
    """Mei takes the card; somebody she forwarded the link to takes it once more."""
    gift = Gift(folder)
    mei = gift.wallet("mei")
    gift.must(mei, mei.accept(gift.link))
    return gift.taken_with(gift.key_of(gift.link))


def claim_while_it_is_taken_back(folder: Path) -> bool:
    """Li takes the gift back between the click and the signature; the claim is for the card as it is then."""
    gift = Gift(folder)
    gift.must(gift.li, gift.li.take_back(0))
    return gift.taken_with(gift.key_of(gift.link))


def keep_the_hold(patch: pytest.MonkeyPatch) -> None:
    def lax(card: Any, **new: Any) -> Any:
        return replace(card, **{name: v for name, v in new.items() if name != "hold" or v is not None})

    patch.setattr(holding, "replace", lax)


def use_a_link_taken_back_on_the_next_gift(folder: Path) -> bool:
    """The gift was taken back and the card given to another; the first link is still in a chat somewhere."""
    gift = Gift(folder)
    old = gift.link
    gift.must(gift.li, gift.li.take_back(0))
    gift.give()
    return gift.taken_with(gift.key_of(old))


def make_one_link_for_each_card(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        Root,
        "gift_secret",
        lambda self, serial, version: self._derive(GIFT, serial, 0, LINK_SECRET_BYTES),
    )
