"""The order's whole table, and which region each trigger is looked up in."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from cardtrail.deals import events
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Side, Stage, StrayAt
from cardtrail.deals.rows import Table, Trigger, table
from cardtrail.deals.tables import card, dispute, funds, gate, stage, strays

_ROWS = {
    Stage: stage.ROWS,
    CardAt: card.ROWS,
    Funds: funds.ROWS,
    Dispute: dispute.ROWS,
    Gate: gate.ROWS,
    StrayAt: strays.ROWS,
}

TABLE: Final[Table] = table(row for rows in _ROWS.values() for row in rows)
"""What each trigger does in each state of its region."""

TRIGGERS: Final[Mapping[type[enum.Enum], tuple[Trigger, ...]]] = {
    region: tuple(dict.fromkeys(row.trigger for row in rows)) for region, rows in _ROWS.items()
}
"""The triggers by region, as the table names them."""

REGION: Final[Mapping[Trigger, type[enum.Enum]]] = {
    trigger: region for region, triggers in TRIGGERS.items() if region is not StrayAt for trigger in triggers
}
"""Where a trigger is looked up. `Refunded`, `RefundRefused`, `ChargedBack` and `ChargebackEnded` about a payment that
was not accepted are looked up in that payment's own region instead."""

ORDER_TIMERS: Final = tuple(timer for timer in Timer if timer not in (Timer.LISTING, Timer.OFFER))

BY_BUYER: Final = (events.Cancel, events.Confirm, events.OpenDispute, events.DropDispute)
BY_SELLER: Final = (events.Concede,)
BY_A_PARTY: Final = (
    events.GiveEvidence, events.EvidenceDone, events.ProposeSplit, events.AcceptSplit, events.AcceptDecision,
    events.Appeal,
)  # fmt: skip
BY_STAFF: Final = (events.DecideDispute, events.DecideAppeal, events.ReviewRisk)
"""Who may make which event: a table of its own, looked at first."""

WHO: Final[Mapping[type, frozenset[Side | None]]] = {
    **{kind: frozenset((Side.BUYER,)) for kind in BY_BUYER},
    **{kind: frozenset((Side.SELLER,)) for kind in BY_SELLER},
    **{kind: frozenset((Side.BUYER, Side.SELLER)) for kind in BY_A_PARTY},
    **{kind: frozenset((None,)) for kind in BY_STAFF},
}
"""Which side must be behind an event that people make. Staff decide only what they are no party to."""
