"""A payment provider to play with: a process of its own, with its own pages, ledger of funds, signatures and faults.

No real money can reach it. It does what a licensed provider does for an order (hold, release, refund), and on demand
what goes wrong with real ones: late, double, lost and reordered news, wrong amounts, chargebacks, answers that never
come."""
