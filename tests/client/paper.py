"""A ledger on paper: the real rules, log and register in memory, behind the node's HTTP interface as a transport.

Small on purpose, so that what these tests see is the client. `faults` make it misbehave.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace

from cardtrail.client.build import sign
from cardtrail.client.client import Client
from cardtrail.client.errors import NodeUnavailable
from cardtrail.client.exchange import Patience
from cardtrail.client.transport import HttpResponse
from cardtrail.ledger.apply import apply
from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import read_command, read_logged
from cardtrail.ledger.state import State
from cardtrail.ledger.transitions.sealing import make_seal
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.proof_file import ProofFile
from cardtrail.merkle.proofs import inclusion_path
from cardtrail.merkle.register import Register
from cardtrail.merkle.tiles import TILE_WIDTH, TileNodes, TileRef, parse_path
from cardtrail.signing.keys import SecretKey, verify
from cardtrail.signing.notes import VerifierKey, sign_note
from cardtrail.wire.answers import COMMANDS_CODEC, Accepted, Answer, Refused
from cardtrail.wire.cards import Card
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import Activate, Appoint, Body, Define, Issue
from cardtrail.wire.entries import encode_entry
from cardtrail.wire.products import Terms, Transferable
from cardtrail.wire.proofs import CardState, IndexedEntry
from cardtrail.wire.reasons import ORDER, Reason
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import Signed
from cardtrail.wire.views import card_to_json, to_json

NETWORK = bytes(range(16))
ORIGIN = "paper.example/log"
NOW_MS = 1_800_000_000_000
DAY_MS = 24 * 3600 * 1000

TERMS = Terms(
    currency="CNY",
    faces=(10_000, 50_000),
    face_limit_minor=200_000,
    named=False,
    transferable=Transferable.SALE,
    cooling_off_ms=0,
    resale_cap_bp=10_000,
    max_hops=50,
    clearance=(),
    split=True,
    merge=True,
    validity_ms=None,
    hold_limit_ms=30 * DAY_MS,
    rebind_delay_ms=DAY_MS,
)


class Clock:
    """Milliseconds that move when told to."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


class FakeTime:
    """Seconds for `Patience`: sleeping moves them."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds

    def clock(self) -> float:
        return self.now_s

    def patience(self, **settings) -> Patience:
        return Patience(sleep=self.sleep, clock=self.clock, jitter=lambda: 1.0, **settings)


class PaperLedger:
    """The ledger: commands in, entries and proofs out."""

    def __init__(self, clock: Clock | None = None, log_key: SecretKey | None = None) -> None:
        self.clock = clock or Clock()
        self.log_key = log_key or SecretKey(b"L" * 32)
        self.vkey = VerifierKey(ORIGIN, self.log_key.public)
        self.issuer, self.clearer, self.settler = (SecretKey(seed * 32) for seed in (b"i", b"c", b"s"))
        self.cards: dict[int, Card] = {}
        self.state = State(self.cards.get, Register())
        self.entries: list[bytes] = []
        self.before: dict[int, tuple[int, ...]] = {}
        self.ids: dict[bytes, Accepted] = {}
        self.published: list[tuple[int, str]] = []
        self.as_sealed: list[bytes] = []

    def submit(self, raw: bytes) -> Answer:
        request = read_command(raw, self.state.network)
        if isinstance(request, Reason):
            return Refused(None, request.code)
        jobs = [*request.jobs, *(request.cleared.jobs if request.cleared else ())]
        if not all(verify(*job) for job in jobs):
            return Refused(None, Reason.BAD_SIGNATURE.code)
        change = self._apply(request)
        if isinstance(change, Change):
            return self.ids[request.id]
        return self.ids.get(request.id) or Refused(request.id, change.code)

    def seal(self) -> None:
        """A seal and a checkpoint over it."""
        raw = encode(Signed(encode(make_seal(self.state.draft())), (), None))
        assert isinstance(self._apply(read_logged(raw, self.state.network)), Change)
        tree = LogTree()
        tree.extend(leaf_hash(entry) for entry in self.entries)
        text = Checkpoint(ORIGIN, tree.size, tree.root()).encode()
        self.published.append((tree.size, sign_note(text, ORIGIN, self.log_key)))
        self.as_sealed = [encode(self.cards[serial]) for serial in range(self.state.card_count)]

    def tile(self, level: int, n: int, width: int) -> bytes:
        step = 256**level
        first = n * TILE_WIDTH
        hashes = []
        for place in range(first, first + width):
            tree = LogTree()
            tree.extend(leaf_hash(entry) for entry in self.entries[place * step : (place + 1) * step])
            assert tree.size == step
            hashes.append(tree.root())
        return b"".join(hashes)

    def receipt(self, index: int) -> str:
        size, note = self.published[-1]
        path = inclusion_path(index, size, TileNodes(size, self.tile))
        return ProofFile(self.entries[index], index, tuple(path), note).encode()

    def card_state(self, serial: int) -> CardState:
        size, note = self.published[-1]
        seal_path = inclusion_path(size - 1, size, TileNodes(size, self.tile))
        path = Register.build(leaf_hash(record) for record in self.as_sealed).path(serial)
        record = self.as_sealed[serial]
        return CardState(record, tuple(path), size - 1, self.entries[size - 1], tuple(seal_path), note)

    def trail(self, serial: int) -> list[int]:
        line, todo = set(), [serial]
        while todo:
            line.add(at := todo.pop())
            todo += self.cards[at].parents
        return sorted(index for index, serials in self.before.items() if line & set(serials))

    def _apply(self, request) -> Change | Reason:
        draft = self.state.draft()
        now_ms = max(self.clock(), self.state.time_ms)
        change = apply(draft, request, now_ms)
        if isinstance(change, Change):
            index = len(self.entries)
            self.entries.append(encode_entry(now_ms, request.raw))
            self.before[index] = tuple(card.serial for card in change.after)
            self.ids[request.id] = Accepted(request.id, index, now_ms)
            self.cards.update(draft.changed)
            self.state = draft.settle(self.cards.get, draft.records())
        return change

    # What the issuer does, for tests that need cards

    def must(self, body: Body, *keys: SecretKey) -> Accepted:
        answer = self.submit(sign(body, *keys).raw)
        assert isinstance(answer, Accepted), answer
        return answer

    def end_ms(self) -> int:
        return self.clock() + 60_000

    def found(self, terms: Terms = TERMS) -> PaperLedger:
        """Appoint everybody and define product 0."""
        head = (NETWORK, self.end_ms())
        self.must(Appoint(*head, Role.ISSUER, 0, Role.ISSUER, (self.issuer.public,), 1), self.issuer)
        for sequence, (role, key) in enumerate(
            [(Role.CLEARER, self.clearer), (Role.SETTLER, self.settler)], 1
        ):
            self.must(Appoint(*head, Role.ISSUER, sequence, role, (key.public,), 1), self.issuer)
        self.must(Define(*head, 3, 0, "spring", terms), self.issuer)
        return self

    def issue(self, *owners: bytes, face_minor: int = 10_000, active: bool = True) -> int:
        """Cards of these owner keys; the first one's serial."""
        head, first = (NETWORK, self.end_ms()), self.state.card_count
        sequence = self.state.authorities[Role.ISSUER].sequence
        self.must(Issue(*head, sequence, 0, face_minor, first, owners), self.issuer)
        if active:
            self.must(Activate(*head, sequence + 1, first, len(owners)), self.issuer)
        return first


Fault = Callable[[str, str, bytes], HttpResponse | None]
"""Method, path, body: an answer instead of the ledger's, an exception to raise, or none to let the request through."""


@dataclass
class PaperTransport:
    """The ledger behind the node's interface."""

    ledger: PaperLedger
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault | None] = field(default_factory=list)
    lose: list[bool] = field(default_factory=list)
    auto_seal: bool = True

    def request(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] = {}
    ) -> HttpResponse:
        self.requests.append((method, path))
        if self.faults and (fault := self.faults.pop(0)):
            given = fault(method, path, body)
            if given is not None:
                return given
        answer = self.answer(method, path, body, headers)
        if self.lose and self.lose.pop(0):
            raise NodeUnavailable("the answer was lost")
        return answer

    def answer(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
        at, _, query = path.partition("?")
        parts = at.strip("/").split("/")
        asked = SimpleNamespace(
            msgpack="msgpack" in headers.get("Accept", ""),
            query=dict(pair.split("=") for pair in query.split("&") if pair),
        )
        match (method, *parts):
            case ("POST", "v1", "commands"):
                return self._submit(body)
            case ("GET", "v1", "commands", id):
                found = self.ledger.ids.get(bytes.fromhex(id))
                return (
                    _json({"status": "accepted", **to_json(found)})
                    if found
                    else _problem(404, "unknown_command")
                )
            case ("GET", "v1", "ledger"):
                return self._ledger()
            case ("GET", "v1", "totals"):
                state = self.ledger.state
                sums = [to_json(totals) for totals in state.totals.values()]
                return _json({"time_ms": state.time_ms, "size": state.size, "totals": sums, "deposits": []})
            case ("GET", "v1", "entries"):
                first = int(asked.query["after"]) + 1
                return _entries(
                    enumerate(self.ledger.entries[first : first + int(asked.query["limit"])], first)
                )
            case ("GET", "v1", "entries", index, "receipt"):
                return self._receipt(int(index))
            case ("GET", "v1", "cards", serial, "trail"):
                return _entries(
                    (index, self.ledger.entries[index]) for index in self.ledger.trail(int(serial))
                )
            case ("GET", "v1", "cards", serial):
                return self._card(int(serial), asked.msgpack)
            case ("GET", "checkpoint"):
                if not self.ledger.published:
                    return _problem(409, "not_published_yet")
                return HttpResponse(
                    200, {"Content-Type": "text/plain"}, self.ledger.published[-1][1].encode()
                )
            case ("GET", "tile", *_):
                ref = parse_path(at[1:])
                assert isinstance(ref, TileRef)
                return HttpResponse(200, {}, self.ledger.tile(*ref))
        return _problem(404, "unknown_path")

    def _submit(self, body: bytes) -> HttpResponse:
        answers = [self.ledger.submit(raw) for raw in COMMANDS_CODEC.decode(body)]
        if self.auto_seal and any(isinstance(answer, Accepted) for answer in answers):
            self.ledger.seal()
        if len(answers) == 1 and isinstance(answers[0], Refused):
            refused = answers[0]
            status = 422 if ORDER[refused.reason] <= ORDER[Reason.BAD_SIGNATURE] else 409
            id = None if refused.id is None else refused.id.hex()
            return _problem(status, refused.code, id=id)
        return HttpResponse(200, {"Content-Type": "application/msgpack"}, encode(answers))

    def _ledger(self) -> HttpResponse:
        ledger, state = self.ledger, self.ledger.state
        return _json(
            {
                "network": state.network.hex() if state.network else None,
                "origin": ORIGIN,
                "vkey": ledger.vkey.encode(),
                "size": state.size,
                "time_ms": state.time_ms,
                "cards": state.card_count,
                "products": [to_json(product) for product in state.products.values()],
                "authorities": [to_json(authority) for authority in state.authorities.values()],
                "checkpoint_size": ledger.published[-1][0] if ledger.published else 0,
            }
        )

    def _receipt(self, index: int) -> HttpResponse:
        if index >= len(self.ledger.entries):
            return _problem(404, "unknown_entry")
        if not self.ledger.published or index >= self.ledger.published[-1][0]:
            return _problem(409, "not_published_yet")
        return HttpResponse(200, {"Content-Type": "text/plain"}, self.ledger.receipt(index).encode())

    def _card(self, serial: int, msgpack: bool) -> HttpResponse:
        if serial not in self.ledger.cards:
            return _problem(404, "unknown_card")
        if not msgpack:
            return _json({"card": card_to_json(self.ledger.cards[serial]), "state": None})
        if serial >= len(self.ledger.as_sealed):
            return _problem(409, "not_published_yet")
        return HttpResponse(200, {}, encode(self.ledger.card_state(serial)))


def client_of(ledger: PaperLedger, **settings) -> tuple[Client, PaperTransport, FakeTime]:
    """A client that trusts the ledger's key, its transport, and the time it waits in."""
    transport, fake = PaperTransport(ledger), FakeTime()
    return Client(transport, ledger.vkey, patience=fake.patience(**settings)), transport, fake


def _json(value: object) -> HttpResponse:
    return HttpResponse(200, {"content-type": "application/json"}, json.dumps(value).encode())


def _problem(status: int, reason: str, **more: object) -> HttpResponse:
    document = {"type": f"urn:cardtrail:problem:{reason}", "title": reason, "reason": reason, **more}
    return HttpResponse(status, {"content-type": "application/problem+json"}, json.dumps(document).encode())


def _entries(items) -> HttpResponse:
    return HttpResponse(200, {}, encode([IndexedEntry(index, entry) for index, entry in items]))
