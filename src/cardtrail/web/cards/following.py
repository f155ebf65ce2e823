"""What becomes of gifts, read off the ledger's movements: so it is right whoever moved the card, and by which way."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse

from cardtrail.client.build import SignedCommand
from cardtrail.web.actions.models import Action
from cardtrail.web.cards import addressed
from cardtrail.web.cards.models import Gift, Invitation
from cardtrail.web.ledger.models import Movement
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.texts import Text
from cardtrail.wire.commands import Hold

State = Gift.State

ENDING = frozenset(("release", "return", "void", "rebind"))
"""After these no hold for a gift stands any more."""

_FOR_YOU = Text(
    "{who} 送给你一张卡，在钱包里点“收下”就归你。",
    "{who} gives you a card: accept it in your wallet and it is yours.",
)
SOMEBODY = Text("有人", "Somebody")


def follow(movements: Sequence[Movement]) -> None:
    """Take in a page of movements, in its transaction."""
    # A gift is set aside for its link's key, never for an authority.
    concerned = {
        movement.serial
        for movement in movements
        if movement.hold_role is None and (movement.kind == "hold" or movement.kind in ENDING)
    }
    if not concerned:
        return
    rows = Gift.objects.filter(serial__in=concerned, state__in=Gift.OPEN).select_related("action", "giver")
    gifts = {gift.serial: gift for gift in rows}
    for movement in movements:
        gift = gifts.get(movement.serial)
        if gift is None or not gift.open:
            continue
        if movement.kind == "hold" and bytes(movement.reference or b"") == bytes(gift.reference):
            _offered(gift)
        elif movement.kind in ENDING and gift.state == State.OFFERED:
            _ended(gift, movement)


def settled(action: Action) -> None:
    """A hold or a taking that was refused: the gift was never sent, or is free for somebody else again."""
    if action.state != Action.State.REFUSED:
        return
    if action.kind == "hold":
        Gift.objects.filter(action=action, state=State.PREPARING).update(state=State.FAILED)
    elif action.kind == "accept":
        rows = Gift.objects.filter(Q(serial=action.serial, taker=action.person), ~Q(state=State.TAKEN))
        rows.update(taker=None)


def _offered(gift: Gift) -> None:
    """The card is set aside. A person it is meant for hears of it now, in the pages or by mail."""
    if gift.state != State.PREPARING:
        return
    gift.state = State.OFFERED
    gift.release = _release_of(gift.action)
    gift.save(update_fields=["state", "release"])
    email = addressed.address_of(gift)
    if not email:
        return
    person = addressed.owner_of(email)
    if person is None:
        Invitation.objects.create(gift=gift, language=gift.giver.language)
        return
    text = _FOR_YOU.format(who=gift.giver.name or SOMEBODY)
    notify(person, "gifts.offered", key=f"gift/{gift.id}", text=text, url=reverse("wallet"))


def _ended(gift: Gift, movement: Movement) -> None:
    gift.ended_ms = movement.time_ms
    if movement.kind == "release":
        gift.state = State.TAKEN
        gift.taken_by_id = movement.holder_after_id
    elif movement.kind == "return" and movement.time_ms > gift.until_ms:
        gift.state = State.EXPIRED
    else:
        gift.state = State.RETURNED
    gift.save(update_fields=["state", "taken_by", "ended_ms"])


def _release_of(action: Action) -> bytes | None:
    """The public key that the hold names, from the very command that was signed."""
    if action.raw is None:
        return None
    body = SignedCommand.parse(bytes(action.raw)).body
    return body.release if isinstance(body, Hold) and isinstance(body.release, bytes) else None
