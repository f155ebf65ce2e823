"""What holders ask for.

| kind             | parameters                              | secret            |
|------------------|-----------------------------------------|-------------------|
| `claim`          |                                         | code, 15 bytes    |
| `claim_imported` |                                         |                   |
| `accept`         |                                         | link's, 16 bytes  |
| `hold`           | `until_ms`                              |                   |
| `take_back`      | `hold`: id of the confirmation that set the card aside, `self` for this one | |
| `redeem`         | `amount_minor`, `order` (hex)           |                   |
| `split`          | `amounts_minor`                         |                   |
| `merge`          | `serials`                               |                   |
| `object`         |                                         |                   |
| `finish_rebind`  |                                         |                   |
| `hold_sale`      | `until_ms`, `price_minor`               |                   |
| `set_aside`      | `until_ms`, `price_minor`, `balance_minor` |                |

A hold's reference is the hash of the confirmation behind it, and the envelope of a new owner holds that hash too: so
the log itself says since when the confirmation has existed.
"""

from __future__ import annotations

from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.wallet.derive import Root
from cardtrail.wallet.keyring import find_gift_secret
from cardtrail.wallet.links import link_key
from cardtrail.web.actions.custody import brand_root_for, root_for, secret_of
from cardtrail.web.actions.kinds.envelope import envelope_for
from cardtrail.web.actions.kinds.holds import is_reference
from cardtrail.web.actions.kinds.plan import Bench, Derived, NotPossible, NotYet, Plan, owner_key, rebind_key
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.refusals import NOT_OURS, SPENT
from cardtrail.wire.cards import Card, HoldKind
from cardtrail.wire.commands import CardVersion, Hold, Merge, Redeem, Release, Return, Split, Transfer
from cardtrail.wire.roles import Role


def claim(action: Action, bench: Bench) -> Plan:
    """Take a card with its code; from then on the code is dead."""
    card = bench.card(action.serial)
    code = CardCode(int.from_bytes(secret_of(action), "big"))
    key = code_key(code, bench.link.network, card.serial)
    if key.public != card.owner:
        raise NotPossible(NOT_OURS)
    return _take(action, bench, card, key)


def claim_imported(action: Action, bench: Bench) -> Plan:
    """Take a card that came in from the brand's old system and that its old code has opened."""
    card = bench.card(action.serial)
    key = brand_root_for(action).owner_key(card.serial, 0)
    if key.public != card.owner:
        raise NotPossible(NOT_OURS)
    return _take(action, bench, card, key)


def accept(action: Action, bench: Bench) -> Plan:
    """Take a card that was set aside for whoever has the link."""
    card = bench.card(action.serial)
    key = link_key(secret_of(action), bench.link.network, card.serial)
    if card.hold is None or key.public != card.hold.release:
        raise NotPossible(NOT_OURS)
    return _take(action, bench, card, key)


def hold(action: Action, bench: Bench) -> Plan:
    """Set a card aside as a gift. The secret behind it is derived from the root and this version of the card."""
    card, root = bench.card(action.serial), root_for(action)
    secret = root.gift_secret(card.serial, card.version)
    release = link_key(secret, bench.link.network, card.serial).public
    reference = bytes(action.confirmation.evidence)
    until_ms = action.parameters["until_ms"]
    body = Hold(*bench.about(card), release, until_ms, None, reference)
    return Plan(body, [owner_key(root, action.person_id, card)])


def hold_sale(action: Action, bench: Bench) -> Plan:
    """Set a card aside for a sale at most at this price: from then on only the settler moves it."""
    card, given = bench.card(action.serial), action.parameters
    reference = bytes(action.confirmation.evidence)
    body = Hold(*bench.about(card), Role.SETTLER, given["until_ms"], given["price_minor"], reference)
    return Plan(body, [owner_key(root_for(action), action.person_id, card)])


def set_aside(action: Action, bench: Bench) -> Plan:
    """Set a card aside that was bought and is disputed: it can be neither spent nor passed on while that lasts. Only if
    all of `balance_minor` is still on it, for whoever has spent some has taken it."""
    if bench.card(action.serial).balance_minor < action.parameters["balance_minor"]:
        raise NotPossible(SPENT)
    return hold_sale(action, bench)


def take_back(action: Action, bench: Bench) -> Plan:
    """End a gift that nobody has taken. Where the card is still being set aside, that is waited for."""
    meant = action.parameters["hold"]
    holding = Action.objects.filter(
        confirmation_id=action.confirmation_id if meant == "self" else meant,
        kind="hold",
        serial=action.serial,
    ).first()
    if holding is not None and not holding.ended:
        raise NotYet
    card, root = bench.card(action.serial), root_for(action)
    if card.hold is None or card.hold.kind is not HoldKind.GIFT:
        raise NotPossible("card_not_held")
    if not is_reference(card.hold.reference, action):
        raise NotPossible("card_not_held")
    secret = find_gift_secret(root, card)
    if secret is None:
        raise NotPossible(NOT_OURS)
    return Plan(Return(*bench.about(card)), [link_key(secret, bench.link.network, card.serial)])


def redeem(action: Action, bench: Bench) -> Plan:
    """Pay an amount for an order."""
    card = bench.card(action.serial)
    order = bytes.fromhex(action.parameters["order"])
    body = Redeem(*bench.about(card), action.parameters["amount_minor"], order)
    return Plan(body, [owner_key(root_for(action), action.person_id, card)])


def split(action: Action, bench: Bench) -> Plan:
    """Turn a card into several."""
    card = bench.card(action.serial)
    body = Split(*bench.about(card), tuple(action.parameters["amounts_minor"]))
    return Plan(body, [owner_key(root_for(action), action.person_id, card)])


def merge(action: Action, bench: Bench) -> Plan:
    """Turn several cards into one."""
    root = root_for(action)
    cards = [bench.card(serial) for serial in sorted(action.parameters["serials"])]
    named = tuple(CardVersion(card.serial, card.version) for card in cards)
    return Plan(
        Merge(bench.link.network, bench.ends_ms, named),
        [owner_key(root, action.person_id, card) for card in cards],
    )


def object_to_rebind(action: Action, bench: Bench) -> Plan:
    """Say that one has not lost the card that somebody else wants rebound."""
    card = bench.card(action.serial)
    if card.hold is None or card.hold.kind is not HoldKind.REBIND:
        raise NotPossible("card_not_held")
    return Plan(Return(*bench.about(card)), [owner_key(root_for(action), action.person_id, card)])


def finish_rebind(action: Action, bench: Bench) -> Plan:
    """Take a lost card at the end of the delay."""
    card = bench.card(action.serial)
    if card.hold is None or not isinstance(card.hold.release, bytes):
        raise NotPossible("card_not_held")
    return _take(action, bench, card, rebind_key(root_for(action), action.person_id, card.hold.release))


def _take(action: Action, bench: Bench, card: Card, key: SecretKey) -> Plan:
    """Name a key of the person's as the next owner: by `release` out of a hold, else by `transfer`."""
    root: Root = root_for(action)
    hop = card.hop + 1
    owner = root.owner_key(card.serial, hop).public
    envelope = envelope_for(action, bench, card, action.person)
    to = (*bench.about(card), owner, envelope.hash)
    body = Transfer(*to) if card.hold is None else Release(*to, card.hold.reference)
    return Plan(body, [key], Derived(owner, card.serial, hop), envelope)
