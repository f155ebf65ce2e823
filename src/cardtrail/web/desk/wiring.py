"""What issuing has to say to the rest of the application, once, when the app is ready."""

from __future__ import annotations


def connect() -> None:
    """Register hooks, sealed columns, and the reader of old cards."""
    from cardtrail.web.actions.custody import RESEALED, Sealed
    from cardtrail.web.actions.hooks import on_settled
    from cardtrail.web.cards.claiming import old_cards
    from cardtrail.web.desk import activating, batches, imported, purchases
    from cardtrail.web.desk.stock import CodeChunk, Purchase

    on_settled(batches.PURPOSE, batches.on_issued)
    on_settled(activating.PURPOSE, activating.on_activated)
    on_settled(imported.PURPOSE, imported.on_step)
    on_settled("claim", imported.on_claimed)
    old_cards.append(imported.claim_order)
    RESEALED.append(Sealed(CodeChunk, "sealed", batches.about))
    RESEALED.append(Sealed(Purchase, "name", lambda row: purchases.about(row, "name")))
    RESEALED.append(Sealed(Purchase, "document", lambda row: purchases.about(row, "document")))
