"""What a node tells about its ledger, as records of our own. Nothing in here is proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cardtrail.client.errors import BadAnswer
from cardtrail.client.views import from_view
from cardtrail.signing.notes import NoteError, VerifierKey
from cardtrail.wire.identifiers import parse_network
from cardtrail.wire.money import Totals
from cardtrail.wire.products import Product
from cardtrail.wire.roles import Authority, Role


@dataclass(frozen=True, slots=True)
class LedgerInfo:
    """A ledger at a glance.

    network          what its commands must carry; none before its first entry
    cards            how many there are, which is the next free serial
    authorities      keys, threshold and next sequence of each appointed role
    checkpoint_size  entries that the latest checkpoint covers; 0 before the first
    vkey             the verifier key the node says is the log's. To trust it is to trust the node once.
    """

    network: bytes | None
    origin: str
    vkey: VerifierKey
    size: int
    time_ms: int
    cards: int
    products: tuple[Product, ...]
    authorities: dict[Role, Authority]
    checkpoint_size: int

    def product(self, number: int) -> Product:
        """A product by its number. Raises `LookupError`."""
        for product in self.products:
            if product.product == number:
                return product
        raise LookupError(f"there is no product {number}")

    def sequence(self, role: Role) -> int:
        """The sequence that a role's next sequenced command carries. Raises `LookupError` if it was never
        appointed.
        """
        if role not in self.authorities:
            raise LookupError(f"the ledger has no {role.name.lower()}")
        return self.authorities[role].sequence


@dataclass(frozen=True, slots=True)
class DepositInfo:
    """What the custodian last stated to keep for a currency, in which entry, and how much of what holders may
    spend it covers.

    custody_ratio_bp   in basis points, rounded down; none while holders may spend nothing
    """

    currency: str
    deposit_minor: int
    as_of_ms: int
    statement: bytes
    entry: int
    custody_ratio_bp: int | None


@dataclass(frozen=True, slots=True)
class TotalsInfo:
    """The sums of each currency after `size` entries, and the custodian's latest statements beside them."""

    time_ms: int
    size: int
    totals: tuple[Totals, ...]
    deposits: tuple[DepositInfo, ...]


def read_ledger(value: Any) -> LedgerInfo:
    """From the answer to `GET /v1/ledger`. Raises `BadAnswer`."""
    try:
        authorities = [from_view(Authority, item) for item in value["authorities"]]
        return LedgerInfo(
            network=parse_network(value["network"]) if value["network"] else None,
            origin=_text(value["origin"]),
            vkey=VerifierKey.parse(_text(value["vkey"])),
            size=_count(value["size"]),
            time_ms=_count(value["time_ms"]),
            cards=_count(value["cards"]),
            products=tuple(from_view(Product, item) for item in value["products"]),
            authorities={authority.role: authority for authority in authorities},
            checkpoint_size=_count(value.get("checkpoint_size") or 0),
        )
    except (KeyError, TypeError, AttributeError, ValueError, NoteError) as error:
        raise BadAnswer(f"the node's account of its ledger cannot be read ({type(error).__name__})") from None


def read_totals(value: Any) -> TotalsInfo:
    """From the answer to `GET /v1/totals`. Raises `BadAnswer`."""
    try:
        return TotalsInfo(
            time_ms=_count(value["time_ms"]),
            size=_count(value["size"]),
            totals=tuple(from_view(Totals, item) for item in value["totals"]),
            deposits=tuple(_read_deposit(item) for item in value["deposits"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer(f"the node's totals cannot be read ({type(error).__name__})") from None


def _read_deposit(value: Any) -> DepositInfo:
    ratio = value["custody_ratio_bp"]
    return DepositInfo(
        currency=_text(value["currency"]),
        deposit_minor=_count(value["deposit_minor"]),
        as_of_ms=_count(value["as_of_ms"]),
        statement=bytes.fromhex(_text(value["statement"])),
        entry=_count(value["entry"]),
        custody_ratio_bp=None if ratio is None else _count(ratio),
    )


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a count")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("not a text")
    return value
