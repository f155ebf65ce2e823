"""What the kinds of actions work with: the ledger as it stands, keys, and the plan that comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cardtrail.client.client import Client
from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.derive import Root
from cardtrail.wallet.envelope import Envelope
from cardtrail.web.actions.refusals import NO_AUTHORITY
from cardtrail.web.ledger.link import Link, NoAuthority
from cardtrail.web.ledger.models import Card as Row
from cardtrail.web.ledger.models import HolderKey, Product
from cardtrail.wire.cards import Card
from cardtrail.wire.commands import Body
from cardtrail.wire.products import Terms
from cardtrail.wire.roles import Role


class NotPossible(Exception):  # noqa: N818 - a refusal, not a fault
    """The action is refused before the ledger is asked; `code` is one of `refusals`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotYet(Exception):  # noqa: N818 - it waits, nothing is wrong
    """Another action has to end first; this one is tried again."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A key of a person's that a command names, to be written down before the command is submitted.

    person_id   whose it is, where that is not whoever confirmed the action
    """

    public: bytes
    serial: int
    hop: int
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A command: what it says, who signs it, whose key it names, and the identity behind that key."""

    body: Body
    keys: Sequence[SecretKey]
    derived: Derived | None = None
    envelope: Envelope | None = None


@dataclass(slots=True)
class Bench:
    """The ledger as it stands while actions are being signed. For one process and a short while.

    ends_ms   when the commands signed at it are void
    """

    link: Link
    ends_ms: int
    taken: dict[Role, int] = field(default_factory=dict)
    """Sequences that commands signed at this bench already take."""
    promised: int = 0
    """Cards that commands signed at this bench already make."""
    products: dict[int, int] = field(default_factory=dict)
    """Of cards that were asked for at this bench, the number of their product, which never changes."""
    known: dict[int, Terms] = field(default_factory=dict)
    """The terms of products, which never change either."""

    def authority(self, role: Role) -> SecretKey:
        """A role's key. Raises `NotPossible` where it is not kept here."""
        try:
            return self.link.authority(role)
        except NoAuthority:
            raise NotPossible(NO_AUTHORITY) from None

    @property
    def client(self) -> Client:
        """How to ask the ledger."""
        return self.link.client

    def card(self, serial: int | None) -> Card:
        """A card's present record. Raises `NotFound`."""
        if serial is None:
            raise ValueError("the action names no card")
        card = self.client.card(serial)
        self.products[serial] = card.product
        return card

    def terms(self, product: int) -> Terms:
        """A product's terms. Raises `Product.DoesNotExist`."""
        if product not in self.known:
            self.known[product] = Product.objects.get(id=product).terms
        return self.known[product]

    def terms_for(self, serials: Sequence[int]) -> Terms | None:
        """The terms of the cards that one command is about; none for a command about no card that we know."""
        product = self.products.get(serials[0]) if serials else None
        if product is None:
            product = Row.objects.filter(serial__in=serials[:1]).values_list("product_id", flat=True).first()
        return None if product is None else self.terms(product)

    def about(self, card: Card) -> tuple[bytes, int, int, int]:
        """What every command about one card begins with."""
        return self.link.network, self.ends_ms, card.serial, card.version

    def sequenced(self, role: Role) -> tuple[bytes, int, int]:
        """What a sequenced command begins with. The next one at this bench gets the next sequence."""
        if role not in self.taken:
            self.taken[role] = self.client.ledger().sequence(role)
        sequence = self.taken[role]
        self.taken[role] += 1
        return self.link.network, self.ends_ms, sequence

    def first_serial(self, count: int) -> int:
        """The serial from which `count` new cards begin."""
        first = self.client.ledger().cards + self.promised
        self.promised += count
        return first


def owner_key(root: Root, person_id: UUID | None, card: Card) -> SecretKey:
    """The person's key that owns a card. Raises `NotPossible`."""
    return _key(root, person_id, card.owner, "owner")


def rebind_key(root: Root, person_id: UUID | None, public: bytes) -> SecretKey:
    """The person's key that waits out a rebind. Raises `NotPossible`."""
    return _key(root, person_id, public, "rebind")


def _key(root: Root, person_id: UUID | None, public: bytes, purpose: str) -> SecretKey:
    row = HolderKey.objects.filter(public=public, purpose=purpose).first()
    if row is None or row.person_id != person_id:
        raise NotPossible("not_ours")
    derive = root.owner_key if purpose == "owner" else root.rebind_key
    key = derive(row.origin_serial, row.origin_hop)
    if key.public != public:
        raise NotPossible("not_ours")
    return key
