"""The holder's one yes: from then on the card is on its way back, and what was quoted is owed for it."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest

from cardtrail.pricing.offers import Quote, Unit
from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.models import Card
from cardtrail.web.orders import held, records
from cardtrail.web.orders.providers import name_of
from cardtrail.web.returns import limits
from cardtrail.web.returns.hindrances import hindrance
from cardtrail.web.returns.models import Return
from cardtrail.web.returns.offering import amount
from cardtrail.web.returns.refusals import Refusal
from cardtrail.web.risks.ask import Asked, Inquiry, ask
from cardtrail.web.risks.clear import cover
from cardtrail.web.risks.decisions import stands_for
from cardtrail.web.risks.presence import Presence
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, group_digits
from cardtrail.wire.money import format_money
from cardtrail.wire.words import Words

PURPOSE: Final = "return"

HELD_MS: Final = 30 * DAY_MS
"""How long the card is set aside for the brand at most. It takes a second; the rest is for an outage."""

SPARE_MS: Final = 10 * MINUTE_MS
"""How long after the holder's yes the card may still be set aside; later it is refused, and nothing has changed."""

STEP_UP: Final = "step_up"
"""The code of the refusal that a fresh proof of who they are would lift."""

EXPIRED: Final = Refusal(
    "quote_expired", Text("报价已过期，请重新报价。", "The quote has run out; ask for a new one.")
)
LAPSED: Final = Refusal(
    "quote_lapsed",
    Text("这份报价已不再有效，请重新报价。", "This quote does not stand any more; ask for a new one."),
)
CHANGED: Final = Refusal(
    "balance_changed",
    Text("卡的余额变了，请按现在的余额重新报价。", "The card's balance has changed; ask for a new quote."),
)
GONE: Final = Refusal("not_yours", Text("这张卡已不在你名下。", "The card is no longer yours."))
_PROVE: Final = Text("请再验证一次身份，然后确认。", "Prove once more who you are, then confirm.")
_LOOKED_AT: Final = Text(
    "工作人员会先看一下，结果会通知你；通过了，再来确认一次。",
    "Our staff look at this first and you are told; if they let it pass, confirm once more.",
)
_BLOCKED: Final = Text("现在不能交回这张卡。", "This card cannot be handed back now.")


def words(given: Return) -> Text:
    """What the holder is shown and agrees to."""
    to = Text(
        "卡结束后，款项付到我在{provider}的本人账户。",
        "Once the card has ended, the money goes to my own account with {provider}.",
    ).format(provider=name_of(given.provider))
    posted = Text(
        "卡结束后，积分记到我的积分账户。", "Once the card has ended, the points are on my account of points."
    )
    return Text(
        "把卡号 {number}（余额 {balance}）交回品牌，得到 {pays}。卡随即结束，不能恢复。{to}"
        "品牌如果没能收下，卡原样归我。计算：{formula}。",
        "Hand card {number} ({balance}) back to the brand for {pays}. The card ends and cannot be revived. {to} If the "
        "brand cannot take it, it stays mine as it is. How it is reckoned: {formula}.",
    ).format(
        number=group_digits(card_number(given.serial)),
        balance=format_money(given.balance_minor, given.currency),
        pays=amount(given.unit, given.pays, given.currency),
        formula=given.formula,
        to=to if given.unit == Unit.MONEY else posted,
    )


def agree(request: HttpRequest | Witness, given: Return, presence: Presence) -> Confirmation | Refusal:
    """The holder says yes. Gives the confirmation, to be performed after the commit; asked again, the same one.

    Two at the same moment stand in line for the row. Risk's decision is kept also where it is a refusal, so that is
    a value here and not an exception.
    """
    with transaction.atomic():
        rows = Return.objects.select_for_update(of=("self",)).select_related("person", "offer")
        current = rows.get(pk=given.pk)
        if current.state != Return.State.QUOTED:
            return current.confirmation or LAPSED
        refusal = _stands(current)
        if refusal is not None:
            return refusal
        asked = _asked(current, presence)
        if not asked.decision.positive:
            return _of_risk(asked)
        confirmation = confirm(request, purpose=PURPOSE, text=words(current), orders=orders(current))
        cover(asked.decision, confirmation)
        _take(current, confirmation)
    return confirmation


def orders(given: Return) -> list[Order]:
    """What the holder's yes stands for: the card set aside, and for the brand to take it or to leave it."""
    now = now_ms()
    terms = Card.objects.select_related("product").get(serial=given.serial).product.terms
    until_ms = now + min(terms.hold_limit_ms - SPARE_MS, HELD_MS)
    agreed = {
        "unit": given.unit,
        "pays": given.pays,
        "account": f"{given.provider}:{given.account}" if given.provider else "",
        "balance_minor": given.balance_minor,
    }
    handed = {"until_ms": until_ms, "balance_minor": given.balance_minor, "by_ms": now + SPARE_MS}
    return [
        Order("hand_in", given.serial, handed),
        Order("take_in", given.serial, {"hold": "self", **agreed}, waits=True),
        Order("hand_back", given.serial, {"hold": "self"}, waits=True),
    ]


def _take(current: Return, confirmation: Confirmation) -> None:
    quoted = Return.objects.filter(pk=current.pk, state=Return.State.QUOTED)
    if not quoted.update(state=Return.State.CONFIRMED, confirmation=confirmation):
        raise RuntimeError("a quote was taken by somebody else while its row was locked")


def _stands(current: Return) -> Refusal | None:
    """Why the quote cannot be taken any more; none if it can."""
    now = now_ms()
    if now > current.until_ms:
        return EXPIRED
    card = Card.objects.select_related("product").filter(serial=current.serial).first()
    if card is None or card.holder_id != current.person_id:
        return GONE
    reason = hindrance(card, card.product.terms, now)
    if reason is not None:
        return reason
    quoted = quote_of(current)
    if not quoted.stands(now, card.balance_minor):
        return CHANGED
    return limits.refusal(quoted, current.person)


def quote_of(given: Return) -> Quote:
    """The quote as `pricing` made it."""
    return Quote(
        unit=Unit(given.unit),
        terms=given.offer.version,
        currency=given.currency,
        balance_minor=given.balance_minor,
        pays=given.pays,
        at_ms=given.made_ms,
        until_ms=given.until_ms,
        formula=Words(zh=given.formula_zh, en=given.formula_en),
    )


def _asked(current: Return, presence: Presence) -> Asked:
    """What risk says now; instead of a hold, what a member of staff has let pass since. A penalty imposed since then
    is not held but refused, whatever staff let pass before."""
    person: Person = current.person
    inquiry = Inquiry(
        person=person,
        act=Act.RETURN,
        serial=current.serial,
        value_minor=current.balance_minor,
        currency=current.currency,
        about=f"return/{current.serial}",
        clean_value_minor=records.clean_of(person),
    )
    asked = ask(inquiry, presence)
    if not stands_for(asked, inquiry, _last_given_ms(current)):
        held.call_staff(asked, held.RETURN)
    return asked


def _last_given_ms(current: Return) -> int:
    """When the person last handed this card in: whatever staff let pass until then has been used."""
    given = Return.objects.filter(person=current.person, serial=current.serial)
    return given.aggregate(last=Max("confirmation__at_ms"))["last"] or 0


def _of_risk(asked: Asked) -> Refusal:
    """What risk's answer means for the holder; the reasons are in what it said."""
    match asked.verdict.outcome:
        case Outcome.STEP_UP:
            return Refusal(STEP_UP, _PROVE, asked=asked)
        case Outcome.HOLD:
            return Refusal("risk_hold", _LOOKED_AT, asked=asked)
        case _:
            return Refusal("risk_block", _BLOCKED, asked=asked)
