"""Filling a demonstration: three years in a few strokes, then a season of 45 days, up to this moment."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db.models import F, OuterRef, Subquery
from django.utils import translation

from cardtrail.web.cards.models import Invitation
from cardtrail.web.demo import handing_back, issuing, programs
from cardtrail.web.demo.affairs import Affairs
from cardtrail.web.demo.bargains import Bargains, ask_again
from cardtrail.web.demo.bazaar import Bazaar
from cardtrail.web.demo.cast import HOLDERS, PASSWORD, STAFF, TRADERS
from cardtrail.web.demo.conduct import Conduct
from cardtrail.web.demo.everyday import Crowd
from cardtrail.web.demo.house import AUTUMN, OPENING, SPRING, House
from cardtrail.web.demo.play_money import play_money
from cardtrail.web.demo.stage import Progress, Stage
from cardtrail.web.demo.wallets import HISTORY_DAYS, Wallets
from cardtrail.web.documents.codes import FreshCard, claim_address
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.founding import found
from cardtrail.web.ledger.link import link
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.orders.providers import SANDBOX, payer
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, SECOND_MS, now_ms, set_ahead
from cardtrail.wire.identifiers import card_number, group_digits

UNREAD_MS = 3 * DAY_MS
"""Nobody has looked at notices of the last days yet."""


def fill(
    *, scale: float = 1.0, progress: Progress = lambda done, all_: None, sandbox: Path | None = None
) -> dict[str, Any]:
    """Play everything on an empty ledger and an empty database. Gives what `demo-accounts.json` holds.

    The clock of this process, and the node's with it if that uses the same, goes back three years and comes forward
    again.

    scale    how much goes on every day
    sandbox  the directory of the payment provider with play money, which does not run yet. None: nobody trades, for
             play money is the only one that a story may move
    """
    # Playing takes a while, in which the story's clock goes on: it ends a little before now.
    stage = Stage(time.time_ns() // 1_000_000 - 10 * MINUTE_MS)
    house = House(stage)
    with ExitStack() as held:
        if sandbox is not None:
            house.money = held.enter_context(play_money(sandbox))
        bargains = _play(house, scale, progress)
        if bargains is not None:
            bargains.last_minute()
            translation.deactivate()
            ask_again()
    _settle()
    catch_up()
    return _told(house)


def _play(house: House, scale: float, progress: Progress) -> Bargains | None:
    """The story, in its own time. Gives the market's, if there is one."""
    stage = house.stage
    bargains = None
    set_ahead(stage.moment_of(HISTORY_DAYS, 9) - time.time_ns() // 1_000_000)
    try:
        _begin(house)
        crowd = Crowd(house, scale)
        wallets = Wallets(house, crowd)
        _history(house, wallets)
        issuing.agenda(house)
        wallets.agenda()
        crowd.agenda()
        Affairs(house, wallets).agenda()
        programs.agenda(house)
        if house.money is not None:
            bargains = Bargains(house)
            Bazaar(house, scale).agenda()
            bargains.agenda()
            Conduct(house, bargains).agenda()
            handing_back.agenda(house)
        for days_ago in range(45, -1, -1):
            stage.on(days_ago, 6, 0, stage.tick)
            stage.on(days_ago, 10, 0, stage.remind)
            stage.on(days_ago, 22, 0, stage.tick)
        stage.play(progress)
        stage.tick()
    finally:
        translation.deactivate()
        set_ahead(0)
    return bargains


def _begin(house: House) -> None:
    found(link())
    issuing.set_up(house)
    house.move_in(STAFF)
    house.move_in(HOLDERS)
    if house.money is not None:
        house.move_in(TRADERS)
    secret = generate_totp_secret()
    TOTP.activate(house["wangfang"], secret)
    house.secrets["totp"] = secret


def _history(house: House, wallets: Wallets) -> None:
    """Three years: an opening, a statement of the bank every quarter, then this season's products."""
    at, day = house.stage.at, house.stage.moment_of

    def opening() -> None:
        issuing.deposit(house, 20_000)
        issuing.define(house, OPENING)
        issuing.issue(house, issuing.Lot(OPENING, 200, 20), sold_to=issuing.SHOP)

    opening()
    at(day(1078, 10), lambda: issuing.issue(house, issuing.Lot(OPENING, 100, 20), sold_to=issuing.SHOP))
    for days_ago in range(1000, 60, -91):
        at(day(days_ago, 9, 30), partial(issuing.deposit, house, 20_000 - days_ago * 4))
    wallets.long_ago()
    for minute, name in enumerate(issuing.TERMS):
        if name != OPENING:
            at(day(46, 14, minute * 7), partial(issuing.define, house, name))


def _settle() -> None:
    """Mails of the season have long been sent; notices have been read, but for those of the last days."""
    told_ms = Notice.objects.filter(pk=OuterRef("notice_id")).values("at_ms")
    Mail.objects.filter(sent_ms__isnull=True).update(claimed_ms=Subquery(told_ms), sent_ms=Subquery(told_ms))
    Invitation.objects.filter(sent_ms__isnull=True).update(claimed_ms=now_ms(), sent_ms=now_ms())
    old = Notice.objects.filter(read_ms__isnull=True, at_ms__lt=now_ms() - UNREAD_MS)
    old.update(read_ms=F("at_ms") + 90 * SECOND_MS)


def _told(house: House) -> dict[str, Any]:
    """What visitors are told."""
    accounts = []
    for part in (*HOLDERS, *(TRADERS if house.money is not None else ()), *STAFF):
        if part.printed:
            row = {
                "who": part.name,
                "role": part.roles[0] if part.roles else "holder",
                "email": part.email,
                "password": PASSWORD,
                "what": {"zh": part.zh, "en": part.en},
            }
            if part.key == "wangfang":
                row["totp_secret"] = house.secrets["totp"]
            if part in TRADERS:
                row["payer"] = payer(SANDBOX, house[part.key].pk)
            accounts.append(row)
    address = settings.CONFIG.public_url
    fresh = [
        (name, face, house.take(name, face))
        for name, face in (
            (SPRING, 100_00),
            (SPRING, 200_00),
            (SPRING, 500_00),
            (AUTUMN, 200_00),
            (AUTUMN, 500_00),
            (AUTUMN, 1000_00),
        )
    ]
    unclaimed = [
        {
            "number": group_digits(card_number(card.serial)),
            "code": card.code.grouped,
            "face": face // 100,
            "product": name,
            "url": claim_address(address, FreshCard(card.serial, card.code, name, face, "CNY")),
        }
        for name, face, card in fresh
    ]
    return {
        "address": address,
        "accounts": accounts,
        "unclaimed": unclaimed,
        "old_card": {"number": issuing.OLD_CARDS[0][0], "code": issuing.OLD_CARDS[0][1]},
        "api_key": house.secrets["api_key"],
        "webhook_secret": house.secrets["webhook"],
    }
