"""What the brand asks for, and the bank's statement of the deposit.

| kind             | parameters                                                    | secret              |
|------------------|---------------------------------------------------------------|---------------------|
| `define`         | `name`, `terms` (fields of `wire.products.Terms`)             |                     |
| `issue`          | `product`, `face_minor`                                       | codes, 15 bytes each |
| `issue_imported` | `product`, `face_minor`, `count`                              |                     |
| `activate`       | `first_serial`, `count`                                       |                     |
| `freeze`, `unfreeze`, `void` | `cause` (name), `case` (hex)                      |                     |
| `rebind`         | `release` (hex), `case` (hex)                                 |                     |
| `refund`         | `amount_minor`, `order` (hex)                                 |                     |
| `attest`         | `currency`, `deposit_minor`, `as_of_ms`, `statement` (hex)    |                     |
"""

from __future__ import annotations

import msgspec

from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.codes import CODE_BYTES, CardCode, code_key
from cardtrail.web.actions.custody import brand_root_for, check, secret_of
from cardtrail.web.actions.kinds.plan import Bench, NotPossible, Plan
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.refusals import NO_AUTHORITY
from cardtrail.web.ledger.link import NoAuthority
from cardtrail.wire.commands import (
    Activate,
    Attest,
    Body,
    Cause,
    Define,
    Freeze,
    Issue,
    Rebind,
    Refund,
    Unfreeze,
    Void,
)
from cardtrail.wire.products import Terms
from cardtrail.wire.roles import Role


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
    sequenced = bench.sequenced(Role.ISSUER)
    return _by_issuer(bench, Activate(*sequenced, given["first_serial"], given["count"]))


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
    about = bench.about(bench.card(action.serial))
    given = action.parameters
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
    return Plan(body, [_key(bench, Role.CUSTODIAN)])


def _issue(action: Action, bench: Bench, first: int, owners: tuple[bytes, ...]) -> Plan:
    given = action.parameters
    sequenced = bench.sequenced(Role.ISSUER)
    return _by_issuer(bench, Issue(*sequenced, given["product"], given["face_minor"], first, owners))


def _by_issuer(bench: Bench, body: Body) -> Plan:
    return Plan(body, [_key(bench, Role.ISSUER)])


def _key(bench: Bench, role: Role) -> SecretKey:
    try:
        return bench.link.authority(role)
    except NoAuthority:
        raise NotPossible(NO_AUTHORITY) from None


def _cause(action: Action) -> Cause:
    return Cause[action.parameters["cause"].upper()]


def _case(action: Action) -> bytes:
    return bytes.fromhex(action.parameters["case"])
