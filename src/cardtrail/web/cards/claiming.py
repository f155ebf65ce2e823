"""Taking a card with its code. Whoever does not have the right code learns nothing about the card."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest

from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards.once import once
from cardtrail.web.cards.typed import Typed
from cardtrail.web.ledger.models import Card, Position
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, group_digits

OldCards = Callable[[str, str], Order | None]

LONG_CODE: Final = 16
"""From so many characters on, a text is taken for one of our codes, for those of former systems are short."""

old_cards: list[OldCards] = []
"""How cards of the brand's former system are opened: (number, code) → order, none for what it does not know. The desk,
which takes them in, adds its own when it is ready."""

NO = Text(
    "没有能用这组卡号和卡密领取的卡。请核对后再试；如果卡是别人给你的，它可能已经被领取。",
    "No card can be claimed with this number and code. Check both and try again; if somebody gave you the card, it may "
    "have been claimed already.",
)
"""The one answer to a number that does not exist, a wrong code, and a code that was used."""


def order_for(typed: Typed) -> Order | None:
    """What to ask the ledger for; none if the code does not open the card, for whatever reason."""
    if typed.serial is not None and typed.secret is not None:
        return _by_code(typed.serial, typed.secret)
    for reader in old_cards:
        order = reader(typed.number, typed.code)
        if order is not None:
            return order
    return None


def is_readable(typed: Typed) -> bool:
    """Whether there is anything to look at: else the form says what is mistyped.

    What is too short for one of our codes may be an old one; what is long was meant as ours and has a mistake.
    """
    if typed.serial is not None and typed.secret is not None:
        return True
    return bool(old_cards) and bool(typed.number) and 0 < len(typed.code) < LONG_CODE


def is_mine(person: Person, serial: int | None) -> bool:
    """Whether the person has this very card already: then a second claim is no riddle to them."""
    return serial is not None and Card.objects.filter(serial=serial, holder=person).exists()


def claim(request: HttpRequest, order: Order) -> Confirmation:
    """Confirm that the person takes the card."""
    if order.serial is None:
        raise ValueError("a claim names its card")
    text = Text(
        "领取卡号 {number} 的卡，归我所有。卡密从此失效。",
        "Claim card {number} for myself. Its code is void from now on.",
    ).format(number=group_digits(card_number(order.serial)))
    return once(request, lambda: confirm(request, purpose="claim", text=text, orders=[order]))


def _by_code(serial: int, secret: bytes) -> Order | None:
    """Known from the projection whether the code fits, so that a guess costs neither a signature nor a command."""
    owner = Card.objects.filter(serial=serial, hop=0).values_list("owner", flat=True).first()
    network = Position.objects.filter(id=1).values_list("network", flat=True).first()
    if owner is None or network is None:
        return None
    key = code_key(CardCode(int.from_bytes(secret, "big")), bytes(network), serial)
    if not hmac.compare_digest(key.public, bytes(owner)):
        return None
    return Order("claim", serial, secret=secret)
