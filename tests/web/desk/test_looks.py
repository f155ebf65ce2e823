"""Looking at people's records. Row 41 of the attacks: nobody's record is opened without a case, and never unseen."""

from __future__ import annotations

import pytest
from django.urls import reverse

from cardtrail.web.accounts.models import Person
from cardtrail.web.desk import looks
from cardtrail.web.desk.casework import Case, CaseEntry, Look
from cardtrail.web.desk.logged import Unchangeable
from cardtrail.web.notices.models import Mail, Notice
from tests.web.desk.team import Member, browser, member
from tests.web.desk.test_approvals import open_case
from tests.web.people import People

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def look_without_a_case(staff: Member, whom: Person) -> None:
    """Every way to somebody's record that has no case to it, or not theirs; none may show who they are."""
    asked = [
        ("post", "/desk/search/person/", {"email": whom.email}),
        ("post", "/desk/search/person/", {"email": whom.email, "case": "2020-000001"}),
        ("get", f"/desk/cases/2020-000001/people/{whom.pk}/account/", {}),
    ]
    about_another = open_case(staff)
    Case.objects.filter(pk=about_another.pk).update(person=staff.person)
    over = open_case(staff)
    Case.objects.filter(pk=over.pk).update(person=whom, state="closed")
    for case in (about_another, over):
        asked += [
            ("get", f"/desk/cases/{case.number}/people/{whom.pk}/{what}/", {})
            for what in ("account", "cards", "sessions", "identity")
        ]
        asked.append(("post", "/desk/search/person/", {"email": whom.email, "case": case.number}))
    for method, url, data in asked:
        answer = getattr(staff.client, method)(url, data, follow=True)
        page = answer.content.decode()
        assert answer.status_code in {200, 404}, url
        assert whom.name not in page, url
        assert f"<dd>{whom.email}</dd>" not in page, url


def look_with_a_case(staff: Member, whom: Person) -> None:
    """With a case it is shown, and the person can read who looked at what, when and for which case."""
    case = open_case(staff)
    page = staff.post("/desk/search/person/", email=whom.email.upper(), case=case.number)
    assert whom.name in page
    assert whom.email in page
    theirs = browser(whom).get(reverse("looks")).content.decode()
    for words in ("按邮箱查找账户", "称呼、邮箱", f"案件 {case.number}", f"工作人员 {staff.staff.pk} 号"):
        assert words in theirs
    assert Notice.objects.filter(person=whom, kind="looks.look").count() == 2
    assert not Mail.objects.filter(notice__person=whom).exists()
    assert CaseEntry.objects.filter(case=case, kind="look", author=staff.person).count() == 2


def test_nobody_is_looked_up_without_a_case(people: People) -> None:
    staff, whom = member(people, "support"), people.make("林小满")
    look_without_a_case(staff, whom)
    assert not Look.objects.exists()


def test_every_look_is_in_the_persons_own_record(people: People) -> None:
    look_with_a_case(member(people, "support"), people.make("林小满"))


def test_without_the_case_rule_a_record_is_opened(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Companion: without the rule the walk above finds a record open."""
    monkeypatch.setattr(looks, "may_look", lambda case, person: True)
    with pytest.raises(AssertionError):
        look_without_a_case(member(people, "support"), people.make("林小满"))


def test_without_the_line_in_the_log_it_is_noticed(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Companion: a look that nobody writes down is missing from the person's own record."""
    monkeypatch.setattr(Look, "save", lambda self, *args, **kwargs: setattr(self, "pk", 1))
    with pytest.raises(AssertionError):
        look_with_a_case(member(people, "support"), people.make("林小满"))


def test_a_look_opens_one_part_and_no_other(people: People) -> None:
    staff, whom = member(people, "support"), people.make("林小满")
    case = open_case(staff)
    Case.objects.filter(pk=case.pk).update(person=whom)
    staff.get(f"/desk/cases/{case.number}/people/{whom.pk}/cards/")
    look = Look.objects.get()
    assert looks.cards_of(look) == []
    for opens in (looks.account_of, looks.identity_seen, looks.sessions_of):
        with pytest.raises(PermissionError):
            opens(look)
    with pytest.raises(PermissionError):
        looks.account_of(Look(person=whom, what="account"))


def test_looks_are_never_changed_nor_taken_away(people: People) -> None:
    staff, whom = member(people, "support"), people.make()
    look_with_a_case(staff, whom)
    for row in (Look.objects.first(), CaseEntry.objects.first()):
        assert row is not None
        with pytest.raises(Unchangeable):
            row.save()
        with pytest.raises(Unchangeable):
            row.delete()
