from __future__ import annotations

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cardtrail.web.desk.models import ROLES, Staff
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.webhooks.deliver import deliver_due
from cardtrail.web.webhooks.models import Delivery, Endpoint, Event
from cardtrail.web.webhooks.sealing import signing_secrets
from cardtrail.web.webhooks.urls import urlpatterns
from tests.web.people import secured

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{20,}")
POST_ONLY = {"pause", "resume", "test", "resend", "delivery_resend"}


@pytest.fixture
def desk(client, developer):
    """A browser of a member of staff who looks after the brand's systems."""
    Staff.objects.create(person=developer, roles=["developer"])
    client.force_login(secured(developer))
    return client


def fields(receiver, **more):
    return {
        "url": receiver.url,
        "description": "商城",
        "event_types": ["card.held", "payment.paid"],
        "once": str(uuid.uuid4()),
        **more,
    }


def every_page(endpoint: Endpoint, delivery: Delivery) -> dict[str, str]:
    found = {}
    for pattern in urlpatterns:
        kinds = pattern.pattern.converters
        pk = {} if not kinds else {"pk": delivery.pk if pattern.name.startswith("delivery") else endpoint.pk}
        found[pattern.name] = reverse(f"webhooks:{pattern.name}", kwargs=pk)
    return found


def test_an_endpoint_is_added_and_its_secret_shown_once(desk, receiver):
    assert desk.get(reverse("webhooks:new")).status_code == 200
    given = fields(receiver)
    answer = desk.post(reverse("webhooks:new"), given)
    endpoint = Endpoint.objects.get()
    (secret,) = set(SECRET.findall(answer.content.decode()))
    assert signing_secrets(endpoint, 0) == [secret]
    assert "no-store" in answer["Cache-Control"]
    assert (endpoint.event_types, str(endpoint.pk)) == (["card.held", "payment.paid"], given["once"])
    # The same form again, as a reload does it: nothing is added, nothing shown.
    again = desk.post(reverse("webhooks:new"), given)
    assert again.status_code == 302
    assert Endpoint.objects.count() == 1


def test_no_page_shows_a_secret_afterwards(desk, endpoint, receiver, held, now):
    receiver.answers = [(500, {}, b"no")]
    held()
    deliver_due(now)
    pages = every_page(endpoint[0], Delivery.objects.get())
    seen = 0
    for name, url in pages.items():
        if name not in POST_ONLY:
            answer = desk.get(url)
            assert answer.status_code == 200, name
            text = answer.content.decode()
            assert endpoint[1].removeprefix("whsec_") not in text, name
            assert not SECRET.search(text), name
            seen += 1
    assert seen == len(pages) - len(POST_ONLY)


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_enter(client, people, endpoint, held, method):
    held()
    pages = every_page(endpoint[0], Delivery.objects.get())
    before = list(Endpoint.objects.values()), list(Delivery.objects.values())
    for name, url in pages.items():
        if method == "get" and name in POST_ONLY:
            assert client.get(url).status_code == 405
            continue
        if method == "post" and name in {"list", "types", "endpoint", "delivery"}:
            assert client.post(url).status_code == 405
            continue
        answer = getattr(client, method)(url)
        assert (answer.status_code, answer["Location"].startswith("/accounts/")) == (302, True), name
    holder = people.make()
    client.force_login(secured(holder))
    for name, url in pages.items():
        assert getattr(client, method)(url).status_code in {404, 405}, name
    Staff.objects.create(person=holder, roles=[role for role in ROLES if role != "developer"])
    for name, url in pages.items():
        assert getattr(client, method)(url).status_code in {403, 405}, name
    assert before == (list(Endpoint.objects.values()), list(Delivery.objects.values()))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"url": "https://10.0.0.1/"}, "内部网络"),
        ({"url": "https://169.254.169.254/latest"}, "内部网络"),
        ({"url": "http://[::ffff:10.0.0.1]:8000/"}, "内部网络"),
        ({"url": "https://2130706433/"}, "普通写法"),
        ({"url": "ftp://x.example/"}, "https://"),
        ({"url": ""}, "请填写"),
        ({"event_types": []}, "至少选一种"),
        ({"event_types": ["card.sold"]}, "card.sold"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused_in_words(desk, receiver, change, word):
    answer = desk.post(reverse("webhooks:new"), fields(receiver, **change))
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_an_endpoint_is_changed(desk, endpoint, receiver):
    url = reverse("webhooks:edit", kwargs={"pk": endpoint[0].pk})
    assert receiver.url in desk.get(url).content.decode()
    new = {"url": receiver.url + "/2", "description": "收银", "event_types": ["card.voided", "card.held"]}
    assert desk.post(url, new).status_code == 302
    changed = Endpoint.objects.get()
    assert (changed.url, changed.description) == (receiver.url + "/2", "收银")
    assert changed.event_types == ["card.held", "card.voided"]
    refused = desk.post(url, {**new, "url": "https://127.0.0.1.example:22/"})
    assert refused.status_code == 422
    assert Endpoint.objects.get().url == receiver.url + "/2"


def test_a_secret_is_replaced_once_for_one_press(desk, endpoint, now):
    url = reverse("webhooks:rotate", kwargs={"pk": endpoint[0].pk})
    assert desk.get(url).status_code == 200
    answer = desk.post(url, {"number": 1})
    (new,) = set(SECRET.findall(answer.content.decode()))
    assert "no-store" in answer["Cache-Control"]
    assert desk.post(url, {"number": 1}).status_code == 302
    assert desk.post(url, {"number": "x"}).status_code == 302
    assert signing_secrets(Endpoint.objects.get(), now) == [new, endpoint[1]]
    assert (
        "新旧并用" in desk.get(reverse("webhooks:endpoint", kwargs={"pk": endpoint[0].pk})).content.decode()
    )


def test_pausing_and_going_on(desk, endpoint):
    pk = {"pk": endpoint[0].pk}
    desk.post(reverse("webhooks:pause", kwargs=pk))
    assert not Endpoint.objects.get().active
    assert "已暂停" in desk.get(reverse("webhooks:endpoint", kwargs=pk)).content.decode()
    desk.post(reverse("webhooks:resume", kwargs=pk))
    assert Endpoint.objects.get().active


def test_a_test_event_is_sent_once_for_one_press(desk, endpoint, receiver, now):
    url = reverse("webhooks:test", kwargs={"pk": endpoint[0].pk})
    once = str(uuid.uuid4())
    first, second = desk.post(url, {"once": once}), desk.post(url, {"once": once})
    assert first["Location"] == second["Location"]
    assert desk.post(url, {"once": "x"})["Location"] != first["Location"]
    deliver_due(now + 60_000)
    assert [got.headers["webhook-id"] for got in receiver.got] == [Event.objects.get().id]
    page = desk.get(first["Location"]).content.decode()
    assert "已送达" in page
    assert "HTTP 204" in page
    assert "webhook-signature: v1," in page
    assert receiver.got[0].body.decode().replace('"', "&quot;") in page


def test_a_paused_endpoint_gets_no_test(desk, endpoint):
    Endpoint.objects.update(active=False, disabled_reason="paused")
    desk.post(reverse("webhooks:test", kwargs={"pk": endpoint[0].pk}), {"once": str(uuid.uuid4())})
    assert not Delivery.objects.exists()


def test_the_log_is_narrowed_and_paged(desk, endpoint, held):
    for entry in range(30):
        held(entry)
    Delivery.objects.filter(event__in=Event.objects.filter(key="card.held/3")).update(state="given_up")
    url = reverse("webhooks:endpoint", kwargs={"pk": endpoint[0].pk})
    assert desk.get(url).content.decode().count('<th scope="row">') == 25
    assert desk.get(url, {"page": 2}).content.decode().count('<th scope="row">') == 5
    assert desk.get(url, {"state": "given_up"}).content.decode().count('<th scope="row">') == 1
    assert desk.get(url, {"type": "card.released"}).content.decode().count('<th scope="row">') == 0
    assert desk.get(url, {"state": "nonsense"}).content.decode().count('<th scope="row">') == 25


def test_pages_ask_the_database_no_more_for_more_rows(desk, endpoint, held):
    pages = [reverse("webhooks:endpoint", kwargs={"pk": endpoint[0].pk}), reverse("webhooks:list")]

    def asked() -> list[int]:
        counts = []
        for url in pages:
            with CaptureQueriesContext(connection) as queries:
                desk.get(url)
            counts.append(len(queries))
        return counts

    held(0)
    asked()  # The session's first request does more.
    few = asked()
    for entry in range(1, 25):
        held(entry)
    assert asked() == few
    assert max(few) <= 12


def test_one_and_all_are_sent_again_from_the_pages(desk, endpoint, held, now):
    held(1, now - 1000), held(2, now - 2 * DAY_MS)
    Delivery.objects.update(state="given_up", attempts=10)
    late, early = Delivery.objects.order_by("-event__time_ms")
    desk.post(reverse("webhooks:resend", kwargs={"pk": endpoint[0].pk}), {"span": "24h"})
    late.refresh_from_db(), early.refresh_from_db()
    assert (late.state, early.state) == ("pending", "given_up")
    desk.post(reverse("webhooks:delivery_resend", kwargs={"pk": early.pk}))
    early.refresh_from_db()
    assert early.state == "pending"
    Delivery.objects.update(state="sending")
    desk.post(reverse("webhooks:delivery_resend", kwargs={"pk": early.pk}))
    early.refresh_from_db()
    assert early.state == "sending"


def test_what_a_receiver_answers_is_shown_as_text(desk, endpoint, receiver, held, now):
    receiver.answers = [(500, {}, b"<script>alert(1)</script>")]
    held()
    deliver_due(now)
    page = desk.get(reverse("webhooks:delivery", kwargs={"pk": Delivery.objects.get().pk})).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_there_in_both_languages(desk, endpoint, held, language, settings):
    held()
    desk.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    for name, url in every_page(endpoint[0], Delivery.objects.get()).items():
        if name not in POST_ONLY:
            text = desk.get(url).content.decode()
            assert text.count("<h1") == 1
            assert text.count("<main") == 1
    listed = desk.get(reverse("webhooks:types")).content.decode()
    assert ("a card is set aside" in listed) == (language == "en")
