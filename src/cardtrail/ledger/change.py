"""What an accepted command changes, as a value. The rules build it; `apply` checks it and lets the state take it."""

from __future__ import annotations

import msgspec

from cardtrail.ledger.state import Deposit
from cardtrail.wire.cards import Card
from cardtrail.wire.products import Product
from cardtrail.wire.roles import Authority


class Change(msgspec.Struct, frozen=True, gc=False):
    """The records that a command replaces or adds, and what it moves between the sums of a currency.

    before, after   cards pairwise; a new card has none before it
    currency        of the sums that move; none if no sum does
    issued, redeemed, voided   what is added to these sums, in minor units (a refund redeems a negative
    amount)
    network         named by the first entry only
    seals           the state up to here is what a seal states
    """

    before: tuple[Card | None, ...] = ()
    after: tuple[Card, ...] = ()
    currency: str | None = None
    issued: int = 0
    redeemed: int = 0
    voided: int = 0
    product: Product | None = None
    authorities: tuple[Authority, ...] = ()
    deposit: Deposit | None = None
    network: bytes | None = None
    seals: bool = False
