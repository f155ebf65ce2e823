"""Looks at an installation after its dealers have left it: orders, cards and money have to agree.

`python -m tests.crash.order_judge PATIENCE_S`, in the installation's environment. Waits until nothing is under way, has
everything compared (`orders.reconcile`), waits again, compares again, and prints JSON: what is wrong, and figures.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from cardtrail.web.prepare import start_django

start_django()


from cardtrail.client.errors import NodeUnavailable  # noqa: E402
from cardtrail.payments.sandbox.faults import Faults  # noqa: E402
from cardtrail.web.actions.models import Action  # noqa: E402
from cardtrail.web.ledger.follow import catch_up  # noqa: E402
from cardtrail.web.ledger.models import Card, Movement  # noqa: E402
from cardtrail.web.notices.models import Notice  # noqa: E402
from cardtrail.web.orders import providers, reconcile  # noqa: E402
from cardtrail.web.orders.models import Deal, Ending, Errand, Incoming, Matter, Step  # noqa: E402
from cardtrail.web.ui.clock import now_ms  # noqa: E402

RESTING = (
    "delivered",
    "completed",
    "refunded",
    "split",
    "cancelled",
    "reversed",
    "awaiting_payment",
    "disputed",
    "funded",
)
"""Where an order may stand that nobody touches for a while: it waits for a person, or is over."""


def main() -> None:
    """Wait, compare, wait, compare, tell."""
    patience_s = float(sys.argv[1])
    sandbox: Any = providers.registry()["sandbox"]
    for deal in Deal.objects.exclude(pay_url=""):
        sandbox.set_faults(Faults(), deal.number)  # From now on it answers whatever it is asked.
    wrong = [f"before comparing: {what}" for what in settle(patience_s)]
    first = reconcile.run()
    wrong += [f"after comparing: {what}" for what in settle(patience_s)]
    second = reconcile.run()
    wrong += [f"fed in twice: {kind}" for kind in second.fed]
    wrong += [f"not compared: {second.away}"] if second.away else []
    wrong += [f"the sandbox's funds: {what}" for what in sandbox.differences()]
    for deal in Deal.objects.select_related("held_by"):
        wrong += [
            f"{deal.number} ({deal.stage}, {deal.card}, {deal.funds}): {what}" for what in problems(deal)
        ]
    wrong += [
        f"a difference: {matter.key} {matter.facts}" for matter in Matter.objects.filter(origin="reconcile")
    ]
    figures = {
        "stages": Counter(Deal.objects.values_list("stage", flat=True)),
        "fed": first.fed,
        "matters": Counter(Matter.objects.values_list("kind", flat=True)),
        "notifications": Incoming.objects.count(),
        "delivered more than once": Incoming.objects.filter(times__gt=1).count(),
        "errands asked again": Errand.objects.filter(attempts__gt=1).count(),
        "actions taken up again": Action.objects.filter(attempts__gt=1).count(),
    }
    print(json.dumps({"wrong": wrong, "figures": figures}, ensure_ascii=False))


def settle(patience_s: float) -> list[str]:
    """Wait until nothing is under way; what still is when patience ends."""
    ends_s = time.monotonic() + patience_s
    while True:
        with suppress(NodeUnavailable):
            catch_up()
        left = list(under_way())
        if not left or time.monotonic() > ends_s:
            return left
        time.sleep(0.3)


def under_way() -> Iterator[str]:
    """Whatever somebody still works on."""
    for errand in Errand.objects.filter(state__in=Errand.OPEN):
        yield f"errand {errand.key} ({errand.state}, {errand.attempts}, {errand.answer})"
    for action in Action.objects.filter(state__in=("confirmed", "signed"), next_try_ms__lte=now_ms()):
        yield f"action {action.kind} of card {action.serial}"
    for deal in Deal.objects.exclude(stage__in=RESTING):
        yield f"order {deal.number} is {deal.stage}"


def problems(deal: Deal) -> Iterator[str]:
    """What of one order is not as it has to be."""
    order, card = deal.order, Card.objects.get(serial=deal.serial)
    money = providers.standing_of(deal, order)
    if [step.version for step in Step.objects.filter(deal=deal).order_by("version")] != list(
        range(1, order.version + 1)
    ):
        yield "its history has gaps"
    theirs = {deal.buyer_id} if order.card.value in {"buyers", "aside", "frozen"} else {deal.seller_id}
    if card.holder_id not in theirs:
        yield f"the card is {card.holder_id}'s"
    if Movement.objects.filter(serial=deal.serial, kind="release").count() > 2:
        yield "the card was released more than there and back"
    if money is not None and money.paid_minor:
        due = {
            "completed": (0, money.paid_minor),
            "refunded": (money.paid_minor, 0),
            "cancelled": (money.paid_minor, 0),
            "split": (1_000, money.paid_minor - 1_000),
        }.get(deal.stage)
        over = sum(stray.payment.amount_minor for stray in order.strays)
        moved = (money.refunded_minor, money.released_minor)
        if due is not None and moved != due and not over:
            yield f"money moved {moved} and not {due}"
        if due is not None and money.held_minor:
            yield f"{money.held_minor} is left with the provider"
    if order.terminal and Ending.objects.filter(deal=deal).count() != 1:
        yield "its end is not in the records once"
    told = Counter(Notice.objects.filter(key__startswith=deal.order.id).values_list("person_id", "key"))
    yield from (f"told twice: {key}" for key, count in told.items() if count > 1)


if __name__ == "__main__":
    main()
