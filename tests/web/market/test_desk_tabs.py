"""The market's pages for staff: each role is shown those that open for it, and no other."""

from __future__ import annotations

import pytest
from django.urls import reverse

from cardtrail.web.market.desk_tabs import TABS
from tests.web.desk.team import member
from tests.web.market.stalls import Stalls

pytestmark = [pytest.mark.django_db]


@pytest.mark.parametrize("role", ["support", "risk", "finance", "auditor"])
def test_what_is_shown_opens_and_what_is_not_does_not(stalls: Stalls, role: str) -> None:
    staff = member(stalls.people, role).client
    shown = staff.get(reverse("market:desk")).context["tabs"]
    for tab in TABS:
        answer = staff.get(reverse(tab.page))
        assert answer.status_code == (200 if tab in shown else 403), tab.page
        if tab in shown:
            page = answer.content.decode()
            assert [f'href="{reverse(each.page)}"' in page for each in TABS] == [
                each in shown for each in TABS
            ]
            assert page.count('aria-current="page"') >= 1
