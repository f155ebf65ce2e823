"""The link to the ledger, and the projection of its feed."""
