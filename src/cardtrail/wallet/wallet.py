"""The wallet: builds and signs what a holder wants done, and keeps what it must not lose.

    command = wallet.claim(serial, CardCode.parse(typed))
    answer = wallet.send(command)    # or in another way, and then: wallet.settle(command.id, answer)

Every action reads the card afresh, signs, and writes the command down before handing it out. If we were to
crash at any point after that, `recover` asks the ledger what became of it. Every key is derived from the root,
so even without the file's other contents no card is lost: `learn` finds its key again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardtrail.client.build import SignedCommand, sign
from cardtrail.client.client import Client
from cardtrail.client.errors import NodeUnavailable
from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.book import Book, Owned, Pending, WalletFile
from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.wallet.derive import Root
from cardtrail.wallet.envelope import Envelope, fill_envelope, open_envelope
from cardtrail.wallet.holdings import Holdings, NotOurs, Recovery
from cardtrail.wallet.keyring import find_gift_secret, find_rebind_key
from cardtrail.wallet.links import GiftLink, link_key
from cardtrail.wire.answers import Answer
from cardtrail.wire.cards import Card, Held, HoldKind
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import (
    Body,
    CardVersion,
    Hold,
    Merge,
    Redeem,
    Release,
    Return,
    Split,
    Transfer,
)
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import NO_HASH

LIFETIME_MS = 10 * 60 * 1000
"""How long a command may wait to take effect: enough for a clearance and retries, and then it can be forgotten."""

Fields = Mapping[str, str]
"""What a holder is identified by, where a card's product asks for it."""


def system_now_ms() -> int:
    """Milliseconds since 1970-01-01T00:00:00Z by this machine's clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Address:
    """Where we can be given one particular card, as long as its owner stays the same: a key and an envelope's
    hash.
    """

    serial: int
    owner: bytes
    envelope: bytes


class Wallet:
    """One person's cards on one ledger. To be used from one thread at a time.

    now_ms        the present, in milliseconds since 1970
    lifetime_ms   how long the commands it signs may wait to take effect, at most a week
    """

    def __init__(
        self,
        file: WalletFile,
        client: Client,
        *,
        now_ms: Callable[[], int] = system_now_ms,
        lifetime_ms: int = LIFETIME_MS,
    ) -> None:
        self.client = client
        self._root = Root(file.book.root, file.book.network)
        self._holdings = Holdings(file, self._root, client, now_ms)
        self._now_ms = now_ms
        self._lifetime_ms = lifetime_ms

    @classmethod
    def create(
        cls,
        path: Path,
        client: Client,
        network: bytes,
        *,
        root: Root | None = None,
        now_ms: Callable[[], int] = system_now_ms,
    ) -> Wallet:
        """A new wallet file, with a new root or one that was kept elsewhere. Raises `WalletFileError`."""
        root = root or Root.generate(network)
        if root.network != network:
            raise ValueError("the root is for cards of another ledger")
        return cls(WalletFile.create(path, Book(root.secret, network, (), (), ())), client, now_ms=now_ms)

    @classmethod
    def open(cls, path: Path, client: Client, *, now_ms: Callable[[], int] = system_now_ms) -> Wallet:
        """The wallet in a file. Raises `WalletFileError`. Call `recover` when the node can be reached."""
        return cls(WalletFile(path), client, now_ms=now_ms)

    def close(self) -> None:
        """Let others open the file."""
        self._holdings.close()

    @property
    def network(self) -> bytes:
        """The ledger its cards are on."""
        return self._root.network

    @property
    def serials(self) -> tuple[int, ...]:
        """The cards it believes to own, ascending. `refresh` looks."""
        return tuple(owned.serial for owned in self._holdings.book.cards)

    @property
    def pending(self) -> tuple[SignedCommand, ...]:
        """Commands that were signed and of which nothing has been heard yet."""
        return tuple(SignedCommand.parse(pending.raw) for pending in self._holdings.book.pending)

    # Getting a card

    def claim(self, serial: int, code: CardCode, fields: Fields | None = None) -> SignedCommand:
        """Take a card with its code. From then on the code, and every copy of it, is dead. Raises `NotOurs`."""
        card = self.client.card(serial)
        key = code_key(code, self.network, serial)
        if key.public != card.owner:
            raise NotOurs(
                "the code does not open this card; it may be mistyped, or the card was claimed already"
            )
        return self._take(card, key, fields)

    def accept(self, link: GiftLink, fields: Fields | None = None) -> SignedCommand:
        """Take a card that was given by link. Raises `NotOurs`."""
        card = self.client.card(link.serial)
        key = link_key(link.secret, self.network, link.serial)
        if card.hold is None or key.public != card.hold.release:
            raise NotOurs("the link does not open this card; it may have been taken, or taken back, already")
        return self._take(card, key, fields, released=card.hold)

    def address(self, serial: int, fields: Fields | None = None) -> Address:
        """Where somebody can give us this card; call `learn` once they have. Good until the card's owner changes."""
        card = self.client.card(serial)
        hop = card.hop + 1
        envelope = None if fields is None else fill_envelope(fields)
        expected = Owned(serial, serial, hop, None if envelope is None else encode(envelope))
        self._holdings.expect(expected)
        return Address(serial, self._root.owner_key(serial, hop).public, _hash(envelope))

    def rebind_key(self, serial: int) -> bytes:
        """The public key to hand to the issuer when asking for a lost card."""
        return self._root.rebind_key(serial, self.client.card(serial).hop).public

    def finish_rebind(self, serial: int, fields: Fields | None = None) -> SignedCommand:
        """Take a lost card at the end of the delay. Raises `NotOurs`."""
        card = self.client.card(serial)
        key = find_rebind_key(self._root, card)
        if key is None:
            raise NotOurs("the card is not set aside for this wallet")
        return self._take(card, key, fields, released=card.hold)

    # Passing a card on

    def give(self, serial: int, owner: bytes, envelope: bytes = NO_HASH) -> SignedCommand:
        """Give a card to somebody's key (their `Address`). Raises `NotOurs`."""
        card, key = self._own(serial)
        return self._sign(Transfer(*self._about(card), owner, envelope), key)

    def give_by_link(
        self, serial: int, until_ms: int, base: str, reference: bytes = NO_HASH
    ) -> tuple[SignedCommand, GiftLink]:
        """Set a card aside until a time for whoever has the link. The link works once the command is accepted.

        base        the site that shows cards, such as `https://cards.example`
        reference   hash of the order or note it belongs to
        """
        card, key = self._own(serial)
        link = GiftLink(base, serial, self._root.gift_secret(serial, card.version))
        release = link_key(link.secret, self.network, serial).public
        return self._sign(Hold(*self._about(card), release, until_ms, None, reference), key), link

    def gift_link(self, serial: int, base: str) -> GiftLink:
        """The link of a card that is set aside as our gift, again. Raises `NotOurs`."""
        secret = find_gift_secret(self._root, self.client.card(serial))
        if secret is None:
            raise NotOurs("the card is not set aside as a gift by link from this wallet")
        return GiftLink(base, serial, secret)

    def hold_for_sale(
        self, serial: int, price_minor: int, until_ms: int, order: bytes = NO_HASH
    ) -> SignedCommand:
        """Set a card aside for a sale; the settler releases it to the buyer or returns it. Raises `NotOurs`."""
        card, key = self._own(serial)
        return self._sign(Hold(*self._about(card), Role.SETTLER, until_ms, price_minor, order), key)

    def take_back(self, serial: int) -> SignedCommand:
        """End a hold of our card: a gift by link at any time, anything else once its time is over. Raises
        `NotOurs`.
        """
        card = self.client.card(serial)
        secret = find_gift_secret(self._root, card)
        key = self.key_for(card) if secret is None else link_key(secret, self.network, serial)
        return self._sign(Return(*self._about(card)), key)

    def object_to_rebind(self, serial: int) -> SignedCommand:
        """Object to somebody's getting our card as lost: whoever still has the key has not lost it. Raises
        `NotOurs`.
        """
        card, key = self._own(serial)
        if card.hold is None or card.hold.kind is not HoldKind.REBIND:
            raise ValueError("nobody has asked for this card as lost")
        return self._sign(Return(*self._about(card)), key)

    # Using a card

    def redeem(self, serial: int, amount_minor: int, order: bytes) -> SignedCommand:
        """Pay an amount for an order. Raises `NotOurs`."""
        card, key = self._own(serial)
        return self._sign(Redeem(*self._about(card), amount_minor, order), key)

    def split(self, serial: int, amounts_minor: Sequence[int]) -> SignedCommand:
        """Turn a card into several that add up to its balance. Raises `NotOurs`."""
        card, key = self._own(serial)
        return self._sign(Split(*self._about(card), tuple(amounts_minor)), key)

    def merge(self, serials: Sequence[int]) -> SignedCommand:
        """Turn several cards of one product into one. Raises `NotOurs`."""
        owned = [self._own(serial) for serial in sorted(serials)]
        cards = tuple(CardVersion(card.serial, card.version) for card, _ in owned)
        return self._sign(Merge(self.network, self._end_ms(), cards), *(key for _, key in owned))

    # What became of it

    def send(self, command: SignedCommand) -> Answer:
        """Submit a command of ours and record what became of it. A clearance may have been added since it was signed.

        Raises `Undecided` if that is not known; the command stays pending and `recover` finds out.
        """
        answer = self.client.submit(command)
        # What cannot be recorded without asking more of a node that is gone by now stays pending; the answer stands.
        with contextlib.suppress(NodeUnavailable):
            self.settle(command.id, answer)
        return answer

    def settle(self, id: bytes, answer: Answer) -> None:
        """Record the answer to a command of ours that was submitted in another way."""
        self._holdings.settle(id, answer)

    def recover(self) -> Recovery:
        """Find out what became of every pending command: by its id, and where the log does not have it, by its cards.

        Raises `NodeUnavailable` if the ledger cannot be asked; what was found out before that is recorded.
        """
        return self._holdings.recover()

    # Its cards

    def learn(self, serial: int) -> Card:
        """Look whether a card is ours, and note it: after somebody gave it to us, or with a restored root.

        Raises `NotOurs`.
        """
        return self._own(serial)[0]

    def refresh(self) -> list[Card]:
        """Read all its cards. Those that are no longer ours (given, sold, taken from a gift, ended) are dropped."""
        return self._holdings.refresh()

    def envelope(self, serial: int) -> Envelope | None:
        """The identity envelope that was given when the card became ours, with its salt."""
        owned = self._holdings.known(serial)
        return None if owned is None or owned.envelope is None else open_envelope(owned.envelope)

    def key_for(self, card: Card) -> SecretKey:
        """The key that may move a card of ours. Raises `NotOurs`."""
        return self._holdings.key(card)

    # Within

    def _own(self, serial: int) -> tuple[Card, SecretKey]:
        card = self.client.card(serial)
        return card, self.key_for(card)

    def _take(
        self, card: Card, key: SecretKey, fields: Fields | None, *, released: Held | None = None
    ) -> SignedCommand:
        """Name ourselves as the next owner: by `release` out of a hold, or by `transfer` with the owner's key."""
        hop = card.hop + 1
        owner = self._root.owner_key(card.serial, hop).public
        envelope = None if fields is None else fill_envelope(fields)
        to = (*self._about(card), owner, _hash(envelope))
        body = Transfer(*to) if released is None else Release(*to, released.reference)
        return self._sign(body, key, takes=hop, envelope=None if envelope is None else encode(envelope))

    def _about(self, card: Card) -> tuple[bytes, int, int, int]:
        """What every command about one card begins with: network, end, serial, version."""
        return self.network, self._end_ms(), card.serial, card.version

    def _end_ms(self) -> int:
        return self._now_ms() + self._lifetime_ms

    def _sign(
        self, body: Body, *keys: SecretKey, takes: int | None = None, envelope: bytes | None = None
    ) -> SignedCommand:
        command = sign(body, *keys)
        self._holdings.write_down(Pending(command.id, command.raw, takes, envelope))
        return command


def _hash(envelope: Envelope | None) -> bytes:
    return NO_HASH if envelope is None else envelope.hash
