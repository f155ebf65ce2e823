"""What orders' pages and their desk have to say to the rest of the application, once, when the app is ready."""

from __future__ import annotations


def connect() -> None:
    """Answer orders before delivery; call staff to what waits for them, and close it as soon as it waits no more; name
    on trails what the market did."""
    from cardtrail.web.cards import stops
    from cardtrail.web.desk.badges import waits_in
    from cardtrail.web.market import (
        desk_calling,
        desk_conduct,
        desk_following,
        desk_held,
        desk_looks,
        desk_payees,
        order_gate,
        order_stops,
    )
    from cardtrail.web.orders import gate, hooks

    gate.answered_by(order_gate.answer)
    desk_conduct.connect()
    desk_held.connect()
    desk_looks.connect()
    desk_payees.register()
    hooks.on_stage(desk_following.close_what_is_done)
    hooks.on_matter(desk_calling.of_matter)
    waits_in("market:desk", desk_calling.matters_for)
    waits_in("market:desk", desk_calling.listings_for)
    stops.names.append(order_stops.names)
