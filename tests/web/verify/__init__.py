"""A card's proof checked in the browser, by the same rules as in Python, and nothing changed gets past it."""
