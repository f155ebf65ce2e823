"""What can happen to an order. Whoever makes an event has checked that it is genuine: the session behind `by`, the
signature under a provider's notification, the ledger's entry. Whether it may happen *now* is for the machine."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.parts import Payment
from cardtrail.deals.regions import Advice, Outcome
from cardtrail.deals.value import Digest, Name, Value, Why, snake
from cardtrail.wire.money import Minor, PositiveMinor
from cardtrail.wire.scalars import Count


class Event(Value, tag=snake, tag_field="event"):
    """The base of all events; stored with its name in snake case."""


class ByPerson(Event):
    """Something a person did: `by` is their id."""

    by: Name


# The parties.


class Cancel(ByPerson):
    """The buyer does not want it any more, before paying."""


class Confirm(ByPerson):
    """The buyer has the card and is content: the seller may be paid."""


class OpenDispute(ByPerson):
    """The buyer says what is wrong (a code of the page's list) and has it hashed."""

    reason: Why
    claim_sha256: Digest


class GiveEvidence(ByPerson):
    """A party shows something: its hash."""

    sha256: Digest


class EvidenceDone(ByPerson):
    """A party has shown all it has."""


class DropDispute(ByPerson):
    """The buyer takes the dispute back: as good as a confirmation."""


class Concede(ByPerson):
    """The seller gives the whole price back, and gets the card back."""


class ProposeSplit(ByPerson):
    """A party offers to end the dispute with so much back to the buyer, who keeps the card."""

    refund_minor: PositiveMinor


class AcceptSplit(ByPerson):
    """The other party takes that offer. It names the amount it saw."""

    refund_minor: PositiveMinor


class AcceptDecision(ByPerson):
    """Whoever could appeal says that they will not."""


class Appeal(ByPerson):
    """Whoever lost asks for another reviewer: the hash of what they say."""

    sha256: Digest


# Staff.


class DecideDispute(ByPerson):
    """A member of staff decides. `refund_minor` counts for a split alone."""

    outcome: Outcome
    refund_minor: Minor = 0


class DecideAppeal(ByPerson):
    """Another member of staff decides, for good."""

    outcome: Outcome
    refund_minor: Minor = 0


class ReviewRisk(ByPerson):
    """A member of staff looked at what risk had held."""

    allow: bool


class Delisted(Event):
    """The listing was taken down by staff."""


class PartyGone(Event):
    """A party was suspended, or deleted their account."""

    who: Name
    how: Literal["suspended", "deleted"]


class CardUnusable(Event):
    """The card cannot be delivered: frozen, expired, void, recalled or bought back, in the ledger's words."""

    reason: Why


# Risk.


class Verdict(Event):
    """What risk answers to the question with this number."""

    question: Count
    advice: Advice
    reasons: Annotated[tuple[Why, ...], Meta(max_length=32)] = ()


class StepUpPassed(Event):
    """The buyer proved themselves once more."""


class StepUpFailed(Event):
    """They could not."""


# The ledger.


class Delivered(Event):
    """The card is the buyer's, with this balance, as the ledger's entry proves."""

    balance_minor: Minor


class DeliveryRefused(Event):
    """The ledger refused to deliver, for good; or the order to deliver was dropped and never reached it."""

    reason: Why


class SetAside(Event):
    """The card is set aside for the dispute."""


class SetAsideRefused(Event):
    """The ledger refused that."""

    reason: Why


class AsideEnded(Event):
    """The card is freely the buyer's again."""


class AsideEndRefused(Event):
    """The ledger refused that. The hold ends by its own time."""

    reason: Why


class GivenBack(Event):
    """The card is the seller's again."""


class GiveBackRefused(Event):
    """The ledger refused that, for good."""

    reason: Why


class Frozen(Event):
    """The issuer has frozen the card."""


class FreezeRefused(Event):
    """The ledger refused that: the card is spent, say."""

    reason: Why


class Unfrozen(Event):
    """The issuer has let the card go on."""


class CardUsed(Event):
    """The buyer did with the card what only an owner can: redeemed any amount, passed it on, divided it."""

    how: Literal["redeemed", "passed_on", "divided"]


# The provider.


class PaymentBegun(Event):
    """The payer has begun to pay."""


class PaymentFailed(Event):
    """The provider says it will not be paid."""


class Paid(Event):
    """The provider holds a payment for this order."""

    payment: Payment


class Released(Event):
    """The provider has paid the seller."""

    amount_minor: PositiveMinor


class ReleaseRefused(Event):
    """The provider cannot pay the seller now."""

    reason: Why


class Refunded(Event):
    """The provider has paid so much of this payment back."""

    payment_id: Name
    amount_minor: PositiveMinor


class RefundRefused(Event):
    """The provider cannot pay it back now."""

    payment_id: Name
    reason: Why


class StillHeld(Event):
    """Asked, the provider says that it holds the money and knows of no release or refund."""


class ChargedBack(Event):
    """The payer's bank took this payment back."""

    payment_id: Name
    amount_minor: PositiveMinor


class ChargebackEnded(Event):
    """The bank has decided about this payment. `won`: the money is there to be passed on again."""

    payment_id: Name
    won: bool


# Time.


class DeadlinePassed(Event):
    """A timer fired. Whether its time is really over is looked at again."""

    timer: Timer


AnyEvent = (
    Cancel | Confirm | OpenDispute | GiveEvidence | EvidenceDone | DropDispute | Concede | ProposeSplit
    | AcceptSplit | AcceptDecision | Appeal | DecideDispute | DecideAppeal | ReviewRisk | Delisted | PartyGone
    | CardUnusable | Verdict | StepUpPassed | StepUpFailed | Delivered | DeliveryRefused | SetAside
    | SetAsideRefused | AsideEnded | AsideEndRefused | GivenBack | GiveBackRefused | Frozen | FreezeRefused
    | Unfrozen | CardUsed | PaymentBegun | PaymentFailed | Paid | Released | ReleaseRefused | Refunded
    | RefundRefused | StillHeld | ChargedBack | ChargebackEnded | DeadlinePassed
)  # fmt: skip
"""Every event, for reading one that was stored."""
