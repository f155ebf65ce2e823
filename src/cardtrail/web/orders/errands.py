"""Errands to the payment provider: taken up by one process, done, and their answer taken by the order.

If we were to crash

* before asking: the errand is taken up again once its lease is over;
* after asking: likewise, and the provider is asked the same under the same key. It answers as it did before;
* after the answer: likewise.

So every errand takes effect once, and is tried for as long as it takes. The errands of one order are done one after the
other. A process that was only slow finds that another has taken its errand up; what it still heard, the order takes:
that is true whoever heard it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from cardtrail.deals import effects as machine
from cardtrail.deals import events
from cardtrail.deals.events import AnyEvent
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import Funds, Stage, StrayAt
from cardtrail.payments.port import PaymentRequest, Progress, Provider, ProviderAway, ProviderRefused
from cardtrail.payments.registry import UnknownProvider
from cardtrail.web.orders import codec, deciding, heard, providers, rounds
from cardtrail.web.orders.models import Deal, Errand
from cardtrail.web.ui.clock import MINUTE_MS, SECOND_MS, now_ms

log = logging.getLogger(__name__)

LEASE_MS: Final = 30 * SECOND_MS
"""How long a process has an errand for itself: longer than a provider takes. Nothing goes wrong if it takes longer."""

WORST_PAUSE_MS: Final = 5 * MINUTE_MS
TOGETHER: Final = 50
ROUNDS: Final = 6
"""How many errands that follow from one another are run at once; the worker runs what is left."""

SUBJECT: Final = "卡迹礼品卡 Cardtrail gift card"
"""What the payer reads at the provider: nothing personal, and no card's number."""

State = Errand.State
AWAITED: Final = frozenset((Stage.AWAITING_PAYMENT, Stage.PAYMENT_PENDING))
PAYING_OUT: Final = frozenset((Funds.RELEASING, Funds.SPLIT_RELEASING))
PAYING_BACK: Final = frozenset((Funds.REFUNDING, Funds.SPLIT_REFUNDING))


@dataclass(frozen=True, slots=True)
class Answer:
    """What an errand came to: how it stands, what the order has to hear, and the provider's word."""

    state: Errand.State
    events: tuple[AnyEvent, ...] = ()
    code: str = ""


def run_for(deal_id: UUID) -> None:
    """Run what is due for one order, and what follows from it. Outside of any transaction."""
    for _ in range(ROUNDS):
        first = _next(deal_id, now_ms())
        if first is None or not _run(first):
            return


def run_due(limit: int = TOGETHER) -> int:
    """Run what is due: left by a process that died, put off, or not answered yet. Gives how many."""
    ids = list(_due(now_ms()).values_list("pk", flat=True)[:limit])
    return sum(_run(id) for id in ids)


def ask_now(deal: Deal) -> Deal:
    """Ask the provider how an order's money stands, and let the order hear it: for a buyer who comes back from paying
    before the notification does. Outside of any transaction. Raises `PaymentFault`, `UnknownProvider`."""
    order = deal.order
    standing = providers.standing_of(deal, order)
    told = heard.events_of(deal, order, standing, now_ms())
    news = [event for event in told if isinstance(event, events.Paid | events.Released | events.Refunded)]
    return deciding.go(deciding.take(deal.pk, *news)) if news else deal


def _due(now: int) -> QuerySet[Errand]:
    """Errands whose time has come, of each order the first: those behind it wait for its answer."""
    earlier = Errand.objects.filter(deal_id=OuterRef("deal_id"), state=State.DUE, pk__lt=OuterRef("pk"))
    due = Q(state__in=Errand.OPEN, next_try_ms__lte=now, lease_ms__lt=now)
    return Errand.objects.filter(due & ~Exists(earlier)).order_by("next_try_ms", "pk")


def _next(deal_id: UUID, now: int) -> int | None:
    """The same of one order."""
    rows = Errand.objects.filter(deal_id=deal_id, state__in=Errand.OPEN).order_by("pk")
    for pk, state, next_try_ms, lease_ms in rows.values_list("pk", "state", "next_try_ms", "lease_ms"):
        if next_try_ms <= now and lease_ms < now:
            return pk
        if state == State.DUE:
            return None
    return None


def _run(errand_id: int) -> bool:
    """Take one up and do it. Whether it was ours to do."""
    now = now_ms()
    still = Errand.objects.filter(pk=errand_id, state__in=Errand.OPEN, lease_ms__lt=now)
    if not still.update(lease_ms=now + LEASE_MS, attempts=F("attempts") + 1):
        return False
    errand = Errand.objects.select_related("deal").get(pk=errand_id)
    answer = _ask(errand)
    if answer is None:
        _put_off(errand, "")
        return False
    _take_in(errand, answer)
    return True


def _ask(errand: Errand) -> Answer | None:
    """Ask the provider; none if it has to be asked again. What is wrong with one errand does not keep the others
    waiting."""
    try:
        return _do(errand.deal, codec.effect(bytes(errand.effect)))
    except (ProviderAway, UnknownProvider) as away:
        log.info("errand %s waits for the provider: %s", errand.key, type(away).__name__)
    except Exception:
        log.exception("errand %s failed; it is tried again", errand.key)
    return None


def _take_in(errand: Errand, answer: Answer) -> None:
    """The order takes what the provider said; then the errand is done with. A crash between the two repeats it."""
    let_go: list[UUID] = []
    if answer.events:
        let_go = deciding.take(errand.deal_id, *answer.events).to_do.confirmations
    if answer.state == State.PENDING:
        _put_off(errand, answer.code, state=State.PENDING)
    else:
        _ours(errand).update(state=answer.state, answer=answer.code[:200], lease_ms=0)
    rounds.perform(let_go)


def _put_off(errand: Errand, code: str, *, state: str = State.DUE) -> None:
    wait_ms = min(2 ** min(errand.attempts, 12) * SECOND_MS // 2, WORST_PAUSE_MS)
    _ours(errand).update(state=state, lease_ms=0, next_try_ms=now_ms() + wait_ms, answer=code[:200])


def _ours(errand: Errand) -> QuerySet[Errand]:
    """The row, as long as nobody has taken it up since we did."""
    return Errand.objects.filter(pk=errand.pk, attempts=errand.attempts)


def _do(deal: Deal, effect: machine.AnyEffect) -> Answer:
    """One errand. Raises `ProviderAway`."""
    provider, order = providers.provider_of(deal), deal.order
    if isinstance(effect, machine.Release | machine.Refund) and not _awaited(order, effect):
        return Answer(State.DONE, code="not_needed")
    match effect:
        case machine.CreatePayment():
            return _create(provider, deal, order, effect)
        case machine.ClosePayment():
            return _close(provider, deal, order)
        case machine.Release():
            payment = providers.payment_of(deal, order)
            return _move(
                lambda: provider.release(payment, effect.amount_minor, providers.key_of(effect.key)),
                events.Released(effect.amount_minor),
                lambda code: _asked(deal, order, events.ReleaseRefused(code)),
            )
        case machine.Refund():
            payment = providers.payment_of(deal, order, effect.payment_id)
            return _move(
                lambda: provider.refund(payment, effect.amount_minor, providers.key_of(effect.key)),
                events.Refunded(effect.payment_id, effect.amount_minor),
                lambda code: _asked(deal, order, events.RefundRefused(effect.payment_id, code)),
            )
        case machine.AskProvider():
            standing = providers.standing_of(deal, order)
            return Answer(State.DONE, tuple(heard.events_of(deal, order, standing, now_ms())), "asked")
        case _:
            raise TypeError(f"{codec.kind_of(effect)} is no errand")


def _awaited(order: Order, effect: machine.Release | machine.Refund) -> bool:
    """Whether the order still waits for this money. A notification may have told it meanwhile; and a provider that only
    ever says "taken" would be asked for ever."""
    if isinstance(effect, machine.Release):
        return order.funds in PAYING_OUT
    accepted = order.payment is not None and order.payment.id == effect.payment_id
    return (accepted and order.funds in PAYING_BACK) or any(
        stray.payment.id == effect.payment_id and stray.at is StrayAt.REFUNDING for stray in order.strays
    )


def _create(provider: Provider, deal: Deal, order: Order, effect: machine.CreatePayment) -> Answer:
    if order.stage not in AWAITED:
        return Answer(State.DONE, code="not_needed")
    request = PaymentRequest(
        order_id=deal.number,
        amount_minor=effect.amount_minor,
        currency=effect.currency,
        subject=SUBJECT,
        payer=providers.payer(deal.provider, deal.buyer_id),
        payee=deal.payee,
        expires_ms=effect.until_ms,
        notify_url=providers.notify_url(deal.provider),
        return_url=providers.return_url(deal),
    )
    try:
        way = provider.create(request)
    except ProviderRefused as refused:
        return Answer(State.REFUSED, (events.PaymentFailed(),), refused.code)
    rows = Deal.objects.filter(pk=deal.pk)
    rows.update(pay_url=way.url, pay_qr=way.qr)
    rows.filter(payment_id="").update(payment_id=way.payment_id)
    return Answer(State.DONE, code="created")


def _close(provider: Provider, deal: Deal, order: Order) -> Answer:
    try:
        provider.close(providers.payment_of(deal, order))
    except ProviderRefused as refused:
        if refused.code != "already_paid":
            return Answer(State.DONE, code=refused.code)  # There is nothing to close.
        standing = providers.standing_of(deal, order)
        return Answer(State.DONE, tuple(heard.events_of(deal, order, standing, now_ms())), refused.code)
    return Answer(State.DONE, code="closed")


def _move(act: Callable[[], Progress], done: AnyEvent, refused: Callable[[str], Answer]) -> Answer:
    """Money moved: done, under way, or refused."""
    try:
        progress = act()
    except ProviderRefused as refusal:
        return refused(refusal.code)
    if progress is Progress.PENDING:
        return Answer(State.PENDING, code="pending")
    return Answer(State.DONE, (done,), "done")


def _asked(deal: Deal, order: Order, refusal: AnyEvent) -> Answer:
    """A provider that refuses is asked how the money stands: what it refuses may have been done, or undone, before."""
    standing = providers.standing_of(deal, order)
    known = heard.events_of(deal, order, standing, now_ms()) if standing is not None else []
    news = [event for event in known if not isinstance(event, events.StillHeld | events.PaymentFailed)]
    return Answer(State.REFUSED, tuple(news) or (refusal,), getattr(refusal, "reason", ""))
