"""What the pages may know of keys: the link of a gift, the public key for a rebind."""

from __future__ import annotations

from cardtrail.client.build import SignedCommand
from cardtrail.wallet.links import GiftLink
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.custody import rebind_public, root_for
from cardtrail.web.actions.models import Action
from cardtrail.web.ledger.models import Card, HolderKey
from cardtrail.wire.commands import Hold


def gift_secret(action: Action) -> bytes:
    """The secret behind a card that this action has set aside: for its giver to hand on, and to take the card for the
    very person the giver named. Raises `LookupError` before the hold is signed."""
    if action.kind != "hold" or action.raw is None:
        raise LookupError("the card is not set aside yet")
    body = SignedCommand.parse(bytes(action.raw)).body
    if not isinstance(body, Hold):
        raise LookupError("the card is not set aside yet")
    return root_for(action).gift_secret(body.serial, body.version)


def gift_link(action: Action, base: str) -> GiftLink:
    """The link of a gift. It holds the secret: to be shown to its giver and to nobody else."""
    if action.serial is None:
        raise LookupError("the action names no card")
    return GiftLink(base, action.serial, gift_secret(action))


def new_rebind_key(claimant: Person, card: Card) -> bytes:
    """The public key for a claimant of a lost card, written down as theirs."""
    public = rebind_public(claimant, card.serial, card.hop)
    HolderKey.objects.get_or_create(
        public=public,
        defaults={
            "person": claimant,
            "purpose": "rebind",
            "origin_serial": card.serial,
            "origin_hop": card.hop,
        },
    )
    return public
