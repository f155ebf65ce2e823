"""Appeals: a person's one word against a freeze or a void of their card, or against a penalty, decided by somebody who
had no part in it.

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
from cardtrail.web.desk.access import acting
from cardtrail.web.desk.casework import Appeal, Case, Ruling
from cardtrail.web.desk.refused import Refused
from cardtrail.web.desk.separation import too_near
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.notices.tell import notify
from cardtrail.web.risks import penalties
from cardtrail.web.risks.models import Penalty
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
_PENALTY_LIFTED: Final = Text(
    "申诉成立，处罚已解除：{reason}", "Your appeal was right and the penalty is lifted: {reason}"
)
_UPHELD: Final = Text("申诉未获支持：{reason}", "Your appeal was not granted: {reason}")


_SAY_WHY: Final = Text("请写明理由。", "Please say why.")


class AppealRefused(Refused):
    """It cannot be. `text` says why."""


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
        raise AppealRefused(_SAY_WHY)
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


def may_appeal_penalty(penalty: Penalty) -> bool:
    """Whether its person can appeal now: once, and while it is in force."""
    return penalty.runs and not Appeal.objects.filter(penalty=penalty).exists()


def make_against(penalty: Penalty, text: str) -> Appeal:
    """The person whom a penalty is against appeals. Raises `AppealRefused`."""
    words = text.strip()[:MOST]
    if not words:
        raise AppealRefused(_SAY_WHY)
    if not penalty.runs:
        raise AppealRefused(Text("这项处罚已经结束。", "This penalty is over already."))
    try:
        with transaction.atomic():
            case = cases.open_case(
                Case.Kind.APPEAL,
                Text(words, words),
                person=penalty.person,
                opener=penalty.person,
                opened_by="holder",
            )
            return Appeal.objects.create(
                case=case,
                about=Case.objects.filter(number=penalty.case).first(),
                person=penalty.person,
                penalty=penalty,
                act="penalty",
                text=words,
                made_ms=now_ms(),
                due_ms=now_ms() + WITHIN_MS,
            )
    except IntegrityError:
        raise AppealRefused(
            Text(
                "你已经申诉过；每项处罚可以申诉一次。",
                "You have appealed already; there is one appeal against each penalty.",
            )
        ) from None


def involved(appeal: Appeal) -> set[object]:
    """Ids of everybody who had a part in it: who asked, who approved, whoever the appeal is from."""
    if appeal.penalty is not None:
        given = appeal.penalty.confirmation
        second = None if given is None else given.approved_by_id
        found: set[object] = {appeal.person_id, appeal.penalty.by_id, second}
        return found - {None}
    return _involved_in_stop(appeal)


def _involved_in_stop(appeal: Appeal) -> set[object]:
    found: set[object] = {appeal.person_id}
    if appeal.entry is None:
        raise ValueError(f"{appeal} is about nothing")
    movement = Movement.objects.filter(index=appeal.entry, serial=_serial(appeal)).first()
    for ruling in Ruling.objects.filter(
        case=appeal.about, serial=_serial(appeal), act=appeal.act
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
            "这项处置是你经手的，申诉须由另一位工作人员决定。",
            "You had a part in this decision: another member of staff decides the appeal.",
        )
    return None if appeal.penalty is None else too_near(staff, appeal.person)


def uphold(request: HttpRequest | Witness, appeal: Appeal, reason: Text) -> None:
    """The card stays as it is. Raises `AppealRefused`."""
    staff = acting(request)
    with transaction.atomic():
        current = _decide(appeal, staff, State.UPHELD, reason)
        words = _UPHELD.format(reason=cases.short(reason))
        cases.decided(current.case, staff, words)
        _tell(current, words)


def lift(request: HttpRequest | Witness, appeal: Appeal, reason: Text) -> Confirmation | None:
    """The person was right. A freeze is lifted: `perform` what is given. A penalty is over at once, and none is given.
    A void cannot be undone: its case goes on until the card is replaced, and none is given. Raises `AppealRefused`."""
    staff = acting(request)
    with transaction.atomic():
        current = _decide(appeal, staff, State.LIFTED, reason)
        if current.penalty is not None:
            # It may have ended by itself meanwhile; the appeal was right all the same.
            penalties.lift(current.penalty, staff)
            words = _PENALTY_LIFTED.format(reason=cases.short(reason))
            cases.decided(current.case, staff, words)
            _tell(current, words)
            return None
        if current.act == "void":
            words = _VOID_WRONG.format(reason=cases.short(reason), case=current.case.number)
            cases.add(current.case, "decision", words, author=staff, shown=True)
            _tell(current, words)
            return None
        card = Card.objects.select_related("product").get(serial=_serial(current))
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
    locked = Appeal.objects.select_for_update(of=("self",)).select_related(
        "case", "person", "about", "penalty__confirmation", "penalty__person"
    )
    current = locked.get(pk=appeal.pk)
    refusal = hindrance(staff, current)
    if refusal is not None:
        raise AppealRefused(refusal)
    current.state, current.zh, current.en = state, reason.zh, reason.en
    current.decided_by, current.decided_ms = staff, now_ms()
    current.save(update_fields=["state", "zh", "en", "decided_by", "decided_ms"])
    return current


def _serial(appeal: Appeal) -> int:
    if appeal.serial is None:
        raise ValueError(f"{appeal} is about no card")
    return appeal.serial


def _tell(appeal: Appeal, text: Text) -> None:
    notify(
        appeal.person,
        "cards.appeal",
        key=f"appeal/{appeal.pk}",
        text=text,
        serial=appeal.serial,
        url=cases.holder_page(appeal.case),
    )
