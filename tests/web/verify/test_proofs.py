"""What goes into a proof: all that is needed, under one checkpoint, and nothing that has to be believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardtrail.client.client import Client
from cardtrail.client.errors import NotFound, NotPublished, ProofError
from cardtrail.client.verify import verify_card_state, verify_receipt
from cardtrail.web.cards import proofs
from cardtrail.web.cards.proofs import card_proof
from cardtrail.wire.cards import Status
from cardtrail.wire.codec import encode
from cardtrail.wire.proofs import CARD_STATE_CODEC
from tests.client.paper import PaperTransport, client_of
from tests.ledger_world import World
from tests.web.verify.browser import Harness
from tests.web.verify.conftest import MERGED, SPENT, RealLedger
from tests.web.verify.pages import HOLDER, paper_ledger, spend

HISTORIES = Path(__file__).resolve().parents[3] / "vectors" / "histories"


def test_everything_rests_on_one_checkpoint_even_while_the_log_grows():
    ledger = paper_ledger(100, 200)
    client, transport, _ = client_of(ledger)
    transport.faults = [None, lambda *_: spend(ledger, 1)]  # Between the state and the trail.
    proof = card_proof(client, 0)
    state = CARD_STATE_CODEC.decode(proof.state)
    assert verify_card_state(state, ledger.vkey, 0).card.version == 3
    proved = [verify_receipt(text, ledger.vkey) for text in proof.receipts]
    assert {one.note for one in proved} == {state.checkpoint}
    assert [one.entry.index for one in proved] == list(proof.entries) == [4, 5, 7, 9]
    assert ledger.cards[0].version == 4


def test_it_brings_no_key():
    """A proof that brought its own key would prove nothing, so whoever checks has it from elsewhere."""
    ledger = paper_ledger(100)
    proof = card_proof(client_of(ledger)[0], 0, defined_in=3)
    assert proof.vkey == ledger.vkey.encode()
    assert proof.vkey not in json.dumps(proof.record())
    assert proof.record().keys() == {"state", "receipts", "definition"}
    assert verify_receipt(proof.definition or "", ledger.vkey).entry.index == 3


def test_without_a_key_there_is_no_proof():
    with pytest.raises(ProofError, match="verifier key"):
        card_proof(Client(PaperTransport(paper_ledger())), 0)


def test_a_card_that_is_not_there_or_not_yet():
    ledger = paper_ledger()
    client = client_of(ledger)[0]
    with pytest.raises(NotFound):
        card_proof(client, 5)
    ledger.issue(HOLDER.public)
    with pytest.raises(NotPublished):
        card_proof(client, 1)


def test_of_a_long_ancestry_the_latest_goes_with_it(
    real: RealLedger, harness: Harness, monkeypatch: pytest.MonkeyPatch
):
    """What happened to the card itself is never left out: it is needed for the check."""
    whole = real.proof(MERGED)
    monkeypatch.setattr(proofs, "MOST_ANCESTRAL", 2)
    short = real.proof(MERGED)
    assert short.entries == whole.entries[-3:]
    monkeypatch.setattr(proofs, "MOST_ANCESTRAL", 0)
    alone = [real.proof(MERGED), real.proof(SPENT)]
    assert alone[1].entries == whole_of(real, SPENT)
    cases = [{"proof": one.record(), "vkey": real.vkey, "serial": one.serial} for one in (short, *alone)]
    assert harness.cards(cases) == ["holds"] * 3


def whole_of(real: RealLedger, serial: int) -> tuple[int, ...]:
    return tuple(entry.index for entry in real.client.trail(serial))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_cards_version_counts_the_entries_about_it(harness: Harness, number: int):
    """In whole recorded histories, for every card: that is what shows a trail to be complete."""
    entries = json.loads((HISTORIES / f"{number}.json").read_text("utf-8"))["entries"]
    world = World.replay([bytes.fromhex(entry) for entry in entries])
    cards = [world.cards[serial] for serial in sorted(world.cards)]
    assert {card.status for card in cards} == {Status.ACTIVE, Status.VOID, Status.SPLIT, Status.MERGED}
    found = harness.changes(entries, [encode(card).hex() for card in cards])
    assert found == [card.version + 1 for card in cards]
