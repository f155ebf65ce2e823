"""Everything that staff need to decide about one order, on one page: nobody's name, for none is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from cardtrail.deals.order_state import Order
from cardtrail.deals.records import Standing
from cardtrail.deals.regions import Dispute, Gate, Side, Stage
from cardtrail.payments.port import PaymentFault
from cardtrail.payments.port import Standing as Money
from cardtrail.payments.registry import UnknownProvider
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk import penalising
from cardtrail.web.desk.casework import Case
from cardtrail.web.desk.evidence import PURPOSE_WORDS
from cardtrail.web.desk.models import CASE_READERS, Staff
from cardtrail.web.desk.paths import path_of
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import desk_conduct, order_dispute, order_money
from cardtrail.web.market.desk_advice import ADVICE
from cardtrail.web.market.desk_kinds import JUDGES, REVIEWERS, RISK
from cardtrail.web.market.desk_queue import Waiting, waiting_of
from cardtrail.web.market.desk_reasons import in_own_language
from cardtrail.web.market.desk_separation import hindrance
from cardtrail.web.market.desk_values import Known, in_words
from cardtrail.web.market.order_clock import clock_of
from cardtrail.web.market.order_forms import reason_words
from cardtrail.web.market.order_gate import about
from cardtrail.web.market.order_page import delivery_of
from cardtrail.web.market.order_stand import STAGE_WORDS
from cardtrail.web.market.order_steps import side_words, steps_of
from cardtrail.web.market.standings import record_of
from cardtrail.web.market.words import ACTS
from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Claim, Deal, Ending
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number

MOST_DISPUTES: Final = 10

_DEALS: Final = {
    "completed": Text("完成", "Completed"),
    "refunded": Text("已退款", "Refunded"),
    "split": Text("分款", "Split"),
    "cancelled": Text("取消", "Cancelled"),
    "reversed": Text("被银行撤回", "Taken back by the bank"),
}


@dataclass(frozen=True, slots=True)
class Party:
    """What is known of one side, without a name.

    record    value of completed deals, disputes, and those lost
    disputes  earlier ones: order, when it ended, which side they were, how it ended
    case      the one in which their conduct in this order is looked into; none so far
    """

    side: Side
    word: Text
    record: Standing
    since_ms: int
    disputes: Sequence[tuple[Deal, int, Text, Text]]
    case: Case | None = None


OUTCOMES: Final = {
    "allow": Text("放行", "Allowed"),
    "step_up": Text("要求再次验证", "Proof asked for"),
    "hold": Text("转人工", "Held for a person"),
    "block": Text("拦下", "Blocked"),
}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A decision of risk: when, what it was about, the answer, and every value it was made from."""

    decision: Decision
    words: Sequence[Text]
    values: Sequence[Known]
    passed: bool

    @classmethod
    def of(cls, decision: Decision) -> Weighed:
        """What the record of a decision says."""
        answer = decision.answer
        words = [Text(reason.words.zh, reason.words.en) for reason in answer.decisive]
        return cls(decision, words, in_words(answer.values), decision.passed_ms is not None)

    @property
    def act(self) -> Text:
        """What risk was asked about."""
        return ACTS[self.decision.act]

    @property
    def outcome(self) -> Text:
        """What it answered."""
        return OUTCOMES[self.decision.outcome]


_OF_STAFF: Final = ("decide_dispute", "decide_appeal", "review_risk")


@dataclass(frozen=True, slots=True)
class Acted:
    """A decision of staff: which, whose, when. `words`: what they said, where that stands nowhere else on the page."""

    what: Text | str
    by: str
    at_ms: int
    words: str


@dataclass(frozen=True, slots=True)
class ToDo:
    """A matter that waits for this member of staff, and what to do about it."""

    waiting: Waiting
    advice: Text | None


def shown(deal: Deal, staff: Staff) -> dict[str, Any]:
    """The page's values."""
    order = deal.order
    card = Card.objects.select_related("product").filter(serial=deal.serial).first()
    clock = clock_of(order, None)
    rows = deal.matters.select_related("closed_by", "deal").order_by("opened_ms", "pk")
    matters = waiting_of(rows, staff)
    known = desk_conduct.known(deal)
    payment = order.payment
    return {
        "deal": deal,
        "order": order,
        "last_four": card_number(deal.serial)[-4:],
        "stage": STAGE_WORDS[order.stage],
        "clock": clock,
        "left_ms": 0 if clock is None else max(clock.at_ms - now_ms(), 0),
        "card": card,
        "stops": path_of(card)[0] if card is not None else [],
        "steps": steps_of(order, deal.steps.order_by("version")),
        "where": order_money.where(deal, order),
        "provider": providers.name_of(deal.provider),
        "returned": order_money.returned(order),
        "delivery": delivery_of(deal.delivery),
        "claim": Claim.objects.filter(deal=deal).first(),
        "matters": matters,
        "to_do": [
            ToDo(each, ADVICE.get(each.matter.kind))
            for each in matters
            if each.mine and each.matter.closed_ms is None and each.kind.closed_by_hand
        ],
        "why_held": [
            each.kind.words for each in matters if each.matter.closed_ms is None and each.kind.group == RISK
        ],
        "payer": "" if payment is None else payment.payer,
        "acted": acted(deal),
        "for_good": order.dispute in (Dispute.ESCALATED, Dispute.APPEALED),
        "disputed": order.dispute is not Dispute.NONE,
        "reason": reason_words(order.dispute_reason),
        "deadlines": order_dispute.deadlines_of(order),
        "exhibits": order_dispute.exhibits_of(deal, None),
        "decisions": order_dispute.decisions_of(deal, order),
        "weighed": weighed(deal),
        "parties": [party(deal, side, known.get(side)) for side in (Side.BUYER, Side.SELLER)],
        "may_read_cases": staff.may(*CASE_READERS),
        "before_payout": order.gate is Gate.PAYOUT_HOLD,
        # While a dispute runs, where the money goes is that dispute's to say.
        "may_refuse": order.gate is Gate.HOLD or order.stage in (Stage.DELIVERED, Stage.CONFIRMED),
        **tasks(deal, order, staff),
        "may_penalise": staff.may_change(*penalising.ROLES),
    }


def tasks(deal: Deal, order: Order, staff: Staff) -> dict[str, object]:
    """What this member of staff can decide here, and why not, where they cannot."""
    judge, reviewer = staff.may_change(*JUDGES), staff.may_change(*REVIEWERS)
    possible = {
        "may_rule": (judge and order.dispute is Dispute.DECIDING)
        or (reviewer and order.dispute is Dispute.ESCALATED),
        "may_rule_on_appeal": judge and order.dispute is Dispute.APPEALED,
        "may_review": reviewer and order.gate in (Gate.HOLD, Gate.PAYOUT_HOLD),
    }
    against = hindrance(staff.person, deal, order) if any(possible.values()) else None
    if against is not None:
        return {**dict.fromkeys(possible, False), "hindrance": against}
    return {**possible, "hindrance": None}


def party(deal: Deal, side: Side, case: Case | None = None) -> Party:
    """One side of an order: their record, and the disputes they had before."""
    person: Person = deal.buyer if side is Side.BUYER else deal.seller
    record = record_of(person)
    mine = Q(buyer=person) | Q(seller=person)
    rows = (
        Ending.objects.filter(mine, disputed=True)
        .exclude(deal=deal)
        .select_related("deal")
        .order_by("-at_ms")
    )
    disputes = [
        (
            row.deal,
            row.at_ms,
            side_words(Side.SELLER if row.seller_id == person.pk else Side.BUYER),
            _DEALS[row.ended],
        )
        for row in rows[:MOST_DISPUTES]
    ]
    return Party(side, side_words(side), record.standing, record.since_ms, disputes, case)


def weighed(deal: Deal) -> list[Weighed]:
    """What risk decided about this order and about offering its card, with all values; nothing about others who asked
    for the same card, or about other cards that were offered together with it."""
    rows = Decision.objects.filter(
        Q(about=about(deal))
        | Q(covers__action=deal.delivery_id)
        | Q(covers__action__confirmation=deal.held_by_id, serial=deal.serial)
    )
    return [Weighed.of(decision) for decision in rows.distinct().order_by("at_ms")]


def acted(deal: Deal) -> list[Acted]:
    """What staff decided about an order, the oldest first."""
    rows = deal.steps.filter(kind__in=_OF_STAFF, confirmation__isnull=False).order_by("version")
    found = []
    for step in rows.select_related("confirmation__person"):
        made = step.confirmation
        if made is not None and made.person is not None:
            what = PURPOSE_WORDS.get(made.purpose, made.purpose)
            words = in_own_language(made.text) if step.kind == "review_risk" else ""
            found.append(Acted(what, made.person.name or made.person.email, step.at_ms, words))
    return found


def money_at_provider(deal: Deal) -> Money | None:
    """What the provider says of the order's money now; none where it says nothing. Asks over the network: never inside
    a transaction, and not while the page is made."""
    try:
        return providers.provider_of(deal).query(providers.payment_of(deal, deal.order))
    except (PaymentFault, UnknownProvider):
        return None
