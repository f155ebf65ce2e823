"""The rules and the naive model, fed the same commands and compared after each."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from cardtrail.ledger.apply import apply
from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Cleared, Request
from cardtrail.ledger.invariants import check_state
from cardtrail.ledger.state import State
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.register import Register
from cardtrail.wire.cards import Card
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import Body, CardVersion, Cause
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.money import Totals
from cardtrail.wire.products import Terms, Transferable
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import Statement
from tests.ledger.naive import Naive
from tests.ledger.walk import HASH, NETWORK, START_MS, Dice, Proposal, opening, propose
from tests.ledger_world import BODIES

_CONVERT: dict[str, Any] = {
    "terms": lambda terms: Terms(**{**terms, "transferable": Transferable(terms["transferable"])}),
    "cards": lambda cards: cards if isinstance(cards, int) else tuple(CardVersion(*pair) for pair in cards),
    "totals": lambda totals: tuple(Totals(*sums) for sums in totals),
    "by": Role,
    "role": Role,
    "cause": Cause,
    "release": lambda release: release if isinstance(release, bytes) else Role(release),
}


def body_of(command: dict[str, Any]) -> Body:
    """The naive model's dictionary as a command."""
    fields = {name: _CONVERT.get(name, lambda same: same)(value) for name, value in command.items()}
    return BODIES[fields.pop("kind")](**fields)


def request_of(proposal: Proposal) -> Request:
    """The proposal as if its signatures had been verified."""
    body = body_of(proposal.command)
    number, cleared = command_id(encode(body)), None
    if proposal.cleared is not None:
        said = proposal.cleared
        root = leaf_hash(number if said["covers"] else HASH)
        cleared = Cleared(Statement(said["network"], root, 1, said["until_ms"]), said["signers"], 0, (), ())
    return Request(b"", body, number, proposal.signers, cleared, ())


def plain(record: Any) -> Any:
    """A record as the naive model would write it."""
    if isinstance(record, msgspec.Struct):
        return {name: plain(getattr(record, name)) for name in record.__struct_fields__}
    return record


class SideBySide:
    """One ledger kept twice. `verdicts` counts what was answered to which kind of command."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.verdicts: Counter[tuple[str, str]] = Counter()
        self.cards: dict[int, Card] = {}
        self.naive = Naive()
        self.state = State(self.cards.get, Register())
        self._draft: State | None = None
        for proposal in opening():
            assert self.submit(proposal) == "ok", proposal
        self.settle()

    def draft(self) -> State:
        """The draft under way."""
        if self._draft is None:
            self._draft = self.state.draft()
        return self._draft

    def step(self, kind: str, number: int) -> str:
        """Propose and submit one command."""
        return self.submit(propose(kind, self.naive, self.now_ms, Dice(number)))

    def submit(self, proposal: Proposal) -> str:
        """Give both the command, and compare the answers and what changed."""
        kind = proposal.command["kind"]
        expected = self.naive.submit(*proposal, self.now_ms)
        answer = apply(self.draft(), request_of(proposal), self.now_ms)
        verdict = "ok" if isinstance(answer, Change) else answer.name
        assert verdict == expected, f"rules: {verdict}, model: {expected}, for {proposal}"
        self.verdicts[kind, verdict] += 1
        if isinstance(answer, Change):
            for card in answer.after:
                assert plain(card) == self.naive.cards[card.serial]
            self._compare_sums()
            if kind == "seal":
                self.settle()
                assert self.state.register.root == proposal.command["register_root"]
        return verdict

    def settle(self) -> None:
        """Make the draft the state."""
        draft = self.draft()
        records = draft.records()
        self.cards.update(draft.changed)
        self.state, self._draft = draft.settle(self.cards.get, records), None
        self.kept = self.naive.copy()

    def drop(self) -> None:
        """Forget the draft: both are as they were when it began."""
        self._draft = None
        self.naive = self.kept.copy()
        self.compare()

    def compare(self) -> None:
        """Compare everything there is, and check every invariant."""
        draft = self.draft()
        found = [draft.card(serial) for serial in range(draft.card_count)]
        assert draft.card(draft.card_count) is None
        cards = [card for card in found if card is not None]
        assert [plain(card) for card in cards] == list(self.naive.cards.values())
        self._compare_sums()
        check_state(draft, cards)

    def _compare_sums(self) -> None:
        draft, naive = self.draft(), self.naive
        sums = {totals.currency: tuple(plain(totals).values())[1:] for totals in draft.totals.values()}
        assert sums == naive.totals()
        roles = {int(role): plain(authority) for role, authority in draft.authorities.items()}
        assert roles == {role: {"role": role, **known} for role, known in naive.roles.items()}
        assert {currency: plain(deposit) for currency, deposit in draft.deposits.items()} == naive.deposits
        assert (draft.size, draft.card_count) == (naive.size, len(naive.cards))
        assert (draft.network, len(draft.products)) == (NETWORK, len(naive.products))
        assert draft.time_ms <= self.now_ms
