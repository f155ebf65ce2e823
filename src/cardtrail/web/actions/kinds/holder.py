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

A hold's reference is the hash of the confirmation behind it, and the envelope of a new owner holds that hash too: so
the log itself says since when the confirmation has existed.
"""

from __future__ import annotations

from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.wallet.derive import Root
from cardtrail.wallet.envelope import Envelope, fill_envelope
from cardtrail.wallet.keyring import find_gift_secret
from cardtrail.wallet.links import link_key
from cardtrail.web.accounts.identity import checked_name
from cardtrail.web.actions.custody import brand_root_for, root_for, secret_of
from cardtrail.web.actions.kinds.plan import Bench, Derived, NotPossible, NotYet, Plan, owner_key, rebind_key
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.refusals import NO_IDENTITY, NOT_OURS
from cardtrail.web.ledger.models import Product
from cardtrail.wire.cards import Card, HoldKind
from cardtrail.wire.commands import CardVersion, Hold, Merge, Redeem, Release, Return, Split, Transfer


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
    if not _is_reference(card.hold.reference, action):
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
    envelope = _envelope(action, card)
    to = (*bench.about(card), owner, envelope.hash)
    body = Transfer(*to) if card.hold is None else Release(*to, card.hold.reference)
    return Plan(body, [key], Derived(owner, card.serial, hop), envelope)


def _envelope(action: Action, card: Card) -> Envelope:
    fields = {"confirmation": bytes(action.confirmation.evidence).hex()}
    if Product.objects.get(id=card.product).terms.named:
        name = None if action.person is None else checked_name(action.person)
        if name is None:
            raise NotPossible(NO_IDENTITY)
        fields["name"] = name
    return fill_envelope(fields)


def _is_reference(reference: bytes, action: Action) -> bool:
    """Whether the hold is the one meant: the card may have been set aside anew since this was confirmed."""
    meant = action.parameters["hold"]
    if meant == "self":
        return reference == bytes(action.confirmation.evidence)
    evidence = Confirmation.objects.filter(id=meant).values_list("evidence", flat=True).first()
    return evidence is not None and bytes(evidence) == reference
