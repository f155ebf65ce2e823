"""Payments with cards: a till's code, an online checkout, refunds."""
