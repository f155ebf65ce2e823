"""Holders' pages: wallet, card, giving, sharing, dividing, loss, records."""
