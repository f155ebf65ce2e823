"""Merging cards: which go together, what becomes of their dates and limits, and what their holder agrees to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from cardtrail.compliance.faces import YUAN, check_face
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards import wallet
from cardtrail.web.cards.once import once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import day_of, zone_for
from cardtrail.wire.money import format_money
from cardtrail.wire.products import Terms, Transferable

FEWEST: Final = 2
MOST: Final = 50
"""So many cards are offered at once."""

NOT_THIS_KIND: Final = Text("这种卡不能合并。", "Cards of this kind cannot be merged.")
NOT_THIS_CARD: Final = Text("这张卡现在不能合并。", "This card cannot be merged now.")
TOO_FEW: Final = Text("请至少选两张卡。", "Choose at least two cards.")
GONE: Final = Text(
    "所选的卡里有一张刚刚变了，请再选一次。", "One of the cards has just changed. Please choose again."
)
OVER_FACE: Final = Text(
    "合并后的面值是 {face}，超过这种卡的上限 {limit}。请少选几张。",
    "Together they would have a face value of {face}, more than the {limit} that cards of this kind may have. Choose "
    "fewer.",
)
NO_EXPIRY: Final = Text("长期有效", "no expiry")


@dataclass(frozen=True, slots=True)
class Merged:
    """The card that would come of a merge.

    expires_ms     the earliest of its cards; none if none of them expires
    activated_ms   the latest of them: a cooling-off begins there
    earlier        how many of the cards would have been valid for longer
    passed_on      whether it counts as passing on: its cards have different keys
    """

    cards: tuple[Card, ...]
    face_minor: int
    balance_minor: int
    currency: str
    expires_ms: int | None
    activated_ms: int | None
    earlier: int
    passed_on: bool


def hindrance(card: Card, terms: Terms) -> Text | None:
    """Why a card cannot be merged now; none if it can."""
    if not terms.merge:
        return NOT_THIS_KIND
    return None if card.state == "active" else NOT_THIS_CARD


def companions(card: Card, person: Person) -> list[Card]:
    """The person's cards that can be merged with this one, those that expire first at the head, without it."""
    now = now_ms()
    terms = card.product.terms
    ready = wallet.cards_of(person, now).filter(group=wallet.READY, product_id=card.product_id)
    rows = ready.exclude(serial=card.serial).select_related("product").order_by("expires_ms", "serial")
    passable = _may_pass_on(card, terms, now)
    return [
        other
        for other in rows[:MOST]
        if bytes(other.owner) == bytes(card.owner) or (passable and _may_pass_on(other, terms, now))
    ]


def merged(cards: Sequence[Card]) -> Merged:
    """What merging these cards gives, as the ledger reckons it."""
    ends = [card.expires_ms for card in cards if card.expires_ms is not None]
    begins = [card.activated_ms for card in cards if card.activated_ms is not None]
    expires_ms = min(ends, default=None)
    return Merged(
        cards=tuple(sorted(cards, key=lambda card: card.serial)),
        face_minor=sum(card.face_minor for card in cards),
        balance_minor=sum(card.balance_minor for card in cards),
        currency=cards[0].currency,
        expires_ms=expires_ms,
        activated_ms=max(begins, default=None),
        earlier=sum(card.expires_ms != expires_ms for card in cards),
        passed_on=len({bytes(card.owner) for card in cards}) > 1,
    )


def objection(made: Merged, terms: Terms) -> Text | None:
    """Why these cards cannot become one: the terms' limit, or the law's; none if they can."""
    if len(made.cards) < FEWEST:
        return TOO_FEW
    if made.face_minor > terms.face_limit_minor:
        face, limit = (
            format_money(amount, made.currency) for amount in (made.face_minor, terms.face_limit_minor)
        )
        return OVER_FACE.format(face=face, limit=limit)
    refused = check_face(terms.named, made.face_minor) if made.currency == YUAN else None
    if refused is not None:
        words = refused.with_source
        return Text(words.zh, words.en)
    return None


def words(made: Merged, request: HttpRequest) -> Text:
    """What the holder is shown and agrees to."""
    zone = zone_for(request)
    return Text(
        "把 {n} 张卡（尾号 {zh}）合并成一张，余额 {balance}。原来的卡随即结束，不能恢复。"
        "新卡的有效期取其中最早的：{expires}；激活时间取其中最晚的。",
        "Merge {n} cards ({en}) into one with {balance} on it. The cards themselves end, and this cannot be undone. "
        "The new card has the earliest of their expiries ({expires}) and the latest of their activations.",
    ).format(
        n=len(made.cards),
        zh="、".join(card.last_four for card in made.cards),
        en=", ".join(f"…{card.last_four}" for card in made.cards),
        balance=format_money(made.balance_minor, made.currency),
        expires=NO_EXPIRY if made.expires_ms is None else day_of(made.expires_ms, zone),
    )


def merge(request: HttpRequest, card: Card, serials: Sequence[int]) -> Confirmation:
    """Confirm that cards become one. Raises `NotNow`; to be performed outside any transaction."""

    def make() -> Confirmation:
        terms = card.product.terms
        reason = hindrance(card, terms)
        if reason is not None:
            raise NotNow(reason)
        chosen = choose(card, person_of(request), serials)
        made = merged(chosen)
        refused = objection(made, terms)
        if refused is not None:
            raise NotNow(refused)
        order = Order("merge", card.serial, {"serials": [each.serial for each in made.cards]})
        return confirm(request, purpose="merge", text=words(made, request), orders=[order])

    return once(request, make)


def choose(card: Card, person: Person, serials: Sequence[int]) -> list[Card]:
    """The card and those of its companions. Raises `NotNow` for a serial that is none of them."""
    offered = {other.serial: other for other in companions(card, person)}
    wanted = set(serials) - {card.serial}
    if not wanted <= offered.keys():
        raise NotNow(GONE)
    return [card, *(offered[serial] for serial in sorted(wanted))]


def result_of(card: Card) -> int | None:
    """The serial of the card that a merged card became part of."""
    made = Movement.objects.filter(index=card.entry, kind="merge_result").values_list("serial", flat=True)
    return made.first() if card.state == "merged" else None


def _may_pass_on(card: Card, terms: Terms, at_ms: int) -> bool:
    """Whether the terms let it go to another key now: cards of different keys are merged as if one were passed on."""
    return (
        terms.transferable is not Transferable.NO
        and (card.activated_ms or 0) + terms.cooling_off_ms <= at_ms
        and card.hop < terms.max_hops
    )
