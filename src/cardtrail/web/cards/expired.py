"""Cards that have expired with something on them: their balance is not lost, and what their holder may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction

from cardtrail.compliance.rules import Rule
from cardtrail.compliance.validity import Remedy, remedies
from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

if TYPE_CHECKING:
    from cardtrail.web.desk.casework import Case

_ASKED: Final = Text(
    "持卡人请求激活已到期的卡 {number}，余额 {balance}。依据：{source}",
    "The holder asks for expired card {number} to be re-activated; {balance} is on it. Source: {source}",
)


def may_ask(card: Card) -> bool:
    """Whether its holder may ask for a re-activation now."""
    if card.dead:
        return False
    return Remedy.REACTIVATE in remedies(card.balance_minor, card.expires_ms, now_ms())


def rule() -> tuple[Text, Text]:
    """What the law says, in our words, and its source."""
    said, cited = Rule.EXPIRED_BALANCE.sentence, Rule.EXPIRED_BALANCE.citation
    return Text(said.zh, said.en), Text(cited.zh, cited.en)


def open_case(person: Person, card: Card) -> Case | None:
    """The person's request that the desk has not decided on."""
    from cardtrail.web.desk.casework import Case

    rows = Case.objects.filter(person=person, serial=card.serial, kind=Case.Kind.ENQUIRY, opened_by="holder")
    return rows.filter(state__in=Case.OPEN_STATES).first()


def ask(person: Person, card: Card) -> Case:
    """Ask the desk to re-activate a card: one case however often it is asked."""
    from cardtrail.web.desk import cases

    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        known = open_case(person, card)
        if known is not None:
            return known
        balance = format_money(card.balance_minor, card.currency)
        text = _ASKED.format(number=card.number, balance=balance, source=rule()[1])
        return cases.open_case(
            cases.Kind.ENQUIRY, text, person=person, serial=card.serial, opener=person, opened_by="holder"
        )
