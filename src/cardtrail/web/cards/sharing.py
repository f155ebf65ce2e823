"""Cards for a group: one link, one card for each person, first come, first served. Its maker can stop it and keep
somebody from taking part."""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from cardtrail.wallet.links import LINK_SECRET_BYTES
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards import addressed, taking
from cardtrail.web.cards.asking import ask_to_give
from cardtrail.web.cards.giving import (
    Choice,
    add_gifts,
    hindrance,
    hold_orders,
    once_a_card,
    refuse_if_under_way,
)
from cardtrail.web.cards.models import Gift, Share, Visitor
from cardtrail.web.cards.once import once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.secret_text import spelled
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import moment, zone_for
from cardtrail.wire.money import format_money

MOST_CARDS: Final = 100
"""Cards in one share, at most."""

STOPPED: Final = Text("这次分享已经结束。", "This share has ended.")
NONE_LEFT: Final = Text("卡已经领完了，下次手快一点。", "All cards have been claimed. Better luck next time.")
HAVE_ONE: Final = Text(
    "你已经领过一张了，每人只能领一张。", "You have claimed one already: it is one for each person."
)
REMOVED: Final = Text("分享的人没有把你算在这次分享里。", "Whoever shares these cards has not included you.")
YOUR_OWN: Final = Text(
    "这是你自己的分享，在“我送出的”里管理。", "This is your own share; manage it under “Cards I gave”."
)

State = Gift.State


def words(cards: Sequence[Card], choice: Choice, request: HttpRequest) -> Text:
    """What the sharer is shown and agrees to."""
    sums: dict[str, int] = {}
    for card in cards:
        sums[card.currency] = sums.get(card.currency, 0) + card.balance_minor
    return Text(
        "把 {n} 张卡（共 {sum}）分享出去：拿到链接的人每人领一张，先到先得；领走的卡归对方，不能撤销。我可以随时停止，"
        "也可以不让某个人领；到 {until}没人领的卡会自动退回。领卡的人和我会看到彼此的名字。留言：{note}",
        "Share {n} cards ({sum} in all): everybody with the link claims one, first come, first served; what is claimed "
        "is theirs and cannot be undone. I can stop at any time or keep somebody from claiming; cards that nobody has "
        "claimed by {until} come back to me. Whoever claims one and I see each other's names. Note: {note}",
    ).format(
        n=len(cards),
        sum=" + ".join(format_money(amount, currency) for currency, amount in sums.items()),
        until=moment(choice.until_ms, zone_for(request)),
        note=choice.note or Text("（无）", "(none)"),
    )


def make(request: HttpRequest, serials: Sequence[int], choice: Choice) -> Confirmation:
    """Confirm a share. Raises `NotNow`, `Stopped`."""
    person = person_of(request)

    def made() -> Confirmation:
        rows = (
            Card.objects.filter(serial__in=serials, holder=person)
            .select_related("product")
            .order_by("serial")
        )
        cards = list(rows[: MOST_CARDS + 1])
        if len(cards) != len(set(serials)) or not cards or len(cards) > MOST_CARDS:
            raise NotNow(
                Text(
                    "选中的卡里有的已经不能分享，请重新选择。",
                    "Some of these cards cannot be shared any more; choose anew.",
                )
            )
        for card in cards:
            refuse_if_under_way(card)
            reason = hindrance(card, card.product.terms, now_ms())
            if reason is not None:
                raise NotNow(
                    Text("尾号 {last}：{reason}", "…{last}: {reason}").format(
                        last=card.last_four, reason=reason
                    )
                )
        ask_to_give(request, person, cards)
        orders = [order for card in cards for order in hold_orders(card.serial, choice.until_ms)]
        confirmation = confirm(request, purpose="share", text=words(cards, choice, request), orders=orders)
        add_gifts(confirmation, person, choice, share=_share(confirmation, person, choice))
        return confirmation

    return once_a_card(request, serials, made)


def _share(confirmation: Confirmation, person: Person, choice: Choice) -> Share:
    secret, id = secrets.token_bytes(LINK_SECRET_BYTES), uuid.uuid4()
    return Share.objects.create(
        id=id,
        public=secrets.token_hex(6),
        sealed=addressed.seal_share(id, secret),
        secret_sha256=sha256(secret).digest(),
        giver=person,
        confirmation=confirmation,
        note=choice.note,
        until_ms=choice.until_ms,
        made_ms=confirmation.at_ms,
    )


def link_of(share: Share) -> str:
    """The share's link, with its secret: for its maker alone."""
    return f"{settings.CONFIG.public_url}/s/{share.public}#{spelled(addressed.share_secret(share))}"


def find(public: str, secret: bytes) -> Share:
    """The share that a link opens. Raises `NotNow`."""
    share = Share.objects.select_related("giver").filter(public=public).first()
    if share is None or not hmac.compare_digest(bytes(share.secret_sha256), sha256(secret).digest()):
        raise NotNow(taking.WRONG_LINK)
    return share


def objection(share: Share, person: Person | None) -> NotNow | None:
    """Why nothing can be taken from a share, by this person or, with none, by anybody; none if something can."""
    if person is not None:
        mine = share.gifts.filter(taker=person).first()
        if mine is not None:
            return NotNow(HAVE_ONE, serial=mine.serial if mine.state == State.TAKEN else None)
    if share.stopped_ms is not None:
        return NotNow(STOPPED)
    if now_ms() > share.until_ms:
        return NotNow(taking.OVER)
    if person is not None and share.giver_id == person.pk:
        return NotNow(YOUR_OWN)
    if person is not None and share.visitors.filter(person=person, removed_ms__isnull=False).exists():
        return NotNow(REMOVED)
    if not share.gifts.filter(state__in=Gift.OPEN, taker__isnull=True).exists():
        return NotNow(NONE_LEFT)
    return None


def note_visit(share: Share, person: Person) -> None:
    """Somebody opened the link: the sharer sees them, for whom else could they remove?"""
    if share.giver_id != person.pk:
        Visitor.objects.get_or_create(share=share, person=person, defaults={"seen_ms": now_ms()})


def take(request: HttpRequest, share: Share) -> Confirmation:
    """Confirm that whoever is signed in takes one of the cards. Raises `NotNow`."""
    person = person_of(request)

    def made() -> Confirmation:
        # Taking, stopping and removing wait for each other here, so that none of them is overtaken half-way.
        current = Share.objects.select_for_update().get(id=share.id)
        refused = objection(current, person)
        if refused is not None:
            raise refused
        free = current.gifts.filter(state=State.OFFERED, taker__isnull=True).order_by("serial")
        for gift in free.select_related("action", "action__confirmation", "action__person"):
            if taking.reserve(gift, person):
                note_visit(current, person)
                return taking.accept(request, gift)
        raise NotNow(taking.NOT_YET if current.gifts.filter(state=State.PREPARING).exists() else NONE_LEFT)

    return once(request, made)


def stop(request: HttpRequest, share: Share) -> Confirmation | None:
    """Confirm the end of a share: what nobody has claimed comes back, what is still being set aside as soon as it is.
    None if there is nothing to come back. Raises `NotNow`."""
    left = share.gifts.filter(state__in=Gift.OPEN).order_by("serial")

    def made() -> Confirmation:
        Share.objects.select_for_update().get(id=share.id)
        serials = list(left.values_list("serial", flat=True))
        if not serials:  # Taken or back in this very moment.
            raise _NothingLeft
        orders = [Order("take_back", serial, {"hold": str(share.confirmation_id)}) for serial in serials]
        text = Text(
            "停止分享，收回还没有人领取的 {n} 张卡。",
            "Stop the share and take back the {n} cards nobody has claimed.",
        )
        _end(share)
        return confirm(request, purpose="stop_share", text=text.format(n=len(orders)), orders=orders)

    if not left.exists():
        _end(share)
        return None
    try:
        return once(request, made)
    except _NothingLeft:
        _end(share)
        return None


def remove(share: Share, person_id: uuid.UUID) -> bool:
    """Keep a visitor from taking a card; false if they have taken one, or never came."""
    Share.objects.select_for_update().get(id=share.id)
    if share.gifts.filter(taker_id=person_id).exists():
        return False
    return bool(
        Visitor.objects.filter(share=share, person_id=person_id, removed_ms=None).update(removed_ms=now_ms())
    )


class _NothingLeft(Exception):  # noqa: N818 - not a fault
    """There is nothing to come back."""


def _end(share: Share) -> None:
    Share.objects.filter(id=share.id, stopped_ms=None).update(stopped_ms=now_ms())
