"""An order: five regions, what happened to the money, the timers that run."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cardtrail.deals.deadlines import Deadline, Deadlines, Timer, find
from cardtrail.deals.parts import Chargeback, Decision, Evidence, Pace, Payment, Proposal, Stray
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Side, Stage
from cardtrail.deals.value import Name, Value
from cardtrail.wire.money import Currency, Minor, PositiveMinor
from cardtrail.wire.scalars import Count, Millis, Serial

Subject = Annotated[str, Meta(min_length=1, max_length=64)]


class Order(Value, kw_only=True):
    """One card, sold by one person to another. Whoever stores it stores it whole.

    listing_version what the buyer saw, and the price is from
    price_minor     what is paid
    balance_minor   what the card bore when it was listed; its hold on the ledger has kept it there
    changed_ms      when it last changed: no decision is ever dated before it, whatever a clock says
    version         how often it changed: what a compare-and-swap compares
    payment         the one payment that was accepted
    strays          payments that were not, and go back
    refunded_minor, released_minor  what of the accepted payment reached the buyer again, and the seller
    card_used       the buyer used the card; whoever uses it accepts it
    delivered_ms    when the card became the buyer's
    evidence_open   whose time to show evidence is not over
    appeal_open     who may still appeal
    decisions       of staff, the appeal's last; the last one counts
    question        how often risk was asked; only the answer to the last question counts
    asks            how often anybody was asked or reminded: numbers the keys of such effects
    """

    id: Subject
    listing: Name
    listing_version: Count
    serial: Serial
    seller: Name
    buyer: Name
    price_minor: PositiveMinor
    currency: Currency
    balance_minor: Minor
    pace: Pace
    opened_ms: Millis
    changed_ms: Millis
    version: Count = 0
    stage: Stage = Stage.AWAITING_PAYMENT
    card: CardAt = CardAt.HELD
    funds: Funds = Funds.NONE
    dispute: Dispute = Dispute.NONE
    gate: Gate = Gate.UNASKED
    deadlines: Deadlines = ()
    payment: Payment | None = None
    strays: tuple[Stray, ...] = ()
    refunded_minor: Minor = 0
    released_minor: Minor = 0
    chargeback: Chargeback | None = None
    card_used: bool = False
    delivered_ms: Millis | None = None
    delivered_balance_minor: Minor | None = None
    dispute_opened_ms: Millis | None = None
    dispute_reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    evidence_open: tuple[Side, ...] = ()
    proposal: Proposal | None = None
    decisions: tuple[Decision, ...] = ()
    appeal_open: tuple[Side, ...] = ()
    appealed_by: Side | None = None
    question: Count = 0
    asks: Count = 0

    @property
    def terminal(self) -> bool:
        """Whether the deal is over. Money that was not accepted may still be on its way back."""
        return self.stage.terminal

    @property
    def next_ms(self) -> int | None:
        """When the next timer fires: what the row is found by. None where nothing waits for time."""
        return min((deadline.at_ms for deadline in self.deadlines), default=None)

    @property
    def decision(self) -> Decision | None:
        """The decision that counts at present."""
        return self.decisions[-1] if self.decisions else None

    def deadline(self, timer: Timer) -> Deadline | None:
        """The running timer of that kind, for a page's countdown."""
        return find(self.deadlines, timer)

    def side(self, person: str) -> Side | None:
        """Which party a person is."""
        if person == self.buyer:
            return Side.BUYER
        return Side.SELLER if person == self.seller else None
