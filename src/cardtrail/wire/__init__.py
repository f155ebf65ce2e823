"""What crosses a boundary: commands, entries, card records, refusals, money, identifiers, canonical bytes.

Everything in this room is data with a fixed byte form. It reads no state, makes no decision about a card, and
imports no other room, so that a client, a node and an auditor agree on every byte."""
