"""Everything that changes the ledger: confirmed by a person, signed by custody, done once."""
