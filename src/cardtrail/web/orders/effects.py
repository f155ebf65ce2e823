"""What follows from a decision: each effect of the machine goes to who carries it out.

Rows of our own, and the ledger's waiting actions, change in the decision's transaction (`follow`). What has to be
asked of the payment provider becomes an `Errand`, run after the commit. Risk and the ledger's projection answer at
once: their answers are events of the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cardtrail.deals import effects as machine
from cardtrail.deals.effects import AnyEffect
from cardtrail.deals.events import AnyEvent
from cardtrail.deals.order_state import Order
from cardtrail.web.notices.tell import News
from cardtrail.web.orders import codec, gate, hooks, ledger_side, matters, rounds, standing, told
from cardtrail.web.orders.models import Claim, Deal, Ending, Errand
from cardtrail.web.ui.clock import now_ms

AT_PROVIDER: Final = (
    machine.CreatePayment,
    machine.ClosePayment,
    machine.Release,
    machine.Refund,
    machine.AskProvider,
)
"""What the provider is asked, as errands."""

_ABOUT: Final[dict[str, ledger_side.Waiting]] = {
    "deliver": "deliver",
    "set_aside": "set_aside",
    "end_aside": "end_sale",
    "give_back": "give_up",
}


@dataclass(slots=True)
class ToDo:
    """What a decision leaves for after the commit, and answers that were given at once.

    confirmations   whose actions were let go
    errands         for the provider
    news            what people are to be told: written with the decision
    """

    confirmations: list[UUID] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    _answers: list[AnyEvent] = field(default_factory=list)

    def answer(self, event: AnyEvent | None) -> None:
        """Something was answered at once."""
        if event is not None:
            self._answers.append(event)

    def answers(self) -> list[AnyEvent]:
        """Answers that the order has not taken yet."""
        given, self._answers = self._answers, []
        return given

    def write(self) -> None:
        """The errands, in the decision's transaction. One that is known is due again: its answer was lost."""
        if self.errands:
            Errand.objects.bulk_create(
                self.errands,
                update_conflicts=True,
                unique_fields=["key"],
                update_fields=["state", "next_try_ms"],
            )


def follow(deal: Deal, order: Order, effect: AnyEffect, to_do: ToDo) -> None:
    """Carry an effect out as far as our own rows go, in the decision's transaction; the rest is left to do."""
    match effect:
        case (
            machine.CreatePayment()
            | machine.ClosePayment()
            | machine.Release()
            | machine.Refund()
            | machine.AskProvider()
        ):
            now = now_ms()
            to_do.errands.append(
                Errand(
                    deal=deal,
                    key=effect.key,
                    kind=codec.kind_of(effect),
                    effect=codec.store(effect),
                    made_ms=now,
                    next_try_ms=now,
                )
            )
        case machine.AskRisk():
            to_do.answer(gate.verdict(deal, effect.question))
        case machine.Tell():
            to_do.news.append(told.of(deal, effect))
        case machine.AskStepUp():
            to_do.news.append(told.step_up(deal, effect))
        case machine.OpenCase():
            matters.find(effect.key, effect.what, deal=deal, detail=effect.detail)
        case machine.FreeListing():
            hooks.tell_listing(deal, hooks.ListingNews(sold=False, usable=effect.usable))
        case machine.SellListing():
            hooks.tell_listing(deal, hooks.ListingNews(sold=True, usable=False))
        case machine.ClaimOnSeller() | machine.DropClaim() | machine.Record():
            _book(deal, order, effect)
        case _:
            _on_ledger(deal, effect, to_do)


def go(deal_id: UUID, to_do: ToDo) -> None:
    """Do now what was left to do, and what follows from that in turn. Outside of any transaction."""
    from cardtrail.web.orders.errands import run_for

    rounds.perform(to_do.confirmations)
    if to_do.errands or to_do.confirmations:
        run_for(deal_id)


def _on_ledger(deal: Deal, effect: AnyEffect, to_do: ToDo) -> None:
    let: UUID | None = None
    match effect:
        case machine.Deliver():
            let = ledger_side.release(deal, "deliver")
        case machine.SetCardAside():
            let = ledger_side.release(deal, "set_aside")
        case machine.EndAside():
            let = ledger_side.release(deal, "end_sale")
        case machine.GiveBack():
            let = ledger_side.release(deal, "give_up")
        case machine.Freeze() | machine.Unfreeze():
            let = ledger_side.stop(deal, effect)
        case machine.DropWaiting():
            ledger_side.discard(deal, effect.orders)
        case machine.RecoverCard():
            matters.find(effect.key, "recover_card", deal=deal)
        case machine.AskLedger():
            let = _ask_ledger(deal, effect, to_do)
        case _:
            raise TypeError(f"nobody carries out {codec.kind_of(effect)}")
    if let is not None:
        to_do.confirmations.append(let)


def _ask_ledger(deal: Deal, effect: machine.AskLedger, to_do: ToDo) -> UUID | None:
    """What became of the command under way: its end as an event, or another try."""
    if effect.about == "freeze":
        event, confirmation = standing.frozen(deal)
    else:
        event, confirmation = standing.moved(deal, _ABOUT[effect.about])
    to_do.answer(event)
    return confirmation if event is None else None


def _book(
    deal: Deal, order: Order, effect: machine.ClaimOnSeller | machine.DropClaim | machine.Record
) -> None:
    """What the parties' records and debts are made from."""
    now = now_ms()
    match effect:
        case machine.ClaimOnSeller():
            Claim.objects.get_or_create(
                deal=deal,
                defaults={
                    "seller_id": deal.seller_id,
                    "amount_minor": effect.amount_minor,
                    "currency": effect.currency,
                    "made_ms": now,
                },
            )
        case machine.DropClaim():
            Claim.objects.filter(deal=deal, dropped_ms__isnull=True).update(dropped_ms=now)
        case machine.Record():
            Ending.objects.get_or_create(
                deal=deal,
                defaults={
                    "seller_id": deal.seller_id,
                    "buyer_id": deal.buyer_id,
                    "ended": effect.ended,
                    "price_minor": effect.price_minor,
                    "refund_minor": effect.refund_minor,
                    "currency": order.currency,
                    "disputed": effect.disputed,
                    "at_ms": now,
                },
            )
