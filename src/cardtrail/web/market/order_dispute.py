"""A dispute as both parties read it: what is so, until when, what each has shown, what was decided and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.order_state import Order
from cardtrail.deals.parameters import PERIODS
from cardtrail.deals.regions import CardAt, Dispute, Funds, Outcome, Side, Stage
from cardtrail.web.market.order_access import Own
from cardtrail.web.market.order_acts import may_settle, offered, values_of
from cardtrail.web.market.order_clock import EVIDENCE, clock_of
from cardtrail.web.market.order_forms import reason_words
from cardtrail.web.market.order_stand import stand_of
from cardtrail.web.market.order_steps import side_words
from cardtrail.web.orders.models import Deal, Exhibit, Ruling
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

OUTCOMES: Final = {
    Outcome.REFUND: Text("退款给买家", "The buyer is refunded"),
    Outcome.RELEASE: Text("付款给卖家", "The seller is paid"),
    Outcome.SPLIT: Text("双方分款", "Each gets a part"),
}

FOLLOWS: Final = {
    Outcome.REFUND: Text(
        "卡先退回卖家，随后 {back} 全额退回买家付款的账户。",
        "First the card goes back to the seller, then all {back} to the account that the buyer paid from.",
    ),
    Outcome.RELEASE: Text(
        "{rest} 付给卖家；卡解锁，归买家使用。",
        "{rest} goes to the seller; the card is the buyer's to use again.",
    ),
    Outcome.SPLIT: Text(
        "{back} 退给买家，{rest} 付给卖家；卡解锁，归买家使用。",
        "{back} goes back to the buyer and {rest} to the seller; the card is the buyer's to use again.",
    ),
}
"""What happens to card and money."""

_PURPOSES: Final = {
    "claim": Text("提出的问题", "What is wrong"),
    "evidence": Text("补充材料", "Evidence"),
    "appeal": Text("申诉", "Appeal"),
}

_BY_TIME: Final = Text("期限已到", "Time ran out")
_BY_PARTIES: Final = Text("双方和解", "Settled between both")
_BY_STAFF: Final = Text("工作人员裁决", "Decided by our staff")
_BY_APPEAL: Final = Text("另一位审核员裁决申诉", "Appeal decided by another reviewer")


@dataclass(frozen=True, slots=True)
class Shown:
    """An exhibit: whose, when, its words, its pictures' numbers."""

    who: Text
    mine: bool
    purpose: Text
    text: str
    at_ms: int
    pictures: Sequence[int]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with its reasons: which, by whom in a word, when, and what follows."""

    title: Text
    how: Text
    at_ms: int
    follows: Text
    reasons: str


def shown(own: Own) -> dict[str, Any]:
    """What the page of a dispute shows."""
    order, stand = own.order, stand_of(own.order, own.side)
    clock = clock_of(order, own.side)
    over = order.stage is not Stage.DISPUTED
    return {
        "deal": own.deal,
        "order": order,
        "buying": own.buying,
        "title": ending(order) if over else stand.title,
        "text": whereabouts(order) if over else stand.text,
        "tone": "info" if over else stand.tone,
        "over": over,
        "clock": None if over else clock,
        "left_ms": 0 if clock is None else max(clock.at_ms - now_ms(), 0),
        "reason": reason_words(order.dispute_reason),
        "exhibits": exhibits_of(own.deal, own.side),
        "decisions": decisions_of(own.deal, order),
        "deadlines": [each for each in deadlines_of(order) if each[0] != side_words(own.side)],
        "proposal": order.proposal,
        "proposed_by_me": order.proposal is not None and order.proposal.side is own.side,
        "acts": offered(own),
        "may_show": own.side in order.evidence_open,
        "may_propose": may_settle(order),
        "may_appeal": own.side in order.appeal_open,
        "outcomes": possible(order),
        **values_of(own),
    }


def exhibits_of(deal: Deal, side: Side | None) -> list[Shown]:
    """Everything that was shown, the oldest first. `side`: who reads it; none for staff."""
    rows = Exhibit.objects.filter(deal=deal).prefetch_related("pictures").order_by("at_ms", "pk")
    rows = rows.defer("sha256")
    return [
        Shown(
            side_words(Side(row.side)),
            side is not None and row.side == side.value,
            _PURPOSES[row.purpose],
            row.text,
            row.at_ms,
            [picture.pk for picture in row.pictures.all()],
        )
        for row in rows
    ]


def decisions_of(deal: Deal, order: Order) -> list[Decided]:
    """What was decided, by whomever, with the reasons that staff gave, the oldest first."""
    reasons = {ruling.appeal: ruling for ruling in Ruling.objects.filter(deal=deal)}
    found, by_staff = [], 0
    for decision in order.decisions:
        how, words = _BY_TIME, ""
        if decision.by:
            ruling = reasons.get(by_staff > 0)
            how, words = (_BY_APPEAL if by_staff else _BY_STAFF), _own_language(ruling) if ruling else ""
            by_staff += 1
        elif decision.outcome is Outcome.SPLIT or not _past_hard_stop(order, decision.at_ms):
            how = _BY_PARTIES
        follows = follows_of(order, decision.outcome, decision.refund_minor)
        found.append(Decided(OUTCOMES[decision.outcome], how, decision.at_ms, follows, words))
    return found


def _own_language(ruling: Ruling) -> str:
    """The reason of the list in the reader's language, and the words beside it as they were written."""
    first, _, rest = ruling.reasons.partition("\n")
    zh, both, en = first.partition(" · ")
    return f"{Text(zh, en)}\n{rest}" if both and rest else ruling.reasons


def follows_of(order: Order, outcome: Outcome, refund_minor: int) -> Text:
    """What an outcome does to card and money."""
    back = {Outcome.REFUND: order.price_minor, Outcome.RELEASE: 0, Outcome.SPLIT: refund_minor}[outcome]
    return FOLLOWS[outcome].format(
        back=format_money(back, order.currency), rest=format_money(order.price_minor - back, order.currency)
    )


def possible(order: Order) -> list[tuple[Text, Text]]:
    """How it can end, and what follows, before it is decided."""
    split = Text(
        "一部分退给买家，其余付给卖家；卡归买家。",
        "A part goes back, the rest to the seller; the buyer keeps the card.",
    )
    return [
        (OUTCOMES[Outcome.REFUND], follows_of(order, Outcome.REFUND, 0)),
        (OUTCOMES[Outcome.RELEASE], follows_of(order, Outcome.RELEASE, 0)),
        (OUTCOMES[Outcome.SPLIT], split),
    ]


def deadlines_of(order: Order) -> list[tuple[Text, int]]:
    """Both sides' time for evidence, while it runs."""
    found = []
    for side, timer in EVIDENCE.items():
        deadline = order.deadline(timer)
        if deadline is not None:
            found.append((side_words(side), deadline.at_ms))
    return found


def ending(order: Order) -> Text:
    """How the dispute ended, in a word."""
    if order.dispute is Dispute.CLOSED or order.decision is None:
        return Text("争议已了结", "The dispute is over")
    return OUTCOMES[order.decision.outcome]


_CARD_NOW: Final = {
    CardAt.BUYERS: Text("卡归买家。", "The card is the buyer's."),
    CardAt.ENDING_ASIDE: Text("卡正在为买家解锁。", "The card is being given free to the buyer."),
    CardAt.RETURNED: Text("卡已退回卖家。", "The card is back with the seller."),
    CardAt.GIVING_BACK: Text("卡正在退回卖家。", "The card is on its way back to the seller."),
    CardAt.FROZEN: Text("卡已冻结，由工作人员处理。", "The card is frozen; our staff see to it."),
}
_MONEY_NOW: Final = {
    Funds.HELD: Text("货款仍由支付服务代管。", "The provider still holds the money."),
    Funds.RELEASING: Text("货款正在付给卖家。", "The money is on its way to the seller."),
    Funds.RELEASED: Text("货款已付给卖家。", "The seller has been paid."),
    Funds.REFUNDING: Text("款项正在退回买家。", "The money is on its way back to the buyer."),
    Funds.REFUNDED: Text("款项已退回买家。", "The buyer has the money back."),
    Funds.SPLIT: Text("款项已分给双方。", "Both have been paid their part."),
    Funds.REVERSED: Text("付款被银行撤回。", "The bank has taken the payment back."),
}
_SPLITTING: Final = Text("款项正在分给双方。", "Both are being paid their part.")


def whereabouts(order: Order) -> Text:
    """Where card and money are now that it is over."""
    card = _CARD_NOW.get(order.card, Text("", ""))
    money = _MONEY_NOW.get(order.funds, _SPLITTING)
    return Text(card.zh + money.zh, f"{card.en} {money.en}".strip())


def _past_hard_stop(order: Order, at_ms: int) -> bool:
    """Whether a decision without a person came at the end of a dispute's longest time."""
    opened = order.dispute_opened_ms or at_ms
    return at_ms >= opened + PERIODS[Timer.HARD_STOP].length_ms
