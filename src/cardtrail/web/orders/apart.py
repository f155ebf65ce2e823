"""What goes wrong with one order or listing as the ledger is followed stays with that one: the entries are everybody's,
and nobody waits for a fault in somebody else's row."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.db import InterfaceError, InternalError, OperationalError, connection, transaction

from cardtrail.web.orders import matters
from cardtrail.web.orders.models import Deal

log = logging.getLogger(__name__)

NOT_TAKEN: Final = "news_not_taken"
"""The kind of matter that staff find. Comparing (`reconcile`) feeds in what was missed, once it can be taken."""

OF_THE_DATABASE: Final = (OperationalError, InterfaceError, InternalError)
"""The connection is gone, somebody else was first, or the transaction is dead: nobody's fault, and no word about what
was written. The page is given up and taken in again."""


def apart(
    act: Callable[[], object],
    *,
    entry: int,
    deal: UUID | None = None,
    listing: UUID | None = None,
    serial: int | None = None,
) -> bool:
    """Do it in a savepoint of its own; whether it went well. If not, nothing of it is kept, it is logged, and staff
    find it, once. Raises what the database itself is at fault for.

    entry           the index of the ledger's entry that it was to hear of
    deal, listing   the id of who was to hear
    """
    try:
        with transaction.atomic():
            act()
    except OF_THE_DATABASE:
        raise
    except Exception as fault:
        if connection.needs_rollback:
            raise
        name = f"listing/{listing}" if deal is None else f"order/{deal.hex}"
        log.exception("%s could not take in entry %d", name, entry)
        known = None if deal is None else Deal.objects.get(pk=deal)
        facts: dict[str, object] = {"entry": entry, "fault": type(fault).__name__}
        if listing is not None:
            facts["listing"] = str(listing)
        matters.find(
            f"ledger/{name}/{entry}", NOT_TAKEN, origin="reconcile", deal=known, serial=serial, facts=facts
        )
        return False
    return True
