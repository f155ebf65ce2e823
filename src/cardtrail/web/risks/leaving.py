"""When an account is deleted: traces and counters go, unless a penalty has to follow them."""

from __future__ import annotations

from cardtrail.web.accounts.models import Person
from cardtrail.web.risks import counters
from cardtrail.web.risks.models import Seen
from cardtrail.web.risks.penalties import running


def wipe(person: Person) -> None:
    """Forget with what the person was seen. To delete an account is no way out of a penalty, so then it is kept until
    that is over (`upkeep`)."""
    if not running().filter(person=person).exists():
        Seen.objects.filter(person=person).delete()
        counters.forget(person)
