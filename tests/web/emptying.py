"""How the database is emptied after a test that committed: only what a test may have written, and nothing of it anew.

Django would truncate every table, which takes PostgreSQL a third of a second, and then write its content types and its
permissions again, which nobody here reads; after `DELETE` they are as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connections, transaction
from django.test import TransactionTestCase

KEPT = frozenset(("auth_permission", "django_content_type"))
"""Tables that are filled when the database is made."""


@contextmanager
def emptied_by_delete() -> Iterator[None]:
    """For the tests of a process."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TransactionTestCase, "_fixture_teardown", _empty)
        yield


def tables() -> set[str]:
    """What is emptied."""
    return {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - KEPT


def _empty(case: TransactionTestCase) -> None:
    for name in case._databases_names(include_mirrors=False):
        # Keys to other rows are looked at when the transaction ends: the order makes no difference.
        with transaction.atomic(using=name), connections[name].cursor() as cursor:
            for table in sorted(tables()):
                cursor.execute(f'DELETE FROM "{table}"')
