"""What follows from a decision and is carried out after its commit.

Each effect has a key. Keys are made from the order's id and from what is to be done, never from a counter of attempts:
an effect that is decided again, because an answer was lost, has the same key and *is* the same effect. Whoever keeps
them makes the key unique, passes it on to the provider as the idempotency key, and on a repetition tries the old row
again. Only questions and reminders carry a number, for to ask twice harms nobody."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cardtrail.deals.regions import Side
from cardtrail.deals.value import Name, Value, Why, snake
from cardtrail.wire.money import Currency, Minor, PositiveMinor
from cardtrail.wire.scalars import Count, Millis


class Effect(Value, tag=snake, tag_field="effect"):
    """The base of all effects; stored with its name in snake case.

    key  unique for what is to be done, however often it is decided
    """

    key: Annotated[str, Meta(min_length=3, max_length=400)]


# Money, at the provider.


class CreatePayment(Effect):
    """Have the provider await a payment of this amount until this time."""

    amount_minor: PositiveMinor
    currency: Currency
    until_ms: Millis


class ClosePayment(Effect):
    """Have the provider await it no longer. If it says that it has been paid already, that comes as `Paid`, and goes
    back."""


class Release(Effect):
    """Have the provider pay the seller."""

    amount_minor: PositiveMinor
    currency: Currency


class Refund(Effect):
    """Have the provider pay so much of a payment back."""

    payment_id: Name
    amount_minor: PositiveMinor
    currency: Currency


class AskProvider(Effect):
    """Ask the provider how the money stands; the answer comes as the events that say so: `Paid`, `Released`,
    `Refunded`, `ChargedBack`, `StillHeld` … To tell all that is known does no harm, for what is known is a no-op."""


# The card, on the ledger.


class Deliver(Effect):
    """Let the waiting order `deliver` go: the settler's release to the buyer's next key."""


class AskLedger(Effect):
    """Ask the ledger what became of the command that is under way; the answer comes as its event."""

    about: Literal["deliver", "set_aside", "freeze", "end_aside", "give_back"]


class SetCardAside(Effect):
    """Let the waiting order `set_aside` go: the buyer's hold for the settler, for a dispute."""


class EndAside(Effect):
    """Let the waiting order `end_sale` go: the settler gives the card free to the buyer."""


class GiveBack(Effect):
    """Let the waiting order `give_up` go: the settler's release to the seller's next key."""


class RecoverCard(Effect):
    """A case for the issuer's staff: bring the frozen card back to the seller. Ends as `GivenBack` or refused."""


class Freeze(Effect):
    """Have the issuer freeze the card."""

    why: Literal["dispute", "chargeback"]


class Unfreeze(Effect):
    """Have the issuer let the card go on."""


class DropWaiting(Effect):
    """Drop these orders that still wait: they will not be needed. Done in the decision's own transaction."""

    orders: tuple[Literal["deliver", "set_aside", "give_up", "end_sale"], ...]


# The listing.


class FreeListing(Effect):
    """Tell the listing that this order does not need its card any more. `usable`: it may be listed again."""

    usable: bool


class SellListing(Effect):
    """Tell the listing that its card is sold."""


# Risk and people.


class AskRisk(Effect):
    """Ask risk; the answer comes as `Verdict` with this number."""

    question: Count


class AskStepUp(Effect):
    """Ask the buyer to prove themselves once more, until this time."""

    until_ms: Millis


class Tell(Effect):
    """Tell a party. `what` is the code of a `Notice`."""

    side: Side
    what: Why


class OpenCase(Effect):
    """A case for staff. `what` is the code of a `Case`; the same key is the same case."""

    what: Why
    detail: Why = ""


class ClaimOnSeller(Effect):
    """The seller owes this: the payment was taken back after they had been paid."""

    amount_minor: PositiveMinor
    currency: Currency


class DropClaim(Effect):
    """They owe it no longer."""


class Record(Effect):
    """The deal is over: write it into both parties' records. `refund_minor` is what the buyer got back."""

    ended: Literal["completed", "refunded", "split", "cancelled", "reversed"]
    price_minor: PositiveMinor
    refund_minor: Minor
    disputed: bool


AnyEffect = (
    CreatePayment | ClosePayment | Release | Refund | AskProvider | Deliver | AskLedger | SetCardAside | EndAside
    | GiveBack | RecoverCard | Freeze | Unfreeze | DropWaiting | FreeListing | SellListing | AskRisk | AskStepUp
    | Tell | OpenCase | ClaimOnSeller | DropClaim | Record
)  # fmt: skip
"""Every effect, for reading one that was stored."""
