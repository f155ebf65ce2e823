"""`tour`: a whole life of gift cards, played step by step on a new ledger. Every step is checked as it is told."""
