"""What the brand pays for cards, in money or in points: terms that staff set, as data with a version.

A rate applies to a card by its balance, its age and what is left of its validity; the first rate that fits counts.
Limits bound what is paid on one day, in all and to one person.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

from msgspec import Meta

from cardtrail.pricing.sales import Ware
from cardtrail.pricing.value import MINUTE_MS, WHOLE_BP, Value
from cardtrail.pricing.words import percent
from cardtrail.wire.money import Currency, Minor, PositiveMinor, format_money
from cardtrail.wire.scalars import Count, Duration, Millis
from cardtrail.wire.words import Words

LONGEST_QUOTE_MS: Final = 60 * MINUTE_MS
"""Nobody can keep a price in the pocket for longer."""


class Rate(Value):
    """What is paid for which cards.

    pays              so many units for each `per` minor units of the balance. In money both are minor units, and a
                      rate of 82 % is 8,200 for 10,000; in points, 10 for 100 is ten points for a yuan
    up_to_minor       the greatest balance it is for, included; none: any
    from_age_ms       for cards activated at least so long ago
    least_left_ms     for cards that are valid for at least so much longer; those that never expire always are
    """

    pays: Count
    per: PositiveMinor = WHOLE_BP
    up_to_minor: PositiveMinor | None = None
    from_age_ms: Duration = 0
    least_left_ms: Duration = 0

    def fits(self, ware: Ware, at_ms: int) -> bool:
        """Whether it is for this card at this moment."""
        return (
            (self.up_to_minor is None or ware.balance_minor <= self.up_to_minor)
            and at_ms - ware.activated_ms >= self.from_age_ms
            and (ware.expires_ms is None or ware.expires_ms - at_ms >= self.least_left_ms)
        )

    def of(self, balance_minor: int) -> int:
        """What it pays for a balance. Rounded up to the whole unit: never in the brand's favour, and by less than one
        fen, or point, in the holder's."""
        return -(-balance_minor * self.pays // self.per)


class Terms(Value):
    """What the brand offers, from a moment on.

    version        counts up; a quote names the one it was made by
    currency       of the cards
    rates          the first that fits a card counts; none that fits: not taken back
    least_minor    the smallest balance that is taken back
    day_limit      the most that is paid on one day in all; in the unit that is paid (minor units or points)
    person_limit   the most that is paid to one person on one day
    person_cards   the most cards taken from one person on one day
    valid_ms       how long a quote stands
    """

    version: Annotated[int, Meta(ge=1)]
    from_ms: Millis
    currency: Currency
    rates: Annotated[tuple[Rate, ...], Meta(max_length=50)]
    least_minor: Minor
    day_limit: Count
    person_limit: Count
    person_cards: Count
    valid_ms: Annotated[int, Meta(ge=MINUTE_MS, le=LONGEST_QUOTE_MS)]


class Paid(Value):
    """What was paid today already, quotes that still stand included: else two quotes would share one rest.

    Days are the civil days of the brand; the caller counts them.
    """

    today: Count = 0
    to_person: Count = 0
    cards_of_person: Count = 0


class No(enum.Enum):
    """Why there is no quote."""

    OTHER_CURRENCY = Words(
        "品牌目前不回收这种币种的卡。", "Cards in this currency are not taken back at present."
    )
    EXPIRED = Words("这张卡已过有效期。", "The card has expired.")
    TOO_SMALL = Words(
        "余额低于最低回收额 {least}。", "The balance is below {least}, the least that is taken back."
    )
    NO_RATE = Words("这张卡目前不在回收范围内。", "Cards like this one are not taken back at present.")
    PERSON_CARDS = Words(
        "你今天已回收 {cards} 张，达到每日上限，请明天再来。",
        "You have handed back {cards} cards today, which is the most. Come back tomorrow.",
    )
    PERSON_LIMIT = Words(
        "超过你今天的回收额度，还剩 {left}。请明天再来，或换一张余额较小的卡。",
        "This is more than you can hand back today; {left} are left. Come back tomorrow, or choose a smaller card.",
    )
    DAY_LIMIT = Words(
        "今天的回收预算不够了，请明天再来。", "Today's budget does not suffice for this. Come back tomorrow."
    )


class NoQuote(Value):
    """A refusal: why, for programs (`No`'s name in small letters) and for people."""

    code: str
    reason: Words


class Unit(enum.StrEnum):
    """What is paid."""

    MONEY = "money"
    POINTS = "points"


class Quote(Value):
    """What the brand pays for a card, if the holder says yes before it ends.

    terms      version of the terms
    pays       minor units, or points
    until_ms   the last moment at which it stands
    formula    how it was reckoned, in words
    """

    unit: Unit
    terms: int
    currency: str
    balance_minor: int
    pays: int
    at_ms: int
    until_ms: int
    formula: Words

    def stands(self, at_ms: int, balance_minor: int) -> bool:
        """Whether it can still be taken: in time, and for the very balance it was made for."""
        return self.at_ms <= at_ms <= self.until_ms and balance_minor == self.balance_minor


def quote(unit: Unit, terms: Terms, ware: Ware, paid: Paid, now_ms: int) -> Quote | NoQuote:
    """What the brand pays for a card now, or the first reason why it does not."""
    if ware.currency != terms.currency:
        return _no(No.OTHER_CURRENCY)
    if ware.expires_ms is not None and now_ms >= ware.expires_ms:
        return _no(No.EXPIRED)
    if ware.balance_minor < terms.least_minor:
        return _no(No.TOO_SMALL, least=format_money(terms.least_minor, terms.currency))
    rate = next((each for each in terms.rates if each.fits(ware, now_ms)), None)
    if rate is None or rate.of(ware.balance_minor) < 1:
        return _no(No.NO_RATE)
    pays = rate.of(ware.balance_minor)
    return _beyond(unit, terms, paid, pays) or Quote(
        unit=unit,
        terms=terms.version,
        currency=terms.currency,
        balance_minor=ware.balance_minor,
        pays=pays,
        at_ms=now_ms,
        until_ms=_until(terms, ware, now_ms),
        formula=_formula(unit, rate, ware, pays),
    )


def _beyond(unit: Unit, terms: Terms, paid: Paid, pays: int) -> NoQuote | None:
    if paid.cards_of_person >= terms.person_cards:
        return _no(No.PERSON_CARDS, cards=paid.cards_of_person)
    if paid.to_person + pays > terms.person_limit:
        left = max(terms.person_limit - paid.to_person, 0)
        return _no(No.PERSON_LIMIT, left=_amount(unit, left, terms.currency))
    if paid.today + pays > terms.day_limit:
        return _no(No.DAY_LIMIT)
    return None


def _until(terms: Terms, ware: Ware, now_ms: int) -> int:
    until_ms = now_ms + terms.valid_ms
    return until_ms if ware.expires_ms is None else min(until_ms, ware.expires_ms - 1)


_FORMULA = Words(
    "余额 {balance} × {rate} = {amount}（不足一分的向上取整）",
    "balance {balance} × {rate} = {amount} (parts of a fen rounded up)",
)
_POINTS_FORMULA = Words(
    "余额 {balance}，每 {per} 得 {pays} 积分，共 {amount}（不足 1 积分的向上取整）",
    "balance {balance}, {pays} points for each {per}: {amount} (parts of a point rounded up)",
)


def _formula(unit: Unit, rate: Rate, ware: Ware, pays: int) -> Words:
    balance = format_money(ware.balance_minor, ware.currency)
    amount = _amount(unit, pays, ware.currency)
    if unit is Unit.POINTS:
        per = format_money(rate.per, ware.currency)
        return _POINTS_FORMULA.filled(balance=balance, per=per, pays=f"{rate.pays:,}", amount=amount)
    share = percent(rate.pays) if rate.per == WHOLE_BP else f"{rate.pays:,} ÷ {rate.per:,}"
    return _FORMULA.filled(balance=balance, rate=share, amount=amount)


def _amount(unit: Unit, amount: int, currency: str) -> Words:
    if unit is Unit.POINTS:
        return Words(f"{amount:,} 积分", f"{amount:,} points")
    money = format_money(amount, currency)
    return Words(money, money)


def _no(why: No, **values: str | int | Words) -> NoQuote:
    reason: Words = why.value
    return NoQuote(code=why.name.lower(), reason=reason.filled(**values))
