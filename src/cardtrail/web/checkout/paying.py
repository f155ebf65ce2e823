"""Paying, as a small state machine that hooks drive: whatever is killed and whenever, what goes in comes out.

    open ──pay──▶ paying ──every card has paid──▶ paid
                    │
                    ├──no card has paid──▶ open again (or expired)
                    └──some have──▶ each part is put back ──▶ open again (or expired)

Each step is written in the transaction of what causes it, so there is nothing in between to be lost: the orders that
put money back are there as soon as a card was refused, and the worker does them if nobody else does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.db import transaction
from django.http import HttpRequest

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.actions.refusals import words_of
from cardtrail.web.checkout import asking, told
from cardtrail.web.checkout.allotting import MOST_CARDS
from cardtrail.web.checkout.heirs import heir_of, refund_order
from cardtrail.web.checkout.models import Attempt, Charge, Payment, typed_hash
from cardtrail.web.checkout.refusals import NotPossible
from cardtrail.web.ledger.models import Card
from cardtrail.web.ledger.states import STATES
from cardtrail.web.ui.clock import HOUR_MS, SECOND_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

PAY: Final = "pay"
PUT_BACK: Final = "pay_put_back"

SYSTEM: Final = Witness(None, "zh-hans", bytes(32), "checkout", "", "", "consequence")
"""Nobody confirms anew that money comes back: it follows from what the payer confirmed, which its text names."""

State = Payment.State
_ENDED_WITHOUT = (Action.State.REFUSED, Action.State.DECLINED)


def take_up(payment: Payment, person: Person) -> Payment:
    """Somebody wants to pay; from then on nobody else can. Again by the same person: no change. Raises
    `NotPossible`."""
    with transaction.atomic():
        current = Payment.objects.select_for_update().get(id=payment.id)
        if current.payer_id not in (None, person.pk):
            raise NotPossible("taken", TAKEN)
        if current.payer_id is None:
            _must_be_open(current)
            current.typed = None if current.code is None else typed_hash(current.code)
            current.payer, current.code = person, None
            current.save(update_fields=["payer", "code", "typed"])
    return current


def pay(
    request: HttpRequest | Witness, person: Person, payment: Payment, parts: Mapping[int, int]
) -> Attempt:
    """The payer confirms: these cards, so much of each. `perform` and the worker then do it. Raises `NotPossible`.

    Of a card that is not the person's, they learn nothing: it is refused as one that does not exist.
    """
    with transaction.atomic():
        current = Payment.objects.select_for_update().get(id=payment.id)
        if current.payer_id not in (None, person.pk):
            raise NotPossible("taken", TAKEN)
        _must_be_open(current)
        cards = _checked(person, current, parts)
        confirmation = confirm(
            request,
            purpose=PAY,
            text=agreement(current, cards, parts),
            orders=[_redeem(current, card, parts[card.serial]) for card in cards],
        )
        attempt = Attempt.objects.create(
            payment=current, person=person, confirmation=confirmation, made_ms=now_ms()
        )
        actions = confirmation.actions.order_by("place")
        Charge.objects.bulk_create(
            [
                Charge(attempt=attempt, serial=card.serial, amount_minor=parts[card.serial], action=action)
                for card, action in zip(cards, actions, strict=True)
            ]
        )
        current.state, current.payer, current.code = State.PAYING, person, None
        current.save(update_fields=["state", "payer", "code"])
    return attempt


def go(attempt: Attempt) -> Attempt:
    """Do what was confirmed as far as it goes now, and put back what has to be. Outside of any transaction."""
    perform(attempt.confirmation)
    for charge in attempt.charges.select_related("undo__confirmation").filter(undo__isnull=False):
        if charge.undo is not None:
            perform(charge.undo.confirmation)
    return Attempt.objects.select_related("payment", "confirmation", "person").get(pk=attempt.pk)


def agreement(payment: Payment, cards: Sequence[Card], parts: Mapping[int, int]) -> Text:
    """What the payer agrees to: the words on the page, and those that are kept."""
    each = [(card.last_four, format_money(parts[card.serial], payment.currency)) for card in cards]
    zh = "；".join(f"尾号 {last} 的卡付 {part}" for last, part in each)
    en = "; ".join(f"card …{last} pays {part}" for last, part in each)
    text = Text(
        "向「{shop}」付款 {amount}，订单 {order}：{zh}。",
        "Pay {amount} to “{shop}” for order {order}: {en}.",
    ).format(
        shop=payment.shop,
        amount=format_money(payment.amount_minor, payment.currency),
        order=payment.reference,
        zh=zh,
        en=en,
    )
    if len(cards) > 1:
        return Text(text.zh + _TOGETHER.zh, f"{text.en} {_TOGETHER.en}")
    return text


def on_paid(action: Action) -> None:
    """Hook: a card has paid its part, or was refused."""
    attempt = _locked(action)
    if attempt is None or attempt.state != Attempt.State.TRYING:
        return
    charges = list(attempt.charges.select_related("action"))
    if not all(charge.action.ended for charge in charges):
        return
    refused = [charge for charge in charges if charge.action.state in _ENDED_WITHOUT]
    if not refused:
        attempt.state = Attempt.State.PAID
        attempt.save(update_fields=["state"])
        asking.end(attempt.payment, State.PAID)
        return
    attempt.reason_code = refused[0].action.reason_code
    taken = [charge for charge in charges if charge.action.state == Action.State.DONE]
    if taken:
        attempt.state = Attempt.State.UNDOING
        attempt.save(update_fields=["state", "reason_code"])
        _put_back(attempt, taken)
    else:
        _fail(attempt)


def on_put_back(action: Action) -> None:
    """Hook: a part has come back to its card, or that was refused."""
    charge = Charge.objects.select_related("attempt").filter(undo=action).first()
    if charge is None:
        return
    attempt = _locked_attempt(charge.attempt_id)
    now = now_ms()
    if action.state == Action.State.DONE:
        Charge.objects.filter(pk=charge.pk).update(returned_ms=now, undo_next_ms=None)
        waiting = attempt.charges.filter(action__state=Action.State.DONE, returned_ms__isnull=True)
        if attempt.state == Attempt.State.UNDOING and not waiting.exists():
            _fail(attempt)
        return
    tries = charge.undo_tries + 1
    wait_ms = min(HOUR_MS, 10 * SECOND_MS * 2 ** min(tries, 12))
    Charge.objects.filter(pk=charge.pk).update(undo_next_ms=now + wait_ms, undo_tries=tries)
    told.stuck(attempt, words_of(action.reason_code))


def put_back_due(now: int, limit: int = 50) -> int:
    """Try again to put money back where it was refused: a card may be free again, or have been merged. How many."""
    due = Charge.objects.filter(undo_next_ms__lte=now).order_by("undo_next_ms")
    confirmations = []
    for id in list(due.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            attempt = _locked_attempt(Charge.objects.get(pk=id).attempt_id)
            charge = Charge.objects.select_related("undo").get(pk=id)
            if charge.undo_next_ms is not None and charge.undo_next_ms <= now:
                _put_back(attempt, [charge])
                undo = Charge.objects.select_related("undo__confirmation").get(pk=id).undo
                if undo is not None:
                    confirmations.append(undo.confirmation)
    for confirmation in confirmations:
        perform(confirmation)
    return len(confirmations)


def _put_back(attempt: Attempt, charges: Sequence[Charge]) -> None:
    """Order that money comes back. It goes to the card it came from or, where that was merged or split since, to the
    one that took its place, as long as the payer holds it; else it waits, and staff know."""
    payment = attempt.payment
    for charge in charges:
        serial = heir_of(charge.serial, attempt.person)
        if serial is None:
            _later(attempt, charge)
            continue
        order = refund_order(serial, charge.amount_minor, bytes(payment.order))
        text = _BACK.format(
            amount=format_money(charge.amount_minor, payment.currency),
            payment=payment.id,
            evidence=bytes(attempt.confirmation.evidence).hex(),
        )
        confirmation = confirm(SYSTEM, purpose=PUT_BACK, text=text, orders=[order])
        Charge.objects.filter(pk=charge.pk).update(undo=confirmation.only_action, undo_next_ms=None)


def _later(attempt: Attempt, charge: Charge) -> None:
    tries = charge.undo_tries + 1
    Charge.objects.filter(pk=charge.pk).update(undo_next_ms=now_ms() + HOUR_MS, undo_tries=tries)
    told.stuck(attempt, words_of("not_ours"))


def _fail(attempt: Attempt) -> None:
    """Nothing came of an attempt: the same person may try again while there is time."""
    payment = attempt.payment
    attempt.state = Attempt.State.FAILED
    attempt.save(update_fields=["state", "reason_code"])
    told.failed(attempt, words_of(attempt.reason_code))
    if payment.expires_ms < now_ms():
        asking.end(payment, State.EXPIRED)
    else:
        payment.state = State.OPEN
        payment.save(update_fields=["state"])


def _locked(action: Action) -> Attempt | None:
    id = Attempt.objects.filter(confirmation_id=action.confirmation_id).values_list("pk", flat=True).first()
    return None if id is None else _locked_attempt(id)


def _locked_attempt(id: int) -> Attempt:
    """An attempt whose payment is locked: whoever changes either has this lock first."""
    payment = Payment.objects.select_for_update().get(attempts__pk=id)
    attempt = Attempt.objects.select_related("person", "confirmation").get(pk=id)
    attempt.payment = payment
    return attempt


def _must_be_open(payment: Payment) -> None:
    if payment.state != State.OPEN:
        raise NotPossible("not_open", CLOSED[payment.state])
    if payment.expires_ms <= now_ms():
        raise NotPossible("not_open", CLOSED[State.EXPIRED])


def _checked(person: Person, payment: Payment, parts: Mapping[int, int]) -> list[Card]:
    if not parts or sum(parts.values()) != payment.amount_minor or min(parts.values()) < 1:
        raise NotPossible("parts_do_not_sum", PARTS)
    if len(parts) > MOST_CARDS:
        raise NotPossible("too_many_cards", Text("一次最多用 20 张卡。", "At most 20 cards pay together."))
    cards = list(
        Card.objects.filter(serial__in=parts, holder=person).select_related("product").order_by("serial")
    )
    if len(cards) != len(parts):
        raise NotPossible("unknown_card", Text("没有这张卡。", "There is no such card."))
    for card in cards:
        if card.state != "active":
            raise NotPossible(
                f"card_{card.state}",
                Text(
                    "尾号 {last} 的卡现在不能付款：{state}。", "Card …{last} cannot pay now: {state}."
                ).format(last=card.last_four, state=STATES[card.state]),
            )
        if card.currency != payment.currency:
            raise NotPossible("wrong_currency", Text("币种不同。", "The currencies differ."))
        if parts[card.serial] > card.balance_minor:
            raise NotPossible(
                "amount_over_balance",
                Text("尾号 {last} 的卡余额不足。", "Card …{last} does not have enough.").format(
                    last=card.last_four
                ),
            )
    return cards


def _redeem(payment: Payment, card: Card, amount_minor: int) -> Order:
    return Order(
        "redeem",
        card.serial,
        {"amount_minor": amount_minor, "order": bytes(payment.order).hex(), "by_ms": payment.expires_ms},
    )


TAKEN: Final = Text(
    "这笔款已有人在付。请收银员重新出一个码。",
    "Somebody is already paying this. Ask the till for a new code.",
)
PARTS: Final = Text("各卡金额之和须等于付款金额。", "The parts have to add up to the amount.")
CLOSED: Final = {
    State.PAYING.value: Text("这笔款正在支付。", "This is being paid right now."),
    State.PAID.value: Text("这笔款已付清。", "This has been paid."),
    State.CANCELLED.value: Text("商户取消了这笔付款。", "The shop cancelled this payment."),
    State.EXPIRED.value: Text(
        "付款码已过期，请商户重新出码。", "This has expired. Ask the shop for a new code."
    ),
}
_TOGETHER: Final = Text(
    "如果其中一张卡付不成，其余的卡已付的钱会自动退回原卡，这笔付款不成立。",
    "If one of them cannot pay, what the others paid comes back to them by itself, and nothing is paid.",
)
_BACK: Final = Text(
    "付款 {payment} 未成立，{amount} 退回付款的卡。依据：付款人的确认，证据摘要 {evidence}。",
    "Payment {payment} did not come about; {amount} goes back to the card it came from. Basis: the payer's "
    "confirmation with evidence hash {evidence}.",
)
