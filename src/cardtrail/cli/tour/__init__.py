"""`tour`: a whole life of gift cards, played step by step on a new ledger. Every step is checked as it is told."""

from __future__ import annotations

LANGUAGES = ("zh", "en", "both")
"""In which the tour can be told."""
