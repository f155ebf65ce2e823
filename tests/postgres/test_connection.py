"""A connection that was ended is noticed before a page asks anything on it, and looking costs no query."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db.utils import ConnectionHandler, OperationalError

from cardtrail.web import config
from tests.postgres.server import programs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        programs() is None and not os.environ.get("CI"), reason="no PostgreSQL server is installed"
    ),
]


@pytest.fixture
def connection(url: str, tmp_path: Any, django_db_blocker: Any) -> Iterator[Any]:
    """One of the web application's connections, as its settings make it."""
    given = config.load({"CARDTRAIL_DIR": str(tmp_path), "CARDTRAIL_DATABASE": url})
    made = ConnectionHandler({"default": config.database_settings(given)})["default"]
    with django_db_blocker.unblock():
        yield made
        made.close()


def server_side(connection: Any) -> int:
    """The process of the server that answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


def end(url: str, pid: int) -> None:
    """The server ends a connection, as it does when it restarts; back when it has."""
    with psycopg.connect(url) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid]).fetchone() == (True,)


def test_an_ended_connection_is_replaced_before_it_is_used(connection: Any, url: str) -> None:
    first = server_side(connection)
    connection.close_if_unusable_or_obsolete()
    assert server_side(connection) == first, "a sound one is kept"
    end(url, first)
    connection.close_if_unusable_or_obsolete()
    assert server_side(connection) != first


def test_without_the_check_the_next_query_fails(connection: Any, url: str) -> None:
    first = server_side(connection)
    connection.is_usable = lambda: True
    end(url, first)
    connection.close_if_unusable_or_obsolete()
    with pytest.raises(OperationalError):
        server_side(connection)


def test_looking_asks_the_server_nothing(connection: Any, url: str) -> None:
    pid = server_side(connection)
    assert connection.is_usable()
    with psycopg.connect(url) as other:
        last = other.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    assert last == ("SELECT pg_backend_pid()",)
    connection.close()
    assert not connection.is_usable()
