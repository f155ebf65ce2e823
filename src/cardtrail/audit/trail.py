"""A card's trail: every stop of its life, and of every card it was split or merged from.

The trail is made of entries and of the present records of the card and its ancestors, both of which can be proved to
come from the log. It is checked as it is made: the entries must lead to exactly those records, so a stop that was left
out or made up is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cardtrail.audit.trail_words import say, signed_by
from cardtrail.wire.cards import Card
from cardtrail.wire.codec import Malformed, NotCanonical
from cardtrail.wire.commands import (
    BODY_CODEC,
    Activate,
    Body,
    CardCommand,
    Define,
    Hold,
    Issue,
    Merge,
    Rebind,
    Redeem,
    Refund,
    Release,
    Return,
    Split,
    Transfer,
    Void,
    kind_of,
)
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.products import Product
from cardtrail.wire.proofs import IndexedEntry
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import SIGNED_CODEC
from cardtrail.wire.views import to_json


class TrailError(ValueError):
    """The entries do not lead to the records: something of the trail is missing, or is not of this card."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One entry of a trail.

    kind      the command's name
    what      what happened, for people
    who       who signed, for people: the role where one acted, and the beginning of each key
    cards     the trail's cards that it changed or ended, by serial
    born      the trail's cards that it made
    others    how many cards it made that this trail does not follow
    balances  of the trail's cards after it, in minor units
    hop       of the card it led to: how often the owner has changed since the card was issued
    """

    index: int
    time_ms: int
    kind: str
    what: str
    who: str
    cards: tuple[int, ...]
    born: tuple[int, ...]
    others: int
    balances: Mapping[int, int]
    hop: int


@dataclass(frozen=True, slots=True)
class Trail:
    """A card's life: the present records of the card and of every ancestor, and the stops in the log's order."""

    serial: int
    product: Product | None
    cards: Mapping[int, Card]
    stops: tuple[Stop, ...]

    @property
    def card(self) -> Card:
        """The card itself."""
        return self.cards[self.serial]

    @property
    def currency(self) -> str | None:
        """Of all its amounts; none if the product is not known."""
        return None if self.product is None else self.product.terms.currency


def ancestry(serial: int, card: Callable[[int], Card | None]) -> dict[int, Card]:
    """The records of a card and of every card it came from. Raises `TrailError` if one of them does not exist."""
    found: dict[int, Card] = {}
    wanted = [serial]
    while wanted:
        number = wanted.pop()
        if number in found:
            continue
        record = card(number)
        if record is None:
            raise TrailError(f"there is no card {number}")
        found[number] = record
        wanted += record.parents
    return found


def trail_of(
    serial: int,
    cards: Mapping[int, Card],
    entries: Iterable[IndexedEntry],
    created: Callable[[int], range],
    products: Mapping[int, Product] | None = None,
) -> Trail:
    """The trail of a card.

    cards     records of the card and all its ancestors, of the same moment (`ancestry`)
    entries   at least every entry that made or changed one of them up to then; later and other ones are left out
    created   serials of the cards that a split or merge made, by its entry's index; the log determines them, though the
              entry does not say them (`Client.created`)
    products  for the product's name and currency, if known; a `define` among the entries does as well

    Raises `TrailError` if the entries do not lead to the records.
    """
    known = dict(products or {})
    rows = []
    for row in sorted(entries, key=lambda entry: entry.index):
        time_ms, body, signers = _read(row.entry)
        if isinstance(body, Define):
            known[body.product] = Product(body.product, body.name, body.terms)
        elif any(row.index <= cards[number].entry for number in _named(body, cards.keys())):
            rows.append(_Row(row.index, time_ms, body, signers))
    named = known.get(cards[serial].product)
    currency = None if named is None else named.terms.currency
    reading = _Reading(cards, created, currency)
    stops = tuple(reading.take(row) for row in rows)
    if reading.fits():
        return Trail(serial, named, dict(cards), stops)
    raise TrailError(f"the entries do not lead to card {serial} as it is: some are missing, or are not of it")


def trail_to_json(trail: Trail) -> dict[str, Any]:
    """Plain JSON values; money in minor units, keys and hashes as hexadecimal text."""
    return {
        "serial": trail.serial,
        "number": card_number(trail.serial),
        "product": None if trail.product is None else trail.product.name,
        "currency": trail.currency,
        "cards": [
            {"number": card_number(number), **to_json(card)} for number, card in sorted(trail.cards.items())
        ],
        "stops": [
            {
                "entry": stop.index,
                "time_ms": stop.time_ms,
                "kind": stop.kind,
                "what": stop.what,
                "who": stop.who,
                "cards": list(stop.cards),
                "born": list(stop.born),
                "others": stop.others,
                "balances": {str(number): balance for number, balance in stop.balances.items()},
                "hop": stop.hop,
            }
            for stop in trail.stops
        ],
    }


@dataclass(frozen=True, slots=True)
class _Row:
    index: int
    time_ms: int
    body: Body
    signers: tuple[bytes, ...]


@dataclass(slots=True)
class _Life:
    """A card as far as a reading has followed it."""

    balance_minor: int
    owner: bytes
    hop: int
    version: int = 0
    release: bytes | Role | None = None


class _Reading:
    """Follows balance, owner, hop and version of every card of the trail through its entries."""

    def __init__(
        self, cards: Mapping[int, Card], created: Callable[[int], range], currency: str | None
    ) -> None:
        self._cards = cards
        self._created = created
        self._currency = currency
        self._lives: dict[int, _Life] = {}
        self._misplaced = False

    def take(self, row: _Row) -> Stop:
        """The stop that an entry makes."""
        body, lives = row.body, self._lives
        touched = tuple(
            number
            for number in sorted(_named(body, self._cards.keys()))
            if number in lives and row.index <= self._cards[number].entry
        )
        main = lives.get(touched[0]) if touched else None
        words = say(body, None if main is None else main.hop, self._currency)
        who = signed_by(body, row.signers, None if main is None else main.release)
        for number in touched:
            self._misplaced |= _expected(body, number, lives[number].version) != lives[number].version
            self._change(lives[number], body)
        born = self._bear(row, touched)
        made = len(body.amounts_minor) if isinstance(body, Split) else len(born)
        led_to = [lives[number] for number in born or touched]
        return Stop(
            index=row.index,
            time_ms=row.time_ms,
            kind=kind_of(body),
            what=words,
            who=who,
            cards=touched,
            born=born,
            others=made - len(born),
            balances={number: lives[number].balance_minor for number in sorted({*touched, *born})},
            hop=max((life.hop for life in led_to), default=0),
        )

    def fits(self) -> bool:
        """Whether every command found the version it expects, and every card came out as its record says."""
        return (
            not self._misplaced
            and self._lives.keys() == self._cards.keys()
            and all(
                (life.balance_minor, life.owner, life.hop, life.version)
                == (card.balance_minor, card.owner, card.hop, card.version)
                for card, life in ((card, self._lives[number]) for number, card in self._cards.items())
            )
        )

    def _change(self, life: _Life, body: Body) -> None:
        life.version += 1
        if isinstance(body, Transfer | Release):
            life.owner, life.release, life.hop = body.owner, None, life.hop + 1
        elif isinstance(body, Hold | Rebind):
            life.release = body.release
        elif isinstance(body, Return | Void):
            life.release = None
        if isinstance(body, Redeem):
            life.balance_minor -= body.amount_minor
        elif isinstance(body, Refund):
            life.balance_minor += body.amount_minor
        elif isinstance(body, Void):
            life.balance_minor = 0

    def _bear(self, row: _Row, touched: tuple[int, ...]) -> tuple[int, ...]:
        """The trail's cards that an entry makes; the cards it ends are emptied."""
        body, lives = row.body, self._lives
        if isinstance(body, Issue):
            born = tuple(number for number in _range(body, self._cards) if not self._cards[number].parents)
            for number in born:
                lives[number] = _Life(body.face_minor, body.owners[number - body.first_serial], 0)
            return born
        if not isinstance(body, Split | Merge) or not touched:
            return ()
        made = self._created(row.index)
        if len(made) != (1 if isinstance(body, Merge) else len(body.amounts_minor)):
            self._misplaced = True
            return ()
        born = tuple(number for number in made if self._is_child(number, touched))
        parents = [lives[number] for number in touched]
        hop = max(life.hop for life in parents)
        if isinstance(body, Merge):
            passed = len({life.owner for life in parents}) > 1
            whole = sum(life.balance_minor for life in parents)
            for number in born:
                lives[number] = _Life(whole, parents[0].owner, hop + passed)
        else:
            for number in born:
                amount = body.amounts_minor[number - made.start]
                lives[number] = _Life(amount, parents[0].owner, hop)
        for life in parents:
            life.balance_minor = 0
        return born

    def _is_child(self, number: int, parents: tuple[int, ...]) -> bool:
        card = self._cards.get(number)
        return card is not None and card.parents == parents


def _read(entry: bytes) -> tuple[int, Body, tuple[bytes, ...]]:
    try:
        outer = ENTRY_CODEC.decode(entry)
        signed = SIGNED_CODEC.decode(outer.signed)
        body = BODY_CODEC.decode(signed.body)
    except (Malformed, NotCanonical) as error:
        raise TrailError(f"what should be an entry is not one: {error}") from None
    return outer.time_ms, body, tuple(by.key for by in signed.signatures)


def _named(body: Body, wanted: Iterable[int]) -> list[int]:
    """The cards that a command names, of those that are wanted."""
    if isinstance(body, CardCommand):
        return [body.serial] if body.serial in set(wanted) else []
    if isinstance(body, Merge):
        chosen = set(wanted)
        return [named.serial for named in body.cards if named.serial in chosen]
    return _range(body, wanted) if isinstance(body, Issue | Activate) else []


def _expected(body: Body, number: int, otherwise: int) -> int:
    """The version of a card that a command expects, where it states one."""
    if isinstance(body, CardCommand):
        return body.version
    if isinstance(body, Merge):
        return next(named.version for named in body.cards if named.serial == number)
    return otherwise


def _range(body: Issue | Activate, wanted: Iterable[int]) -> list[int]:
    count = len(body.owners) if isinstance(body, Issue) else body.count
    return sorted(number for number in wanted if 0 <= number - body.first_serial < count)
