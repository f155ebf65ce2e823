from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.models import ROLES, Staff
from cardtrail.web.desk.words import ROLE_WORDS
from cardtrail.web.ui.errors import Forbidden
from tests.web.desk.team import browser, member


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


def test_staff_with_another_role_read_which_it_takes_and_are_led_to_the_desk(people):
    support = member(people, "support", "till")
    answer = support.client.get("/desk/staff/")
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "需要的角色：管理员。你的角色：客服、收银。" in page
    assert '<a class="button primary" href="/desk/">回到工作台</a>' in page
    support.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = support.client.get("/desk/staff/").content.decode()
    assert "Role needed: Administrator. Yours: Support, Till." in page
    assert ">Back to the desk</a>" in page


def test_an_auditor_reads_that_they_only_look(people):
    page = member(people, "auditor").client.post("/desk/cases/new/").content.decode()
    assert "需要的角色：客服或风控" in page
    page = member(people, "auditor").client.post("/desk/staff/invite/").content.decode()
    assert 'href="/desk/"' in page


def test_a_holder_is_led_to_the_wallet(people):
    answer = browser(people.make()).get("/desk/staff/")
    assert answer.status_code == 404
    assert '<a class="button primary" href="/">' in answer.content.decode()


def test_every_role_has_its_word():
    assert set(ROLE_WORDS) == set(ROLES)


def test_where_an_auditor_may_look_they_read_why_they_may_not_change(people, rf):
    request = rf.post("/desk/x")
    request.user = member(people, "auditor").person
    with pytest.raises(Forbidden) as refused:
        staff_only("finance", "auditor")(lambda request: HttpResponse("in"))(request)
    assert refused.value.trouble.advice.zh == "审计只看，不改。需要的角色：财务。"
    assert refused.value.trouble.start == "/desk/"
