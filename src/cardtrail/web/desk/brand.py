"""Who the issuer is: set up once, shown on every page, and what the law asks of its kind."""

from __future__ import annotations

import threading
import time

from django.db import DatabaseError, models

from cardtrail.web.ui.texts import Text

_KEPT_S = 30.0


class Brand(models.Model):
    """The brand. One row.

    name, name_en   as people know it
    legal_name      the company's registered name: for reports and notices of assignment
    kind            the kind of issuer in the sense of Order 9 of 2012: `single`, `group` or `brand`; it decides the
                    share of what is owed that has to be kept in custody
    """

    class Kind(models.TextChoices):
        """Kinds of issuers. The values are those of `compliance`."""

        SINGLE = "single"
        GROUP = "group"
        BRAND = "brand"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60, blank=True)
    legal_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.BRAND)
    set_up_ms = models.BigIntegerField()

    class Meta:
        app_label = "desk"

    def __str__(self) -> str:
        return self.name


_lock = threading.Lock()
_NOTHING: tuple[str, str] = ("", "")
_kept: tuple[float, tuple[str, str]] = (float("-inf"), _NOTHING)


def brand_name() -> str:
    """The brand's name for pages, in their language where it has one, empty before it is set up. Read anew now and
    then, not on every page."""
    name, name_en = _names()
    return str(Text(name, name_en or name))


def _names() -> tuple[str, str]:
    global _kept  # noqa: PLW0603 - one name for each process
    read_s, names = _kept
    if names[0] and time.monotonic() - read_s < _KEPT_S:
        return names
    try:
        found = Brand.objects.values_list("name", "name_en").first() or _NOTHING
    except DatabaseError:
        return names
    with _lock:
        _kept = (time.monotonic(), found)
    return found


def forget_name() -> None:
    """Have the name read anew at the next page."""
    global _kept  # noqa: PLW0603 - one name for each process
    with _lock:
        _kept = (float("-inf"), _NOTHING)
