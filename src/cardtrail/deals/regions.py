"""The five regions of an order: what an order is at is one state of each.

They are apart because they end at different times and are told by different parties: the people move the stage, the
ledger the card, the provider the funds, the staff the dispute, and risk the gate."""

from __future__ import annotations

import enum


class Stage(enum.Enum):
    """How far the deal is. The last five are its ends."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAYMENT_PENDING = "payment_pending"
    FUNDED = "funded"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    DISPUTED = "disputed"
    CONTESTED = "contested"
    CONFIRMED = "confirmed"
    RELEASING = "releasing"
    REFUNDING = "refunding"
    SPLITTING = "splitting"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    SPLIT = "split"
    CANCELLED = "cancelled"
    REVERSED = "reversed"

    @property
    def terminal(self) -> bool:
        """Whether the deal is over. Its stage never changes again, whatever arrives."""
        return self in ENDS


ENDS = frozenset((Stage.COMPLETED, Stage.REFUNDED, Stage.SPLIT, Stage.CANCELLED, Stage.REVERSED))
"""The stages that nothing leaves."""


class CardAt(enum.Enum):
    """Where the card is, as far as this order has to do with it.

    held           set aside on the ledger for its listing, and reserved for this order
    sending        the ledger has been asked to deliver it; the answer is not known yet
    buyers         the buyer's, who may do with it as they like
    setting_aside  the ledger has been asked to set it aside for a dispute
    aside          the buyer's, set aside: it can be neither spent nor passed on
    freezing       the ledger has been asked to freeze it
    frozen         the buyer's, and stopped by the issuer
    ending_aside   the ledger has been asked to give it free to the buyer
    giving_back    the ledger, or the issuer's staff, has been asked to return it to the seller
    returned       the seller's again
    free           this order has nothing to do with it any more; its listing has
    """

    HELD = "held"
    SENDING = "sending"
    BUYERS = "buyers"
    SETTING_ASIDE = "setting_aside"
    ASIDE = "aside"
    FREEZING = "freezing"
    FROZEN = "frozen"
    ENDING_ASIDE = "ending_aside"
    GIVING_BACK = "giving_back"
    RETURNED = "returned"
    FREE = "free"


SELLERS_CARD = frozenset((CardAt.GIVING_BACK, CardAt.RETURNED))
"""The card is the seller's again, or may be by now: they cannot be paid in full for it as well."""


class Funds(enum.Enum):
    """Where the buyer's money is. The provider has it, never we.

    split_refunding, split_releasing   a split's two halves, the buyer's first
    reversed                           the payer's bank took it back (chargeback)
    """

    NONE = "none"
    PENDING = "pending"
    HELD = "held"
    RELEASING = "releasing"
    RELEASED = "released"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    SPLIT_REFUNDING = "split_refunding"
    SPLIT_RELEASING = "split_releasing"
    SPLIT = "split"
    REVERSED = "reversed"


class Dispute(enum.Enum):
    """How far a dispute is.

    evidence   both sides may show what they have, 48 h each
    deciding   staff decide
    decided    whoever lost may appeal, once
    appealed   another member of staff decides
    final      the outcome stands; the card and then the money follow it
    escalated  nothing follows by itself: a person has to decide with eyes open
    closed     over: settled, withdrawn, or overtaken by the card's use or a chargeback
    """

    NONE = "none"
    EVIDENCE = "evidence"
    DECIDING = "deciding"
    DECIDED = "decided"
    APPEALED = "appealed"
    FINAL = "final"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Gate(enum.Enum):
    """What risk says between payment and delivery, and whether it stands before the payout.

    blocked      no: the money goes back, or, after delivery, goes where staff decide and nobody else
    moot         the order ended or was called off before it had answered
    payout_hold  a party was suspended after the card was on its way: nobody is paid before a person has looked
    """

    UNASKED = "unasked"
    ASKED = "asked"
    STEP_UP = "step_up"
    HOLD = "hold"
    ALLOWED = "allowed"
    PAYOUT_HOLD = "payout_hold"
    BLOCKED = "blocked"
    MOOT = "moot"


class StrayAt(enum.Enum):
    """Where a payment is that was not accepted: on its way back, or back."""

    REFUNDING = "refunding"
    REFUNDED = "refunded"


class Side(enum.Enum):
    """The two parties of a deal."""

    BUYER = "buyer"
    SELLER = "seller"

    @property
    def other(self) -> Side:
        """The other party."""
        return Side.SELLER if self is Side.BUYER else Side.BUYER


class Outcome(enum.Enum):
    """How a dispute ends: the seller is paid, the buyer is, or each in part (and the buyer keeps the card)."""

    RELEASE = "release"
    REFUND = "refund"
    SPLIT = "split"


class Advice(enum.Enum):
    """What risk can answer."""

    ALLOW = "allow"
    STEP_UP = "step_up"
    HOLD = "hold"
    BLOCK = "block"
