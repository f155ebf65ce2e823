"""What the brand asks for, and the bank's statement of the deposit.

| kind             | parameters                                                    | secret              |
|------------------|---------------------------------------------------------------|---------------------|
| `define`         | `name`, `terms` (fields of `wire.products.Terms`)             |                     |
| `issue`          | `product`, `face_minor`                                       | codes, 15 bytes each |
| `issue_imported` | `product`, `face_minor`, `count`                              |                     |
| `activate`       | `first_serial`, `count`; or `of`, `count`                     |                     |
| `spend_imported` | `amount_minor`; a card, or `of` and `offset`                  |                     |
| `freeze`, `unfreeze`, `void` | `cause` (name), `case` (hex)                      |                     |
| `rebind`         | `release` (hex), `case` (hex)                                 |                     |
| `refund`         | `amount_minor`, `order` (hex), `owner` (hex)                  |                     |
| `attest`         | `currency`, `deposit_minor`, `as_of_ms`, `statement` (hex)    |                     |

`of` is the place, in the same confirmation, of the order that issues the cards: their serials are not known before. The
cards are those it made, `offset` counts from the first of them. Whoever confirms such orders lets them go in turn.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from cardtrail.client.build import SignedCommand
from cardtrail.wallet.codes import CODE_BYTES, CardCode, code_key
from cardtrail.web.actions.custody import brand_root_for, check, secret_of
from cardtrail.web.actions.kinds.plan import Bench, NotPossible, Plan
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.refusals import NOT_MADE, NOT_OURS, PASSED_ON
from cardtrail.wire.commands import (
    Activate,
    Attest,
    Body,
    Cause,
    Define,
    Freeze,
    Issue,
    Rebind,
    Redeem,
    Refund,
    Unfreeze,
    Void,
)
from cardtrail.wire.products import Terms
from cardtrail.wire.roles import Role

SPENT_BEFORE: Final = sha256(b"cardtrail/v1/spent-before-import").digest()
"""The order of a redemption that took place before the card came in from the brand's former system. Anybody can tell
it by this value."""


def codes_of(secret: bytes) -> list[CardCode]:
    """The card codes in the secret of an `issue` action, in the order of the serials."""
    return [
        CardCode(int.from_bytes(secret[start : start + CODE_BYTES], "big"))
        for start in range(0, len(secret), CODE_BYTES)
    ]


def define(action: Action, bench: Bench) -> Plan:
    """The next product."""
    check(action)
    given = action.parameters
    number = len(bench.client.ledger().products)
    terms = terms_of(given["terms"])
    return _by_issuer(bench, Define(*bench.sequenced(Role.ISSUER), number, given["name"], terms))


def terms_of(fields: dict[str, object]) -> Terms:
    """Terms from their JSON fields. Raises `msgspec.ValidationError`."""
    return msgspec.convert([fields[name] for name in Terms.__struct_fields__], Terms)


def issue(action: Action, bench: Bench) -> Plan:
    """New cards, each owned by its code's key."""
    check(action)
    codes = codes_of(secret_of(action))
    first = bench.first_serial(len(codes))
    network = bench.link.network
    owners = tuple(code_key(code, network, serial).public for serial, code in enumerate(codes, first))
    return _issue(action, bench, first, owners)


def issue_imported(action: Action, bench: Bench) -> Plan:
    """New cards that stand for old ones, kept under the brand's own root until their old codes claim them."""
    root = brand_root_for(action)
    count = action.parameters["count"]
    first = bench.first_serial(count)
    return _issue(
        action,
        bench,
        first,
        tuple(root.owner_key(serial, 0).public for serial in range(first, first + count)),
    )


def activate(action: Action, bench: Bench) -> Plan:
    """A range of cards that were paid for."""
    check(action)
    given = action.parameters
    first = _made_by(action) if "of" in given else given["first_serial"]
    return _by_issuer(bench, Activate(*bench.sequenced(Role.ISSUER), first, given["count"]))


def spend_imported(action: Action, bench: Bench) -> Plan:
    """Take off a card of the former system what was spent before it came in. Nobody but the brand has its key yet."""
    root, given = brand_root_for(action), action.parameters
    serial = _made_by(action) + given["offset"] if "of" in given else action.serial
    card = bench.card(serial)
    key = root.owner_key(card.serial, 0)
    if key.public != card.owner:
        raise NotPossible(NOT_OURS)
    return Plan(Redeem(*bench.about(card), given["amount_minor"], SPENT_BEFORE), [key])


def freeze(action: Action, bench: Bench) -> Plan:
    """Stop a card where it is."""
    check(action)
    about = bench.about(bench.card(action.serial))
    return _by_issuer(bench, Freeze(*about, Role.ISSUER, _cause(action), _case(action)))


def unfreeze(action: Action, bench: Bench) -> Plan:
    """Let a card go on."""
    check(action)
    about = bench.about(bench.card(action.serial))
    return _by_issuer(bench, Unfreeze(*about, Role.ISSUER, _cause(action), _case(action)))


def void(action: Action, bench: Bench) -> Plan:
    """End a card for good."""
    check(action)
    about = bench.about(bench.card(action.serial))
    return _by_issuer(bench, Void(*about, _cause(action), _case(action)))


def rebind(action: Action, bench: Bench) -> Plan:
    """Set a lost card aside for its claimant's key."""
    check(action)
    about = bench.about(bench.card(action.serial))
    return _by_issuer(bench, Rebind(*about, bytes.fromhex(action.parameters["release"]), _case(action)))


def refund(action: Action, bench: Bench) -> Plan:
    """Put money of an order back onto a card."""
    check(action)
    card, given = bench.card(action.serial), action.parameters
    if "owner" in given and bytes.fromhex(given["owner"]) != card.owner:
        raise NotPossible(PASSED_ON)
    about = bench.about(card)
    return _by_issuer(bench, Refund(*about, given["amount_minor"], bytes.fromhex(given["order"])))


def attest(action: Action, bench: Bench) -> Plan:
    """The custodian's statement, where we keep its key."""
    check(action)
    given = action.parameters
    body = Attest(
        *bench.sequenced(Role.CUSTODIAN),
        given["currency"],
        given["deposit_minor"],
        given["as_of_ms"],
        bytes.fromhex(given["statement"]),
    )
    return Plan(body, [bench.authority(Role.CUSTODIAN)])


def _issue(action: Action, bench: Bench, first: int, owners: tuple[bytes, ...]) -> Plan:
    given = action.parameters
    sequenced = bench.sequenced(Role.ISSUER)
    return _by_issuer(bench, Issue(*sequenced, given["product"], given["face_minor"], first, owners))


def _made_by(action: Action) -> int:
    """The first card of those that another order of the same confirmation has made. Raises `NotPossible` if it made
    none, `LookupError` while it is not done."""
    maker = action.confirmation.actions.get(place=action.parameters["of"])
    if maker.ended and maker.state != Action.State.DONE:
        raise NotPossible(NOT_MADE)
    if not maker.ended or maker.raw is None:
        raise LookupError("the cards are not issued yet")
    body = SignedCommand.parse(bytes(maker.raw)).body
    if not isinstance(body, Issue):
        raise NotPossible(NOT_MADE)
    return body.first_serial


def _by_issuer(bench: Bench, body: Body) -> Plan:
    return Plan(body, [bench.authority(Role.ISSUER)])


def _cause(action: Action) -> Cause:
    return Cause[action.parameters["cause"].upper()]


def _case(action: Action) -> bytes:
    return bytes.fromhex(action.parameters["case"])
