"""What orders' pages and their desk have to say to the rest of the application, once, when the app is ready."""

from __future__ import annotations


def connect() -> None:
    """Answer orders before delivery; close what waits for staff as soon as it waits no more; name on trails what the
    market did."""
    from cardtrail.web.cards import stops
    from cardtrail.web.market import desk_following, order_gate, order_stops
    from cardtrail.web.orders import gate, hooks

    gate.answered_by(order_gate.answer)
    hooks.on_stage(desk_following.close_what_is_done)
    stops.titles.append(order_stops.titles)
