"""The client: submit commands, read the ledger, and verify what can be verified.

    client = Client(HttpTransport("http://127.0.0.1:8080"), vkey)
    answer = client.submit(sign(body, key))          # Accepted or Refused: both are values
    proved = client.receipt(answer.id, wait=True)    # verified with the pinned key

A client may be used from many threads if its transport may.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from cardtrail.client.build import SignedCommand
from cardtrail.client.errors import BadAnswer, NodeUnavailable, NotFound, NotPublished, ProofError
from cardtrail.client.exchange import (
    JSON,
    MSGPACK,
    Patience,
    ask,
    decode,
    problem_of,
    read_json,
    read_text,
)
from cardtrail.client.feed import read_entry_event, read_events
from cardtrail.client.info import LedgerInfo, TotalsInfo, read_ledger, read_totals
from cardtrail.client.memory import Memory
from cardtrail.client.submission import brief, chunks, submit_chunk
from cardtrail.client.transport import Response, StreamingTransport, Transport
from cardtrail.client.verify import (
    ProvedCard,
    ProvedEntry,
    open_checkpoint,
    read_entry,
    verify_card_state,
    verify_receipt,
)
from cardtrail.client.views import from_view
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import HASH_SIZE
from cardtrail.merkle.proof_file import ProofFile
from cardtrail.merkle.proofs import inclusion_path
from cardtrail.merkle.pyramid import TILE_WIDTH
from cardtrail.merkle.tiles import TileError, TileNodes, tile_path
from cardtrail.signing.notes import VerifierKey
from cardtrail.wire.answers import Accepted, Answer
from cardtrail.wire.cards import Card
from cardtrail.wire.commands import Body, Issue, Merge, Seal, Split
from cardtrail.wire.proofs import CARD_STATE_CODEC, ENTRIES_CODEC, IndexedEntry
from cardtrail.wire.requests import MAX_COMMANDS, StreamRefused

PAGE = 1000
"""Entries in one page, at most."""


class Client:
    """A node, as somebody sees it who does not trust it.

    transport   how to reach it
    vkey        the log's verifier key, or its text `name+hash+key`, from somewhere other than this node.
                Without it nothing can be verified: whatever says "verified" below raises `ProofError` with the
                part "verifier key"
    memory      the last checkpoint seen; give one with a file to remember beyond this process
    patience    how long to try
    """

    def __init__(
        self,
        transport: Transport,
        vkey: VerifierKey | str | None = None,
        *,
        memory: Memory | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.transport = transport
        self.patience = patience or Patience()
        if isinstance(vkey, str):
            vkey = VerifierKey.parse(vkey)
        if memory is not None and vkey is not None and memory.vkey != vkey:
            raise ValueError("the memory is of another log than the verifier key")
        if memory is None and vkey is not None:
            memory = Memory(vkey)
        self.memory = memory

    # Submitting

    def submit(self, command: SignedCommand, *, wait_for_checkpoint: bool = False) -> Answer:
        """`Accepted` or `Refused`. Lost answers are asked for again with the same bytes, which cannot take
        effect twice.

        wait_for_checkpoint   answer only once a checkpoint covers the command's entry

        Raises `Undecided` (with the id) if nothing was heard until patience ended.
        """
        return self._submit([command], wait_for_checkpoint)[0]

    def submit_many(
        self,
        commands: Sequence[SignedCommand],
        *,
        chunk: int = MAX_COMMANDS,
        wait_for_checkpoint: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Answer]:
        """One answer for each command, in order. Sent in chunks, one after the other; within one a refusal
        stops nothing.

        on_progress   called with (answered, all) after each chunk
        """
        answers: list[Answer] = []
        for part in chunks(commands, chunk):
            answers += self._submit(part, wait_for_checkpoint)
            if on_progress is not None:
                on_progress(len(answers), len(commands))
        return answers

    def command(self, id: bytes) -> Accepted | None:
        """What became of a command: its entry, or none if it is not in the log (it may still be under way)."""
        return self._find(id, self.patience)

    # Reading, unproved

    def ledger(self) -> LedgerInfo:
        """The ledger at a glance: network, products, sequences, next serial."""
        return read_ledger(read_json(self._get("/v1/ledger", JSON)))

    def totals(self) -> TotalsInfo:
        """The sums of each currency, and the custodian's statements."""
        return read_totals(read_json(self._get("/v1/totals", JSON)))

    def card(self, serial: int) -> Card:
        """A card's present record: what to build the next command on. Raises `NotFound`.

        Not proved, and need not be: a command built on a wrong record is refused. To believe a balance, use
        `card_state`.
        """
        value = read_json(self._get(f"/v1/cards/{serial}", JSON))
        card = from_view(Card, value.get("card") if isinstance(value, dict) else None)
        if card.serial != serial:
            raise BadAnswer(f"the node answered about card {card.serial}, not {serial}")
        return card

    def trail(self, serial: int) -> tuple[IndexedEntry, ...]:
        """The entries that changed a card or any of its ancestors, ascending. `receipt(index)` proves each of
        them.
        """
        entries = self._entries(f"/v1/cards/{serial}/trail")
        if any(a.index >= b.index for a, b in pairwise(entries)):
            raise BadAnswer("the node's trail is not in the order of the log")
        return entries

    def entries(self, after: int = -1, limit: int = PAGE) -> tuple[IndexedEntry, ...]:
        """Up to `limit` (at most 1,000) entries that follow entry `after`; none at the log's end, and only there."""
        entries = self._entries(f"/v1/entries?after={after}&limit={limit}")
        if [entry.index for entry in entries] != list(range(after + 1, after + 1 + len(entries))):
            raise BadAnswer(f"the node's entries do not follow entry {after} without a gap")
        return entries

    def feed(self, after: int = -1) -> Iterator[IndexedEntry]:
        """All entries after `after`, then those to come, each once and in order, for ever; connects again by itself.

        Ends by raising `NodeUnavailable` once the node has been away for longer than patience.
        """
        fruitless = 0
        while True:
            for entry in self._catch_up(after):
                yield entry
                after = entry.index
            if not isinstance(self.transport, StreamingTransport):
                self.patience.sleep(self.patience.most_s)
                continue
            fruitless += 1
            with contextlib.suppress(NodeUnavailable):
                for entry in self._listen(self.transport, after):
                    yield entry
                    after = entry.index
                    fruitless = 1
            self.patience.sleep(self.patience.delay_s(fruitless))

    def created(self, index: int) -> range:
        """Serials of the cards that the issue, split or merge in entry `index` made; empty for any other entry.

        A split or merge does not say its new serials; they follow from the seal before it and what came between.
        """
        size = index + 1
        made: list[int] = []
        while size > 0:
            first = max(0, size - PAGE)
            page = self._between(first, size)
            for item in reversed(page):
                body = read_entry(item.index, item.entry).body
                if isinstance(body, Seal) and item.index != index:
                    start = body.cards + sum(made[1:])
                    return range(start, start + made[0])
                made.append(_cards_made(body))
            size = first
        return range(sum(made[1:]), sum(made))

    # Reading, verified

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint, verified, and shown to extend the one seen before.

        Raises `ProofError`, or `LogForked` with both notes.
        """
        before = self._memory().size
        return self._admit(read_text(self._get("/checkpoint", "text/plain")), before)

    def wait_for_checkpoint(self, size: int, *, timeout_s: float = 10.0) -> Checkpoint:
        """The first verified checkpoint found that covers `size` entries (an entry's index and one).

        Raises `NotPublished` if there is none in time.
        """
        patience = self.patience
        began_s = patience.clock()
        while True:
            with contextlib.suppress(NotFound, NotPublished):
                checkpoint = self.checkpoint()
                if checkpoint.size >= size:
                    return checkpoint
            if patience.clock() - began_s >= timeout_s:
                raise NotPublished(
                    409, "not_published_yet", f"no checkpoint covers {size} entries after {timeout_s:g} s"
                )
            patience.sleep(patience.first_s)

    def receipt(self, which: int | bytes, *, wait: bool = False) -> ProvedEntry:
        """The entry with this index, or of the command with this id, verified to be in the log.

        wait   wait for a checkpoint that covers it. Without: raises `NotPublished` until there is one.
        """
        return self._prove_entry(which, wait)[0]

    def receipt_text(self, which: int | bytes, *, wait: bool = False) -> str:
        """The receipt itself (c2sp.org/tlog-proof), verified: to be kept, and checked again by anybody with
        the log's key.
        """
        return self._prove_entry(which, wait)[1]

    def card_state(self, serial: int, *, network: bytes | None = None) -> ProvedCard:
        """A card's record as of the latest checkpoint, verified.

        Raises `NotFound`; `NotPublished` for a card younger than the checkpoint; `ProofError`.
        """
        return self._prove_card(serial, network)[0]

    def card_state_bytes(self, serial: int, *, network: bytes | None = None) -> bytes:
        """The state proof itself (the canonical bytes of a `CardState`), verified: to be kept, and checked again
        by anybody with the log's key. Raises as `card_state` does.
        """
        return self._prove_card(serial, network)[1]

    def receipts_at(self, note: str, entries: Sequence[IndexedEntry]) -> tuple[str, ...]:
        """Receipts of these entries that all rest on this one checkpoint, made from the log's tiles and verified.

        `receipt_text` rests on the latest checkpoint, which may move on between two calls. Raises `NotPublished`
        for an entry that the checkpoint does not cover.
        """
        vkey = self._memory().vkey
        size = open_checkpoint(note, vkey).size
        nodes = TileNodes(size, self._tile)
        texts = []
        for item in entries:
            if item.index >= size:
                raise NotPublished(409, "not_published_yet", "The checkpoint does not cover this entry.")
            try:
                path = inclusion_path(item.index, size, nodes)
            except TileError as error:
                raise ProofError("inclusion tiles", str(error)) from None
            text = ProofFile(item.entry, item.index, tuple(path), note).encode()
            verify_receipt(text, vkey, index=item.index)
            texts.append(text)
        return tuple(texts)

    # Within

    def _submit(self, commands: Sequence[SignedCommand], wait: bool) -> list[Answer]:
        def find(id: bytes) -> Accepted | None:
            return self._find(id, brief(self.patience))

        return submit_chunk(self.transport, self.patience, commands, find=find, wait_for_checkpoint=wait)

    def _find(self, id: bytes, patience: Patience) -> Accepted | None:
        try:
            value = read_json(self._get(f"/v1/commands/{id.hex()}", JSON, patience))
        except NotFound:
            return None
        accepted = from_view(Accepted, value)
        if accepted.id != id:
            raise BadAnswer("the node answered about another command than was asked for")
        return accepted

    def _prove_entry(self, which: int | bytes, wait: bool) -> tuple[ProvedEntry, str]:
        memory = self._memory()
        id = which if isinstance(which, bytes) else None
        if isinstance(which, bytes):
            found = self.command(which)
            if found is None:
                raise NotFound(404, "unknown_command", "There is no such command in the log.")
            index = found.index
        else:
            index = which
        if wait:
            self.wait_for_checkpoint(index + 1)
        before = memory.size
        text = read_text(self._get(f"/v1/entries/{index}/receipt", "text/plain"))
        proved = verify_receipt(text, memory.vkey, index=index, id=id)
        self._admit(proved.note, before)
        return proved, text

    def _prove_card(self, serial: int, network: bytes | None) -> tuple[ProvedCard, bytes]:
        memory = self._memory()
        before = memory.size
        response = self._get(f"/v1/cards/{serial}", MSGPACK)
        state = decode(CARD_STATE_CODEC, response)
        proved = verify_card_state(state, memory.vkey, serial, network=network)
        self._admit(proved.note, before)
        return proved, response.body

    def _memory(self) -> Memory:
        if self.memory is None:
            raise ProofError("verifier key", "none was given, so nothing that the node says can be verified")
        return self.memory

    def _admit(self, note: str, before: int) -> Checkpoint:
        return self._memory().admit(note, self._tile, least_size=before)

    def _tile(self, level: int, number: int, width: int) -> bytes:
        try:
            return self._get("/" + tile_path(level, number, width), "application/octet-stream").body
        except NotFound:
            # A partial tile may be gone once the tile is full (c2sp.org/tlog-tiles).
            full = self._get("/" + tile_path(level, number, TILE_WIDTH), "application/octet-stream").body
            return full[: width * HASH_SIZE]

    def _entries(self, path: str) -> tuple[IndexedEntry, ...]:
        return decode(ENTRIES_CODEC, self._get(path, MSGPACK))

    def _between(self, first: int, end: int) -> list[IndexedEntry]:
        """The entries from `first` up to, not including, `end`. A node may cut a page short where entries are
        large.
        """
        found: list[IndexedEntry] = []
        while first < end:
            page = self.entries(first - 1, min(PAGE, end - first))
            if not page:
                raise BadAnswer(f"the log ends before entry {end - 1}")
            found += page
            first += len(page)
        return found

    def _catch_up(self, after: int) -> Iterator[IndexedEntry]:
        while page := self.entries(after):
            yield from page
            after = page[-1].index

    def _listen(self, transport: StreamingTransport, after: int) -> Iterator[IndexedEntry]:
        with _stream(transport, f"/v1/feed?after={after}") as chunks:
            for event in read_events(chunks):
                if event.kind == "entry":
                    entry = read_entry_event(event)
                    if entry.index != after + 1:
                        return  # Something was missed; the next page of entries has it.
                    after = entry.index
                    yield entry

    def _get(self, path: str, accept: str, patience: Patience | None = None) -> Response:
        headers = {"Accept": accept}
        response = ask(self.transport, patience or self.patience, "GET", path, headers=headers).response
        if response.status != 200:
            raise problem_of(response)
        return response


@contextlib.contextmanager
def _stream(transport: StreamingTransport, path: str) -> Iterator[Iterator[bytes]]:
    """A stream of events; one that is refused is like any other answer that is refused."""
    try:
        with transport.stream(path, headers={"Accept": "text/event-stream"}) as chunks:
            yield chunks
    except StreamRefused as error:
        if error.status == 429 or error.status >= 500:
            raise NodeUnavailable(str(error)) from None
        raise BadAnswer(str(error)) from None


def _cards_made(body: Body) -> int:
    if isinstance(body, Issue):
        return len(body.owners)
    if isinstance(body, Split):
        return len(body.amounts_minor)
    return 1 if isinstance(body, Merge) else 0
