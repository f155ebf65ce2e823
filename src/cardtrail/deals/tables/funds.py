"""What the provider tells of the accepted payment. Its answers may come late, twice and in any order."""

from __future__ import annotations

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.events import (
    ChargebackEnded,
    ChargedBack,
    Refunded,
    RefundRefused,
    Released,
    ReleaseRefused,
    StillHeld,
)
from cardtrail.deals.moves import charging_back, money
from cardtrail.deals.regions import Funds
from cardtrail.deals.rows import SINCE_THEN, on, timer

F = Funds
UNPAID = (F.NONE, F.PENDING)


def _but(*states: Funds) -> tuple[Funds, ...]:
    return tuple(state for state in F if state not in states)


ROWS = (
    on(Released, money.released, F.RELEASING),
    on(Released, money.rest_released, F.SPLIT_RELEASING),
    on(Released, SINCE_THEN, F.RELEASED, F.SPLIT, F.REVERSED),
    on(Released, money.money_moved_oddly, *UNPAID, F.HELD, F.REFUNDING, F.REFUNDED, F.SPLIT_REFUNDING),
    on(ReleaseRefused, charging_back.release_refused_or_reversed, F.RELEASING, F.SPLIT_RELEASING),
    on(ReleaseRefused, SINCE_THEN, *_but(F.RELEASING, F.SPLIT_RELEASING)),
    on(Refunded, money.refunded, F.REFUNDING),
    on(Refunded, money.part_refunded, F.SPLIT_REFUNDING),
    on(Refunded, SINCE_THEN, F.REFUNDED, F.SPLIT_RELEASING, F.SPLIT),
    on(Refunded, money.money_moved_oddly, *UNPAID, F.HELD, F.RELEASING, F.RELEASED, F.REVERSED),
    on(RefundRefused, charging_back.refund_refused_or_reversed, F.REFUNDING, F.SPLIT_REFUNDING),
    on(RefundRefused, SINCE_THEN, *_but(F.REFUNDING, F.SPLIT_REFUNDING)),
    on(StillHeld, money.send_again, *F),
    on(ChargedBack, charging_back.contest, F.HELD),
    on(ChargedBack, charging_back.note_while_releasing, F.RELEASING, F.SPLIT_RELEASING),
    on(ChargedBack, charging_back.note_while_refunding, F.REFUNDING, F.SPLIT_REFUNDING),
    on(ChargedBack, charging_back.claim, F.RELEASED),
    on(ChargedBack, charging_back.charged_back_as_well, F.REFUNDED, F.SPLIT),
    on(ChargedBack, SINCE_THEN, F.REVERSED),
    on(ChargedBack, money.money_moved_oddly, *UNPAID),
    on(ChargebackEnded, charging_back.chargeback_ended, *_but(*UNPAID)),
    on(ChargebackEnded, money.money_moved_oddly, *UNPAID),
    *timer(Timer.MONEY, money.ask_provider, *F),
    *timer(Timer.CHARGEBACK, charging_back.lose, F.REVERSED),
)  # fmt: skip
