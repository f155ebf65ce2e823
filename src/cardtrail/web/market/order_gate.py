"""Risk's word between payment and delivery, and what a proof of identity or a reviewer's word does to it.

The clearer signs a delivery only for the newest decision about it (`risks.clear`); so whoever lets an order pass has to
leave a decision behind that says so.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.http import HttpRequest

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.events import StepUpFailed
from cardtrail.deals.parameters import LIMITS_CURRENCY
from cardtrail.deals.regions import Advice
from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.orders import acts, providers
from cardtrail.web.orders.deciding import go, take
from cardtrail.web.orders.heard import NOBODY
from cardtrail.web.orders.models import Deal
from cardtrail.web.orders.records import standing_of, under_way_minor
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.risks.ask import Asked, Inquiry
from cardtrail.web.risks.ask import ask as ask_risk
from cardtrail.web.risks.clear import cover
from cardtrail.web.risks.decisions import NotHeld, OwnDecision, let_pass
from cardtrail.web.risks.gather import traces_for
from cardtrail.web.risks.links import group_of
from cardtrail.web.risks.models import Decision
from cardtrail.web.risks.presence import Presence
from cardtrail.web.ui.clock import MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text

FRESH_MS: Final = 10 * MINUTE_MS
"""So long a proof of identity counts; the same as risk's own rules say."""

_ADVICE: Final = {
    Outcome.ALLOW: Advice.ALLOW,
    Outcome.STEP_UP: Advice.STEP_UP,
    Outcome.HOLD: Advice.HOLD,
    Outcome.BLOCK: Advice.BLOCK,
}

_OWN: Final = Text(
    "不能处理与自己有关的案件，请由同事处理。",
    "You cannot decide a case of your own; leave it to a colleague.",
)
_AGAIN: Final = Text("还没有验证。请再试一次。", "Nothing was proved yet. Please try once more.")


def answer(deal: Deal) -> tuple[Advice, tuple[str, ...]]:
    """What risk says of a paid order, inside the transaction of the decision: `orders.gate` asks it."""
    asked = _ask(deal, Presence.of_confirmation(deal.delivery.confirmation))
    return _ADVICE[asked.verdict.outcome], tuple(reason.code for reason in asked.verdict.reasons)


def has_proved(request: HttpRequest, deal: Deal) -> bool:
    """Whether the buyer has proved who they are, freshly, and since they were asked."""
    proved_ms = Presence.of(request).proved_ms
    asked = deal.order.deadline(Timer.STEP_UP)
    if proved_ms is None or asked is None:
        return False
    return proved_ms >= asked.anchor_ms and now_ms() - proved_ms <= FRESH_MS


def pass_step_up(request: HttpRequest, deal: Deal) -> Deal:
    """The buyer has proved who they are: risk is asked once more, knowing it. Whatever it holds or blocks even so is
    called off, and the money goes back. Raises `NotPossible`."""
    with transaction.atomic():
        asked = _ask(deal, Presence.of(request))
    match asked.verdict.outcome:
        case Outcome.ALLOW:
            return acts.step_up_passed(request, deal)
        case Outcome.STEP_UP:
            raise NotPossible("not_proved", _AGAIN)
        case _:
            return go(take(deal.pk, StepUpFailed()))


def review(request: HttpRequest, deal: Deal, by: Person, reasons: str, *, allow: bool) -> Deal:
    """A member of staff has looked at what was held. Raises `NotPossible`."""
    if allow and by.pk not in (deal.buyer_id, deal.seller_id):
        held = held_decision(deal)
        if held is not None:
            try:
                let_pass(held, by=by, why=reasons[:500])
            except OwnDecision:
                raise NotPossible("own_case", _OWN) from None
            except NotHeld:  # A colleague was first; the machine says how the order stands.
                pass
    return acts.review(request, deal, reasons, allow=allow)


def held_decision(deal: Deal) -> Decision | None:
    """The decision that holds an order and that nobody has let pass yet."""
    rows = Decision.objects.filter(about=about(deal), outcome=Outcome.HOLD, passed_ms__isnull=True)
    return rows.order_by("-at_ms").first()


def about(deal: Deal) -> str:
    """What risk's decisions about an order are called."""
    return f"order/{deal.number}"


def _ask(deal: Deal, presence: Presence) -> Asked:
    buyer, paid = deal.buyer, deal.order.payment
    traces = traces_for(buyer, deal.seller)
    group = group_of(buyer, traces)
    # Those whom a provider does not name have nothing in common by that.
    named = None if paid is None or paid.payer == NOBODY else paid
    asked = ask_risk(
        Inquiry(
            person=buyer,
            act=Act.DELIVER,
            serial=deal.serial,
            value_minor=deal.price_minor,
            currency=deal.currency,
            about=about(deal),
            counterparty=deal.seller,
            payer=f"{deal.provider}:{named.payer}" if named else "",
            payer_is_person=named.payer_fits if named and providers.knows_payer(deal.provider) else None,
            clean_value_minor=standing_of(buyer.pk, group).clean_minor,
            open_value_minor=under_way_minor(group, LIMITS_CURRENCY),
            traces=traces,
        ),
        presence,
    )
    cover(asked.decision, deal.delivery.confirmation, [deal.delivery])
    return asked
