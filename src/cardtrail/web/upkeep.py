"""What an operator asks for by `cardtrail web`, and what keeps a database small by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.conf import settings
from django.core import checks
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from cardtrail.client.errors import NodeUnavailable
from cardtrail.wallet.custody import CustodyError, KeyRing, read_keyring, write_keyring
from cardtrail.web.actions import custody
from cardtrail.web.health import READY, look
from cardtrail.web.ledger.founding import is_founded
from cardtrail.web.ledger.link import link

Progress = Callable[[int, int], None]


class Finding(NamedTuple):
    """One thing looked at: whether it is as it should be, and a sentence that says how it is."""

    good: bool
    text: str


def findings() -> Iterator[Finding]:
    """Everything the web application needs, one after the other. A part that is away is a finding, no exception."""
    yield from _database()
    yield _keys()
    yield _ledger()
    worker = look()["worker"] == READY
    yield Finding(
        worker, "the worker is running" if worker else "the worker is not running; `cardtrail serve` runs it"
    )
    for problem in checks.run_checks():
        if problem.level >= checks.ERROR:
            yield Finding(False, str(problem))


def new_key(progress: Progress) -> tuple[int, KeyRing]:
    """Put a new key in front and seal everything anew. Gives how many values there are, and the keys now.

    Raises `CustodyError`.
    """
    return custody.rotate(progress), custody.keyring()


def drop_old_keys(progress: Progress) -> tuple[int, KeyRing]:
    """Seal with the newest key what an older one has sealed, then forget the older ones. Raises `CustodyError`."""
    config = settings.CONFIG
    if config.kek is not None:
        raise CustodyError("the keys come from CARDTRAIL_KEK; take the old ones out of it yourself")
    done = custody.reseal(progress)
    ring = read_keyring(config.kek_file).without_old()
    write_keyring(config.kek_file, ring)
    return done, ring


def forget_old_sessions() -> None:
    """Remove sessions that are over."""
    call_command("clearsessions", verbosity=0)


def _database() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Finding(False, f"the database cannot be used: {error}")
        return
    version = ".".join(map(str, connection.get_database_version()))
    yield Finding(True, f"the database answers: {connection.display_name} {version}")
    if missing:
        yield Finding(False, f"the database lacks {len(missing)} changes; run: cardtrail web migrate")
    else:
        yield Finding(True, "the database fits this version")


def _keys() -> Finding:
    try:
        ring = custody.keyring()
    except CustodyError as error:
        return Finding(False, f"key-encryption keys: {error}")
    return Finding(True, f"key-encryption keys: {ring.current_id} seals, {len(ring.ids) - 1} older ones open")


def _ledger() -> Finding:
    try:
        founded = is_founded(link())
    except NodeUnavailable as error:
        return Finding(False, f"the ledger's node: {error}")
    if not founded:
        return Finding(False, "the ledger is not founded yet; open the first-run page")
    return Finding(True, f"the ledger's node answers at {settings.CONFIG.node}")
