"""What is forgotten, and what is kept."""

from __future__ import annotations

from cardtrail.risk.links import Kind
from cardtrail.web.risks.counters import count
from cardtrail.web.risks.models import Moved, Seen
from cardtrail.web.risks.upkeep import KEEP_MOVED_MS, KEEP_SEEN_MS, forget_old
from cardtrail.web.ui.clock import now_ms
from tests.web.risks.scene import share


def test_old_traces_and_counts_go_and_fresh_ones_stay(people):
    old, fresh = people.make(), people.make()
    share(Kind.DEVICE, old, fresh)
    Seen.objects.filter(person=old).update(last_ms=now_ms() - KEEP_SEEN_MS - 1000)
    count(old.pk, 1, now_ms() - KEEP_MOVED_MS - 1000)
    count(fresh.pk, 1, now_ms())
    assert forget_old() == 2
    assert list(Seen.objects.values_list("person", flat=True)) == [fresh.pk]
    assert list(Moved.objects.values_list("person", flat=True)) == [fresh.pk]


def test_traces_of_deleted_accounts_go_once_no_penalty_needs_them(people):
    person = people.make()
    share(Kind.DEVICE, person)
    person.deleted_ms = now_ms()
    person.save()
    assert forget_old() == 1
