"""Reminders: a card that will expire with something on it, a gift that nobody has claimed. Once for each threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from cardtrail.web.accounts.models import Person
from cardtrail.web.cards.models import Gift
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.models import Notice
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import day_of, zone_for, zone_named
from cardtrail.wire.cards import Status
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money

THRESHOLDS: Final = (7, 30)
"""So many days before a card expires its holder hears of it; the nearest that has been reached counts."""

GIFT_DAYS: Final = 2
"""So many days before a gift comes back its giver hears that nobody has claimed it."""

_TOGETHER: Final = 500

_EXPIRES: Final = Text(
    "尾号 {last} 的卡将于 {day} 到期，余额 {balance}。到期后余额不会消失，可以在卡片页请求重新激活。",
    "Card …{last} expires on {day} with {balance} on it. Its balance is not lost then: on the card's page you can ask "
    "to have it re-activated.",
)
_UNCLAIMED: Final = Text(
    "你送出的尾号 {last} 的卡还没有人领取，{day} 之后会自动退回。可以再发一次链接。",
    "Nobody has claimed card …{last} that you gave; after {day} it comes back to you. You can send its link again.",
)
_LEFT_OVER: Final = Text(
    "你分享的卡还有 {n} 张没有人领取，{day} 之后会自动退回。可以再发一次链接。",
    "Unclaimed cards in your share: {n}. After {day} they come back to you. You can send its link again.",
)


@dataclass(frozen=True, slots=True)
class _Reminder:
    """A notice to be given, if it was not given before."""

    person: Person
    kind: str
    key: str
    serial: int | None
    url: str
    text: Callable[[], Text]


def run_due(now_ms: int) -> int:
    """Remind whoever is to be reminded. Can be run as often as one likes. Gives how many were told."""
    return sum(
        _tell(together) for due in (_expiring(now_ms), _unclaimed(now_ms)) for together in _in_parts(due)
    )


def _expiring(now_ms: int) -> Iterator[_Reminder]:
    rows = Card.objects.filter(
        status=Status.ACTIVE,
        balance_minor__gt=0,
        holder__isnull=False,
        expires_ms__gte=now_ms,
        expires_ms__lte=now_ms + max(THRESHOLDS) * DAY_MS,
    ).select_related("holder")
    for card in rows.order_by("serial").iterator(chunk_size=_TOGETHER):
        yield _of_card(card, now_ms)


def _of_card(card: Card, now_ms: int) -> _Reminder:
    expires_ms: int = card.expires_ms  # type: ignore[assignment]  # the query asks for it
    days = next(days for days in THRESHOLDS if expires_ms - now_ms <= days * DAY_MS)
    person: Person = card.holder  # type: ignore[assignment]  # the query asks for one

    def text() -> Text:
        return _EXPIRES.format(
            last=card.last_four,
            day=_day(expires_ms, person),
            balance=format_money(card.balance_minor, card.currency),
        )

    # Re-activated, a card expires at another time: then it is another reminder.
    key = f"expiry/{card.serial}/{expires_ms}/{days}"
    return _Reminder(person, "reminders.expiry", key, card.serial, reverse("card", args=[card.serial]), text)


def _unclaimed(now_ms: int) -> Iterator[_Reminder]:
    ahead_ms = GIFT_DAYS * DAY_MS
    rows = Gift.objects.filter(
        state=Gift.State.OFFERED,
        taker__isnull=True,
        until_ms__gte=now_ms,
        until_ms__lte=now_ms + ahead_ms,
        made_ms__lt=F("until_ms") - ahead_ms,  # Not one that was to be claimed at once.
    ).select_related("giver")
    for gift in rows.filter(share=None).order_by("pk").iterator(chunk_size=_TOGETHER):
        yield _of_gift(gift)
    left = rows.filter(share__isnull=False).order_by("share", "pk")
    for _, gifts in groupby(left.iterator(chunk_size=_TOGETHER), key=lambda gift: gift.share_id):
        yield _of_share(list(gifts))


def _of_gift(gift: Gift) -> _Reminder:
    def text() -> Text:
        last = card_number(gift.serial)[-4:]
        return _UNCLAIMED.format(last=last, day=_day(gift.until_ms, gift.giver))

    url = reverse("gift", args=[gift.pk])
    return _Reminder(gift.giver, "reminders.gift", f"gift/{gift.pk}/unclaimed", gift.serial, url, text)


def _of_share(left: list[Gift]) -> _Reminder:
    """One reminder for all cards of a share that nobody has claimed."""
    gift = left[0]

    def text() -> Text:
        return _LEFT_OVER.format(n=len(left), day=_day(gift.until_ms, gift.giver))

    url = reverse("made_share", args=[gift.share_id])
    return _Reminder(gift.giver, "reminders.gift", f"share/{gift.share_id}/unclaimed", None, url, text)


def _tell(reminders: list[_Reminder]) -> int:
    """Those of them that were not told yet, in one transaction."""
    keys = [reminder.key for reminder in reminders]
    told = set(Notice.objects.filter(key__in=keys).values_list("person_id", "key"))
    fresh = [reminder for reminder in reminders if (reminder.person.pk, reminder.key) not in told]
    if not fresh:
        return 0
    with transaction.atomic():
        made = [
            notify(each.person, each.kind, key=each.key, text=each.text(), serial=each.serial, url=each.url)
            for each in fresh
        ]
    return sum(notice is not None for notice in made)


def _in_parts(reminders: Iterable[_Reminder]) -> Iterator[list[_Reminder]]:
    rest = iter(reminders)
    while part := list(islice(rest, _TOGETHER)):
        yield part


def _day(at_ms: int, person: Person) -> Text:
    return day_of(at_ms, zone_named(person.time_zone) or zone_for(None))
