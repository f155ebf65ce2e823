"""The moves: what an event does to an order where the table allows it. Each takes a draft and its event, changes the
draft, and may still refuse with a code for what only the event's own values tell."""
