"""A ledger's own database compared, row by row, with what its log leads to.

The log is the truth; every other table is made from it. A row that differs would let a node act on something that was
never decided, so each is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, Final, Protocol

from cardtrail.audit.report import Flaw
from cardtrail.audit.rules import RulesReplay
from cardtrail.audit.tree import TreeReplay
from cardtrail.ledger.change import Change
from cardtrail.ledger.head import EMPTY_HEAD, HEAD_CODEC, HEAD_KEY, Head
from cardtrail.ledger.intake import Request
from cardtrail.wire.codec import Malformed, NotCanonical, encode
from cardtrail.wire.products import Product
from cardtrail.wire.roles import Authority

MAX_NAMED: Final = 50
"""Rows of one table that are named; the rest are counted."""


class Records(Protocol):
    """The tables of a ledger's database, as `node.store.Store` gives them. Rows come in the order of their keys."""

    def entries(self, first: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Index and bytes of the entries from `first` up to, not including, `end`."""

    def befores(self) -> Iterator[tuple[int, bytes | None]]:
        """Index of every entry, and the encoded cards it replaced, none if it replaced none."""

    def command_ids(self) -> Iterator[tuple[bytes, int]]:
        """Every command's id and its entry's index."""

    def card_records(self) -> Iterator[tuple[int, bytes]]:
        """Every card's serial and record."""

    def products(self) -> list[Product]:
        """All products. Raises `Malformed` or `NotCanonical`."""

    def authorities(self) -> list[Authority]:
        """All authorities. Raises `Malformed` or `NotCanonical`."""

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """Level, number and bytes of every full tile."""

    def checkpoints(self) -> Iterator[tuple[int, str]]:
        """Size and note of every checkpoint that was signed."""

    def meta(self, key: str) -> bytes | None:
        """A small value by its key."""


class TableCheck:
    """Walks the database beside a replay. `taken` is told of every entry; `finish` compares the rest."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._flaws: list[Flaw] = []
        self._named: dict[str, int] = {}
        self.rows: dict[str, int] = {}
        self._commands = _Walk(self, "commands", ((index, name) for name, index in records.command_ids()))
        self._befores = _Walk(self, "entries", records.befores())

    def head(self) -> Head:
        """Where the database says it stands; an empty ledger's head if it says nothing or nonsense, which is a flaw."""
        data = self._records.meta(HEAD_KEY)
        if data is not None:
            try:
                return HEAD_CODEC.decode(data)
            except (Malformed, NotCanonical) as error:
                self.add("meta", HEAD_KEY, None, f"it cannot be read: {error}")
        return EMPTY_HEAD

    def taken(self, index: int, request: Request, change: Change) -> None:
        """Compare what the database keeps beside an entry."""
        command = self._commands.at(index)
        if command != request.id:
            self.add("commands", f"the command of entry {index}", index, _unlike(command))
        replaced = tuple([card for card in change.before if card is not None])
        before = self._befores.at(index)
        if before != (encode(replaced) if replaced else None):
            what = "the cards it keeps as they were before it are not those it changed"
            self.add("entries", f"entry {index}", index, what)

    def finish(self, rules: RulesReplay, tree: TreeReplay) -> list[Flaw]:
        """Compare what the log has led to. Returns every flaw of the tables."""
        state = rules.state
        self._commands.end()
        self._befores.end()
        self._compare("cards", "card", enumerate(rules.cards.records()), self._records.card_records())
        products = sorted((number, encode(product)) for number, product in state.products.items())
        self._compare("products", "product", products, self._rows_of("products"))
        roles = sorted((int(role), encode(authority)) for role, authority in state.authorities.items())
        self._compare("authorities", "role", roles, self._rows_of("authorities"))
        self._compare_tiles(tree)
        self._compare_head(rules, tree)
        return self._flaws

    def add(self, table: str, row: str, index: int | None, what: str) -> None:
        """Note a row that differs."""
        named = self._named[table] = self._named.get(table, 0) + 1
        if named <= MAX_NAMED:
            self._flaws.append(Flaw(f"{row} in the table `{table}`", index, what))
        elif named == MAX_NAMED + 1:
            self._flaws.append(Flaw(f"the table `{table}`", None, "more rows differ than are named here"))

    def _compare(
        self,
        table: str,
        noun: str,
        expected: Iterable[tuple[Any, bytes]],
        rows: Iterator[tuple[Any, bytes]],
    ) -> None:
        walk = _Walk(self, table, rows)
        for key, value in expected:
            found = walk.at(key)
            if found != value:
                self.add(table, f"{noun} {key}", None, _unlike(found))
        walk.end()

    def _rows_of(self, table: str) -> Iterator[tuple[int, bytes]]:
        try:
            if table == "products":
                return iter([(product.product, encode(product)) for product in self._records.products()])
            return iter([(int(role.role), encode(role)) for role in self._records.authorities()])
        except (Malformed, NotCanonical) as error:
            self.add(table, "a row", None, f"it cannot be read: {error}")
            return iter(())

    def _compare_tiles(self, tree: TreeReplay) -> None:
        rows = (((level, n), sha256(data).digest()) for level, n, data in self._records.tiles())
        walk = _Walk(self, "tiles", rows)
        for (level, n), digest in sorted(tree.digests.items()):
            found = walk.at((level, n))
            if found != digest:
                self.add("tiles", f"tile {level}/{n}", None, _unlike(found))
        walk.end()

    def _compare_head(self, rules: RulesReplay, tree: TreeReplay) -> None:
        state, head = rules.state, self.head()
        expected = Head(
            size=state.size,
            sealed_size=state.sealed_size,
            height=head.height,  # The orderer's own counting; nothing follows from it.
            time_ms=state.time_ms,
            card_count=state.card_count,
            network=state.network,
            root=tree.tree.root(),
            totals=tuple(state.totals[currency] for currency in sorted(state.totals)),
            deposits=tuple(state.deposits[currency] for currency in sorted(state.deposits)),
        )
        for name in Head.__struct_fields__:
            if getattr(head, name) != getattr(expected, name):
                self.add("meta", f"`{name}` of the head", None, "it is not what the log leads to")
        self.rows["meta"] = 1


class _Walk:
    """Rows in the order of their keys, walked beside the keys that must be there. What is left over is noted."""

    def __init__(self, check: TableCheck, table: str, rows: Iterator[tuple[Any, bytes | None]]) -> None:
        self._check = check
        self._table = table
        self._rows = rows
        self._next = next(rows, None)

    def at(self, key: Any) -> bytes | None:
        """The value of this key; none if there is no such row."""
        row = self._next
        while row is not None and row[0] < key:
            self._note_surplus(row[0])
            row = self._next = next(self._rows, None)
        if row is None or row[0] != key:
            return None
        self._check.rows[self._table] = self._check.rows.get(self._table, 0) + 1
        self._next = next(self._rows, None)
        return row[1]

    def end(self) -> None:
        """No more keys."""
        while self._next is not None:
            self._note_surplus(self._next[0])
            self._next = next(self._rows, None)

    def _note_surplus(self, key: Any) -> None:
        self._check.add(
            self._table, f"the row {key}", None, "nothing in the log leads to it, or it is there twice"
        )


def _unlike(found: bytes | None) -> str:
    return "it is missing" if found is None else "it is not what the log leads to"
