"""Pages for paying, for the till, and of what was paid."""
