"""Finding a card by its number."""

from __future__ import annotations

import pytest

from cardtrail.web.desk.casework import CardLook, Look
from tests.web.desk.team import desk_card, member
from tests.web.desk.test_approvals import open_case
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_card_by_its_number_shows_no_names_and_is_logged(ledger: Ledger, people: People) -> None:
    holder, receiver = people.make("林小满"), people.make("周明远")
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    auditor = member(people, "auditor")
    page = auditor.get("/desk/search/", number=desk_card(serial).split("/")[3])
    assert "¥500.00" in page
    for person in (holder, receiver):
        assert person.name not in page
        assert person.email not in page
    assert [(row.staff, row.serial) for row in CardLook.objects.all()] == [(auditor.person, serial)]
    member(people, "finance").client.get(desk_card(serial))
    assert CardLook.objects.count() == 1


def test_the_holder_of_a_cases_card_may_be_looked_up(ledger: Ledger, people: People) -> None:
    holder, staff = people.make("林小满"), member(people, "risk")
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    case = open_case(staff, serial)
    assert holder.name not in staff.get(f"/desk/cases/{case.number}/")
    page = staff.get(f"/desk/cases/{case.number}/people/{holder.pk}/cards/")
    assert desk_card(serial) in page
    assert Look.objects.get(person=holder).what == "cards"


@pytest.mark.parametrize("typed", ["123", "0000 0000 0000 0000", "1234567812345678", "' or 1=1", "9" * 200])
def test_a_number_of_no_card_is_told_so(people: People, ledger: Ledger, typed: str) -> None:
    page = member(people, "support").get("/desk/search/", number=typed)
    assert "error-summary" in page
