"""One good command of each kind, and the single things that can be wrong with it, so that any two can be wrong at once.

A fault acts on a `Plan` before the command is signed, or on its bytes after. Faults of one slot exclude each other: a
command cannot be expired and valid for too long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from cardtrail.wire.cards import Held, HoldKind, Status
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import CardVersion
from cardtrail.wire.products import CLEARABLE, Transferable
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import MAX_INTEGER, NO_HASH
from cardtrail.wire.signed import SIGNED_CODEC, Signed, SignedBy
from tests.ledger_world import DAY_MS, HOUR_MS, World, digest, key, sign, terms


@dataclass
class Plan:
    """A command about to be signed, in a ledger that is still being arranged."""

    world: World
    kind: str
    fields: dict[str, Any]
    signers: list[str]
    clearance: dict[str, Any] | None = None
    bytes_faults: list[Callable[[bytes], bytes]] = field(default_factory=list)

    def card(self, serial: int = 0, **changes: Any) -> None:
        """Change a card's record behind the ledger's back."""
        self.world.cards[serial] = replace(self.world.cards[serial], **changes)

    def terms(self, **changes: Any) -> None:
        """Change the product's terms behind the ledger's back."""
        product = self.world.state.products[0]
        self.world.state.products[0] = replace(product, terms=replace(product.terms, **changes))

    def raw(self) -> bytes:
        """The signed command with its faults."""
        body = self.world.make(self.kind, **self.fields)
        given = None if self.clearance is None else self.world.clear(body, **self.clearance)
        raw = sign(body, [key(name) for name in self.signers], given)
        for fault in self.bytes_faults:
            raw = fault(raw)
        return raw


@dataclass(frozen=True)
class Fault:
    """One thing wrong, and the refusal it leads to by itself."""

    reason: Reason
    slot: str
    do: Callable[[Plan], Any]


def _field(reason: Reason, name: str, value: Any) -> Fault:
    return Fault(reason, name, lambda plan: plan.fields.update({name: value}))


def _bytes(reason: Reason, slot: str, change: Callable[[bytes], bytes]) -> Fault:
    return Fault(reason, slot, lambda plan: plan.bytes_faults.append(change))


def _card(reason: Reason, name: str, value: Any) -> Fault:
    return Fault(reason, name, lambda plan: plan.card(**{name: value}))


def _terms(reason: Reason, name: str, value: Any) -> Fault:
    return Fault(reason, "terms " + name, lambda plan: plan.terms(**{name: value}))


def _signers(reason: Reason, *names: str) -> Fault:
    return Fault(reason, "signers", lambda plan: plan.signers.__setitem__(slice(None), names))


def _clearance(reason: Reason, options: dict[str, Any] | None) -> Fault:
    return Fault(reason, "clearance", lambda plan: setattr(plan, "clearance", options))


def _flip(raw: bytes) -> bytes:
    good = SIGNED_CODEC.decode(raw, canonical=False)
    by = good.signatures[0]
    return encode(Signed(good.body, (SignedBy(by.key, bytes(64)), *good.signatures[1:]), good.clearance))


def _break_body(raw: bytes) -> bytes:
    good = SIGNED_CODEC.decode(raw, canonical=False)
    return encode(Signed(good.body + b"\x00", good.signatures, good.clearance))


def _respell(raw: bytes) -> bytes:
    """The outer array of three with a 16-bit length."""
    return b"\xdc\x00\x03" + raw[1:]


NOW = World().now_ms
HELD = Held(HoldKind.GIFT, key("bob").public, NOW, NOW + DAY_MS, None, digest("hold"))

BYTES = (
    _bytes(Reason.BAD_SIGNATURE, "signature", _flip),
    _bytes(Reason.MALFORMED, "body", _break_body),
    _bytes(Reason.NOT_CANONICAL, "outer", _respell),
    _bytes(Reason.OVERSIZE, "size", lambda raw: raw + bytes(65_520)),
    _field(Reason.WRONG_NETWORK, "network", bytes(16)),
    _field(Reason.COMMAND_EXPIRED, "not_after_ms", NOW - 1),
    _field(Reason.EXPIRY_TOO_FAR, "not_after_ms", NOW + 8 * DAY_MS),
)
SEQUENCED = (_signers(Reason.NOT_AUTHORISED, "stranger"), _field(Reason.WRONG_SEQUENCE, "sequence", 99))
NAMED = (
    _field(Reason.UNKNOWN_CARD, "serial", 99),
    _field(Reason.WRONG_VERSION, "version", 99),
    _card(Reason.CARD_DEAD, "status", Status.VOID),
)
INACTIVE = _card(Reason.CARD_INACTIVE, "status", Status.INACTIVE)
EXPIRED = _card(Reason.CARD_EXPIRED, "expires_ms", NOW - 1)
FROZEN = _card(Reason.CARD_FROZEN, "frozen_by", Role.CLEARER)
HELD_NOW = _card(Reason.CARD_HELD, "hold", HELD)
FREE = (*NAMED, INACTIVE, EXPIRED, FROZEN, HELD_NOW, _signers(Reason.NOT_OWNER, "stranger"))
CLEARED = (
    _clearance(Reason.CLEARANCE_MISSING, None),
    _clearance(Reason.CLEARANCE_INVALID, {"covers": bytes(32)}),
    _clearance(Reason.CLEARANCE_EXPIRED, {"until_ms": NOW - 1}),
)
PASSING = (
    _terms(Reason.NOT_TRANSFERABLE, "transferable", Transferable.NO),
    _terms(Reason.COOLING_OFF, "cooling_off_ms", DAY_MS),
    _terms(Reason.TOO_MANY_HOPS, "max_hops", 0),
)
OWNER = (
    _field(Reason.UNUSABLE_KEY, "owner", bytes(32)),
    _field(Reason.KEY_NOT_NEW, "owner", key("ann").public),
    _field(Reason.ENVELOPE_MISSING, "envelope", NO_HASH),
)
BY_AUTHORITY = (*NAMED, _signers(Reason.NOT_AUTHORISED, "stranger"))
REGULATED = _card(Reason.FROZEN_BY_ANOTHER, "frozen_by", Role.REGULATOR)


def _merge_field(reason: Reason, slot: str, cards: tuple[tuple[int, int], ...]) -> Fault:
    return Fault(
        reason, slot, lambda plan: plan.fields.update(cards=tuple(CardVersion(*pair) for pair in cards))
    )


FAULTS: dict[str, tuple[Fault, ...]] = {
    "define": (
        *SEQUENCED,
        _field(Reason.WRONG_PRODUCT_NUMBER, "product", 9),
        _field(Reason.BAD_TERMS, "terms", terms(max_hops=0)),
    ),
    "issue": (
        *SEQUENCED,
        _field(Reason.UNKNOWN_PRODUCT, "product", 9),
        _field(Reason.WRONG_FIRST_SERIAL, "first_serial", 9),
        _field(Reason.FACE_NOT_ALLOWED, "face_minor", 77),
        _field(Reason.UNUSABLE_KEY, "owners", (bytes(32),)),
        Fault(
            Reason.TOTAL_TOO_LARGE,
            "totals",
            lambda plan: plan.world.state.totals.update(CNY=replace(plan.world.totals(), issued=MAX_INTEGER)),
        ),
    ),
    "activate": (
        *SEQUENCED,
        _field(Reason.UNKNOWN_CARD, "first_serial", 2),
        _card(Reason.CARD_DEAD, "status", Status.SPLIT),
        Fault(Reason.CARD_ALREADY_ACTIVE, "other", lambda plan: plan.card(1, status=Status.ACTIVE)),
        Fault(Reason.PRODUCTS_DIFFER, "product", lambda plan: plan.card(1, product=1)),
    ),
    "transfer": (*FREE, *CLEARED, *PASSING, *OWNER),
    "hold": (
        *FREE,
        *CLEARED,
        *PASSING,
        _terms(Reason.NOT_FOR_SALE, "transferable", Transferable.GIFT),
        _field(Reason.SALE_NEEDS_SETTLER, "release", key("bob").public),
        _field(Reason.PRICE_OVER_CAP, "price_minor", 10_001),
        _field(Reason.HOLD_TIME_NOT_ALLOWED, "until_ms", NOW),
    ),
    "release": (
        *NAMED,
        EXPIRED,
        FROZEN,
        *CLEARED,
        *OWNER,
        _signers(Reason.NOT_RELEASER, "stranger"),
        _card(Reason.CARD_NOT_HELD, "hold", None),
        _field(Reason.WRONG_REFERENCE, "reference", bytes(32)),
        _card(Reason.HOLD_EXPIRED, "hold", replace(HELD, until_ms=NOW - 1)),
        _card(Reason.REBIND_PENDING, "hold", replace(HELD, not_before_ms=NOW + 1)),
    ),
    "return": (
        *NAMED,
        *CLEARED,
        _signers(Reason.NOT_OWNER, "stranger"),
        _card(Reason.CARD_NOT_HELD, "hold", None),
        _card(Reason.HOLD_NOT_EXPIRED, "hold", HELD),
    ),
    "redeem": (*FREE, *CLEARED, _field(Reason.AMOUNT_OVER_BALANCE, "amount_minor", 10_001)),
    "refund": (
        *BY_AUTHORITY,
        INACTIVE,
        HELD_NOW,
        _field(Reason.AMOUNT_OVER_FACE, "amount_minor", 101),
    ),
    "split": (
        *FREE,
        *CLEARED,
        _terms(Reason.SPLIT_NOT_ALLOWED, "split", False),
        _field(Reason.PARTS_DO_NOT_SUM, "amounts_minor", (1, 1)),
    ),
    "merge": (
        *(fault for fault in FREE if fault.slot not in {"serial", "version"}),
        *CLEARED,
        *PASSING,
        _merge_field(Reason.UNKNOWN_CARD, "cards", ((0, 2), (99, 0))),
        _merge_field(Reason.REPEATED_CARD, "cards", ((0, 2), (0, 2))),
        _merge_field(Reason.WRONG_VERSION, "cards", ((0, 9), (1, 1))),
        _terms(Reason.MERGE_NOT_ALLOWED, "merge", False),
        _terms(Reason.FACE_OVER_LIMIT, "face_limit_minor", 19_999),
        Fault(Reason.PRODUCTS_DIFFER, "product", lambda plan: plan.card(1, product=1)),
        _card(Reason.ENVELOPE_MISSING, "hop", 0),
    ),
    "freeze": (*BY_AUTHORITY, INACTIVE, FROZEN),
    "unfreeze": (*BY_AUTHORITY, REGULATED, _card(Reason.CARD_NOT_FROZEN, "frozen_by", None)),
    "void": (*BY_AUTHORITY, REGULATED),
    "rebind": (
        *BY_AUTHORITY,
        INACTIVE,
        EXPIRED,
        REGULATED,
        HELD_NOW,
        _field(Reason.UNUSABLE_KEY, "release", bytes(32)),
        _field(Reason.KEY_NOT_NEW, "release", key("ann").public),
    ),
    "appoint": (*SEQUENCED, _field(Reason.BAD_APPOINTMENT, "keys", (bytes(32),))),
    "attest": SEQUENCED,
}


def plan_for(kind: str) -> Plan:
    """A good command of this kind, and a ledger where it is accepted.

    Cards 0 (ann's, once passed on) and 1 (bob's, fresh from the issuer), both of product 0; product 1 has none.
    """
    world = World.open()
    world.define(named=True)
    world.define()
    if kind == "activate":
        world.issue(owners=("ann", "bob"))
        return Plan(world, kind, {"first_serial": 0, "count": 2}, ["issuer"])
    world.card(owner="code")
    world.pass_on(0, "ann")
    world.card(owner="bob")
    plan = Plan(world, kind, {"serial": 0}, ["ann"])
    _ARRANGE.get(kind, lambda plan: None)(plan)
    if kind in CLEARABLE:
        plan.terms(clearance=tuple(sorted(CLEARABLE)))
        plan.clearance = {}
    return plan


def _hold(plan: Plan) -> None:
    plan.fields.update(price_minor=9_000, release=Role.SETTLER)


def _release(plan: Plan) -> None:
    plan.world.ok("hold", serial=0)
    plan.signers[:] = ["bob"]


def _return(plan: Plan) -> None:
    plan.world.ok("hold", serial=0)
    plan.card(hold=replace(HELD, until_ms=NOW - HOUR_MS))


def _split(plan: Plan) -> None:
    plan.fields.update(amounts_minor=(4_000, 6_000))


def _merge(plan: Plan) -> None:
    plan.fields = {"cards": (CardVersion(0, 2), CardVersion(1, 1))}
    plan.signers[:] = ["ann", "bob"]


def _by_issuer(plan: Plan) -> None:
    plan.signers[:] = ["issuer"]


def _refund(plan: Plan) -> None:
    plan.world.ok("redeem", serial=0, amount_minor=100)
    _by_issuer(plan)


def _unfreeze(plan: Plan) -> None:
    plan.world.ok("freeze", serial=0)
    _by_issuer(plan)


def _sequenced(plan: Plan) -> None:
    plan.fields = {}
    _by_issuer(plan)


def _appoint(plan: Plan) -> None:
    plan.fields = {"by": Role.ISSUER, "role": Role.SETTLER, "keys": (key("new").public,)}
    _by_issuer(plan)


def _attest(plan: Plan) -> None:
    plan.fields = {}
    plan.signers[:] = ["custodian"]


_ARRANGE: dict[str, Callable[[Plan], None]] = {
    "hold": _hold, "release": _release, "return": _return, "split": _split, "merge": _merge, "freeze": _by_issuer,
    "unfreeze": _unfreeze, "void": _by_issuer, "rebind": _by_issuer, "refund": _refund, "define": _sequenced,
    "issue": _sequenced, "appoint": _appoint, "attest": _attest,
}  # fmt: skip
