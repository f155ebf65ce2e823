"""How a card that goes back to the brand stands, on its own page."""

from __future__ import annotations

from typing import Final

from cardtrail.web.cards.standing import Standing
from cardtrail.web.ledger.models import Card
from cardtrail.web.returns.models import Return
from cardtrail.web.returns.offering import amount
from cardtrail.web.returns.together import set_aside
from cardtrail.web.ui.texts import Text

_GOING: Final = Text(
    "这张卡正在交回品牌，换取 {pays}。", "This card is on its way back to the brand, for {pays}."
)
_GONE: Final = Text(
    "你已把这张卡交回品牌，换得 {pays}。", "You handed this card back to the brand for {pays}."
)


def standing(card: Card) -> Standing | None:
    """The sentence for a card that is handed back; none for any other."""
    given = set_aside(card)
    if given is None:
        return None
    text = _GONE if given.state in Return.TAKEN else _GOING
    return Standing("info", "brand-return", text.format(pays=amount(given.unit, given.pays, given.currency)))
