"""A small ledger in memory, for any test that needs one: keys by name, commands with sensible fields, real signatures.

    world = World.open()                        # five authorities appointed
    product = world.define(transferable=Transferable.SALE)
    serial = world.card(product, owner="ann")   # issued and activated
    world.ok("transfer", serial=serial, owner=key("bob").public)
    assert world.try_("redeem", "ann", serial=serial, amount_minor=1) is Reason.NOT_OWNER

A name stands for a key: `key("ann")` is the same key in every run. `make` fills in what a test does not say: network,
expiry, the version or sequence as they stand, an envelope. Whoever is the natural signer of a command signs, unless a
test names others. Every command goes through bytes, `read_command` and verified signatures like in a node.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from cardtrail.ledger.admission import Admission, Reader
from cardtrail.ledger.apply import apply
from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Request, read_command, read_logged
from cardtrail.ledger.invariants import check_state
from cardtrail.ledger.state import State
from cardtrail.ledger.transitions.sealing import make_seal
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.register import Register
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.pool import VerifierPool
from cardtrail.wire import commands
from cardtrail.wire.cards import Card
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import Body, CardVersion, Cause, kind_of
from cardtrail.wire.entries import ENTRY_CODEC, encode_entry
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.products import Terms, Transferable
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import (
    Clearance,
    Signed,
    SignedBy,
    Statement,
    clearance_message,
    command_message,
)

NETWORK = sha256(b"a test network").digest()[:16]
START_MS = 1_800_000_000_000
SECOND_MS = 1000
HOUR_MS = 3600 * SECOND_MS
DAY_MS = 24 * HOUR_MS

BODIES: dict[str, type[Body]] = {str(body.__struct_config__.tag): body for body in commands.Body.__args__}
_ROLE_OF = {
    "define": Role.ISSUER, "issue": Role.ISSUER, "activate": Role.ISSUER, "refund": Role.ISSUER,
    "void": Role.ISSUER, "rebind": Role.ISSUER, "attest": Role.CUSTODIAN,
}  # fmt: skip


@cache
def key(name: str) -> SecretKey:
    """The key that a name stands for. Authorities sign with the names of their roles: `issuer`, `clearer`, ..."""
    return SecretKey(sha256(b"cardtrail test key " + name.encode()).digest())


def digest(text: str) -> bytes:
    """A hash for wherever a command wants one: of an order, a case, an envelope."""
    return sha256(text.encode()).digest()


def terms(**changes: Any) -> Terms:
    """Terms that allow everything at once and ask for nothing; a test says what is to be different."""
    fields: dict[str, Any] = {
        "currency": "CNY",
        "faces": (10_000, 50_000, 100_000),
        "face_limit_minor": 100_000,
        "named": False,
        "transferable": Transferable.SALE,
        "cooling_off_ms": 0,
        "resale_cap_bp": 10_000,
        "max_hops": 10,
        "clearance": (),
        "split": True,
        "merge": True,
        "validity_ms": None,
        "hold_limit_ms": 7 * DAY_MS,
        "rebind_delay_ms": 3 * DAY_MS,
    }
    return Terms(**{**fields, **changes})


def sign(body: Body, signers: Sequence[SecretKey], clearance: Clearance | None = None) -> bytes:
    """The one place where tests sign a command: its bytes, signatures sorted by key."""
    raw = encode(body)
    message = command_message(raw)
    by = sorted((signer.public, signer.sign(message)) for signer in signers)
    return encode(Signed(raw, tuple(SignedBy(*pair) for pair in by), clearance))


def clear(
    body: Body,
    until_ms: int,
    *,
    signers: Sequence[SecretKey] = (),
    network: bytes = NETWORK,
    covers: bytes | None = None,
) -> Clearance:
    """A clearance for one command. `covers` puts another id in its place."""
    root = leaf_hash(command_id(encode(body)) if covers is None else covers)
    statement = encode(Statement(network, root, 1, until_ms))
    message = clearance_message(statement)
    by = sorted((signer.public, signer.sign(message)) for signer in signers or (key("clearer"),))
    return Clearance(statement, tuple(SignedBy(*pair) for pair in by), 0, ())


@dataclass
class World:
    """A ledger and whoever uses it.

    cards    what a database would keep
    entries  the log
    roots    the register's root at each seal
    """

    network: bytes = NETWORK
    now_ms: int = START_MS
    cards: dict[int, Card] = field(default_factory=dict)
    entries: list[bytes] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=list)
    names: dict[bytes, str] = field(default_factory=dict)
    roles: dict[Role, tuple[str, ...]] = field(default_factory=dict)
    state: State = field(init=False)

    def __post_init__(self) -> None:
        self.state = State(self.cards.get, Register())
        self.admission = Admission(VerifierPool(0))

    @classmethod
    def open(cls, roles: Sequence[Role] = tuple(Role), **fields: Any) -> World:
        """A ledger whose roles are appointed, each with one key of its own name."""
        world = cls(**fields)
        for role in roles:
            world.appoint(role)
        return world

    @classmethod
    def replay(cls, entries: Sequence[bytes]) -> World:
        """A ledger from a log's entries, as an auditor builds it."""
        world = cls()
        for data in entries:
            entry = ENTRY_CODEC.decode(data)
            world.now_ms = entry.time_ms
            request = world.read(entry.signed, read_logged)
            assert isinstance(request, Request), request
            answer = world.apply(request)
            assert isinstance(answer, Change), answer
        return world

    # What tests say.

    def key(self, name: str) -> SecretKey:
        """The key a name stands for; from now on the world finds the name by the key."""
        self.names[key(name).public] = name
        return key(name)

    def appoint(
        self, role: Role, names: Sequence[str] = (), threshold: int = 1, by: Role = Role.ISSUER
    ) -> Change:
        """Give a role keys, one for each name."""
        chosen = tuple(names) or (role.name.lower(),)
        signers = self.roles.get(by, chosen)
        keys = tuple(sorted(self.key(name).public for name in chosen))
        change = self.ok("appoint", *signers, by=by, role=role, keys=keys, threshold=threshold)
        self.roles[role] = chosen
        return change

    def define(self, name: str = "Spring", **changes: Any) -> int:
        """A product with these terms; its number."""
        self.ok("define", name=name, terms=terms(**changes))
        return len(self.state.products) - 1

    def issue(self, product: int = 0, owners: Sequence[str] = ("ann",), face_minor: int = 10_000) -> int:
        """Inactive cards; the first one's serial."""
        first = self.state.card_count
        keys = tuple(self.key(name).public for name in owners)
        self.ok("issue", product=product, face_minor=face_minor, first_serial=first, owners=keys)
        return first

    def card(self, product: int = 0, owner: str = "ann", face_minor: int = 10_000) -> int:
        """One active card; its serial."""
        serial = self.issue(product, (owner,), face_minor)
        self.ok("activate", first_serial=serial, count=1)
        return serial

    def pass_on(self, serial: int, to: str) -> None:
        """The card's owner transfers it to somebody."""
        self.ok("transfer", serial=serial, owner=self.key(to).public)

    def ok(self, kind: str, *signers: str, clearance: Clearance | None = None, **fields: Any) -> Change:
        """A command that has to be accepted."""
        answer = self.try_(kind, *signers, clearance=clearance, **fields)
        assert isinstance(answer, Change), f"{kind} was refused: {answer}"
        return answer

    def try_(
        self, kind: str, *signers: str, clearance: Clearance | None = None, **fields: Any
    ) -> Change | Reason:
        """A command, and the ledger's answer."""
        body = self.make(kind, **fields)
        by = [self.key(name) for name in signers or self.natural_signers(body)]
        return self.submit(sign(body, by, clearance))

    def make(self, kind: str, **fields: Any) -> Any:
        """A command's body. What is not given is filled in from the state as it stands."""
        return BODIES[kind](**{**self._defaults(kind, fields), **fields})

    def clear(self, body: Body, **options: Any) -> Clearance:
        """A clearance of this ledger's clearer, good for an hour."""
        return clear(body, options.pop("until_ms", self.now_ms + HOUR_MS), network=self.network, **options)

    def later(self, ms: int) -> None:
        """Time passes."""
        self.now_ms += ms

    def totals(self, currency: str = "CNY") -> Any:
        """The sums of a currency."""
        return self.state.totals_of(currency)

    # How a ledger runs.

    def read(self, raw: bytes, reader: Reader = read_command) -> Request | Reason:
        """A command's bytes with its signatures verified."""
        return self.admission.begin([raw], self.state.network, reader).result()[0]

    def submit(self, raw: bytes) -> Change | Reason:
        """A signed command's bytes to the ledger; what is accepted is settled at once."""
        request = self.read(raw)
        return request if isinstance(request, Reason) else self.apply(request)

    def apply(self, request: Request) -> Change | Reason:
        """A request that is taken as verified."""
        draft = self.state.draft()
        answer = apply(draft, request, self.now_ms)
        if isinstance(answer, Change):
            self.entries.append(encode_entry(self.now_ms, request.raw))
            self.settle(draft)
            if answer.seals:
                self.roots.append(self.state.register.root)
        return answer

    def settle(self, draft: State) -> None:
        """Make a draft the state, as a node does once the draft is durable."""
        records = draft.records()
        self.cards.update(draft.changed)
        self.state = draft.settle(self.cards.get, records)

    def seal(self) -> bytes:
        """Let the ledger seal itself; the register's root."""
        raw = encode(Signed(encode(make_seal(self.state)), (), None))
        request = read_logged(raw, self.state.network)
        assert isinstance(request, Request), request
        answer = self.apply(request)
        assert isinstance(answer, Change), answer
        return self.state.register.root

    def check(self) -> None:
        """Every invariant of the whole."""
        check_state(self.state, [self.cards[serial] for serial in sorted(self.cards)])

    def natural_signers(self, body: Any) -> list[str]:
        """Who signs such a command when nobody tries anything."""
        kind = kind_of(body)
        role = body.by if kind in {"appoint", "freeze", "unfreeze"} else _ROLE_OF.get(kind)
        if role is None and kind in {"release", "return"} and self._held(body.serial) is not None:
            release = self._held(body.serial).release
            if isinstance(release, bytes):
                return [self.names[release]]
            role = release
        if role is not None:
            return list(self.roles.get(role, (role.name.lower(),)))
        serials = [named.serial for named in body.cards] if kind == "merge" else [body.serial]
        owners = {card.owner for serial in serials if (card := self.state.card(serial))}
        return sorted(self.names[owner] for owner in owners) or ["nobody"]

    def _held(self, serial: int) -> Any:
        card = self.state.card(serial)
        return None if card is None else card.hold

    def _defaults(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        role = fields.get("by") if kind == "appoint" else _ROLE_OF.get(kind)
        authority = self.state.authorities.get(role) if role is not None else None
        card = self.state.card(fields["serial"]) if "serial" in fields else None
        defaults = {
            "network": self.network,
            "not_after_ms": self.now_ms + HOUR_MS,
            "sequence": 0 if authority is None else authority.sequence,
            "version": 0 if card is None else card.version,
            "product": len(self.state.products) if kind == "define" else 0,
            "name": "Spring",
            "terms": terms(),
            "face_minor": 10_000,
            "first_serial": self.state.card_count,
            "count": 1,
            "owner": key("bob").public,
            "owners": (key("ann").public,),
            "envelope": digest("envelope"),
            "release": Role.SETTLER if fields.get("price_minor") is not None else key("bob").public,
            "until_ms": self.now_ms + DAY_MS,
            "price_minor": None,
            "reference": digest("reference") if card is None or card.hold is None else card.hold.reference,
            "amount_minor": 1,
            "order": digest("order"),
            "amounts_minor": (1, 1),
            "by": Role.ISSUER,
            "cause": Cause.REQUEST,
            "case": digest("case"),
            "currency": "CNY",
            "deposit_minor": 0,
            "as_of_ms": self.now_ms,
            "statement": digest("statement"),
            "threshold": 1,
        }
        self.names.setdefault(key("bob").public, "bob")
        return {name: value for name, value in defaults.items() if name in BODIES[kind].__struct_fields__}


def named(world: World, *serials: int) -> tuple[CardVersion, ...]:
    """The cards of a merge, at the versions they have now."""
    found = [(serial, world.state.card(serial)) for serial in serials]
    return tuple(CardVersion(serial, 0 if card is None else card.version) for serial, card in found)
