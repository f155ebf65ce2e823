"""What the settler signs for the two sides of a sale: never more than one of them has confirmed, and the other offered.

| kind       | parameters                                         | what happens                                    |
|------------|----------------------------------------------------|-------------------------------------------------|
| `deliver`  | `hold`, `seller`, `price_minor`, `balance_minor`   | the card goes to whoever confirmed this         |
| `give_up`  | `hold`, `to`, `balance_minor`                      | the card goes to `to`, from whoever confirmed it |
| `end_sale` | `hold`                                             | the card is its owner's to move again           |

`hold` is the confirmation that set the card aside (`hold_sale`, `set_aside`), `self` for this very one; `seller` and
`to` are people's ids; `balance_minor` is what was promised to be on the card. An order machine lets these go when the
time has come (`actions.waiting`); that they were confirmed, and of what, is checked here once more.
"""

from __future__ import annotations

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.custody import check, owner_public
from cardtrail.web.actions.kinds.envelope import envelope_for
from cardtrail.web.actions.kinds.holds import sale_hold
from cardtrail.web.actions.kinds.plan import Bench, Derived, NotPossible, Plan
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.refusals import NOT_OURS, PRICE_NOT_ASKED, SELF_PURCHASE, SPENT
from cardtrail.web.ledger.models import HolderKey
from cardtrail.wire.cards import Card
from cardtrail.wire.commands import Release, Return
from cardtrail.wire.roles import Role


def deliver(action: Action, bench: Bench) -> Plan:
    """The card that the seller has set aside becomes the buyer's, who confirmed this."""
    check(action)
    card, given, buyer = bench.card(action.serial), action.parameters, action.person
    holding, held = sale_hold(action, card)
    if buyer is None or str(holding.person_id) != given["seller"]:
        raise NotPossible(NOT_OURS)
    if buyer.id == holding.person_id:
        raise NotPossible(SELF_PURCHASE)
    if held.price_minor is None or given["price_minor"] > held.price_minor:
        raise NotPossible(PRICE_NOT_ASKED)
    return _hand_over(action, bench, card, given["seller"], buyer)


def give_up(action: Action, bench: Bench) -> Plan:
    """A disputed card goes back to its seller: the buyer, who has it and set it aside, gets the money back."""
    check(action)
    card, to = bench.card(action.serial), action.parameters["to"]
    holding, _ = sale_hold(action, card)
    seller = Person.objects.filter(id=to).first()
    if seller is None or holding.person_id != action.person_id or to == str(action.person_id):
        raise NotPossible(NOT_OURS)
    return _hand_over(action, bench, card, str(action.person_id), seller)


def end_sale(action: Action, bench: Bench) -> Plan:
    """The hold ends, and the card stays whose it is. Only who set it aside can have confirmed it."""
    check(action)
    card = bench.card(action.serial)
    holding, _ = sale_hold(action, card)
    if holding.person_id != action.person_id:
        raise NotPossible(NOT_OURS)
    return Plan(Return(*bench.about(card)), [bench.authority(Role.SETTLER)])


def _hand_over(action: Action, bench: Bench, card: Card, of: str, to: Person) -> Plan:
    """The settler names the next owner, if the card is the present one's, with all on it that was promised."""
    if card.balance_minor < action.parameters["balance_minor"]:
        raise NotPossible(SPENT)
    owner = HolderKey.objects.filter(public=card.owner, purpose="owner").first()
    if owner is None or str(owner.person_id) != of:
        raise NotPossible(NOT_OURS)
    held, hop = card.hold, card.hop + 1
    if held is None:
        raise NotPossible("card_not_held")
    public = owner_public(action, to, card.serial, hop)
    envelope = envelope_for(action, bench, card, to)
    body = Release(*bench.about(card), public, envelope.hash, held.reference)
    return Plan(body, [bench.authority(Role.SETTLER)], Derived(public, card.serial, hop, to.id), envelope)
