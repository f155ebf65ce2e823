"""The ledger's answers about the card of a dispute or of a chargeback, and what to do while there is none."""

from __future__ import annotations

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import AskLedger, DropWaiting
from cardtrail.deals.events import (
    AsideEnded,
    AsideEndRefused,
    DeadlinePassed,
    Event,
    FreezeRefused,
    Frozen,
    GiveBackRefused,
    GivenBack,
    SetAside,
    SetAsideRefused,
    Unfrozen,
)
from cardtrail.deals.moves.accepting import stop_card
from cardtrail.deals.moves.steering import escalate, refund_decided, steer
from cardtrail.deals.moves.ways import refund
from cardtrail.deals.notices import Case, Notice
from cardtrail.deals.regions import CardAt, Side, Stage

_ABOUT = {
    CardAt.SENDING: "deliver",
    CardAt.SETTING_ASIDE: "set_aside",
    CardAt.FREEZING: "freeze",
    CardAt.ENDING_ASIDE: "end_aside",
    CardAt.GIVING_BACK: "give_back",
}


def ask_ledger(draft: Draft, event: DeadlinePassed) -> None:
    """No answer yet: ask what became of the command. Nothing else is done before it is known, for a card that was
    delivered after all must not be paid back as well."""
    about = _ABOUT[draft.order.card]
    silent = draft.ask_again()
    draft.do(AskLedger, f"ask-ledger/{draft.order.asks}", about=about)
    if silent:
        draft.case(Case.LEDGER_SILENT, about)


def set_aside(draft: Draft, event: SetAside) -> None:
    """The card can be neither spent nor passed on."""
    _stands_at(draft, CardAt.ASIDE)


def not_set_aside(draft: Draft, event: SetAsideRefused) -> None:
    """The ledger will not have it (too many hops, cooling-off, spent): the issuer stops it instead, if it is still
    argued about."""
    draft.stop(Timer.RECONCILE)
    draft.set(card=CardAt.BUYERS)
    _drop_what_needs_the_hold(draft)
    if draft.order.stage in (Stage.DISPUTED, Stage.CONTESTED):
        stop_card(draft, "dispute")
    steer(draft)


def frozen(draft: Draft, event: Frozen) -> None:
    """The issuer has stopped the card."""
    _stands_at(draft, CardAt.FROZEN)


def not_frozen(draft: Draft, event: FreezeRefused) -> None:
    """The card cannot be stopped; most likely there is nothing left of it."""
    draft.case(Case.CARD_NOT_FROZEN, event.reason)
    _stands_at(draft, CardAt.BUYERS)


def unfrozen(draft: Draft, event: Unfrozen) -> None:
    """The card goes on."""
    _stands_at(draft, CardAt.BUYERS)


def aside_ended(draft: Draft, event: AsideEnded) -> None:
    """The card is freely the buyer's."""
    _stands_at(draft, CardAt.BUYERS)


def aside_ended_early(draft: Draft, event: AsideEnded) -> None:
    """The hold was over before the dispute: the issuer stops the card instead."""
    draft.case(Case.ASIDE_ENDED_EARLY)
    _drop_what_needs_the_hold(draft)
    _stands_at(draft, CardAt.BUYERS)
    stop_card(draft, "dispute")


def aside_not_ended(draft: Draft, event: AsideEndRefused) -> None:
    """The hold could not be ended; it ends by its own time, and staff look why."""
    draft.case(Case.ASIDE_NOT_ENDED, event.reason)
    _stands_at(draft, CardAt.BUYERS)


def given_back(draft: Draft, event: GivenBack) -> None:
    """The card is the seller's again. If it comes back used, a person looks at it before money follows."""
    draft.stop(Timer.RECONCILE)
    draft.set(card=CardAt.RETURNED)
    draft.tell(Notice.CARD_IS_BACK, Side.SELLER)
    if not refund_decided(draft.order):
        return
    if draft.order.card_used:
        escalate(draft, Case.DECIDE_ESCALATED)
    else:
        refund(draft)


def recovered_unasked(draft: Draft, event: GivenBack) -> None:
    """The issuer has brought a frozen card back to the seller before anybody asked. While it is argued about, a person
    now has to say what becomes of the money."""
    draft.set(card=CardAt.RETURNED)
    draft.case(Case.CARD_MOVED_ODDLY, type(event).__name__)
    draft.tell(Notice.CARD_IS_BACK, Side.SELLER)
    if draft.order.stage is Stage.DISPUTED:
        escalate(draft, Case.DECIDE_ESCALATED)


def not_given_back(draft: Draft, event: GiveBackRefused) -> None:
    """The card cannot be brought back. Where money was to follow it, a person decides, with the card stopped."""
    draft.stop(Timer.RECONCILE)
    waits = refund_decided(draft.order)
    draft.set(card=CardAt.BUYERS)
    if waits:
        escalate(draft, Case.CARD_NOT_RETURNED)
        stop_card(draft, "dispute")
    else:
        draft.case(Case.CARD_NOT_RETURNED, event.reason)


def card_moved_oddly(draft: Draft, event: Event) -> None:
    """The ledger tells of something that this order never asked for: people look at it, nothing else happens."""
    draft.case(Case.CARD_MOVED_ODDLY, type(event).__name__)


def delivered_unasked(draft: Draft, event: Event) -> None:
    """The same for a delivery."""
    draft.case(Case.DELIVERED_UNASKED)


def refused_after_delivery(draft: Draft, event: Event) -> None:
    """The same for a refusal to deliver what is delivered."""
    draft.case(Case.REFUSED_AFTER_DELIVERY)


def _drop_what_needs_the_hold(draft: Draft) -> None:
    """The card is not set aside, or no longer, and will not be again: neither order that would end that waits on."""
    draft.do(DropWaiting, "drop/aside", orders=("give_up", "end_sale"))


def _stands_at(draft: Draft, card: CardAt) -> None:
    draft.stop(Timer.RECONCILE)
    draft.set(card=card)
    steer(draft)
