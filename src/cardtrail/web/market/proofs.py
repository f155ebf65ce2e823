"""The proof of a card that is on offer, for whoever might buy it: its balance and its state, and nothing of its past.

A holder's own proof comes with every entry of the card's trail. A buyer needs less: the card's record in the register,
its path to the register's root, the seal that commits to that root, and the signed checkpoint. From these a browser
computes that the card exists, what is on it, that it is set aside for a sale, until when, and that it is not frozen. So
the entries are left out: they tell when the card was passed on, for what amounts it was used, and by which orders.

What the record itself shows has to be shown, for its hash is what the register holds: the card's number, face and
balance, its state and hold, how often it changed hands, the cards it was split or merged from, and the owner's public
key. That key is made for this one card and this one owner (`wallet.derive`): it names nobody, and no other card bears
it. The number alone opens nothing.
"""

from __future__ import annotations

from cardtrail.client.client import Client
from cardtrail.client.errors import ProofError
from cardtrail.client.verify import verify_card_state
from cardtrail.web.cards.proofs import CardProof
from cardtrail.wire.proofs import CARD_STATE_CODEC, IndexedEntry


def state_proof(client: Client, serial: int, *, defined_in: int | None = None) -> CardProof:
    """A card's state as of the latest checkpoint, verified before anybody sees it.

    defined_in   the entry that defined the card's product, where it is known

    Raises `NotFound`, `NotPublished`, `NodeUnavailable`, `ProofError`.
    """
    if client.memory is None:
        raise ProofError("verifier key", "none was given, so nothing that the node says can be verified")
    vkey = client.memory.vkey
    raw = client.card_state_bytes(serial)
    proved = verify_card_state(CARD_STATE_CODEC.decode(raw), vkey, serial)
    definition = None
    if defined_in is not None:
        (entry,) = client.entries(defined_in - 1, 1)
        (definition,) = client.receipts_at(proved.note, [IndexedEntry(defined_in, entry.entry)])
    return CardProof(serial, vkey.encode(), raw, (), definition)
