"""The rules that apply now: the newest version that staff have set, or the first set."""

from __future__ import annotations

from functools import lru_cache

from django.db import transaction
from django.db.models import Max

from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.rules import RuleSet, read_rules
from cardtrail.web.accounts.models import Person
from cardtrail.web.risks.models import Rules
from cardtrail.web.ui.clock import now_ms


def standing_rules() -> RuleSet:
    """The rules that apply now. Raises `ValueError` if what is kept cannot be read."""
    row = Rules.objects.order_by("-version").first()
    return FIRST_RULES if row is None else _read(row.raw)


def set_rules(text: str, author: Person) -> RuleSet:
    """From now on these apply. Raises `ValueError` for a set that cannot be read, or whose version is not the next."""
    rules = _read(text)
    with transaction.atomic():
        last = Rules.objects.aggregate(last=Max("version"))["last"] or FIRST_RULES.version
        if rules.version != last + 1:
            raise ValueError(f"the next version is {last + 1}, not {rules.version}")
        # Two people at once: the version is the key, so the second one is refused by the database.
        Rules.objects.create(version=rules.version, raw=text, from_ms=now_ms(), author=author)
    return rules


@lru_cache(maxsize=4)
def _read(text: str) -> RuleSet:
    return read_rules(text.encode())
