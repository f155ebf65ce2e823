"""What people do with an order. Each act is one transaction: what the person agreed to is written down, the machine
decides, and what it says is kept; a refusal leaves nothing behind.

Every function takes the request (or a `Witness`) and the order, does at once what follows, gives the order as it then
stands, and raises `NotPossible` with the machine's words. Who may act is the machine's to say for the two parties;
whether somebody is staff, the page's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest

from cardtrail.deals import events
from cardtrail.deals.events import AnyEvent
from cardtrail.deals.regions import Outcome, Side
from cardtrail.payments.port import PaymentFault
from cardtrail.payments.registry import UnknownProvider
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm, declare
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.models import Card
from cardtrail.web.orders import exhibits
from cardtrail.web.orders.deciding import Taken, as_one, go, lock, take
from cardtrail.web.orders.errands import ask_now
from cardtrail.web.orders.exhibits import Shown
from cardtrail.web.orders.ledger_side import DISPUTE
from cardtrail.web.orders.models import Deal, Ruling
from cardtrail.web.orders.refusals import NOT_OURS, NotPossible, of_machine
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money

log = logging.getLogger(__name__)

ASIDE_MS: Final = 45 * DAY_MS
"""How long a disputed card is set aside, where its terms allow: longer than every dispute."""

Asker = HttpRequest | Witness
Write = Callable[[Confirmation], None]


def confirm_receipt(request: Asker, deal: Deal) -> Deal:
    """The buyer has the card and is content: the seller may be paid."""
    return _act(request, deal, "receipt", _RECEIPT, events.Confirm)


def cancel(request: Asker, deal: Deal) -> Deal:
    """The buyer does not want it any more, before paying."""
    return _act(request, deal, "cancel_order", _CANCEL, events.Cancel)


def say_paid(deal: Deal) -> Deal:
    """The buyer says that they have paid: from now on the order waits for the provider's word, not for the buyer. The
    provider is asked at once, for its notification may be late, or lost."""
    begun = go(take(deal.pk, events.PaymentBegun()))
    try:
        return ask_now(begun)
    except (PaymentFault, UnknownProvider) as fault:
        log.info("order %s waits for the provider: %s", deal.number, type(fault).__name__)
        return begun


def open_dispute(request: Asker, deal: Deal, reason: str, shown: Shown) -> Deal:
    """The buyer says what is wrong. By the same confirmation the card is set aside, and goes the way it is decided.

    reason  a code of the page's list
    shown   what they say and show (`exhibits.read`)
    """
    witness, person = _who(request)
    last, price = card_number(deal.serial)[-4:], format_money(deal.price_minor, deal.currency)

    def dispute() -> Taken:
        current = lock(deal.pk)
        if current.buyer_id == person.pk and current.disputed_by_id is None:
            text = _DISPUTE.format(last=last, price=price, digest=shown.sha256.hex())
            confirmation = confirm(witness, purpose=DISPUTE, text=text, orders=_dispute_orders(current))
            Deal.objects.filter(pk=deal.pk).update(disputed_by=confirmation)
            exhibits.keep(current, shown, confirmation, Side.BUYER.value, "claim")
        else:
            # Refused by the machine, which has the words for it.
            confirmation = declare(witness, purpose=DISPUTE, text=_DISPUTE, about={"deal": deal.number})
        event = events.OpenDispute(str(person.pk), reason=reason, claim_sha256=shown.sha256.hex())
        return _taken(current, event, confirmation)

    return go(as_one(dispute))


def give_evidence(request: Asker, deal: Deal, shown: Shown) -> Deal:
    """A party shows something."""
    side = _side(request, deal)
    digest = shown.sha256.hex()
    return _act(
        request,
        deal,
        "evidence",
        _EVIDENCE.format(digest=digest),
        lambda by: events.GiveEvidence(by, sha256=digest),
        lambda given: exhibits.keep(deal, shown, given, side, "evidence"),
    )


def evidence_done(request: Asker, deal: Deal) -> Deal:
    """A party has shown all it has."""
    return _act(request, deal, "evidence_done", _DONE, events.EvidenceDone)


def drop_dispute(request: Asker, deal: Deal) -> Deal:
    """The buyer takes the dispute back: as good as a confirmation."""
    return _act(request, deal, "drop_dispute", _DROP, events.DropDispute)


def concede(request: Asker, deal: Deal) -> Deal:
    """The seller gives the whole price back, and gets the card back."""
    return _act(request, deal, "concede", _CONCEDE, events.Concede)


def propose_split(request: Asker, deal: Deal, refund_minor: int) -> Deal:
    """A party offers to end the dispute with so much back to the buyer, who keeps the card."""
    text = _PROPOSE.format(amount=format_money(refund_minor, deal.currency))
    return _act(request, deal, "propose_split", text, lambda by: events.ProposeSplit(by, refund_minor))


def accept_split(request: Asker, deal: Deal, refund_minor: int) -> Deal:
    """The other party takes that offer, naming the amount it saw."""
    text = _ACCEPT.format(amount=format_money(refund_minor, deal.currency))
    return _act(request, deal, "accept_split", text, lambda by: events.AcceptSplit(by, refund_minor))


def accept_decision(request: Asker, deal: Deal) -> Deal:
    """Whoever could appeal says that they will not."""
    return _act(request, deal, "accept_ruling", _ACCEPT_RULING, events.AcceptDecision)


def appeal(request: Asker, deal: Deal, shown: Shown) -> Deal:
    """Whoever lost asks for another reviewer, once."""
    side = _side(request, deal)
    digest = shown.sha256.hex()
    return _act(
        request,
        deal,
        "appeal_ruling",
        _APPEAL.format(digest=digest),
        lambda by: events.Appeal(by, sha256=digest),
        lambda given: exhibits.keep(deal, shown, given, side, "appeal"),
    )


def step_up_passed(request: Asker, deal: Deal) -> Deal:
    """The buyer has proved themselves once more; the page has seen to that."""
    if _who(request)[1].pk != deal.buyer_id:
        raise NotPossible("not_ours", NOT_OURS)
    return _act(request, deal, "step_up", _STEP_UP, lambda _: events.StepUpPassed())


def rule(request: Asker, deal: Deal, outcome: Outcome, reasons: str, refund_minor: int = 0) -> Deal:
    """A member of staff decides a dispute. Both parties read the reasons."""
    words = exhibits.tidy(reasons)
    return _act(
        request,
        deal,
        "ruling",
        _ruling_text(deal, outcome, words, refund_minor),
        lambda by: events.DecideDispute(by, outcome, refund_minor),
        lambda given: _keep_ruling(deal, given, outcome, words, refund_minor, appeal=False),
    )


def rule_on_appeal(request: Asker, deal: Deal, outcome: Outcome, reasons: str, refund_minor: int = 0) -> Deal:
    """Another member of staff decides, for good."""
    words = exhibits.tidy(reasons)
    return _act(
        request,
        deal,
        "ruling_on_appeal",
        _ruling_text(deal, outcome, words, refund_minor),
        lambda by: events.DecideAppeal(by, outcome, refund_minor),
        lambda given: _keep_ruling(deal, given, outcome, words, refund_minor, appeal=True),
    )


def review(request: Asker, deal: Deal, reasons: str, *, allow: bool) -> Deal:
    """A member of staff looked at what risk had held."""
    text = (_ALLOW if allow else _BLOCK).format(reasons=exhibits.tidy(reasons))
    return _act(request, deal, "review_risk", text, lambda by: events.ReviewRisk(by, allow))


def _act(
    request: Asker,
    deal: Deal,
    purpose: str,
    text: Text,
    make: Callable[[str], AnyEvent],
    write: Callable[[Confirmation], object] = lambda _: None,
) -> Deal:
    witness, person = _who(request)
    said = _OF.format(
        last=card_number(deal.serial)[-4:], price=format_money(deal.price_minor, deal.currency), what=text
    )
    about = {"deal": deal.number, "act": purpose}

    def once() -> Taken:
        given = declare(witness, purpose=purpose, text=said, about=about)
        taken = _taken(deal, make(str(person.pk)), given)
        write(given)
        return taken

    return go(as_one(once))


def _taken(deal: Deal, event: AnyEvent, by: Confirmation) -> Taken:
    taken = take(deal.pk, event, by=by)
    if taken.refused is not None:
        raise of_machine(taken.refused)
    return taken


def _who(request: Asker) -> tuple[Witness, Person]:
    witness = request if isinstance(request, Witness) else Witness.of(request)
    if witness.person is None:
        raise PermissionError("only a person can do this")
    return witness, witness.person


def _side(request: Asker, deal: Deal) -> str:
    """Which party somebody is, for what they show. Raises `NotPossible`."""
    side = deal.order.side(str(_who(request)[1].pk))
    if side is None:
        raise NotPossible("not_ours", NOT_OURS)
    return side.value


def _dispute_orders(deal: Deal) -> list[Order]:
    """What waits in a dispute: the card is set aside; then it goes back to the seller, or stays the buyer's, free."""
    card = Card.objects.select_related("product").get(serial=deal.serial)
    longest_ms = card.product.terms.hold_limit_ms - HOUR_MS  # The ledger's clock may be a little behind ours.
    until_ms = now_ms() + min(ASIDE_MS, longest_ms)
    balance = deal.order.delivered_balance_minor or deal.order.balance_minor
    return [
        Order(
            "set_aside",
            deal.serial,
            {"until_ms": until_ms, "price_minor": deal.price_minor, "balance_minor": balance},
            waits=True,
        ),
        Order(
            "give_up",
            deal.serial,
            {"hold": "self", "to": str(deal.seller_id), "balance_minor": balance},
            waits=True,
        ),
        Order("end_sale", deal.serial, {"hold": "self"}, waits=True),
    ]


def _keep_ruling(
    deal: Deal, given: Confirmation, outcome: Outcome, words: str, refund_minor: int, *, appeal: bool
) -> None:
    Ruling.objects.create(
        deal=deal,
        by=_person_of(given),
        appeal=appeal,
        outcome=outcome.value,
        refund_minor=refund_minor,
        reasons=words,
        at_ms=now_ms(),
        confirmation=given,
    )


def _person_of(given: Confirmation) -> Person:
    """Who confirmed something, which nobody but a person does here."""
    if given.person is None:
        raise PermissionError("only a person can do this")
    return given.person


def _ruling_text(deal: Deal, outcome: Outcome, words: str, refund_minor: int) -> Text:
    return _RULINGS[outcome].format(amount=format_money(refund_minor, deal.currency), reasons=words)


_OF: Final = Text("订单（尾号 {last} 的卡，{price}）：{what}", "Order for card …{last} at {price}: {what}")
_RECEIPT: Final = Text(
    "卡已收到，确认无误，请付款给卖家。", "I have the card and it is right; pay the seller."
)
_CANCEL: Final = Text("取消订单，尚未付款。", "Cancel the order; nothing has been paid.")
_DISPUTE: Final = Text(
    "尾号 {last} 的卡（{price}）有问题，发起争议。处理期间卡片锁定；退款则卡退回卖家，否则解除锁定。"
    "陈述与证据的摘要：{digest}。",
    "Something is wrong with card …{last} ({price}): I open a dispute. While it lasts the card is set aside; if I am "
    "refunded it goes back to the seller, otherwise it is mine to use again. Hash of what I say and show: {digest}.",
)
_EVIDENCE: Final = Text("提交证据，摘要 {digest}。", "I show evidence with hash {digest}.")
_DONE: Final = Text("举证完毕。", "I have shown all I have.")
_DROP: Final = Text("撤回争议，并确认收货。", "I take the dispute back and accept the card.")
_CONCEDE: Final = Text(
    "同意全额退款，卡退回给我。", "I agree to refund the whole price and take the card back."
)
_PROPOSE: Final = Text(
    "提议退还买家 {amount}，卡归买家，争议了结。",
    "I offer to settle: {amount} goes back to the buyer, who keeps the card.",
)
_ACCEPT: Final = Text(
    "接受方案：退还买家 {amount}，卡归买家。",
    "I accept: {amount} goes back to the buyer, who keeps the card.",
)
_ACCEPT_RULING: Final = Text("接受裁决，不申诉。", "I accept the decision and will not appeal.")
_APPEAL: Final = Text(
    "对裁决不服，申诉一次。陈述摘要 {digest}。",
    "I appeal against the decision. Hash of what I say: {digest}.",
)
_STEP_UP: Final = Text("已再次验证身份。", "I have proved once more that it is me.")
_ALLOW: Final = Text("风控审核通过。理由：{reasons}", "Reviewed and allowed. Reasons: {reasons}")
_BLOCK: Final = Text("风控审核不通过。理由：{reasons}", "Reviewed and not allowed. Reasons: {reasons}")
_RULINGS: Final = {
    Outcome.RELEASE: Text("裁决：付款给卖家。理由：{reasons}", "Decided for the seller. Reasons: {reasons}"),
    Outcome.REFUND: Text("裁决：退款给买家。理由：{reasons}", "Decided for the buyer. Reasons: {reasons}"),
    Outcome.SPLIT: Text(
        "裁决：退还买家 {amount}，其余付给卖家。理由：{reasons}",
        "Decided: {amount} goes back to the buyer, the rest to the seller. Reasons: {reasons}",
    ),
}
