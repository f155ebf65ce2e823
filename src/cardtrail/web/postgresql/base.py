"""The backend, under the name by which Django looks for one."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that knows whether it still stands without a way to the server and back.

    Each page begins with this check. Django's own sends a query for it, one more than the six that a page asks. But a
    server that ends a connection, as when it restarts, says so on it: there is something to read where nothing was
    asked.
    """

    def is_usable(self) -> bool:
        """Whether nothing is known to be wrong with the connection."""
        connection = self.connection
        if connection is None or connection.closed:
            return False
        heard = select.poll()
        heard.register(connection.fileno(), select.POLLIN)
        return not heard.poll(0)
