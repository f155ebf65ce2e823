"""Stopping a card that somebody else may have got at: at once, at its holder's word, and staff look at it."""

from __future__ import annotations

import secrets
from typing import Final

from django.http import HttpRequest

from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards.once import once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.not_me import PURPOSE
from cardtrail.web.ui.texts import Text
from cardtrail.wire.cards import Status
from cardtrail.wire.money import format_money

CANNOT: Final = Text("这张卡已经冻结或终止，不需要再停用。", "This card is frozen or at its end already.")
_WORDS: Final = Text(
    "别人可能拿到了我的账户或卡。请立即冻结卡号 {number} 的卡（余额 {balance}），并请工作人员查看。"
    "冻结期间谁也不能使用、赠送或转让它，余额不变；核实是我本人后才能解冻。",
    "Somebody may have got at my account or my card. Freeze card {number} ({balance}) at once and have your staff "
    "look at it. While it is frozen nobody can use it or pass it on, and its balance stays; it is lifted once they "
    "know it is me.",
)


def can_stop(card: Card) -> bool:
    """Whether there is something to stop."""
    return card.status == Status.ACTIVE and card.frozen_by is None


def words(card: Card) -> Text:
    """What the holder is shown and agrees to."""
    return _WORDS.format(number=card.number, balance=format_money(card.balance_minor, card.currency))


def stop(request: HttpRequest, card: Card) -> Confirmation:
    """Confirm that a card is frozen. The desk opens a case for it. Raises `NotNow`."""

    def make() -> Confirmation:
        if not can_stop(card):
            raise NotNow(CANNOT)
        order = Order("freeze", card.serial, {"cause": "fraud", "case": secrets.token_hex(32)})
        return confirm(request, purpose=PURPOSE, text=words(card), orders=[order])

    return once(request, make)
