"""Giving a card: by link, or to one person. Until somebody takes it, its giver can have it back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.public import gift_link
from cardtrail.web.cards import addressed
from cardtrail.web.cards.asking import Stopped, ask_to_give
from cardtrail.web.cards.models import Gift
from cardtrail.web.cards.once import once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.ledger.models import Card
from cardtrail.web.orders import held
from cardtrail.web.risks.ask import keep_anyway
from cardtrail.web.ui.clock import DAY_MS, SECOND_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import day_of, moment, zone_for
from cardtrail.wire.identifiers import card_number, group_digits
from cardtrail.wire.money import format_money
from cardtrail.wire.products import Terms, Transferable

USUAL_MS: Final = 7 * DAY_MS
"""How long a gift waits unless its giver says otherwise."""

GRACE_MS: Final = SECOND_MS
"""The card comes back so long after the gift's end: the ledger takes a gift until its last millisecond."""

UNDER_WAY: Final = Text("这张卡正在送出，请稍等。", "This card is being given already; one moment.")

State = Gift.State


@dataclass(frozen=True, slots=True)
class Choice:
    """How a card is to be given.

    to      an e-mail address; empty: whoever has the link
    """

    to: str
    note: str
    until_ms: int


def hindrance(card: Card, terms: Terms, at_ms: int) -> Text | None:
    """Why a card cannot be given now; none if it can."""
    if card.state != "active":
        return Text("这张卡现在不能送出。", "This card cannot be given now.")
    if terms.transferable is Transferable.NO:
        return Text("这种卡不能转让，只供本人使用。", "Cards of this kind cannot be passed on.")
    if card.hop >= terms.max_hops:
        return Text("这张卡的转让次数已用完。", "This card has changed hands as often as it may.")
    free_ms = (card.activated_ms or 0) + terms.cooling_off_ms
    if at_ms < free_ms:
        return Text(
            "刚激活的卡暂时不能送出，{day} 之后可以。",
            "A new card cannot be passed on yet; from {day} it can.",
        ).format(day=day_of(free_ms, zone_for(None)))
    return None


def refuse_if_under_way(card: Card) -> None:
    """Raises `NotNow` for a card whose gift was confirmed and waits for the ledger's answer."""
    if Gift.objects.filter(serial=card.serial, state=State.PREPARING).exists():
        raise NotNow(UNDER_WAY)


def once_a_card(
    request: HttpRequest, serials: Sequence[int], make: Callable[[], Confirmation]
) -> Confirmation:
    """`once`, for what gives cards away: of two forms for one card at the same moment, the later one is told so. Raises
    `NotNow`, `Stopped`."""
    try:
        return once(request, make)
    except Stopped as stopped:
        # All else that was written is undone; the answer is kept, and staff find what waits for them.
        with transaction.atomic():
            keep_anyway(stopped.asked)
            held.call_staff(stopped.asked, held.GIFT)
        raise
    except IntegrityError:
        if not Gift.objects.filter(serial__in=serials, state__in=Gift.OPEN).exists():
            raise
        raise NotNow(UNDER_WAY) from None


def latest_ms(terms: Terms, at_ms: int) -> int:
    """Until when a gift may wait at most."""
    return at_ms + terms.hold_limit_ms - 10 * 60 * SECOND_MS


def words(card: Card, choice: Choice, request: HttpRequest) -> Text:
    """What the giver is shown and agrees to."""
    to = Text("邮箱为 {to} 的人", "the person whose e-mail address is {to}").format(to=choice.to)
    whoever = Text("拿到链接的人", "whoever has the link")
    return Text(
        "把卡号 {number}（余额 {balance}）送给{to}。对方领取后，卡和余额归对方，不能撤销。没有人领取之前我可以收回；"
        "到 {until}还没有人领取，卡会自动退回给我。留言：{note}",
        "Give card {number} ({balance}) to {to}. Once it is claimed, the card and its balance are theirs and this "
        "cannot be undone. Until somebody claims it I can take it back; if nobody has by {until}, it comes back to me "
        "by itself. Note: {note}",
    ).format(
        number=card.number,
        balance=format_money(card.balance_minor, card.currency),
        to=to if choice.to else whoever,
        until=moment(choice.until_ms, zone_for(request)),
        note=choice.note or Text("（无）", "(none)"),
    )


def give(request: HttpRequest, card: Card, choice: Choice) -> Confirmation:
    """Confirm that a card is given. Raises `NotNow`, `Stopped`; to be performed outside any transaction."""

    def make() -> Confirmation:
        reason = hindrance(card, card.product.terms, now_ms())
        if reason is not None:
            raise NotNow(reason)
        refuse_if_under_way(card)
        ask_to_give(request, person_of(request), [card])
        confirmation = confirm(
            request,
            purpose="give",
            text=words(card, choice, request),
            orders=hold_orders(card.serial, choice.until_ms),
        )
        add_gifts(confirmation, person_of(request), choice)
        return confirmation

    return once_a_card(request, [card.serial], make)


def hold_orders(serial: int, until_ms: int) -> list[Order]:
    """Setting a card aside, and having it back by itself afterwards."""
    return [
        Order("hold", serial, {"until_ms": until_ms}),
        Order("take_back", serial, {"hold": "self", "from_ms": until_ms + GRACE_MS}),
    ]


def add_gifts(confirmation: Confirmation, giver: Person, choice: Choice, **more: object) -> None:
    """A gift for each hold of a confirmation. Part of its transaction."""
    for action in confirmation.actions.filter(kind="hold").order_by("place"):
        if action.serial is None:
            raise ValueError("a hold names its card")
        gift = Gift(
            id=uuid.uuid4(),
            action=action,
            serial=action.serial,
            giver=giver,
            reference=bytes(confirmation.evidence),
            note=choice.note,
            until_ms=choice.until_ms,
            made_ms=confirmation.at_ms,
            **more,
        )
        if choice.to:
            gift.to_known = addressed.known(choice.to)
            gift.to_sealed = addressed.seal_address(gift.id, choice.to)
        gift.save(force_insert=True)


def take_back(request: HttpRequest, gift: Gift) -> Confirmation:
    """Confirm that the giver has a card back. Raises `NotNow`."""

    def make() -> Confirmation:
        if gift.state != State.OFFERED:
            raise NotNow(
                Text("这份礼物已经结束：{state}。", "This gift has ended: {state}.").format(state=gift.word)
            )
        return confirm(
            request,
            purpose="take_back",
            text=Text(
                "收回我送出的卡 {number}，原来的链接随即失效。",
                "Take back card {number}; its link is void from now on.",
            ).format(number=group_digits(card_number(gift.serial))),
            orders=[Order("take_back", gift.serial, {"hold": str(gift.action.confirmation_id)})],
        )

    return once(request, make)


def link_of(gift: Gift) -> str:
    """The link of a gift for whoever has it; empty for one that is for a person, or that is not set aside yet."""
    if gift.state != State.OFFERED or gift.to_known is not None or gift.share_id is not None:
        return ""
    return gift_link(gift.action, settings.CONFIG.public_url).url


def open_gift(card: Card) -> Gift | None:
    """The gift under way with a card."""
    return Gift.objects.filter(serial=card.serial, state__in=Gift.OPEN).first()


def waiting_for(person: Person) -> list[Gift]:
    """Gifts that wait for this very person."""
    names = addressed.known_of(person)
    if not names:
        return []
    rows = Gift.objects.filter(to_known__in=names, state=State.OFFERED, until_ms__gte=now_ms())
    return list(rows.select_related("giver").order_by("made_ms")[:20])
