"""Making cards usable once they are paid for: a range of card numbers, or what a batch has issued.

Custody is asked again here: stock that is inactive did not count when it was issued.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Count, F, Max, Min, Sum
from django.http import HttpRequest

from cardtrail.compliance.custody import check_issue_against_custody
from cardtrail.compliance.faces import check_currency
from cardtrail.compliance.purchase import check_purchase
from cardtrail.compliance.refusal import Refused
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.desk.batches import APPROVAL, TWO, joined
from cardtrail.web.desk.chunks import let_go_after, queue
from cardtrail.web.desk.deposit import custody_now, issuing_settings, lock_issuing
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.desk.purchases import BuyerDraft, as_law_sees, others_of_the_day, write_down
from cardtrail.web.desk.stock import Activation, Batch, CodeChunk
from cardtrail.web.ledger.models import Card, Product
from cardtrail.web.ui.clock import day_began_ms, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.cards import Status
from cardtrail.wire.identifiers import card_number, group_digits
from cardtrail.wire.money import format_money
from cardtrail.wire.scalars import MAX_CARDS_PER_COMMAND

PURPOSE: Final = "activate"
MOST_CARDS: Final = 100_000

_OPEN: Final = (Action.State.AWAITING, Action.State.CONFIRMED, Action.State.SIGNED)


class NotInStock(ValueError):  # noqa: N818 - it names what is wrong
    """A range that cannot be activated as a whole. `text` says which card stands against it."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class Range:
    """Inactive cards of one product, without a gap.

    bought   whether every one of them was issued for a buyer; else somebody buys them now
    """

    product: Product
    first_serial: int
    last_serial: int
    total_minor: int
    bought: bool
    batch: Batch | None = None

    @property
    def count(self) -> int:
        """How many cards."""
        return self.last_serial - self.first_serial + 1


def range_of(first_serial: int, last_serial: int) -> Range:
    """The cards from one number to another, if all of them wait to be activated. Raises `NotInStock`."""
    count = last_serial - first_serial + 1
    if not 1 <= count <= MOST_CARDS:
        raise NotInStock(
            Text(
                "一次可激活 1 至 {most} 张，起始卡号在前。",
                "1 to {most} cards at once, the lower number first.",
            ).format(most=f"{MOST_CARDS:,}")
        )
    cards = Card.objects.filter(serial__range=(first_serial, last_serial))
    sums = cards.aggregate(
        n=Count("pk"),
        total=Sum("face_minor"),
        products=Count("product_id", distinct=True),
        last=Max("serial"),
    )
    if sums["n"] < count:
        raise NotInStock(Text("其中有的卡号还没有发行。", "Some of these cards have not been issued."))
    if sums["products"] > 1:
        raise NotInStock(
            Text("一次只能激活同一产品的卡。", "Only cards of one product are activated together.")
        )
    other = cards.exclude(status=Status.INACTIVE, frozen_by__isnull=True).order_by("serial").first()
    if other is not None:
        raise NotInStock(
            Text(
                "卡号 {number} 不是待激活状态，请缩小范围。",
                "Card {number} does not wait to be activated; choose less.",
            ).format(number=other.number)
        )
    _refuse_under_way(first_serial, last_serial)
    product = Product.objects.get(id=cards.values_list("product_id", flat=True)[:1].get())
    batches = _batches(first_serial, last_serial)
    bought = bool(batches) and all(batch.purchase_id is not None for batch in batches)
    return Range(
        product, first_serial, last_serial, sums["total"], bought, batches[0] if len(batches) == 1 else None
    )


def spans_of(batch: Batch) -> list[tuple[int, int]]:
    """First and last serials of what a batch has issued; chunks that follow each other are one."""
    spans: list[tuple[int, int]] = []
    for chunk in batch.chunks.filter(first_serial__isnull=False).order_by("first_serial"):
        first = chunk.first_serial or 0
        if spans and spans[-1][1] + 1 == first:
            spans[-1] = (spans[-1][0], first + chunk.count - 1)
        else:
            spans.append((first, first + chunk.count - 1))
    return spans


def ranges_of_batch(batch: Batch) -> list[Range]:
    """What of a batch waits to be activated, as ranges. Raises `NotInStock`."""
    found = []
    for span in spans_of(batch):
        waiting = Card.objects.filter(serial__range=span, status=Status.INACTIVE)
        ends = waiting.aggregate(first=Min("serial"), last=Max("serial"))
        if ends["first"] is not None:
            found.append(range_of(ends["first"], ends["last"]))
    return found


def check(part: Range, buyer: BuyerDraft | None, at_ms: int) -> Refused | None:
    """The first rule that stands against activating: currency, buyer and payment where stock is sold now, custody."""
    terms = part.product.terms
    refused = check_currency(terms.named, terms.currency)
    if refused is None and buyer is not None:
        purchase = as_law_sees(buyer, named=terms.named, total_minor=part.total_minor, now_ms=at_ms)
        refused = check_purchase(purchase, others_of_the_day(buyer, at_ms))
    return refused or check_issue_against_custody(custody_now(), part.total_minor)


def needs_approval(person: Person | None, part: Range) -> bool:
    """Whether a second member of staff has to agree. Where two people have agreed to issue for a buyer, one may
    activate; for the rest the limit of issuing holds, for everything that the same person has activated today."""
    if part.bought and part.batch is not None and part.batch.issue.approved_ms is not None:
        return False
    alone = Activation.objects.filter(
        confirmation__person=person, confirmation__approval="", made_ms__gte=day_began_ms(now_ms())
    )
    spent: int = alone.aggregate(sum=Sum("total_minor"))["sum"] or 0
    return spent + part.total_minor > issuing_settings().approval_over_minor


def agreement(part: Range, buyer: BuyerDraft | None, approval: bool) -> Text:
    """What whoever activates agrees to."""
    currency = part.product.terms.currency
    text = Text(
        "激活 {count} 张「{product}」，卡号 {first} 至 {last}，合计 {total}。"
        "激活后即可使用，品牌对持卡人负有这笔款项。",
        'Activate {count} cards "{product}", numbers {first} to {last}, {total} together. From then on they can be '
        "used, and the brand owes their holders this sum.",
    ).format(
        count=f"{part.count:,}",
        product=part.product.name,
        first=group_digits(card_number(part.first_serial)),
        last=group_digits(card_number(part.last_serial)),
        total=format_money(part.total_minor, currency),
    )
    return joined(text, *((buyer.words,) if buyer else ()), *((TWO,) if approval else ()))


def order(
    request: HttpRequest | Witness,
    person: Person | None,
    first_serial: int,
    last_serial: int,
    buyer: BuyerDraft | None,
) -> Activation:
    """Confirm an activation; `perform` and the worker then do it.

    buyer   who buys cards that were stock until now; not asked for where the batch has its buyer

    Raises `RefusedByLaw`, `NotInStock`.
    """
    with transaction.atomic():
        lock_issuing()
        part = range_of(first_serial, last_serial)
        if not part.bought and buyer is None:
            raise NotInStock(
                Text("这些卡是备货，请写明购卡人。", "These cards were stock: say who buys them.")
            )
        at_ms = now_ms()
        buyer = None if part.bought else buyer
        refused = check(part, buyer, at_ms)
        if refused is not None:
            raise RefusedByLaw(refused)
        approval = needs_approval(person, part)
        confirmation = confirm(
            request,
            purpose=PURPOSE,
            text=agreement(part, buyer, approval),
            orders=_orders(part),
            approval=APPROVAL if approval else "",
        )
        queue(confirmation)
        purchase, named = None, part.product.terms.named
        if buyer is not None:
            purchase = write_down(buyer, named=named, total_minor=part.total_minor, now_ms=at_ms)
        return Activation.objects.create(
            confirmation=confirmation,
            batch=part.batch,
            purchase=purchase,
            first_serial=part.first_serial,
            last_serial=part.last_serial,
            count=part.count,
            total_minor=part.total_minor,
            currency=part.product.terms.currency,
            made_ms=at_ms,
        )


def on_activated(action: Action) -> None:
    """Hook: a range has been activated, or was refused."""
    let_go_after(action)
    if action.state != Action.State.DONE:
        return
    first = action.parameters["first_serial"]
    last = first + action.parameters["count"] - 1
    for chunk in _chunks(first, last):
        start = chunk.first_serial or 0
        overlap = min(last, start + chunk.count - 1) - max(first, start) + 1
        Batch.objects.filter(pk=chunk.batch_id).update(activated=F("activated") + overlap)


def state_of(confirmation: Confirmation) -> str:
    """Where an activation stands: `awaiting`, `declined`, `activating`, `stopped` (some was refused), `active`."""
    states = set(confirmation.actions.values_list("state", flat=True))
    if Action.State.AWAITING in states:
        return "awaiting"
    if states & {Action.State.CONFIRMED, Action.State.SIGNED}:
        return "activating"
    if Action.State.REFUSED in states:
        return "stopped"
    return "declined" if Action.State.DECLINED in states else "active"


def _orders(part: Range) -> list[Order]:
    """Commands of up to 1,000 cards. Each states its sum: what custody has to bear until the projection shows it."""
    orders = []
    for first in range(part.first_serial, part.last_serial + 1, MAX_CARDS_PER_COMMAND):
        count = min(MAX_CARDS_PER_COMMAND, part.last_serial - first + 1)
        cards = Card.objects.filter(serial__range=(first, first + count - 1))
        parameters = {
            "first_serial": first,
            "count": count,
            "amount_minor": cards.aggregate(total=Sum("face_minor"))["total"],
        }
        orders.append(Order("activate", None, parameters))
    return orders


def _refuse_under_way(first_serial: int, last_serial: int) -> None:
    rows = Action.objects.filter(kind="activate", state__in=_OPEN).values_list("parameters", flat=True)
    for given in rows:
        first = given.get("first_serial")
        if first is not None and first <= last_serial and first + given["count"] > first_serial:
            raise NotInStock(
                Text(
                    "其中有的卡正在激活，请稍候。",
                    "Some of these cards are being activated already; please wait.",
                )
            )


def _chunks(first_serial: int, last_serial: int) -> list[CodeChunk]:
    near = CodeChunk.objects.filter(
        first_serial__gt=first_serial - MAX_CARDS_PER_COMMAND, first_serial__lte=last_serial
    ).select_related("batch__issue", "batch__purchase")
    return [chunk for chunk in near if (chunk.first_serial or 0) + chunk.count > first_serial]


def _batches(first_serial: int, last_serial: int) -> list[Batch]:
    """The batches that cards of a range belong to. Cards of none (imported ones, say) leave the list empty."""
    chunks = _chunks(first_serial, last_serial)
    covered = sum(
        min(last_serial, (chunk.first_serial or 0) + chunk.count - 1)
        - max(first_serial, chunk.first_serial or 0)
        + 1
        for chunk in chunks
    )
    if covered < last_serial - first_serial + 1:
        return []
    return list({chunk.batch_id: chunk.batch for chunk in chunks}.values())
