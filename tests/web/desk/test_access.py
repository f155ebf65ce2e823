from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.models import ROLES, Staff


@pytest.fixture
def enter(people, rf):
    """What somebody sees at a page for risk and support."""

    @staff_only("risk", "support")
    def page(request, word):
        return HttpResponse(word)

    def go(person):
        request = rf.get("/desk/x?y=1")
        request.user = person
        return page(request, "in")

    return go


def test_a_stranger_is_sent_to_sign_in_and_back(enter):
    answer = enter(AnonymousUser())
    assert answer.status_code == 302
    assert answer["Location"].endswith("?next=/desk/x%3Fy%3D1")


def test_a_holder_is_not_told_that_there_is_a_page(enter, people):
    with pytest.raises(Http404):
        enter(people.make())


@pytest.mark.parametrize("role", ROLES)
def test_each_role_enters_what_is_its(enter, people, role):
    person = people.make()
    Staff.objects.create(person=person, roles=[role])
    if role in {"risk", "support"}:
        assert enter(person).content == b"in"
    else:
        with pytest.raises(PermissionDenied):
            enter(person)


def test_who_left_is_a_holder_again(enter, people):
    person = people.make()
    Staff.objects.create(person=person, roles=["risk"], active=False)
    with pytest.raises(Http404):
        enter(person)


def test_one_of_several_roles_is_enough(enter, people):
    person = people.make()
    Staff.objects.create(person=person, roles=["finance", "support"])
    assert enter(person).content == b"in"


def test_without_roles_any_staff_enters(people, rf):
    person = people.make()
    Staff.objects.create(person=person, roles=[])
    request = rf.get("/desk/")
    request.user = person
    assert staff_only()(lambda request: HttpResponse("in"))(request).content == b"in"


def test_a_role_that_does_not_exist_is_noticed_at_the_start():
    with pytest.raises(ValueError, match="no such role: boss"):
        staff_only("boss")


def test_staff_is_asked_for_once_a_request(people, rf, django_assert_num_queries):
    person = people.make()
    staff = Staff.objects.create(person=person, roles=["risk"])
    request = rf.get("/desk/")
    request.user = person
    with django_assert_num_queries(1):
        assert staff_of(request) == staff
        assert staff_of(request) == staff
