"""What a holder's browser needs to check a card by itself: the node's own bytes, gathered under one checkpoint."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cardtrail.client.client import Client
from cardtrail.client.errors import ProofError
from cardtrail.client.verify import verify_card_state
from cardtrail.merkle.proof_file import ProofFile
from cardtrail.wire.proofs import CARD_STATE_CODEC, IndexedEntry

MOST_ANCESTRAL = 100
"""Entries of the cards it came from that go with a card's proof, at most; its own go with it however many they are."""


@dataclass(frozen=True, slots=True)
class CardProof:
    """A card's state and trail with their proofs, and nothing that could not be checked.

    serial       the card
    vkey         the log's verifier key (`name+hash+key`) as this application trusts it; whoever checks may take
                 another, got elsewhere
    state        the canonical bytes of a `CardState` (docs/reference/formats.md)
    receipts     the entries that changed it or the cards it came from, ascending, as c2sp.org/tlog-proof files that
                 rest on the state's checkpoint
    definition   the same for the entry that defined its product, which names its currency; none if not known
    """

    serial: int
    vkey: str
    state: bytes
    receipts: tuple[str, ...]
    definition: str | None = None

    def record(self) -> dict[str, object]:
        """The form for JSON: what `static/cards/verify/check.js` reads. It holds no key: a proof that brought
        its own would prove nothing.
        """
        return {
            "state": base64.b64encode(self.state).decode(),
            "receipts": list(self.receipts),
            "definition": self.definition,
        }

    @property
    def size_bytes(self) -> int:
        """About how much there is to send."""
        return len(self.state) + sum(map(len, self.receipts)) + len(self.definition or "")

    @property
    def entries(self) -> tuple[int, ...]:
        """The log indexes of the receipts."""
        return tuple(ProofFile.parse(text).index for text in self.receipts)


def card_proof(client: Client, serial: int, *, defined_in: int | None = None) -> CardProof:
    """A card's proof as of the latest checkpoint, verified before anybody sees it.

    defined_in   the entry that defined the card's product, where it is known

    Raises `NotFound`, `NotPublished` for a card younger than the checkpoint, `NodeUnavailable`, `ProofError`.
    """
    if client.memory is None:
        raise ProofError("verifier key", "none was given, so nothing that the node says can be verified")
    vkey = client.memory.vkey
    raw = client.card_state_bytes(serial)
    state = CARD_STATE_CODEC.decode(raw)
    proved = verify_card_state(state, vkey, serial)
    covered = [entry for entry in client.trail(serial) if entry.index < proved.checkpoint.size]
    # Its own entries follow those of its ancestors, so the latest are the ones that count.
    kept = covered[-(proved.card.version + 1 + MOST_ANCESTRAL) :]
    definition = None
    if defined_in is not None:
        (entry,) = client.entries(defined_in - 1, 1)
        (definition,) = client.receipts_at(proved.note, [IndexedEntry(defined_in, entry.entry)])
    return CardProof(serial, vkey.encode(), raw, client.receipts_at(proved.note, kept), definition)
