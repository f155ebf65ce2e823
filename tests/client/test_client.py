"""Reading a ledger through the client: what comes back is typed, and what does not fit is refused."""

from __future__ import annotations

import base64
import contextlib
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.client.build import sign
from cardtrail.client.client import Client
from cardtrail.client.errors import BadAnswer, NodeUnavailable, NotFound, NotPublished, ProofError
from cardtrail.client.feed import MAX_EVENT_BYTES, Event, read_entry_event, read_events
from cardtrail.client.transport import HttpResponse
from cardtrail.client.verify import verify_card_state, verify_receipt
from cardtrail.client.views import from_view
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.cards import Card, Held, HoldKind, Status
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import CardVersion, Merge, Redeem, Split
from cardtrail.wire.proofs import CARD_STATE_CODEC, IndexedEntry
from cardtrail.wire.requests import StreamRefused
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import NO_HASH
from cardtrail.wire.views import card_to_json
from tests.client.paper import NETWORK, NOW_MS, TERMS, FakeTime, PaperLedger, PaperTransport, client_of

KEY = SecretKey(b"k" * 32)
END_MS = NOW_MS + 60_000


@pytest.fixture
def ledger():
    ledger = PaperLedger().found()
    ledger.issue(KEY.public, KEY.public)
    ledger.seal()
    return ledger


def test_the_ledger_at_a_glance(ledger):
    info = client_of(ledger)[0].ledger()
    assert (info.network, info.cards, info.size) == (NETWORK, 2, len(ledger.entries))
    assert info.product(0).terms == TERMS
    assert info.sequence(Role.ISSUER) == 6
    assert info.vkey == ledger.vkey
    assert info.authorities == ledger.state.authorities
    with pytest.raises(LookupError, match="no regulator"):
        info.sequence(Role.REGULATOR)
    with pytest.raises(LookupError):
        info.product(1)


def test_the_sums(ledger):
    totals = client_of(ledger)[0].totals()
    assert totals.totals == tuple(ledger.state.totals.values())


def test_deposits_are_typed(ledger):
    client, transport, _ = client_of(ledger)
    deposit = {
        "currency": "CNY",
        "deposit_minor": 5,
        "as_of_ms": 7,
        "statement": "00" * 32,
        "entry": 3,
        "custody_ratio_bp": None,
    }
    value = {"time_ms": 1, "size": 2, "totals": [], "deposits": [deposit]}
    transport.faults = [lambda *_: HttpResponse(200, {}, json.dumps(value).encode())]
    (found,) = client.totals().deposits
    assert (found.deposit_minor, found.statement, found.custody_ratio_bp) == (5, NO_HASH, None)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"network":"zz"}', b"{", b'{"card":{}}', b"\xff"])
def test_answers_of_another_form_are_told(body, ledger):
    client, transport, _ = client_of(ledger)
    for question in (client.ledger, client.totals, lambda: client.card(0), lambda: client.command(NO_HASH)):
        transport.faults = [lambda *_: HttpResponse(200, {}, body)]
        with pytest.raises(BadAnswer):
            question()


def test_cards_and_what_is_unknown(ledger):
    client, transport, _ = client_of(ledger)
    assert client.card(1) == ledger.cards[1]
    for question in (lambda: client.card(9), lambda: client.receipt(999), lambda: client.receipt(bytes(32))):
        with pytest.raises(NotFound):
            question()
    answer = transport.request("GET", "/v1/cards/1")
    transport.faults = [lambda *_: answer]
    with pytest.raises(BadAnswer, match="about card 1"):
        client.card(0)


def test_receipts_by_index_and_by_id(ledger):
    client, transport, fake = client_of(ledger)
    transport.auto_seal = False
    command = sign(Redeem(NETWORK, END_MS, 0, 1, 5, NO_HASH), KEY)
    accepted = client.submit(command)
    with pytest.raises(NotPublished):
        client.receipt(command.id)
    with pytest.raises(NotPublished):
        client.receipt(command.id, wait=True)
    assert fake.slept
    ledger.seal()
    proved = client.receipt(command.id, wait=True)
    assert proved == client.receipt(accepted.index)
    assert proved.entry.body == command.body
    text = client.receipt_text(command.id)
    assert verify_receipt(text, ledger.vkey, id=command.id).entry == proved.entry


def test_a_card_younger_than_the_checkpoint_has_no_proof_yet(ledger):
    client, _, _ = client_of(ledger)
    ledger.issue(KEY.public)
    with pytest.raises(NotPublished):
        client.card_state(2)
    ledger.seal()
    assert client.card_state(2, network=NETWORK).card == ledger.cards[2]


def test_a_cards_proof_can_be_kept_and_checked_again(ledger):
    """The bytes of its state, and receipts of its entries under the same checkpoint, however far the log has gone."""
    client, _, _ = client_of(ledger)
    kept = client.card_state_bytes(1, network=NETWORK)
    state = CARD_STATE_CODEC.decode(kept)
    assert verify_card_state(state, ledger.vkey, 1).card == ledger.cards[1]
    ledger.issue(KEY.public)
    ledger.seal()
    receipts = client.receipts_at(state.checkpoint, client.trail(1))
    proved = [verify_receipt(text, ledger.vkey) for text in receipts]
    assert [(one.entry.index, one.entry.entry) for one in proved] == [
        (entry.index, entry.entry) for entry in client.trail(1)
    ]
    assert {one.note for one in proved} == {state.checkpoint}
    assert client.receipts_at(state.checkpoint, ()) == ()


def test_receipts_at_a_checkpoint_are_of_what_it_covers(ledger):
    client, transport, _ = client_of(ledger)
    note = ledger.published[-1][1]
    (first, *_) = client.entries()
    ledger.issue(KEY.public)
    with pytest.raises(NotPublished):
        client.receipts_at(note, client.trail(2))
    with pytest.raises(ProofError, match="inclusion path"):
        client.receipts_at(note, [IndexedEntry(first.index, ledger.entries[1])])
    with pytest.raises(ProofError, match="checkpoint signature"):
        client.receipts_at(note.replace("A", "B"), [first])
    transport.faults = [lambda *_: HttpResponse(200, {}, bytes(7))]
    with pytest.raises(ProofError, match="inclusion tiles"):
        client.receipts_at(note, [first])


def test_new_serials_follow_from_the_log(ledger):
    """Also where the seal is pages away, or is none, and where the node cuts pages short."""
    client, transport, _ = client_of(ledger)
    issue = client.created(4)
    ledger.issue(KEY.public)
    split = ledger.must(Split(NETWORK, END_MS, 0, 1, (4_000, 5_000, 1_000)), KEY)
    ledger.must(Redeem(NETWORK, END_MS, 1, 1, 5, NO_HASH), KEY)
    merge = ledger.must(Merge(NETWORK, END_MS, (CardVersion(3, 0), CardVersion(4, 0))), KEY)
    ledger.seal()
    later = ledger.must(Split(NETWORK, END_MS, 6, 0, (4_000, 5_000)), KEY)

    def cut_short(method, path, body):
        first = int(path.partition("after=")[2].partition("&")[0]) + 1
        return HttpResponse(200, {}, encode((IndexedEntry(first, ledger.entries[first]),)))

    for faults in ([], [cut_short] * 100):
        transport.faults = faults
        assert issue == client.created(4) == range(2)
        assert client.created(split.index) == range(3, 6)
        assert client.created(merge.index) == range(6, 7)
        assert client.created(later.index) == range(7, 9)
        assert not client.created(split.index + 1)
        transport.faults = []
    with pytest.raises(BadAnswer):
        client.created(999)


def test_a_trail_is_in_the_order_of_the_log(ledger):
    client, transport, _ = client_of(ledger)
    split = ledger.must(Split(NETWORK, END_MS, 0, 1, (4_000, 6_000)), KEY)
    trail = client.trail(3)
    assert [entry.index for entry in trail] == [4, 5, split.index]
    assert [entry.entry for entry in trail] == [ledger.entries[entry.index] for entry in trail]
    transport.faults = [lambda *_: HttpResponse(200, {}, encode(tuple(reversed(trail))))]
    with pytest.raises(BadAnswer, match="order"):
        client.trail(3)


def test_pages_of_entries_have_no_gap(ledger):
    client, transport, _ = client_of(ledger)
    entries = client.entries()
    assert [entry.entry for entry in entries] == ledger.entries
    assert client.entries(3, 2) == entries[4:6]
    assert client.entries(len(entries) - 1) == ()
    transport.faults = [lambda *_: HttpResponse(200, {}, encode(entries[1:]))]
    with pytest.raises(BadAnswer, match="without a gap"):
        client.entries()


class Streaming(PaperTransport):
    """The paper ledger with a feed: each connection gets the next of these streams."""

    def __init__(self, ledger):
        super().__init__(ledger)
        self.streams = []

    @contextlib.contextmanager
    def stream(self, path, *, headers):
        self.requests.append(("GET", path))
        assert headers["Accept"] == "text/event-stream"
        yield iter(self.streams.pop(0))


def event_of(index: int, entry: bytes) -> bytes:
    data = json.dumps({"index": index, "entry": base64.b64encode(entry).decode(), "kind": "?"})
    return f"event: entry\nid: {index}\ndata: {data}\n\n".encode()


def test_the_feed_goes_on_where_it_was_cut(ledger):
    transport = Streaming(ledger)
    client = Client(transport, patience=FakeTime().patience(attempts=2))
    size = len(ledger.entries)
    for _ in range(3):
        ledger.issue(KEY.public)
    later = [event_of(index, ledger.entries[index]) for index in range(size, size + 6)]
    hidden, ledger.entries = ledger.entries[size:], ledger.entries[:size]

    def broken():
        yield b": heartbeat\n\n" + later[1][:10]
        raise NodeUnavailable("reset")

    def gap():
        ledger.entries = ledger.entries + hidden[1:]
        yield later[3]

    transport.streams = [[later[0]], broken(), gap()]
    ledger_entries = [*ledger.entries]
    feed = client.feed()
    seen = [next(feed) for _ in range(size + 1)]
    ledger.entries = [*ledger_entries, hidden[0]]
    seen += [next(feed) for _ in range(5)]
    assert [entry.index for entry in seen] == list(range(size + 6))
    assert [entry.entry for entry in seen] == ledger_entries + hidden
    transport.faults = [lambda *_: (_ for _ in ()).throw(NodeUnavailable("gone"))] * 10
    transport.streams = [[]]
    with pytest.raises(NodeUnavailable):
        next(feed)


class Refusing(PaperTransport):
    """The paper ledger, whose feed is refused with this status."""

    status = 503

    def stream(self, path, *, headers):
        raise StreamRefused(path, self.status)


def test_a_feed_that_is_refused_is_asked_for_ever_less_often(ledger):
    transport, fake = Refusing(ledger), FakeTime()
    client = Client(transport, patience=fake.patience())
    feed = client.feed(after=len(ledger.entries) - 1)
    asked, sleep = [], fake.sleep

    def enough(seconds):
        sleep(seconds)
        asked.append(seconds)
        if len(asked) == 5:
            ledger.issue(KEY.public, active=False)

    object.__setattr__(client.patience, "sleep", enough)
    next(feed)
    assert asked == [client.patience.first_s * 2**turn for turn in range(5)]
    transport.status = 404
    with pytest.raises(BadAnswer, match="status 404"):
        list(client.feed(after=len(ledger.entries) - 1))


def test_a_feed_without_streams_asks_again(ledger):
    client, _, fake = client_of(ledger)
    feed = client.feed(after=len(ledger.entries) - 2)
    assert next(feed).index == len(ledger.entries) - 1
    sleep = fake.sleep

    def issue_meanwhile(seconds):
        sleep(seconds)
        ledger.issue(KEY.public, active=False)

    client.patience = fake.patience()
    object.__setattr__(client.patience, "sleep", issue_meanwhile)
    assert next(feed).index == len(ledger.entries) - 1


EVENTS = b": hello\n\nevent: entry\nid: 7\ndata: a\ndata:b\n\r\ndata: \xe5\x8d\xa1\n\nevent: lost\ndata: x\n"


@given(st.lists(st.integers(0, len(EVENTS)), max_size=6))
def test_events_do_not_depend_on_how_the_stream_is_cut(cuts):
    places = [0, *sorted(cuts), len(EVENTS)]
    chunks = [EVENTS[a:b] for a, b in pairwise(places)]
    assert list(read_events(chunks)) == [Event("entry", "7", "a\nb"), Event("message", "", "卡")]


@pytest.mark.parametrize(
    "chunks", [[b"data: \xff\n\n"], [b"x" * (MAX_EVENT_BYTES + 1)], [b"data: " + b"x" * 1000 + b"\n"] * 1100]
)
def test_a_feed_that_is_none_is_refused(chunks):
    with pytest.raises(BadAnswer):
        list(read_events(chunks))


@pytest.mark.parametrize("data", ["", "{}", "[]", '{"index":0,"entry":"?"}', '{"index":"0","entry":""}'])
def test_an_event_that_is_no_entry_is_refused(data):
    with pytest.raises(BadAnswer):
        read_entry_event(Event("entry", "0", data))


CARDS = st.builds(
    Card,
    *[st.integers(0, 10**15 - 1), st.integers(0, 65_535), st.integers(0, 10**9), st.integers(0, 10**9)],
    st.binary(min_size=32, max_size=32),
    st.sampled_from(Status),
    st.none() | st.sampled_from(Role),
    st.none()
    | st.builds(
        Held,
        st.sampled_from(HoldKind),
        st.binary(min_size=32, max_size=32) | st.sampled_from(Role),
        st.integers(0, 2**53 - 1),
        st.integers(0, 2**53 - 1),
        st.none() | st.integers(0, 10**9),
        st.binary(min_size=32, max_size=32),
    ),
    st.lists(st.integers(0, 2**53 - 1), max_size=3).map(tuple),
    *[st.integers(0, 10**6), st.integers(0, 10**6)],
    *[st.none() | st.integers(0, 2**53 - 1), st.none() | st.integers(0, 2**53 - 1)],
    st.integers(0, 10**6),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(CARDS)
def test_a_view_leads_back_to_its_record(card):
    assert from_view(Card, json.loads(json.dumps(card_to_json(card)))) == card


@given(CARDS.map(card_to_json), st.sampled_from(Card.__struct_fields__), VALUES)
def test_any_view_is_a_record_or_an_error(view, field, value):
    view[field] = value
    with contextlib.suppress(BadAnswer):
        from_view(Card, view)
