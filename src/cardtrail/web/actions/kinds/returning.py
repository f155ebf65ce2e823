"""How a card goes back to the brand: its holder sets it aside for the issuer, and the issuer ends it.

| kind        | parameters                                         | what happens                                  |
|-------------|----------------------------------------------------|-----------------------------------------------|
| `hand_in`   | `until_ms`, `balance_minor`                        | its holder sets the card aside for the issuer |
| `take_in`   | `hold`, `balance_minor`, `unit`, `pays`, `account` | the issuer voids it, cause buyback            |
| `hand_back` | `hold`                                             | the issuer lifts the hold instead             |

All three are confirmed by the holder at once; the issuer's two wait (`actions.waiting`). `hold` is always `self`, the
very confirmation. `balance_minor` is what the price was made for, and `unit`, `pays` and `account` are what is given
for the card: they do nothing here, but what was agreed to is kept and checked with the rest.
"""

from __future__ import annotations

from cardtrail.web.actions.custody import check, root_for
from cardtrail.web.actions.kinds.holds import is_reference
from cardtrail.web.actions.kinds.plan import Bench, NotPossible, NotYet, Plan, owner_key
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.refusals import BALANCE_CHANGED
from cardtrail.wire.cards import Card
from cardtrail.wire.commands import Cause, Hold, Return, Void
from cardtrail.wire.roles import Role


def hand_in(action: Action, bench: Bench) -> Plan:
    """Set a card aside for the issuer, with exactly the balance the price was made for."""
    card, given = bench.card(action.serial), action.parameters
    if card.balance_minor != given["balance_minor"]:
        raise NotPossible(BALANCE_CHANGED)
    reference = bytes(action.confirmation.evidence)
    body = Hold(*bench.about(card), Role.ISSUER, given["until_ms"], None, reference)
    return Plan(body, [owner_key(root_for(action), action.person_id, card)])


def take_in(action: Action, bench: Bench) -> Plan:
    """End a card that its holder has set aside for that. The case is the hash of the holder's confirmation."""
    check(action)
    card = _handed_in(action, bench)
    if card.balance_minor != action.parameters["balance_minor"]:
        raise NotPossible(BALANCE_CHANGED)
    body = Void(*bench.about(card), Cause.BUYBACK, bytes(action.confirmation.evidence))
    return Plan(body, [bench.authority(Role.ISSUER)])


def hand_back(action: Action, bench: Bench) -> Plan:
    """End the hold: the issuer does not take the card."""
    check(action)
    return Plan(Return(*bench.about(_handed_in(action, bench))), [bench.authority(Role.ISSUER)])


def _handed_in(action: Action, bench: Bench) -> Card:
    """The card, set aside for the issuer by this very confirmation. Raises `NotYet` while that is under way, and
    `NotPossible` where it is not so."""
    handing_in = action.confirmation.actions.get(kind="hand_in", serial=action.serial)
    if not handing_in.ended:
        raise NotYet
    card = bench.card(action.serial)
    held = card.hold
    if held is None or held.release is not Role.ISSUER or not is_reference(held.reference, action):
        raise NotPossible("card_not_held")
    return card
