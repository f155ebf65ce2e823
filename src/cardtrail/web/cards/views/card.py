"""The page of one card."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.cards import stops
from cardtrail.web.cards.access import own_card
from cardtrail.web.cards.acts import page_address, tiles
from cardtrail.web.cards.expired import may_ask
from cardtrail.web.cards.giving import hindrance, open_gift
from cardtrail.web.cards.losing import is_wanted
from cardtrail.web.cards.models import Gift
from cardtrail.web.cards.standing import rules, standing
from cardtrail.web.cards.stopped import stopped
from cardtrail.web.cards.views.proof import verifier_key
from cardtrail.web.ledger.models import Card
from cardtrail.web.ledger.trails import trail
from cardtrail.web.orders import held
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text

_MARKET: Final = {
    "sale": Text("查看出售情况", "See how the sale stands"),
    "escrow": Text("查看订单", "See the order"),
    "dispute": Text("查看争议", "See the dispute"),
}
"""What leads from a card to its place on the market, by its state."""

_LOOKED_AT: Final = {
    held.GIFT: Text(
        "工作人员正在看你要送出的这张卡，结果会通知你；通过了，再确认一次。卡没有锁定，可以照常使用。",
        "Our staff are looking at your gift of this card and you are told; if they let it pass, confirm once more. The "
        "card is not set aside; you can use it.",
    ),
    held.RETURN: Text(
        "工作人员正在看你要交回的这张卡，结果会通知你；通过了，再确认一次。卡没有锁定，可以照常使用。",
        "Our staff are looking at your return of this card and you are told; if they let it pass, confirm once more. "
        "The card is not set aside; you can use it.",
    ),
}
"""What waits for staff before the holder can go on with a card."""


@require_safe
@login_required
def card(request: HttpRequest, serial: int) -> HttpResponse:
    """Face, state, what can be done, terms, trail and proof of one's own card."""
    own = own_card(request, serial)
    terms, now = own.product.terms, now_ms()
    gift = open_gift(own) if own.state in {"active", "held"} else None
    sending = gift is not None and gift.state == Gift.State.PREPARING
    movements = trail(own)
    whole = "whole" in request.GET or len(movements) <= stops.MOST
    drawn = movements if whole else movements[-stops.MOST :]
    shown = {
        "card": own,
        "standing": standing(own),
        "stopped": stopped(person_of(request), own) if own.state in {"frozen", "void"} else None,
        "wanted": is_wanted(own),
        "tiles": [] if sending else tiles(own, terms, now),
        "hindrance": hindrance(own, terms, now) if own.state == "active" else None,
        "gift": gift,
        "rules": rules(terms),
        "stops": stops.stops(own, drawn, person_of(request).pk),
        "left_out": len(movements) - len(drawn),
        "vkey": verifier_key(),
        "renew_url": page_address("reactivate", serial) if may_ask(own) else "",
        "sale": _on_market(own),
        "looked_at": [_LOOKED_AT[kind] for kind in sorted(held.waiting(person_of(request), serial))],
        "records_url": page_address("records"),
    }
    return render(request, "cards/card.html", shown)


def _on_market(own: Card) -> tuple[str, Text] | None:
    """Where the market shows this card, and what that is called; none if it is not there."""
    words = _MARKET.get(own.shown_state)
    address = page_address("market:of_card", own.serial) if words is not None else ""
    return (address, words) if address and words is not None else None
