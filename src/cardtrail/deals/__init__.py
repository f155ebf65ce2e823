"""Deals between people: listings, offers and escrow orders as machines, and what people have earned by them.

`decide(state, event, now_ms)` answers with the next state and the effects to carry out, or with one typed refusal.
Nothing in this room reads a clock, a disk, a network or a source of randomness, and nothing here knows a framework,
the ledger or a payment provider: time, verdicts and answers are handed in. `docs/reference/orders.md` shows the
machines."""
