"""Taking a card that was set aside: one person at a time, and only somebody it is meant for."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.http import HttpRequest

from cardtrail.wallet.links import link_key
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.public import gift_secret
from cardtrail.web.cards import addressed
from cardtrail.web.cards.models import Gift
from cardtrail.web.cards.once import once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.ledger.models import Card, Position, Product
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, group_digits

State = Gift.State

WRONG_LINK: Final = Text(
    "这个链接打不开任何礼物。它可能没有复制完整；请让送卡的人再发一次。",
    "This link opens no gift. It may have been cut off; ask whoever sent it to send it again.",
)
TAKEN: Final = Text(
    "这份礼物已经被领走了。链接被转发过的话，先点的人领到。",
    "This gift has been claimed already. Of a link that was passed on, whoever is first gets the card.",
)
TAKEN_BACK: Final = Text("送卡的人已经收回了这份礼物。", "Whoever gave this card has taken it back.")
OVER: Final = Text(
    "领取时间已过，卡已退回给送卡的人。", "The time to claim is over; the card goes back to whoever gave it."
)
BUSY: Final = Text(
    "有人正在领取这份礼物，请过一会儿再看。",
    "Somebody is claiming this gift right now; look again in a moment.",
)
NOT_YET: Final = Text(
    "这份礼物还在路上，请过一会儿再打开。", "This gift is still on its way; open it again in a moment."
)
NOT_FOR_YOU: Final = Text(
    "这份礼物指定了接收人，只有那个邮箱的主人能领取。请用那个邮箱的账户登录。",
    "This gift is for one person: only whoever owns that e-mail address can claim it. Sign in with that account.",
)
YOUR_OWN: Final = Text(
    "这是你自己送出的卡，可以在“我送出的”里收回。",
    "This is a card you gave; you can take it back under “Cards I gave”.",
)
YOURS: Final = Text("这张卡已经在你的钱包里了。", "This card is in your wallet already.")


def find(serial: int, secret: bytes) -> Gift:
    """The gift that a link's secret opens, whether or not it can still be taken. Raises `NotNow` if it opens none."""
    network = Position.objects.filter(id=1).values_list("network", flat=True).first()
    if network is None:
        raise NotNow(WRONG_LINK)
    public = link_key(secret, bytes(network), serial).public
    gift = (
        Gift.objects.select_related("giver", "action", "action__confirmation").filter(release=public).first()
    )
    if gift is None or gift.serial != serial or not hmac.compare_digest(bytes(gift.release or b""), public):
        raise NotNow(WRONG_LINK)
    return gift


def objection(gift: Gift, person: Person | None) -> NotNow | None:
    """Why a gift cannot be taken, by this person or, with none, by anybody; none if it can."""
    if gift.state == State.TAKEN:
        mine = person is not None and gift.taken_by_id == person.pk
        return NotNow(YOURS, serial=gift.serial) if mine else NotNow(TAKEN)
    if gift.state in {State.RETURNED, State.FAILED}:
        return NotNow(TAKEN_BACK)
    if gift.state == State.EXPIRED or now_ms() > gift.until_ms:
        return NotNow(OVER)
    if gift.state == State.PREPARING:
        return NotNow(NOT_YET)
    if person is None:
        return None
    if gift.giver_id == person.pk:
        return NotNow(YOUR_OWN)
    if gift.to_known is not None and bytes(gift.to_known) not in addressed.known_of(person):
        return NotNow(NOT_FOR_YOU)
    if gift.taker_id not in {None, person.pk}:
        return NotNow(BUSY)
    return None


def take(request: HttpRequest, gift: Gift) -> Confirmation:
    """Confirm that whoever is signed in takes a gift that was opened for them. Raises `NotNow`."""
    person = person_of(request)

    def make() -> Confirmation:
        current = (
            Gift.objects.select_for_update(of=("self",))
            .select_related("action", "action__confirmation")
            .get(id=gift.id)
        )
        refused = objection(current, person)
        if refused is not None:
            raise refused
        if not reserve(current, person):
            raise NotNow(BUSY)
        return accept(request, current)

    return once(request, make)


def reserve(gift: Gift, person: Person) -> bool:
    """Keep a gift for a person while they take it; false if somebody else was first. Compare and swap."""
    free = Q(taker__isnull=True) | Q(taker=person)
    return bool(Gift.objects.filter(free, id=gift.id, state=State.OFFERED).update(taker=person))


def accept(request: HttpRequest, gift: Gift) -> Confirmation:
    """Confirm the taking of a gift that was reserved. Its secret is derived under the giver's confirmation."""
    text = Text(
        "领取卡号 {number} 的卡，归我所有。送卡的人会看到我的名字。",
        "Claim card {number} for myself. Whoever gave it sees my name.",
    ).format(number=group_digits(card_number(gift.serial)))
    order = Order("accept", gift.serial, secret=gift_secret(gift.action))
    return confirm(request, purpose="accept", text=text, orders=[order])


@dataclass(frozen=True, slots=True)
class Face:
    """A card as whoever may take it sees it: as it will be once it is theirs."""

    product: Product
    product_id: int
    serial: int
    currency: str
    face_minor: int
    balance_minor: int
    expires_ms: int | None
    state: str = "active"


def face_of(gift: Gift) -> Face:
    """The card of a gift, for whoever has its secret."""
    card = Card.objects.select_related("product").get(serial=gift.serial)
    return Face(
        card.product,
        card.product_id,
        card.serial,
        card.currency,
        card.face_minor,
        card.balance_minor,
        card.expires_ms,
    )
