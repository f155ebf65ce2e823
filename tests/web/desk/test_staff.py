"""Who works for the brand: invitations, roles, leaving; the auditor's eyes; the table of what everybody did."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from cardtrail.web.accounts import identity
from cardtrail.web.accounts.deletion import ObjectedError, delete
from cardtrail.web.accounts.models import Person
from cardtrail.web.api.keys import find_key, make_key, scopes_of
from cardtrail.web.desk import appointing, audit_log
from cardtrail.web.desk.casework import Look
from cardtrail.web.desk.models import ROLES, Staff
from cardtrail.web.desk.team import StaffEvent, StaffInvitation
from cardtrail.web.desk.words import ROLE_WORDS
from cardtrail.web.notices.models import Notice
from tests.web.desk.team import browser, desk_card, do_act, member
from tests.web.desk.test_approvals import open_case
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

pytestmark = pytest.mark.django_db


def link_in_mail() -> str:
    [message] = mail.outbox
    [link] = re.findall(r"/desk/join/[\w-]+/", str(message.body))
    return str(link)


def test_every_role_has_its_words() -> None:
    assert set(ROLE_WORDS) == set(ROLES)


@pytest.mark.database
def test_somebody_new_is_invited_by_a_link_that_works_once(people: People) -> None:
    admin = member(people, "admin")
    new, other = people.make("新同事"), people.make("别人")
    address = "new@example.com"
    admin.post("/desk/staff/invite/", email=address, roles=["support", "risk"])
    link = link_in_mail()
    assert StaffInvitation.objects.get().email == address
    assert link.split("/")[3].encode() not in bytes(StaffInvitation.objects.get().token)
    assert "发给另一个邮箱" in browser(other).post(link).content.decode()
    new.email = address
    new.save()
    EmailAddress.objects.filter(user=new).update(email=address)
    client = browser(new)
    assert client.get(link).status_code == 200
    assert not Staff.objects.filter(person=new).exists()
    client.post(link)
    assert Staff.objects.get(person=new).roles == ["support", "risk"]
    assert client.post(link).status_code == 409
    assert [row.what for row in StaffEvent.objects.order_by("pk")] == ["invited", "joined"]


@pytest.mark.database
def test_a_link_ends_by_itself_and_when_it_is_withdrawn(people: People) -> None:
    admin = member(people, "admin")
    for change in ({"ends_ms": 1}, None):
        mail.outbox.clear()
        admin.post("/desk/staff/invite/", email="new@example.com", roles=["support"])
        made = StaffInvitation.objects.latest("pk")
        if change:
            StaffInvitation.objects.filter(pk=made.pk).update(**change)
        else:
            admin.post(f"/desk/staff/invitations/{made.pk}/withdraw/")
        assert browser(people.make()).post(link_in_mail()).status_code == 409


@pytest.mark.database
def test_without_a_mail_server_nobody_is_invited(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, *args: object, **kwargs: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    member(people, "admin").post("/desk/staff/invite/", 503, email="new@example.com", roles=["support"])
    assert not StaffInvitation.objects.filter(withdrawn_ms=None).exists()


def test_somebody_with_an_account_is_appointed_at_once(people: People) -> None:
    admin, known = member(people, "admin"), people.make("老客户")
    admin.post("/desk/staff/invite/", email=known.email, roles=["finance"])
    assert Staff.objects.get(person=known).roles == ["finance"]
    assert Notice.objects.filter(person=known, kind="security.staff").count() == 1
    assert "已是工作人员" in admin.post("/desk/staff/invite/", 422, email=known.email, roles=["risk"])
    assert mail.outbox == []


@pytest.mark.database
def test_roles_and_leaving(people: People) -> None:
    admin, colleague = member(people, "admin", name="甲"), member(people, "support", name="乙")
    url = f"/desk/staff/{colleague.staff.pk}/"
    admin.post(f"{url}roles/", roles=["risk", "auditor"])
    assert Staff.objects.get(pk=colleague.staff.pk).roles == ["risk", "auditor"]
    admin.post(f"{url}roles/", 422, roles=["boss"])
    assert colleague.client.get("/desk/").status_code == 200
    admin.post(f"{url}access/")
    assert colleague.client.get("/desk/").status_code in {302, 404}
    assert browser(colleague.person).get("/desk/").status_code == 404
    admin.post(f"{url}access/", back="yes")
    assert browser(colleague.person).get("/desk/").status_code == 200
    events = StaffEvent.objects.filter(person=colleague.person).order_by("pk")
    assert [(row.what, row.before, row.after, row.by) for row in events] == [
        ("roles", ["support"], ["risk", "auditor"], admin.person),
        ("deactivated", ["risk", "auditor"], [], admin.person),
        ("returned", [], ["risk", "auditor"], admin.person),
    ]
    assert "客服 → 风控、审计" in admin.get(url)


@pytest.mark.database
def test_the_last_administrator_stays(people: People) -> None:
    admin = member(people, "admin", name="甲")
    url = f"/desk/staff/{admin.staff.pk}/"
    assert "最后一位管理员" in admin.post(f"{url}roles/", 409, roles=["support"])
    assert "最后一位管理员" in admin.post(f"{url}access/")
    gone = member(people, "admin", name="乙")
    Staff.objects.filter(pk=gone.staff.pk).update(active=False)
    assert "最后一位管理员" in admin.post(f"{url}access/")
    member(people, "admin", name="丙")
    admin.post(f"{url}roles/", roles=["support"])
    assert Staff.objects.get(pk=admin.staff.pk).roles == ["support"]


@pytest.mark.database
def test_whoever_works_here_is_let_go_before_their_account_is_deleted(people: People) -> None:
    """Else their roles and API keys would outlive them, and the last administrator could leave."""
    admin, other = member(people, "admin"), member(people, "developer")
    _, secret = make_key(other.person, "till", ["payments:read"], [])
    for someone in (admin, other):
        with pytest.raises(ObjectedError):
            delete(someone.person)
    admin.post(f"/desk/staff/{other.staff.pk}/access/")
    delete(other.person)
    key = find_key(secret)
    assert key is None or not scopes_of(key)


def test_only_administrators_appoint(people: People) -> None:
    for role in set(ROLES) - {"admin"}:
        someone = member(people, role)
        someone.post("/desk/staff/invite/", 403, email="new@example.com", roles=["admin"])
        someone.post(f"/desk/staff/{someone.staff.pk}/roles/", 403, roles=["admin"])
        assert Staff.objects.get(pk=someone.staff.pk).roles == [role]
    with pytest.raises(ValueError, match="boss"):
        appointing.invite(member(people, "admin").person, "new@example.com", ["boss"])


# Every address of the desk

SAMPLES = {
    "serial": "0000000000000000",
    "number": "2026-000001",
    "what": "account",
    "word": "x",
    "year": "2026",
}


def desk_addresses() -> Iterator[tuple[str, str]]:
    """Every address of the desk, with samples in its places."""
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLResolver) and pattern.app_name == "desk":
            for each in pattern.url_patterns:
                assert isinstance(each, URLPattern)
                yield str(each.name), "/desk/" + re.sub(r"<(?:(\w+):)?(\w+)>", _sample, str(each.pattern))


def _sample(place: re.Match[str]) -> str:
    kind, name = place.groups()
    if kind == "uuid":
        return "00000000-0000-4000-8000-000000000000"
    if kind == "int":
        return "1"
    if kind == "number":
        return desk_card(0).split("/")[3]
    return SAMPLES.get(name, "1")


FOR_EVERYBODY = {"join"}


def test_an_auditor_changes_nothing(people: People) -> None:
    """Whatever an auditor sends, to whichever page of the desk, is refused."""
    client = member(people, "auditor").client
    answers = {
        (name, url): client.post(url, {"do": "yes", "step": "confirm"}).status_code
        for name, url in desk_addresses()
    }
    assert answers == {(name, url): 409 if name in FOR_EVERYBODY else 403 for name, url in answers}
    assert len(answers) > 50


def test_holders_and_strangers_are_kept_out(people: People) -> None:
    holder, stranger = browser(people.make()), Client()
    for name, url in desk_addresses():
        kept_out = 409 if name in FOR_EVERYBODY else 404
        assert [holder.get(url).status_code, holder.post(url).status_code] == [kept_out] * 2, url
        for answer in (stranger.get(url), stranger.post(url)):
            assert answer.status_code == 302, url
            assert answer["Location"].startswith(reverse("account_login")), url


@pytest.mark.database
def test_an_auditor_reads_the_lists(people: People) -> None:
    auditor = member(people, "auditor")
    open_case(member(people, "support"))
    for name in (
        "home",
        "approvals",
        "search",
        "cases",
        "cases_csv",
        "identities",
        "staff",
        "audit",
        "audit_csv",
    ):
        assert auditor.client.get(reverse(f"desk:{name}")).status_code == 200, name


# Identities


@pytest.mark.database
def test_an_identity_is_opened_for_a_case_and_decided(people: People) -> None:
    support, whom = member(people, "support"), people.make("林小满")
    made = identity.submit(whom, "passport", "LIN XIAOMAN", "E12345678")
    page = support.get("/desk/identities/")
    assert "LIN" not in page
    assert whom.name not in page
    page = support.post(f"/desk/identities/{made.pk}/open/")
    assert "LIN XIAOMAN" in page
    look = Look.objects.get()
    assert (look.person, look.what, look.case.kind) == (whom, "identity", "identity")
    support.post(f"/desk/identities/{made.pk}/decide/", 422, outcome="refuse", zh="照片不清")
    support.post(f"/desk/identities/{made.pk}/decide/", outcome="refuse", zh="照片不清。", en="Blurred.")
    made.refresh_from_db()
    assert (made.state, made.reason.en) == ("refused", "Blurred.")
    assert Notice.objects.get(person=whom, kind="identity.refused")
    again = identity.submit(whom, "passport", "LIN XIAOMAN", "E12345679")
    support.post(f"/desk/identities/{again.pk}/decide/", outcome="accept")
    assert identity.checked_name(whom) == "LIN XIAOMAN"
    assert "已经处理过" in support.post(f"/desk/identities/{again.pk}/open/")
    member(people, "auditor").client.get("/desk/identities/")
    assert Look.objects.filter(what="identity").count() == 2


@pytest.mark.database
def test_nobody_checks_their_own_identity(people: People) -> None:
    support = member(people, "support")
    made = identity.submit(support.person, "passport", "LIN XIAOMAN", "E12345678")
    for act in ("open", "decide"):
        assert "不能核验自己的身份" in support.post(f"/desk/identities/{made.pk}/{act}/", outcome="accept")
    made.refresh_from_db()
    assert made.state == "submitted"


# What everybody did


@pytest.mark.database
def test_everything_that_staff_did_is_in_one_table(ledger: Ledger, people: People) -> None:
    admin, support = member(people, "admin", name="=管理员"), member(people, "support", name="客服")
    [serial] = ledger.issue()
    whom = people.make("林小满")
    case = open_case(support, serial)
    do_act(support, serial, "freeze", case.number, "fraud")
    support.get(desk_card(serial))
    support.post("/desk/search/person/", email=whom.email, case=open_case(support).number)
    admin.post("/desk/staff/invite/", email=whom.email, roles=["finance"])
    looked = list(audit_log.all_lines(audit_log.acts()))
    assert {line.sort for line in looked} == set(audit_log.SORTS) - {"order"}
    page = admin.get("/desk/audit/")
    for words in ("冻结卡", "查阅个人资料", "客服", case.number):
        assert words in page
    only = list(audit_log.all_lines(audit_log.acts(sort="staff", who=str(admin.person.pk))))
    assert [line.who for line in only] == ["=管理员"]
    assert list(audit_log.all_lines(audit_log.acts(until_ms=1))) == []
    oldest = list(audit_log.all_lines(audit_log.acts(order="at_ms")))
    assert [line.at_ms for line in oldest] == sorted(line.at_ms for line in oldest)
    table = admin.client.get(f"/desk/audit.csv?sort_of=staff&who={admin.person.pk}").content.decode(
        "utf-8-sig"
    )
    assert ",'=管理员," in table
    admin.get("/desk/audit/", sort="-who", since="2026-01-01", until="nonsense", page="99")


def test_what_holders_do_is_not_in_it(ledger: Ledger, people: People) -> None:
    support = member(people, "support")
    [serial] = ledger.issue()
    claim(support.person, ledger, [serial])
    assert len(audit_log.Rows(audit_log.acts())) == 0


def invited(people: People, admin_client: object, roles: list[str]) -> tuple[Person, str]:
    """Somebody who signed up only after a link had gone out to them."""
    mail.outbox.clear()
    admin_client.post("/desk/staff/invite/", email="later@example.com", roles=roles)  # type: ignore[attr-defined]
    person = people.make("后来者")
    person.email = "later@example.com"
    person.save()
    EmailAddress.objects.filter(user=person).update(email=person.email)
    return person, link_in_mail()


@pytest.mark.database
def test_an_old_invitation_does_not_change_what_was_decided_since(people: People) -> None:
    admin = member(people, "admin", name="甲")
    person, link = invited(people, admin, ["support"])
    admin.post("/desk/staff/invite/", email="later@example.com", roles=["admin"])
    appointing.deactivate(person, admin.staff)
    page = browser(person).post(link)
    assert page.status_code == 409
    assert "已经是工作人员" in page.content.decode()
    staff = Staff.objects.get(person=person)
    assert (staff.roles, staff.active) == (["admin"], True), "the last administrator stays one"


@pytest.mark.database
def test_an_old_invitation_does_not_bring_back_who_was_let_go(people: People) -> None:
    admin = member(people, "admin", name="甲")
    person, link = invited(people, admin, ["support"])
    admin.post("/desk/staff/invite/", email="later@example.com", roles=["risk"])
    appointing.deactivate(admin.person, Staff.objects.get(person=person))
    assert browser(person).post(link).status_code == 409
    assert not Staff.objects.get(person=person).active
