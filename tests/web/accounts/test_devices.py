"""Devices and sessions."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cardtrail.web.accounts import activity, browsers, devices
from cardtrail.web.accounts.models import Device, SignIn
from cardtrail.web.accounts.sessions import kept
from cardtrail.web.notices.models import Notice
from tests.web.accounts.flows import member, sign_in
from tests.web.people import PASSWORD

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; Mobile) AppleWebKit/537.36 Version/4.0 Chrome/116.0 Mobile Safari/537.36 "
    "MicroMessenger/8.0.42"
)


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (IPHONE, "iPhone · Safari"),
        (EDGE, "Windows · Edge"),
        (WECHAT, "Android · WeChat"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Linux · Firefox"),
        ("curl/8.0", "Browser"),
        ("", "Browser"),
        ("<b>your bank</b>", "Browser"),
    ],
)
def test_labels(user_agent, label):
    assert browsers.label(user_agent) == label


def browser(user_agent: str, address: str = "192.0.2.1") -> Client:
    return Client(HTTP_USER_AGENT=user_agent, REMOTE_ADDR=address)


def test_the_first_device_is_no_news(people):
    person = member(people)
    sign_in(browser(IPHONE), person)
    assert [device.label for device in Device.objects.filter(person=person)] == ["iPhone · Safari"]
    assert not Notice.objects.exists()


def test_another_device_is(people):
    person = member(people)
    sign_in(browser(IPHONE), person)
    sign_in(browser(EDGE, "198.51.100.9"), person)
    notice = Notice.objects.get()
    assert notice.person == person
    assert "Windows · Edge" in notice.zh
    assert "198.51.100.*" in notice.en
    assert "198.51.100.9" not in notice.zh + notice.en
    assert notice.url == "/me/devices/"


def test_the_same_browser_is_known_again(people):
    person = member(people)
    client = browser(IPHONE)
    sign_in(client, person)
    client.post("/accounts/logout/")
    sign_in(client, person)
    assert Device.objects.count() == 1
    assert not Notice.objects.exists()


def test_two_people_at_one_browser_have_a_device_each(people):
    client = browser(IPHONE)
    for name in ("小满", "谷雨"):
        sign_in(client, member(people, name))
        client.post("/accounts/logout/")
    assert Device.objects.values("token").distinct().count() == 1
    assert Device.objects.values("person").distinct().count() == 2


def test_a_name_that_we_did_not_sign_is_not_believed(people):
    person = member(people)
    client = browser(IPHONE)
    sign_in(client, person)
    known = Device.objects.get()
    stolen = browser(EDGE)
    stolen.cookies["cardtrail_device"] = client.cookies["cardtrail_device"].value.rpartition(":")[0]
    sign_in(stolen, person)
    assert Device.objects.exclude(pk=known.pk).count() == 1


def test_the_database_does_not_know_the_browsers_name(people):
    client = browser(IPHONE)
    sign_in(client, member(people))
    name = client.cookies["cardtrail_device"].value.rpartition(":")[0]
    kept = Device.objects.get().token
    assert name not in kept
    assert kept == devices.token(name)


def test_nobody_has_no_device():
    request = RequestFactory().get("/")
    request.user = type("Nobody", (), {"is_authenticated": False})()
    with pytest.raises(devices.NobodySignedInError):
        devices.device_of(request)


def test_the_page_shows_sessions_and_shortened_addresses(people):
    person = member(people)
    phone, desk = browser(IPHONE), browser(EDGE, "198.51.100.9")
    sign_in(phone, person)
    sign_in(desk, person)
    page = phone.get("/me/devices/").content.decode()
    assert "Windows · Edge" in page
    assert "198.51.100.*" in page
    assert "198.51.100.9" not in page
    assert page.count("本机") == 2


def test_one_session_is_ended(people):
    person = member(people)
    phone, desk = browser(IPHONE), browser(EDGE)
    sign_in(phone, person)
    sign_in(desk, person)
    row = SignIn.objects.get(session=kept(desk.session.session_key))
    assert phone.post(f"/me/devices/end/{row.pk}/").status_code == 302
    assert desk.get("/me/").status_code == 302
    assert phone.get("/me/").status_code == 200


def test_all_others_are_ended(people):
    person = member(people)
    here = browser(IPHONE)
    others = [browser(EDGE) for _ in range(3)]
    for client in (here, *others):
        sign_in(client, person)
    here.post("/me/devices/end/others/")
    assert [client.get("/me/").status_code for client in (here, *others)] == [200, 302, 302, 302]


def test_nobody_ends_somebody_elses_session(people):
    mine, theirs = browser(IPHONE), browser(EDGE)
    sign_in(mine, member(people, "小满"))
    sign_in(theirs, member(people, "谷雨"))
    row = SignIn.objects.get(session=kept(theirs.session.session_key))
    assert mine.post(f"/me/devices/end/{row.pk}/").status_code == 404
    mine.post("/me/devices/end/others/")
    assert theirs.get("/me/").status_code == 200


def test_looking_ends_nothing(people):
    client = browser(IPHONE)
    sign_in(client, member(people))
    assert client.get("/me/devices/end/1/").status_code == 405
    assert client.get("/me/devices/end/others/").status_code == 405


def test_when_a_session_was_last_used_is_written_now_and_then(people, monkeypatch):
    client = browser(IPHONE)
    sign_in(client, member(people))
    start = activity.now_ms()
    before = Device.objects.get().last_seen_ms
    monkeypatch.setattr(activity, "now_ms", lambda: start + activity.EVERY_MS - 1000)
    with CaptureQueriesContext(connection) as queries:
        client.get("/me/mails/")
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
    assert Device.objects.get().last_seen_ms == before
    monkeypatch.setattr(activity, "now_ms", lambda: start + activity.EVERY_MS + 1000)
    client.get("/me/mails/", REMOTE_ADDR="203.0.113.5")
    device = Device.objects.get()
    assert device.last_seen_ms == start + activity.EVERY_MS + 1000
    assert device.address == SignIn.objects.get().address == "203.0.113.5"


def test_the_session_in_which_the_password_was_changed_goes_on_and_is_shown(people):
    client = browser(IPHONE)
    sign_in(client, member(people))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "another good one 7"})
    page = client.get("/me/devices/").content.decode()
    assert page.count("本机") == 2
    assert SignIn.objects.get().session == kept(client.session.session_key)


def test_a_session_that_ended_by_itself_is_not_shown(people):
    person = member(people)
    here, there = browser(IPHONE), browser(EDGE)
    sign_in(here, person)
    sign_in(there, person)
    Session.objects.filter(session_key=kept(there.session.session_key)).update(expire_date=timezone.now())
    assert "Windows · Edge" not in here.get("/me/devices/").content.decode().split('id="devices"')[0]
    assert SignIn.objects.count() == 1
