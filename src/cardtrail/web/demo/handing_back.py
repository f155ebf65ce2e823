"""The brand takes cards back: terms that two members of staff agreed on, cards handed back for money and for points, a
payout that the provider refuses, and a return that risk holds."""

from __future__ import annotations

from functools import partial
from typing import Final

from cardtrail.pricing.offers import Rate, Unit
from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.demo import holding
from cardtrail.web.demo.affairs import check_identity
from cardtrail.web.demo.house import SPRING, House
from cardtrail.web.demo.stage import Unplayable
from cardtrail.web.returns import handing, offering, payouts, quotes
from cardtrail.web.returns.models import Offer, Return
from cardtrail.web.returns.refusals import Refusal
from cardtrail.web.risks.presence import Presence
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, MINUTE_MS, now_ms

_MONEY: Final = (Rate(pays=8_500, from_age_ms=30 * DAY_MS), Rate(pays=8_000))
_POINTS: Final = (Rate(pays=10, per=100),)
_MORE_POINTS: Final = (Rate(pays=12, per=100),)


def agenda(house: House) -> None:
    """Put the terms, and who makes use of them, on the agenda."""
    on = house.stage.on
    on(43, 15, 10, partial(_terms, house, Unit.MONEY, _MONEY))
    on(43, 15, 30, partial(_terms, house, Unit.POINTS, _POINTS))
    for days_ago, key, yuan, unit in (
        (29, "sunyue", 200, Unit.MONEY),
        (22, "zhaoyiming", 50, Unit.POINTS),
        (13, "linxiaoman", 100, Unit.MONEY),
        (10, "linxiaoman", 50, Unit.POINTS),
        (9, "mubai", 100, Unit.POINTS),
        (4, "wangfang", 50, Unit.POINTS),
    ):
        on(days_ago, 12, 18, partial(_bring, house, key, yuan, unit))
    on(1, 16, 40, partial(_propose, house, Unit.POINTS, _MORE_POINTS))
    _one_after_the_other(house)


def _one_after_the_other(house: House) -> None:
    """田蜜 hands back what the office gave out. Her account is closed meanwhile, so that the third card cannot be paid;
    the fourth within three days is one that staff look at first."""
    on, key = house.stage.on, "tianmi"
    on(33, 10, 20, lambda: identity.submit(house[key], "prc_id", "田蜜", "990101199606060043"))
    on(32, 11, 30, lambda: check_identity(house, key))
    on(2, 12, 31, partial(_bring, house, key, 50, Unit.MONEY))
    on(2, 18, 12, partial(_bring, house, key, 50, Unit.MONEY))
    # By hours before the end, not by the clock: finance has a day for it, which is not to be over at any time of day.
    at, ends_ms = house.stage.at, house.stage.ends_ms
    at(ends_ms - 15 * HOUR_MS, lambda: house.bank.close_account(house[key]))
    at(ends_ms - 14 * HOUR_MS, partial(_bring, house, key, 200, Unit.MONEY))
    at(ends_ms - 4 * HOUR_MS, lambda: _stopped(house, key, 100))


def _propose(house: House, unit: Unit, rates: tuple[Rate, ...]) -> Offer:
    """Finance proposes terms."""
    money = unit is Unit.MONEY
    draft = offering.Draft(
        unit=unit,
        currency="CNY",
        from_ms=now_ms(),
        rates=rates,
        least_minor=5_00,
        day_limit=2_000_00 if money else 50_000,
        person_limit=500_00 if money else 10_000,
        person_cards=3,
        valid_ms=10 * MINUTE_MS,
    )
    return offering.propose(house.stage.at_browser(house["sunli"]), draft)


def _terms(house: House, unit: Unit, rates: tuple[Rate, ...]) -> None:
    """Another member of staff approves them."""
    proposed = _propose(house, unit, rates)
    offering.approve(house.stage.at_browser(house["zhoulan"]), proposed)


def _bring(house: House, key: str, yuan: int, unit: Unit) -> None:
    """Somebody hands a card back: nobody of the crowd, who may have many cards on the move already. Raises `Unplayable`
    where it is not taken."""
    person = house[key]
    serial = holding.claim(house, person, house.take(SPRING, yuan * 100))
    given, said = _agreed(house, person, serial, unit)
    if not isinstance(said, Confirmation):
        raise Unplayable(f"a card is not handed back: {said.code}")
    house.stage.do(said)
    payouts.run_for(given.pk)


def _stopped(house: House, key: str, yuan: int) -> None:
    """Risk wants staff to look before this one is handed back. Raises `Unplayable` where it does not."""
    person = house[key]
    serial = holding.claim(house, person, house.take(SPRING, yuan * 100))
    _, said = _agreed(house, person, serial, Unit.MONEY)
    if not isinstance(said, Refusal) or said.code != "risk_hold":
        raise Unplayable("risk lets a return pass that staff were to look at")


def _agreed(house: House, person: Person, serial: int, unit: Unit) -> tuple[Return, Confirmation | Refusal]:
    """Somebody asks for a price, and says yes to it."""
    request = house.stage.at_browser(person)
    given = quotes.make(house.card(serial), person, unit)
    if not isinstance(given, Return):
        raise Unplayable(f"no price for a card: {given.code}")
    return given, handing.agree(request, given, Presence.of(request))
