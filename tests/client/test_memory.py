"""Attack 36: a log's operator goes back, or shows two histories. Whoever remembers one checkpoint can prove it."""

from __future__ import annotations

import pytest

from cardtrail.client.client import Client
from cardtrail.client.errors import LogForked, NotFound, ProofError
from cardtrail.client.memory import Memory
from cardtrail.client.transport import HttpResponse
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import VerifierKey, sign_note
from cardtrail.wire.commands import Redeem
from cardtrail.wire.scalars import NO_HASH
from tests.client.paper import NETWORK, NOW_MS, ORIGIN, FakeTime, PaperLedger, PaperTransport, client_of

KEY = SecretKey(b"k" * 32)


def grow(ledger: PaperLedger, amount_minor: int = 100) -> None:
    body = Redeem(NETWORK, NOW_MS + 1000, 0, ledger.cards[0].version, amount_minor, NO_HASH)
    ledger.must(body, KEY)
    ledger.seal()


def make_ledger(*amounts_minor: int) -> PaperLedger:
    ledger = PaperLedger().found()
    ledger.issue(KEY.public)
    ledger.seal()
    for amount_minor in amounts_minor:
        grow(ledger, amount_minor)
    return ledger


def looking_at(memory: Memory, ledger: PaperLedger) -> Client:
    return Client(PaperTransport(ledger), ledger.vkey, memory=memory, patience=FakeTime().patience())


def test_a_log_that_grows_is_followed(tmp_path):
    ledger = make_ledger()
    memory = Memory(ledger.vkey, tmp_path / "seen")
    client = looking_at(memory, ledger)
    sizes = []
    for _ in range(140):
        grow(ledger, 1)
        sizes.append(client.checkpoint().size)
    assert sizes[-1] > 256 + 20  # The proofs went over the edge of a tile.
    assert client.checkpoint().size == memory.size == sizes[-1]
    assert memory.evidence == []
    assert [path.name for path in tmp_path.iterdir()] == ["seen"]


def test_sizes_far_apart_are_compared_too():
    ledger = make_ledger(*[1] * 130)
    notes = ledger.published
    for early, late in ((0, -1), (3, 125), (60, 61), (1, 127)):
        memory = Memory(ledger.vkey)
        memory.admit(notes[early][1], ledger.tile)
        assert memory.admit(notes[late][1], ledger.tile).size == notes[late][0]


@pytest.mark.parametrize("question", ["checkpoint", "receipt", "state"])
def test_another_history_of_the_same_length_is_refused(question, tmp_path):
    honest, forked = make_ledger(100, 100), make_ledger(100, 200)
    memory = Memory(honest.vkey, tmp_path / "seen")
    looking_at(memory, honest).checkpoint()
    liar = looking_at(memory, forked)
    with pytest.raises(LogForked) as caught:
        {
            "checkpoint": liar.checkpoint,
            "receipt": lambda: liar.receipt(0),
            "state": lambda: liar.card_state(0),
        }[question]()
    assert caught.value.remembered == honest.published[-1][1]
    assert caught.value.shown == forked.published[-1][1]
    assert memory.evidence == [(caught.value.remembered, caught.value.shown)]
    kept = [path.read_text() for path in tmp_path.glob("seen.evidence-*")]
    assert kept == [f"{caught.value.remembered}\n{caught.value.shown}"]
    assert memory.note == honest.published[-1][1]
    assert looking_at(memory, honest).checkpoint().size == memory.size


def test_another_history_that_is_longer_is_refused():
    honest, forked = make_ledger(100, 100), make_ledger(100, 200, 300, 400)
    memory = Memory(honest.vkey)
    looking_at(memory, honest).checkpoint()
    with pytest.raises(LogForked, match="not shown to agree"):
        looking_at(memory, forked).checkpoint()


def test_a_shorter_log_is_refused_although_it_is_a_part_of_the_longer():
    ledger = make_ledger(100, 200)
    memory = Memory(ledger.vkey)
    client = looking_at(memory, ledger)
    client.checkpoint()
    ledger.published.pop()
    with pytest.raises(LogForked, match="had 11 entries and is now shown with 9"):
        client.checkpoint()
    assert len(memory.evidence) == 1


def test_answers_may_overtake_each_other_but_not_contradict():
    """Two questions under way at once: the earlier checkpoint may arrive after the later one."""
    ledger, forked = make_ledger(100, 200), make_ledger(300)
    memory = Memory(ledger.vkey)
    before = memory.size
    memory.admit(ledger.published[-1][1], ledger.tile, least_size=before)
    late = memory.admit(ledger.published[-2][1], ledger.tile, least_size=before)
    assert late.size < memory.size == ledger.published[-1][0]
    with pytest.raises(LogForked):
        memory.admit(forked.published[-1][1], ledger.tile, least_size=before)


def test_what_was_seen_outlives_the_program(tmp_path):
    honest, forked = make_ledger(100), make_ledger(200)
    looking_at(Memory(honest.vkey, tmp_path / "seen"), honest).checkpoint()
    with pytest.raises(LogForked):
        looking_at(Memory(honest.vkey, tmp_path / "seen"), forked).checkpoint()


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"x"])
def test_a_damaged_memory_is_not_an_empty_one(damage, tmp_path):
    ledger = make_ledger()
    path = tmp_path / "seen"
    looking_at(Memory(ledger.vkey, path), ledger).checkpoint()
    path.write_bytes(damage + path.read_bytes()[10:] if damage else b"")
    with pytest.raises(ProofError):
        Memory(ledger.vkey, path)


def test_a_memory_of_another_log_is_refused(tmp_path):
    ledger = make_ledger()
    looking_at(Memory(ledger.vkey, tmp_path / "seen"), ledger).checkpoint()
    other = VerifierKey(ORIGIN, KEY.public)
    with pytest.raises(ProofError):
        Memory(other, tmp_path / "seen")
    with pytest.raises(ValueError, match="another log"):
        Client(PaperTransport(ledger), other, memory=Memory(ledger.vkey))


def test_tiles_that_prove_nothing_are_not_taken():
    ledger = make_ledger()
    client, transport, _ = client_of(ledger)
    client.checkpoint()
    grow(ledger)
    for bad in (b"", b"\x00" * 32 * len(ledger.entries)):
        transport.faults = [None, lambda method, path, body, bad=bad: HttpResponse(200, {}, bad)]
        with pytest.raises(ProofError):
            client.checkpoint()
    assert client.checkpoint().size == len(ledger.entries)


def test_a_partial_tile_that_is_gone_is_read_from_the_full_one():
    ledger = make_ledger()
    client, transport, _ = client_of(ledger)
    client.checkpoint()
    grow(ledger)
    note = ledger.published[-1][1]
    for _ in range(130):
        grow(ledger, 1)
    size = Checkpoint.parse(note.partition("\n\n")[0] + "\n").size

    def partial_is_gone(method, path, body):
        return HttpResponse(404, {}, b"") if f".p/{size}" in path else None

    checkpoint = HttpResponse(200, {}, note.encode())
    transport.faults = [lambda *_: checkpoint, partial_is_gone]
    assert client.checkpoint().size == size
    assert transport.requests[-1] == ("GET", "/tile/0/000")


def test_without_a_verifier_key_nothing_is_verified():
    ledger = make_ledger()
    client = Client(PaperTransport(ledger))
    for question in (client.checkpoint, lambda: client.receipt(0), lambda: client.card_state(0)):
        with pytest.raises(ProofError) as caught:
            question()
        assert caught.value.part == "verifier key"
    assert client.card(0).balance_minor == 10_000


def test_a_checkpoint_signed_by_somebody_else_is_not_remembered():
    ledger = make_ledger()
    memory = Memory(ledger.vkey)
    text = Checkpoint(ORIGIN, 1, bytes(32)).encode()
    with pytest.raises(ProofError):
        memory.admit(sign_note(text, ORIGIN, KEY), ledger.tile)
    assert memory.note is None


def test_a_tile_that_is_not_there_at_all_is_told():
    ledger = make_ledger()
    client, transport, _ = client_of(ledger)
    client.checkpoint()
    grow(ledger)
    gone = HttpResponse(404, {}, b"")
    transport.faults = [None, lambda *_: gone, lambda *_: gone]
    with pytest.raises(NotFound):
        client.checkpoint()
