"""Cards of the brand's former system: taken in under the brand's own key, opened by their old codes.

Old codes are short and known to whoever printed them, so we keep nothing but keyed hashes, and the first claim re-keys
the card. How a balance comes in that is no face value: docs/decisions/0027-old-cards-come-in.md.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest

from cardtrail.client.build import SignedCommand
from cardtrail.compliance.custody import check_issue_against_custody
from cardtrail.compliance.faces import check_currency
from cardtrail.compliance.refusal import Refused
from cardtrail.compliance.validity import check_expiry
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.desk.batches import APPROVAL, TWO, first_serial_of, joined, needs_approval
from cardtrail.web.desk.chunks import LATER_MS, queue
from cardtrail.web.desk.deposit import custody_now, lock_issuing
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.desk.legacy_check import code_hash, number_hash
from cardtrail.web.desk.legacy_file import normal
from cardtrail.web.desk.stock import Import, ImportedCard
from cardtrail.web.ledger.models import Card, Product
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import length
from cardtrail.wire.cards import Status
from cardtrail.wire.commands import Activate, Redeem
from cardtrail.wire.money import format_money
from cardtrail.wire.scalars import MAX_CARDS_PER_COMMAND

PURPOSE: Final = "import"
KEPT_UNCONFIRMED_MS: Final = DAY_MS

_NOBODYS = bytes(32)
State = Action.State


class TakenMeanwhile(ValueError):  # noqa: N818 - it names what happened
    """Some of the numbers came in by another file since this one was checked."""


# Confirming


def check(made: Import, product: Product) -> Refused | None:
    """The first rule that stands against it: currency, validity, custody. What counts for custody is what is left on
    the cards: the brand owes that already."""
    terms, now = product.terms, now_ms()
    expires = None if terms.validity_ms is None else now + terms.validity_ms
    return (
        check_currency(terms.named, terms.currency)
        or check_expiry(terms.named, now, expires)
        or check_issue_against_custody(custody_now(), made.balance_minor)
    )


def agreement(made: Import, product: Product, approval: bool) -> Text:
    """What whoever imports agrees to."""
    currency, validity = made.currency, product.terms.validity_ms
    words = Text(
        "导入 {count} 张旧卡到「{product}」：发行并激活同样多的新卡，面值合计 {face}，"
        "其中导入前已消费的 {spent} 记入账本，余额合计 {balance}，由品牌继续对持卡人负责。"
        "旧卡号和旧卡密可领取这些卡，领取后旧卡密失效。新有效期自激活起：{validity}，不短于旧卡。"
        "文件 SHA-256：{hash}。",
        'Bring {count} old cards into "{product}": as many new cards are issued and activated, {face} in face '
        "values, of which {spent} were spent before and are entered as such; {balance} are left, and the brand "
        "owes them as before. Old number and old code claim a card; after that the old code is void. Validity "
        "from activation: {validity}, not shorter than the old cards'. SHA-256 of the file: {hash}.",
    ).format(
        count=f"{made.cards:,}",
        product=product.name,
        face=format_money(made.face_minor, currency),
        spent=format_money(made.face_minor - made.balance_minor, currency),
        balance=format_money(made.balance_minor, currency),
        validity=Text("长期有效", "no end") if validity is None else length(validity),
        hash=made.file_sha256,
    )
    return joined(words, *((TWO,) if approval else ()))


def order(request: HttpRequest | Witness, person: Person | None, made: Import) -> Confirmation:
    """Confirm an import; `perform` and the worker then do it. Raises `RefusedByLaw`, `TakenMeanwhile`, and
    `ValueError` if it is confirmed already or has no card."""
    with transaction.atomic():
        lock_issuing()
        current = Import.objects.select_for_update().get(pk=made.pk)
        if current.confirmed_ms is not None or not current.cards:
            raise ValueError("there is nothing to import, or it was confirmed already")
        product = Product.objects.get(id=current.product_id)
        refused = check(current, product)
        if refused is not None:
            raise RefusedByLaw(refused)
        try:
            with transaction.atomic():
                current.rows.update(live=True)
        except IntegrityError:
            raise TakenMeanwhile("some of these cards came in meanwhile") from None
        approval = needs_approval(person, current.balance_minor)
        confirmation = _confirm(
            request, agreement(current, product, approval), list(_orders(current, product)), approval
        )
        Import.objects.filter(pk=current.pk).update(confirmation=confirmation, confirmed_ms=now_ms())
    return confirmation


def order_rest(request: HttpRequest | Witness, made: Import) -> Confirmation | None:
    """Confirm what is left to do for cards that were issued and are not ready, because the ledger refused a later step.
    None if there is nothing. Cards that were not issued at all come in with another file. Raises `RefusedByLaw`."""
    with transaction.atomic():
        lock_issuing()
        current = Import.objects.select_for_update().get(pk=made.pk)
        if state_of(current) == "importing":
            return None
        rows = _not_ready(current)
        orders = list(_rest(rows))
        if not orders:
            return None
        words = Text(
            "完成导入：激活尚未激活的卡，并记入导入前已消费的部分（{count} 张）。",
            "Finish the import: activate what is not active and enter what was spent before ({count} cards).",
        )
        confirmation = _confirm(request, words.format(count=len(rows)), orders, False)
        Import.objects.filter(pk=current.pk).update(confirmation=confirmation)
    return confirmation


def _not_ready(made: Import) -> list[ImportedCard]:
    """Cards that were issued and lack something. One that somebody activated at the desk may lack nothing any more."""
    rows = list(made.rows.filter(ready=False, serial__isnull=False).order_by("serial"))
    cards = Card.objects.in_bulk([row.serial for row in rows if row.serial is not None])
    right = [
        row.pk
        for row in rows
        if cards[row.serial or 0].status == Status.ACTIVE
        and cards[row.serial or 0].balance_minor == row.balance_minor
    ]
    made.rows.filter(pk__in=right).update(ready=True)
    return [row for row in rows if row.pk not in right]


def _confirm(
    request: HttpRequest | Witness, words: Text, orders: list[Order], approval: bool
) -> Confirmation:
    confirmation = confirm(
        request, purpose=PURPOSE, text=words, orders=orders, approval=APPROVAL if approval else ""
    )
    if orders[0].kind != "spend_imported":
        queue(confirmation)
    return confirmation


def _orders(made: Import, product: Product) -> Iterator[Order]:
    """For each run of cards of one face: issue, activate, and take off what was spent before."""
    place = 0
    for face, run in groupby(made.rows.order_by("place"), key=lambda row: row.face_minor):
        cards = list(run)
        for start in range(0, len(cards), MAX_CARDS_PER_COMMAND):
            part = cards[start : start + MAX_CARDS_PER_COMMAND]
            owed = sum(card.balance_minor for card in part)
            yield Order(
                "issue_imported",
                None,
                {"product": product.id, "face_minor": face, "count": len(part), "first_place": part[0].place},
            )
            yield Order("activate", None, {"of": place, "count": len(part), "amount_minor": owed})
            spends = [
                Order(
                    "spend_imported",
                    None,
                    {"of": place, "offset": offset, "amount_minor": card.face_minor - card.balance_minor},
                )
                for offset, card in enumerate(part)
                if card.balance_minor < card.face_minor
            ]
            yield from spends
            place += 2 + len(spends)


def _rest(rows: list[ImportedCard]) -> Iterator[Order]:
    """First what is not active, then what was spent."""
    cards = Card.objects.in_bulk([row.serial for row in rows if row.serial is not None])
    waiting = [row for row in rows if cards[row.serial or 0].status == Status.INACTIVE]
    for row in waiting:
        yield Order(
            "activate", None, {"first_serial": row.serial, "count": 1, "amount_minor": row.balance_minor}
        )
    for row in rows:
        spent = cards[row.serial or 0].balance_minor - row.balance_minor
        if spent > 0:
            yield Order("spend_imported", row.serial, {"amount_minor": spent})


# Doing


def on_step(action: Action) -> None:
    """Hook: a step of an import has ended; the next ones may go."""
    _let_go(action)
    done = action.state == State.DONE
    if action.kind == "issue_imported":
        made = Import.objects.get(confirmation_id=action.confirmation_id)
        first_place, count = action.parameters["first_place"], action.parameters["count"]
        rows = made.rows.filter(place__gte=first_place, place__lt=first_place + count)
        if done:
            rows.update(serial=F("place") + (first_serial_of(action) - first_place))
        else:
            rows.update(live=False)  # These cards were never made: their numbers may come in by another file.
    elif done and action.raw is not None:
        _make_ready(SignedCommand.parse(bytes(action.raw)).body)


def _make_ready(body: object) -> None:
    """Cards that have everything now: active, and bearing what they bore in the former system."""
    if isinstance(body, Activate):
        range_ = (body.first_serial, body.first_serial + body.count - 1)
        ImportedCard.objects.filter(serial__range=range_, balance_minor=F("face_minor")).update(ready=True)
    elif isinstance(body, Redeem):
        ImportedCard.objects.filter(serial=body.serial).update(ready=True)


def _let_go(action: Action) -> None:
    """After an issue its activation; after an activation all that follows, up to the next issue."""
    later = Action.objects.filter(
        confirmation_id=action.confirmation_id, place__gt=action.place, next_try_ms=LATER_MS
    )
    if action.kind == "issue_imported":
        later.filter(place=action.place + 1).update(next_try_ms=0)
    elif action.kind == "activate":
        following = later.exclude(kind="spend_imported").order_by("place").values_list("place", flat=True)
        last = following.first()
        (later if last is None else later.filter(place__lte=last)).update(next_try_ms=0)


def state_of(made: Import) -> str:
    """Where an import stands: `checked`, `awaiting`, `declined`, `importing`, `stopped` (a step was refused) or
    `done`."""
    if made.confirmation_id is None:
        return "checked"
    states = set(_actions_of(made).values_list("state", flat=True))
    if State.AWAITING in states:
        return "awaiting"
    if states & {State.CONFIRMED, State.SIGNED}:
        return "importing"
    if State.DECLINED in states:
        return "declined"
    return "done" if not made.rows.filter(ready=False).exists() else "stopped"


def _actions_of(made: Import) -> QuerySet[Action]:
    return Action.objects.filter(confirmation=made.confirmation)


def drop_unconfirmed(now_ms: int) -> int:
    """Forget files that nobody confirmed in time, and free the numbers of those that were declined."""
    old = Import.objects.filter(confirmed_ms__isnull=True, made_ms__lte=now_ms - KEPT_UNCONFIRMED_MS)
    ImportedCard.objects.filter(of__in=old).delete()
    dropped, _ = old.delete()
    declined = Import.objects.filter(confirmation__declined_ms__isnull=False)
    ImportedCard.objects.filter(of__in=declined, live=True).update(live=False)
    return dropped


# Claiming


def claim_order(number_text: str, code_text: str) -> Order | None:
    """What claims the card of an old number and code; none for a wrong pair, a card that is not ready, or one that was
    claimed. Takes the same time whichever it is. The caller slows guessing down."""
    number, code = normal(number_text), normal(code_text)
    asked = code_hash(number, code)
    row = ImportedCard.objects.filter(number_hash=number_hash(number), live=True).first()
    fits = hmac.compare_digest(asked, _NOBODYS if row is None else bytes(row.code_hash))
    if not fits or row is None or row.serial is None or not row.ready or row.claimed_ms is not None:
        return None
    return Order("claim_imported", row.serial)


def on_claimed(action: Action) -> None:
    """Hook: a card of the former system has its holder; its old code is dead from now on."""
    if action.kind == "claim_imported" and action.state == State.DONE:
        ImportedCard.objects.filter(serial=action.serial, claimed_ms__isnull=True).update(
            claimed_ms=action.time_ms
        )
