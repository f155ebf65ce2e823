"""What is due once a day, so that nobody's data stay longer than they are needed."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef

from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Person
from cardtrail.web.ui.clock import DAY_MS, moment

UNCONFIRMED_FOR_MS = 7 * DAY_MS
"""How long a sign-up may wait for its mailed code."""


def daily(now_ms: int) -> None:
    """Wipe sign-ups that were never confirmed, and identities whose time is over."""
    wipe_unconfirmed(now_ms - UNCONFIRMED_FOR_MS)
    identity.wipe_expired(now_ms)


def wipe_unconfirmed(before_ms: int) -> int:
    """Wipe the sign-ups before a moment whose address was never confirmed: nobody has ever signed in with them.
    Returns how many.
    """
    addresses = EmailAddress.objects.filter(user=OuterRef("pk"))
    rows = Person.objects.filter(
        Exists(addresses.filter(verified=False)),
        ~Exists(addresses.filter(verified=True)),
        last_login=None,
        deleted_ms=None,
        joined__lt=moment(before_ms),
    )
    count = rows.count()
    rows.delete()
    return count
