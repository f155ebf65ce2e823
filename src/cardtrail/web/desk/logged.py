"""Rows that only come: logs that nobody, the application included, changes afterwards."""

from __future__ import annotations

from typing import Any

from django.db import models


class Unchangeable(TypeError):  # noqa: N818 - it names what is wrong
    """A row of a log was to be changed or taken away. Logs only grow."""


class Logged(models.Model):
    """A row that is written once. Neither `save` nor `delete` touches it again."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row. Raises `Unchangeable` for one that is there already."""
        if not self._state.adding:
            raise Unchangeable(f"{type(self).__name__} rows are not changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises `Unchangeable`."""
        raise Unchangeable(f"{type(self).__name__} rows are not deleted")
