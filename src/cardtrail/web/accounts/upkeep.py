"""What is due once a day, so that nobody's data stay longer than they are needed."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db.models import Exists, OuterRef

from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Person
from cardtrail.web.ui.clock import DAY_MS, moment

UNCONFIRMED_FOR_MS = 7 * DAY_MS
"""How long a sign-up may wait for its mailed code."""


def daily(at_ms: int) -> None:
    """Wipe sign-ups that were never confirmed, identities whose time is over, and sessions that have ended."""
    wipe_unconfirmed(at_ms - UNCONFIRMED_FOR_MS)
    identity.wipe_expired(at_ms)
    call_command("clearsessions", verbosity=0)


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
