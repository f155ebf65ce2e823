"""Appeals: a holder's one word against a freeze or a void, decided by somebody who had no part in it.

A restriction states its reason, offers an appeal and is lifted at once when cleared (Anti-Telecom-Fraud Law, Art. 32).
"""

from __future__ import annotations

from typing import Final

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.desk import cases, reasons
from cardtrail.web.desk.casework import Appeal, Case, Ruling
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.roles import Role

MOST: Final = 2_000
"""Characters of an appeal."""

WITHIN_MS: Final = 5 * DAY_MS

State = Appeal.State

_LIFTS: Final = Text(
    "申诉成立，立即解冻卡 {number}（案件 {case}）。持卡人会收到通知。给持卡人的理由：“{reason}”",
    "The appeal is right: lift the freeze of card {number} at once (case {case}). Its holder is told; the reason "
    "shown: “{reason}”",
)
_LIFTED: Final = Text(
    "申诉成立，卡已解冻：{reason}", "Your appeal was right and the freeze is lifted: {reason}"
)
_VOID_WRONG: Final = Text(
    "申诉成立：{reason}发卡方会为你补发，案件 {case}。",
    "Your appeal was right: {reason} The issuer will replace the card, case {case}.",
)
_UPHELD: Final = Text("申诉未获支持：{reason}", "Your appeal was not granted: {reason}")


class AppealRefused(Exception):  # noqa: N818 - it names what happened
    """It cannot be. `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def stop_to_appeal(person: Person, card: Card) -> Movement | None:
    """What the person can appeal against now: the freeze or void of their card, if it was the brand's doing and not
    their own wish."""
    if card.holder_id != person.pk:
        return None
    stop = reasons.stop_of(card)
    if stop is None or stop.by_role != Role.ISSUER:
        return None
    ruling = reasons.ruling_of(stop)
    return stop if ruling is not None else None


def appeal_of(card: Card) -> Appeal | None:
    """The appeal against the card's present stop, if there was one."""
    stop = reasons.stop_of(card)
    if stop is None:
        return None
    return Appeal.objects.select_related("case").filter(serial=card.serial, entry=stop.index).first()


def may_appeal(person: Person, card: Card) -> bool:
    """Whether the person can appeal now: once for each stop."""
    return stop_to_appeal(person, card) is not None and appeal_of(card) is None


def make(person: Person, card: Card, text: str) -> Appeal:
    """Appeal. Raises `AppealRefused`."""
    stop = stop_to_appeal(person, card)
    if stop is None:
        raise AppealRefused(
            Text("这张卡没有可以申诉的处置。", "There is nothing to appeal against on this card.")
        )
    words = text.strip()[:MOST]
    if not words:
        raise AppealRefused(Text("请写明理由。", "Please say why."))
    try:
        with transaction.atomic():
            case = cases.open_case(
                Case.Kind.APPEAL,
                Text(words, words),
                person=person,
                serial=card.serial,
                opener=person,
                opened_by="holder",
            )
            appeal = Appeal.objects.create(
                case=case,
                about=cases.case_of_reference(stop.reference),
                person=person,
                serial=card.serial,
                entry=stop.index,
                act=stop.kind,
                text=words,
                made_ms=now_ms(),
                due_ms=now_ms() + WITHIN_MS,
            )
    except IntegrityError:
        raise AppealRefused(
            Text(
                "你已经申诉过；每次处置可以申诉一次。",
                "You have appealed already; there is one appeal for each time a card is stopped.",
            )
        ) from None
    return appeal


def involved(appeal: Appeal) -> set[object]:
    """Ids of everybody who had a part in stopping the card: who asked, who approved, whoever the appeal is from."""
    found: set[object] = {appeal.person_id}
    movement = Movement.objects.filter(index=appeal.entry, serial=appeal.serial).first()
    for ruling in Ruling.objects.filter(
        case=appeal.about, serial=appeal.serial, act=appeal.act
    ).select_related("confirmation"):
        found |= {ruling.by_id, ruling.confirmation.approved_by_id}
    if movement is not None:
        found.add(movement.holder_after_id)
    return found - {None}


def hindrance(staff: Person, appeal: Appeal) -> Text | None:
    """Why this member of staff cannot decide; none if they can."""
    if appeal.state != State.OPEN:
        return Text("这项申诉已经决定。", "This appeal was decided already.")
    if staff.pk in involved(appeal):
        return Text(
            "冻结或作废是你经手的，申诉须由另一位工作人员决定。",
            "You had a part in stopping this card: another member of staff decides the appeal.",
        )
    return None


def uphold(request: HttpRequest | Witness, appeal: Appeal, reason: Text) -> None:
    """The card stays as it is. Raises `AppealRefused`."""
    staff = _staff(request)
    with transaction.atomic():
        current = _decide(appeal, staff, State.UPHELD, reason)
        words = _UPHELD.format(reason=cases.short(reason))
        cases.decided(current.case, staff, words)
        _tell(current, words)


def lift(request: HttpRequest | Witness, appeal: Appeal, reason: Text) -> Confirmation | None:
    """The holder was right. A freeze is lifted: `perform` what is given. A void cannot be undone: its case goes on
    until the card is replaced, and none is given. Raises `AppealRefused`."""
    staff = _staff(request)
    with transaction.atomic():
        current = _decide(appeal, staff, State.LIFTED, reason)
        if current.act == "void":
            words = _VOID_WRONG.format(reason=cases.short(reason), case=current.case.number)
            cases.add(current.case, "decision", words, author=staff, shown=True)
            _tell(current, words)
            return None
        card = Card.objects.select_related("product").get(serial=current.serial)
        text = _LIFTS.format(number=card.number, case=current.case.number, reason=reason)
        reference = bytes(current.case.reference).hex()
        order = Order("unfreeze", card.serial, {"cause": "cleared", "case": reference})
        made = confirm(request, purpose=reasons.PURPOSE, text=text, orders=[order])
        Ruling.objects.create(
            case=current.case, serial=card.serial, act="unfreeze", cause="cleared", zh=reason.zh, en=reason.en,
            by=staff, confirmation=made, at_ms=made.at_ms,
        )  # fmt: skip
        words = _LIFTED.format(reason=cases.short(reason))
        cases.decided(current.case, staff, words, made)
        _tell(current, words)
        return made


def _decide(appeal: Appeal, staff: Person, state: str, reason: Text) -> Appeal:
    locked = Appeal.objects.select_for_update(of=("self",)).select_related("case", "person", "about")
    current = locked.get(pk=appeal.pk)
    refusal = hindrance(staff, current)
    if refusal is not None:
        raise AppealRefused(refusal)
    current.state, current.zh, current.en = state, reason.zh, reason.en
    current.decided_by, current.decided_ms = staff, now_ms()
    current.save(update_fields=["state", "zh", "en", "decided_by", "decided_ms"])
    return current


def _tell(appeal: Appeal, text: Text) -> None:
    notify(
        appeal.person,
        "cards.appeal",
        key=f"appeal/{appeal.pk}",
        text=text,
        serial=appeal.serial,
        url=cases.holder_page(appeal.case),
    )


def _staff(request: HttpRequest | Witness) -> Person:
    person = request.person if isinstance(request, Witness) else request.user
    if not isinstance(person, Person):
        raise PermissionError("only somebody who is signed in does this")
    return person
