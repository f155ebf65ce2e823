"""What staff have to look at, kind by kind: its words, who deals with it, by when, and when it is over by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.notices import Case
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import CardAt, Dispute, Gate, StrayAt
from cardtrail.web.orders.models import Matter
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS
from cardtrail.web.ui.texts import Text

Over = Callable[[Order], bool]

DISPUTES, RISK, MONEY, TECHNICAL = "disputes", "risk", "money", "technical"

GROUPS: Final = {
    DISPUTES: Text("争议与申诉", "Disputes and appeals"),
    RISK: Text("风控审核", "Held by risk"),
    MONEY: Text("资金与拒付", "Money and chargebacks"),
    TECHNICAL: Text("账实差异", "Differences"),
}

JUDGES: Final = ("support", "risk")
REVIEWERS: Final = ("risk",)
TREASURERS: Final = ("finance",)
KEEPERS: Final = ("finance", "risk", "support")
READERS: Final = ("support", "risk", "finance", "auditor")
ALL_ROLES: Final = ("support", "risk", "finance")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of matter.

    roles   who deals with it
    within  by when after it was found, where no deadline of the order says so; ours, not the law's
    timer   the order's deadline that says so
    over    whether an order shows that nobody is needed any more; none: a person says so with a note
    page    where it is dealt with, if that is not its order's page
    by_note whether a person can say with a note that it is over; else it is over by what is decided
    """

    words: Text
    group: str
    roles: tuple[str, ...]
    within: int = 2 * DAY_MS
    timer: Timer | None = None
    over: Over | None = None
    page: Callable[[Matter], str] | None = None
    by_note: bool = True

    @property
    def closed_by_hand(self) -> bool:
        """Whether somebody who has dealt with it closes it."""
        return self.by_note and self.timer is None


def _words(case: Case) -> Text:
    return Text(case.value.zh, case.value.en)


def _not(dispute: Dispute) -> Over:
    return lambda order: order.dispute is not dispute


_KINDS: Final = {
    Case.DECIDE_DISPUTE: (DISPUTES, JUDGES, 5 * DAY_MS, Timer.DECISION, _not(Dispute.DECIDING)),
    Case.DECIDE_APPEAL: (DISPUTES, JUDGES, 5 * DAY_MS, Timer.APPEAL_DECISION, _not(Dispute.APPEALED)),
    Case.DECIDE_ESCALATED: (DISPUTES, REVIEWERS, DAY_MS, None, _not(Dispute.ESCALATED)),
    Case.RISK_HOLD: (RISK, REVIEWERS, DAY_MS, Timer.RISK_HOLD, lambda order: order.gate is not Gate.HOLD),
    Case.PAYER_DIFFERS: (RISK, REVIEWERS, DAY_MS, Timer.RISK_HOLD, lambda order: order.gate is not Gate.HOLD),
    Case.PAYOUT_HOLD: (RISK, REVIEWERS, DAY_MS, None, lambda order: order.gate is not Gate.PAYOUT_HOLD),
    Case.CHARGEBACK: (MONEY, TREASURERS, 3 * DAY_MS, None, None),
    Case.CHARGEBACK_AFTER_REFUND: (MONEY, TREASURERS, 3 * DAY_MS, None, None),
    Case.LOSS: (MONEY, TREASURERS, 5 * DAY_MS, None, None),
    Case.RELEASE_REFUSED: (MONEY, TREASURERS, DAY_MS, None, lambda order: order.terminal),
    Case.REFUND_REFUSED: (MONEY, TREASURERS, DAY_MS, None, lambda order: order.terminal),
    Case.STRAY_REFUND_REFUSED: (
        MONEY, TREASURERS, DAY_MS, None,
        lambda order: all(stray.at is StrayAt.REFUNDED for stray in order.strays),
    ),
    Case.PROVIDER_SILENT: (MONEY, TREASURERS, DAY_MS, None, lambda order: order.terminal),
    Case.MONEY_MOVED_ODDLY: (MONEY, TREASURERS, DAY_MS, None, None),
    Case.CARD_NOT_RETURNED: (TECHNICAL, REVIEWERS, DAY_MS, None, lambda order: order.card is CardAt.RETURNED),
    Case.CARD_NOT_FROZEN: (TECHNICAL, REVIEWERS, 4 * HOUR_MS, None, lambda order: order.card is CardAt.FROZEN),
    Case.ASIDE_ENDED_EARLY: (TECHNICAL, REVIEWERS, 4 * HOUR_MS, None, None),
    Case.ASIDE_NOT_ENDED: (TECHNICAL, KEEPERS, DAY_MS, None, None),
    Case.BALANCE_DIFFERS: (TECHNICAL, KEEPERS, DAY_MS, None, None),
    Case.CARD_MOVED_ODDLY: (TECHNICAL, KEEPERS, DAY_MS, None, None),
    Case.DELIVERED_UNASKED: (TECHNICAL, KEEPERS, DAY_MS, None, None),
    Case.REFUSED_AFTER_DELIVERY: (TECHNICAL, KEEPERS, DAY_MS, None, None),
    Case.LEDGER_SILENT: (TECHNICAL, KEEPERS, DAY_MS, None, lambda order: order.terminal),
}  # fmt: skip

_DECIDED_THERE: Final = frozenset((Case.DECIDE_ESCALATED, Case.PAYOUT_HOLD))
"""Without a deadline of the order's, and still for nobody to close before it is decided on the order's page."""

_FOUND: Final = {
    "card_unknown": (Text("账本里没有这张卡", "The ledger has no such card"), KEEPERS),
    "card_not_held": (Text("卡未按订单锁定", "The card is not set aside for its sale"), KEEPERS),
    "card_not_aside": (Text("卡未按争议锁定", "The card is not set aside for its dispute"), KEEPERS),
    "card_not_frozen": (Text("卡未按订单冻结", "The card is not frozen as the order says"), KEEPERS),
    "card_not_buyers": (Text("卡不在买家名下", "The card is not the buyer's"), KEEPERS),
    "payment_unknown": (Text("支付服务没有这笔付款", "The provider knows no such payment"), TREASURERS),
    "money_differs": (Text("金额与支付服务不符", "The amounts differ from the provider's"), TREASURERS),
    "money_left": (Text("支付服务仍有未付款项", "The provider still holds money"), TREASURERS),
    "news_not_taken": (
        Text("一条账本记录未能处理", "An entry of the ledger could not be taken in"),
        KEEPERS,
    ),
    "aside_of_nobody": (Text("锁定的卡没有对应订单", "A card is set aside for no order"), KEEPERS),
    "unknown_order": (Text("支付服务的通知找不到订单", "A provider tells of no order of ours"), TREASURERS),
    "payee_changed": (
        Text("订单的收款账户被改动，已停付", "An order's account was changed; nothing is paid"),
        TREASURERS,
    ),
}

KINDS: Final[dict[str, Kind]] = {
    **{
        case.code: Kind(_words(case), *rest, by_note=case not in _DECIDED_THERE)
        for case, rest in _KINDS.items()
    },
    **{code: Kind(words, TECHNICAL, roles) for code, (words, roles) in _FOUND.items()},
    "recover_card": Kind(
        Text("把冻结的卡退回卖家", "Bring a frozen card back to its seller"),
        TECHNICAL,
        REVIEWERS,
        DAY_MS,
        over=lambda order: order.card is CardAt.RETURNED,
    ),
}
"""Every kind, by its code. The machine's cases are all in it, and so is everything that reconciling finds."""


def know(code: str, kind: Kind) -> None:
    """A kind of matter that another app finds; said once, when that app is ready."""
    KINDS.setdefault(code, kind)


def kind_of(matter: Matter) -> Kind:
    """A matter's kind; one of an unknown code is shown under that code and left to everybody."""
    return KINDS.get(matter.kind) or Kind(Text(matter.kind, matter.kind), TECHNICAL, ALL_ROLES)


def due_ms(matter: Matter) -> int:
    """By when it is dealt with: the order's own deadline, which pauses over our outages, or our own."""
    kind = kind_of(matter)
    if kind.timer is not None and matter.deal is not None:
        deadline = matter.deal.order.deadline(kind.timer)
        if deadline is not None:
            return deadline.at_ms
    return matter.opened_ms + kind.within
