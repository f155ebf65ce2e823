"""A share is one thing to its maker, however many cards are in it: they are told once that the cards are set aside, and
once that those nobody claimed are back. Every card that somebody takes is told by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.db.models import Count
from django.urls import reverse

from cardtrail.web.cards.models import Gift, Share
from cardtrail.web.ledger.models import Movement
from cardtrail.web.notices.from_ledger import Together
from cardtrail.web.ui.texts import Text

_TEXTS: Final = {
    "hold": Text(
        "你分享的 {n} 张卡已锁定，等待大家领取。",
        "Your share is ready. Cards set aside until they are claimed: {n}.",
    ),
    "return": Text(
        "你分享的卡中没有人领取的已解除锁定，仍归你所有。",
        "The cards of your share that nobody claimed are no longer set aside and are yours as before.",
    ),
}


def of_shares(movements: Sequence[Movement]) -> Mapping[tuple[int, int], Together]:
    """Which of a page's movements are about a card of a share: by entry and card."""
    concerned = [row for row in movements if row.kind in _TEXTS]
    gifts = _gifts({row.serial for row in concerned}) if concerned else {}
    if not gifts:
        return {}
    shares = Share.objects.annotate(cards=Count("gifts")).in_bulk({gift.share_id for gift in gifts.values()})
    references = _references(concerned)
    found = {}
    for row in concerned:
        gift = gifts.get((row.serial, references.get((row.index, row.serial), b"")))
        if gift is None:
            continue
        share = shares[gift.share_id]
        text = _TEXTS[row.kind].format(n=share.cards)
        url = reverse("made_share", args=[share.pk])
        found[row.index, row.serial] = Together(share.confirmation_id, row.kind, text, url)
    return found


def _gifts(serials: set[int]) -> dict[tuple[int, bytes], Gift]:
    rows = Gift.objects.filter(serial__in=serials, share__isnull=False)
    return {(gift.serial, bytes(gift.reference)): gift for gift in rows}


def _references(rows: Sequence[Movement]) -> dict[tuple[int, int], bytes]:
    """What each hold names, and for a return what the hold named that it ends: the latest before it."""
    found = {(row.index, row.serial): bytes(row.reference or b"") for row in rows if row.kind == "hold"}
    ended = {row.serial: row.index for row in rows if row.kind == "return"}
    holds = Movement.objects.filter(serial__in=ended, kind="hold").order_by("index")
    known = [(row.serial, row.index, bytes(row.reference or b"")) for row in holds]
    for row in rows:
        if row.kind == "return":
            before = [name for serial, index, name in known if serial == row.serial and index < row.index]
            found[row.index, row.serial] = before[-1] if before else b""
    return found
