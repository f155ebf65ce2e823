"""Lost cards: somebody reports one, staff check who they are, a second member of staff agrees, the ledger waits.

The claim follows the ledger's own movements: whoever moves the card, and by which way, the claim says what is so. Who
holds the card now can object while the delay runs; that they can, and that nothing is stopped at a stranger's word,
keeps a report from being a way to take somebody's card.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from cardtrail.compliance.loss import check_loss_report
from cardtrail.web.accounts.identity import checked_name
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.public import new_rebind_key
from cardtrail.web.desk import cases
from cardtrail.web.desk.access import acting
from cardtrail.web.desk.casework import Case, LossClaim, Ruling
from cardtrail.web.desk.law import text as words_of
from cardtrail.web.desk.loss_following import tell
from cardtrail.web.desk.refused import Refused
from cardtrail.web.desk.words import LOSS_WORDS
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import length
from cardtrail.wire.cards import Status
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money
from cardtrail.wire.roles import Role

__all__ = (
    "LOSS_WORDS",
    "LossClaim",
    "LossRefused",
    "agree",
    "check_agreement",
    "claims_of",
    "open_claim_on",
    "refuse",
    "report",
)

PURPOSE: Final = "rebind"
STOP_PURPOSE: Final = "loss_stop"
HOW_MOST: Final = 500

State = LossClaim.State

_CANNOT: Final = Text(
    "按这个卡号无法报失：卡号有误，或卡已终止，或从未有人领取。",
    "No loss can be reported for this number: it is mistyped, or the card has ended, or nobody ever claimed it.",
)
_STOP: Final = Text(
    "我报失尾号 {last} 的卡（余额 {balance}），请立即冻结。冻结后它不能消费、赠送或转让。",
    "I report card …{last} ({balance}) lost. Freeze it at once: it can then neither be used nor passed on.",
)
_NO_NAME: Final = Text(
    "申领人还没有通过身份核验，不能换绑。",
    "The claimant's identity is not checked yet; nothing is rebound before.",
)
_AGREED: Final = Text(
    "将卡 {number}（{product}，余额 {balance}）换绑给案件 {case} 的申领人，其身份已核验。换绑需第二位工作人员批准；"
    "记入账本后等待 {delay}，现持卡人会立即收到通知，期间可以提出异议；无异议的，申领人可以领回。{lift}",
    "Rebind card {number} ({product}, {balance}) to the claimant of case {case}, whose identity is checked. A second "
    "member of staff has to agree. Once it is in the ledger {delay} must pass; the present holder is told at once "
    "and can object until then; without an objection the claimant can collect the card. {lift}",
)
_LIFT: Final = Text("因报失而作的冻结同时解除。", "The freeze made for this loss is lifted with it.")
_RULING: Final = Text(
    "有人报失这张卡，身份已经核验，卡正在换绑。如果卡没有丢，请马上提出异议。",
    "Somebody whose identity is checked reported this card lost; it is being rebound. If it is not lost, object now.",
)


class LossRefused(Refused):
    """It cannot be. `text` says why, to the person who asked."""


def report(request: HttpRequest | Witness, serial: int, how: str) -> LossClaim:
    """Whoever is signed in has lost a card. Gives their claim; the same one if they report it twice.

    how   what happened, in their own words

    A card's present holder has it stopped at once: `claim.stop` is what they confirmed, for `perform`. A stranger's
    report stops nothing. Raises `LossRefused`, to a stranger with the same words always: they may be trying numbers.
    """
    person = acting(request)
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        known = LossClaim.objects.filter(
            person=person, serial=serial, state__in=LossClaim.OPEN_STATES
        ).first()
        if known is not None:
            return known
        card = _reportable(person, serial)
        case = cases.open_case(
            Case.Kind.LOST,
            Text(how[:HOW_MOST], how[:HOW_MOST]),
            person=person,
            serial=serial,
            opener=person,
            opened_by="holder",
        )
        claim = LossClaim.objects.create(
            person=person, serial=serial, case=case, how=how[:HOW_MOST], reported_ms=now_ms()
        )
        if card.holder_id == person.pk and card.frozen_by is None:
            claim.stop = _stop(request, card, case)
            claim.save(update_fields=["stop"])
        return claim


def claims_of(person: Person) -> QuerySet[LossClaim]:
    """A person's claims, the latest first."""
    return LossClaim.objects.filter(person=person).select_related("case").order_by("-reported_ms", "pk")


def open_claim_on(card: Card) -> LossClaim | None:
    """The claim whose rebind stands against a card now: what its present holder can object to."""
    if card.hold_reference is None:
        return None
    pending = LossClaim.objects.filter(serial=card.serial, state__in=(State.PENDING, State.COLLECTABLE))
    return pending.filter(case__reference=bytes(card.hold_reference)).select_related("case").first()


def agreement(claim: LossClaim, card: Card) -> Text:
    """What a member of staff confirms when they agree to a claim."""
    return _AGREED.format(
        number=card.number,
        product=card.product.name,
        balance=format_money(card.balance_minor, card.currency),
        case=claim.case.number,
        delay=length(card.product.terms.rebind_delay_ms),
        lift=_LIFT if _frozen_for(claim, card) else Text("", ""),
    )


def agree(request: HttpRequest | Witness, claim: LossClaim) -> Confirmation:
    """A member of staff has checked a claim and asks for the rebind; another has to approve it.

    Raises `LossRefused`: the claimant's identity is not checked, staff decide about their own claim, it is not open."""
    staff = acting(request)
    with transaction.atomic():
        claim = LossClaim.objects.select_for_update().select_related("case", "person").get(pk=claim.pk)
        card = Card.objects.select_related("product").get(serial=claim.serial)
        _refuse_agreement(claim, staff, card)
        public = new_rebind_key(claim.person, card).hex()
        reference = bytes(claim.case.reference).hex()
        orders = [Order("rebind", card.serial, {"release": public, "case": reference})]
        if _frozen_for(claim, card):
            # Behind the rebind: from then on the hold keeps the card where it is.
            orders.append(Order("unfreeze", card.serial, {"cause": "cleared", "case": reference}))
        text = agreement(claim, card)
        made = confirm(request, purpose=PURPOSE, text=text, orders=orders, approval="rebind")
        Ruling.objects.create(
            case=claim.case, serial=card.serial, act="rebind", cause="loss", zh=_RULING.zh, en=_RULING.en,
            by=staff, confirmation=made, at_ms=made.at_ms,
        )  # fmt: skip
        claim.state, claim.rebind_public, claim.rebind = State.CHECKED, public, made
        claim.save(update_fields=["state", "rebind_public", "rebind"])
        cases.add(claim.case, "act", text, author=staff, confirmation=made)
    return made


def check_agreement(request: HttpRequest | Witness, claim: LossClaim, card: Card) -> None:
    """Whether this member of staff could agree now. Raises `LossRefused`."""
    _refuse_agreement(claim, acting(request), card)


def refuse(request: HttpRequest | Witness, claim: LossClaim, reason: Text) -> None:
    """A claim is not granted, and its claimant reads why. Raises `LossRefused` if it is not open to that any more."""
    staff = acting(request)
    with transaction.atomic():
        claim = LossClaim.objects.select_for_update().select_related("case", "person").get(pk=claim.pk)
        if claim.state != State.ASKED:
            raise LossRefused(Text("这份报失已经处理过。", "This claim was decided already."))
        if claim.person_id == staff.pk:
            raise LossRefused(Text("不能处理自己的报失。", "Nobody decides about their own claim."))
        claim.state, claim.reason_zh, claim.reason_en = State.REFUSED, reason.zh[:300], reason.en[:300]
        claim.save(update_fields=["state", "reason_zh", "reason_en"])
        cases.decided(claim.case, staff, reason)
        tell(
            claim,
            "refused",
            Text("你的报失未获批准：{reason}", "Your claim was not granted: {reason}").format(reason=reason),
        )


def _reportable(person: Person, serial: int) -> Card:
    card = Card.objects.select_related("product").filter(serial=serial).first()
    if card is None:
        raise LossRefused(_CANNOT)
    mine = card.holder_id == person.pk
    refused = check_loss_report(card.product.terms.named, card.holder_id is not None)
    if refused is not None:
        raise LossRefused(words_of(refused.with_source) if mine else _CANNOT)
    if card.dead or card.status == Status.INACTIVE:
        raise LossRefused(_CANNOT)
    return card


def _stop(request: HttpRequest | Witness, card: Card, case: Case) -> Confirmation:
    balance = format_money(card.balance_minor, card.currency)
    text = _STOP.format(last=card_number(card.serial)[-4:], balance=balance)
    order = Order("freeze", card.serial, {"cause": "loss", "case": bytes(case.reference).hex()})
    made = confirm(request, purpose=STOP_PURPOSE, text=text, orders=[order])
    cases.add(case, "act", text, author=made.person, confirmation=made)
    return made


def _refuse_agreement(claim: LossClaim, staff: Person, card: Card) -> None:
    if claim.state != State.ASKED:
        raise LossRefused(Text("这份报失已经处理过。", "This claim was decided already."))
    if staff.pk in {claim.person_id, card.holder_id}:
        raise LossRefused(
            Text("不能处理涉及自己的报失。", "Nobody decides about a claim that concerns them.")
        )
    if checked_name(claim.person) is None:
        raise LossRefused(_NO_NAME)
    if card.hold_kind is not None and (card.hold_until_ms or 0) >= now_ms():
        raise LossRefused(
            Text(
                "这张卡正被锁定，锁定结束后才能换绑。", "The card is set aside; it can be rebound after that."
            )
        )


def _frozen_for(claim: LossClaim, card: Card) -> bool:
    """Whether the card is frozen by the issuer, and for this very loss."""
    if card.frozen_by != Role.ISSUER:
        return False
    last = Movement.objects.filter(serial=card.serial, kind="freeze").order_by("-index").first()
    return last is not None and bytes(last.reference or b"") == bytes(claim.case.reference)
