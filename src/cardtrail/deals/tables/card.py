"""What the ledger tells of the card. Its answers may come late, twice and in any order."""

from __future__ import annotations

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.events import (
    AsideEnded,
    AsideEndRefused,
    CardUsed,
    Delivered,
    DeliveryRefused,
    FreezeRefused,
    Frozen,
    GiveBackRefused,
    GivenBack,
    SetAside,
    SetAsideRefused,
    Unfrozen,
)
from cardtrail.deals.moves import accepting, tracking
from cardtrail.deals.regions import CardAt
from cardtrail.deals.rows import SINCE_THEN, Nothing, on, timer

C = CardAt
NOT_SENT = (C.HELD, C.FREE)
STOPPED = (C.SETTING_ASIDE, C.ASIDE, C.FREEZING, C.FROZEN, C.ENDING_ASIDE)
NOT_OURS = Nothing("this order has not delivered the card, or has it back")


def _but(*states: CardAt) -> tuple[CardAt, ...]:
    return tuple(state for state in C if state not in states)


ROWS = (
    on(Delivered, tracking.delivered_unasked, *NOT_SENT),
    on(Delivered, accepting.arrive, C.SENDING),
    on(Delivered, SINCE_THEN, *_but(*NOT_SENT, C.SENDING)),
    on(DeliveryRefused, SINCE_THEN, *NOT_SENT),
    on(DeliveryRefused, accepting.not_delivered, C.SENDING),
    on(DeliveryRefused, tracking.refused_after_delivery, *_but(*NOT_SENT, C.SENDING)),
    on(SetAside, tracking.set_aside, C.SETTING_ASIDE),
    on(SetAside, SINCE_THEN, C.ASIDE, C.ENDING_ASIDE, C.GIVING_BACK, C.RETURNED, C.BUYERS),
    on(SetAside, tracking.card_moved_oddly, *NOT_SENT, C.SENDING, C.FREEZING, C.FROZEN),
    on(SetAsideRefused, tracking.not_set_aside, C.SETTING_ASIDE),
    on(SetAsideRefused, SINCE_THEN, *_but(C.SETTING_ASIDE)),
    on(Frozen, tracking.frozen, C.FREEZING),
    on(Frozen, SINCE_THEN, *_but(C.FREEZING)),
    on(FreezeRefused, tracking.not_frozen, C.FREEZING),
    on(FreezeRefused, SINCE_THEN, *_but(C.FREEZING)),
    on(Unfrozen, tracking.unfrozen, C.FROZEN),
    on(Unfrozen, SINCE_THEN, *_but(C.FROZEN)),
    on(AsideEnded, tracking.aside_ended, C.ENDING_ASIDE),
    on(AsideEnded, tracking.aside_ended_early, C.ASIDE),
    on(AsideEnded, SINCE_THEN, *_but(C.ASIDE, C.ENDING_ASIDE)),
    on(AsideEndRefused, tracking.aside_not_ended, C.ENDING_ASIDE),
    on(AsideEndRefused, SINCE_THEN, *_but(C.ENDING_ASIDE)),
    on(GivenBack, tracking.given_back, C.GIVING_BACK),
    on(GivenBack, tracking.recovered_unasked, C.FROZEN),
    on(GivenBack, SINCE_THEN, C.RETURNED),
    on(GivenBack, tracking.card_moved_oddly, *_but(C.GIVING_BACK, C.FROZEN, C.RETURNED)),
    on(GiveBackRefused, tracking.not_given_back, C.GIVING_BACK),
    on(GiveBackRefused, SINCE_THEN, *_but(C.GIVING_BACK)),
    on(CardUsed, accepting.use, C.BUYERS, *STOPPED),
    on(CardUsed, accepting.note_use, C.SENDING, C.GIVING_BACK),
    on(CardUsed, NOT_OURS, *NOT_SENT, C.RETURNED),
    *timer(
        Timer.RECONCILE,
        tracking.ask_ledger,
        C.SENDING, C.SETTING_ASIDE, C.FREEZING, C.ENDING_ASIDE, C.GIVING_BACK,
    ),
)  # fmt: skip
