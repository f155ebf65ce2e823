"""What the ledger knows, and drafts of it.

A batch is applied to a draft. The draft is settled, that is made the new state, after its changes are
durable; a draft that is dropped leaves no trace."""

from __future__ import annotations

from collections.abc import Callable

from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.register import Register, Staged
from cardtrail.wire.cards import Card
from cardtrail.wire.codec import encode
from cardtrail.wire.money import Minor, Totals, no_totals
from cardtrail.wire.products import Product
from cardtrail.wire.record import Record
from cardtrail.wire.roles import Authority, Role
from cardtrail.wire.scalars import Count, Hash, Millis

Lookup = Callable[[int], Card | None]


class Deposit(Record):
    """What the custodian last stated to keep, for one currency, and in which entry."""

    currency: str
    deposit_minor: Minor
    as_of_ms: Millis
    statement: Hash
    entry: Count


class State:
    """The ledger after `size` entries.

    network      none until the first entry names it
    time_ms      the time of the last entry; never goes back
    card_count   the next free serial
    changed      cards changed since this draft began, by serial
    register     the register as the last seal stated it
    unsealed     leaf hashes of the cards changed after that seal and before this draft
    sealed_size  entries up to and with the last seal
    sealed       this draft ends with a seal and takes no more commands
    """

    __slots__ = (
        "_lookup",
        "_staged",
        "authorities",
        "card_count",
        "changed",
        "deposits",
        "network",
        "products",
        "register",
        "sealed",
        "sealed_size",
        "size",
        "time_ms",
        "totals",
        "unsealed",
    )

    def __init__(self, lookup: Lookup, register: Register, unsealed: dict[int, bytes] | None = None) -> None:
        self._lookup = lookup
        self._staged: Staged | None = None
        self.register = register
        self.unsealed: dict[int, bytes] = {} if unsealed is None else unsealed
        self.network: bytes | None = None
        self.size = 0
        self.sealed_size = 0
        self.sealed = False
        self.time_ms = 0
        self.card_count = 0
        self.changed: dict[int, Card] = {}
        self.products: dict[int, Product] = {}
        self.authorities: dict[Role, Authority] = {}
        self.totals: dict[str, Totals] = {}
        self.deposits: dict[str, Deposit] = {}

    def draft(self, fetched: dict[int, Card] | None = None) -> State:
        """A copy that a batch can be applied to. It reads through to this state, which must not change
        meanwhile.

        fetched  cards of this state that the batch will want, for whoever can get them cheaper together

        A draft has to be settled first: until then its changes are not among those that a seal would put in the
        register.
        """
        if self.changed:
            raise ValueError("settle a draft before beginning another on it")
        if fetched is None:
            return self._copy(self.card)
        return self._copy(lambda serial: fetched.get(serial) or self.card(serial))

    def settle(self, lookup: Lookup, records: dict[int, bytes]) -> State:
        """This draft as the new state, once its changes are durable and `lookup` answers with them.

        records  what `records()` gave for this draft
        """
        if self.sealed:
            self.register.adopt(self.stage_register())
            self.unsealed.clear()
        else:
            for serial, record in records.items():
                self.unsealed[serial] = leaf_hash(record)
        return self._copy(lookup)

    def _copy(self, lookup: Lookup) -> State:
        copy = State(lookup, self.register, self.unsealed)
        copy.network, copy.size, copy.sealed_size = self.network, self.size, self.sealed_size
        copy.time_ms, copy.card_count = self.time_ms, self.card_count
        copy.products, copy.authorities = dict(self.products), dict(self.authorities)
        copy.totals, copy.deposits = dict(self.totals), dict(self.deposits)
        return copy

    def card(self, serial: int) -> Card | None:
        """The card as it stands, or none if there is no such serial."""
        card = self.changed.get(serial)
        if card is not None:
            return card
        return self._lookup(serial) if serial < self.card_count else None

    def put(self, card: Card) -> None:
        """Take in a card's new record."""
        self.changed[card.serial] = card
        self._staged = None

    def totals_of(self, currency: str) -> Totals:
        """The sums of a currency, all zero if nothing was issued in it."""
        return self.totals.get(currency) or no_totals(currency)

    def records(self) -> dict[int, bytes]:
        """The canonical records of the changed cards, by serial."""
        return {serial: encode(card) for serial, card in self.changed.items()}

    def stage_register(self) -> Staged:
        """The register as it is with every change up to this draft's last command."""
        if self._staged is None:
            changes = self.unsealed.copy()
            for serial, record in self.records().items():
                changes[serial] = leaf_hash(record)
            self._staged = self.register.stage(changes)
        return self._staged
