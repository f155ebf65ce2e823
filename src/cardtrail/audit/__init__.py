"""Verifies a ledger from outside: replays its log under the rules, and follows a card's trail.

An auditor trusts nothing a node says. Every signature, rule, seal, hash and checkpoint is worked out again from the
entries, wherever they come from: exported files, a node's HTTP paths, or a ledger's own database.
"""
