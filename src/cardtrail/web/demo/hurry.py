"""Writing without waiting for the disk, while a demonstration is filled: if the machine fails, it is begun anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_FAST = {"sqlite": "PRAGMA synchronous=OFF", "postgresql": "SET synchronous_commit = off"}
_SAFE = {"sqlite": "PRAGMA synchronous=FULL", "postgresql": "RESET synchronous_commit"}


@contextmanager
def hurry() -> Iterator[None]:
    """Until the block ends, this connection's transactions are not waited for."""
    _say(_FAST)
    try:
        yield
    finally:
        _say(_SAFE)


def _say(words: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(words[connection.vendor])
