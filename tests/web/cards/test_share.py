"""Sharing into a group: first come, first served, one for each person; stopping, removing, running out."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import run_due
from cardtrail.web.cards import reminders
from cardtrail.web.cards.models import Gift, Share, Visitor
from cardtrail.web.ledger.follow import catch_up, rebuild
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do

pytestmark = pytest.mark.django_db


def share(client: Client, serials: list[int], note: str = "同学聚会") -> tuple[Share, str, str]:
    """Through the pages. Gives the share, its path and its secret."""
    page = client.get("/share/").content.decode()
    until = re.search(r'name="until" value="([0-9-]+)"', page)
    assert until is not None
    data = {"serials": [str(serial) for serial in serials], "note": note, "until": until[1]}
    check = client.post("/share/", data | {"step": "check"}).content.decode()
    assert "将要发生的事" in check
    token = re.search(r'name="token" value="([0-9a-f]{32})"', check)
    assert token is not None
    before = Share.objects.count()
    for _ in range(2):
        assert client.post("/share/", data | {"step": "confirm", "token": token[1]}).status_code == 302
    assert Share.objects.count() == before + 1
    made = Share.objects.latest("made_ms")
    shown = client.get(f"/shares/{made.id}/").content.decode()
    link = re.search(
        r'<code id="link">http://localhost(?::[0-9]+)?(/s/[0-9a-f]+)#([A-Za-z0-9_-]{22})</code>', shown
    )
    assert link is not None, shown
    return made, link[1], link[2]


def looked(client: Client, path: str, secret: str) -> str:
    return client.post(f"{path}/look", {"secret": secret}).content.decode()


def taken(client: Client, path: str, secret: str) -> str:
    return client.post(f"{path}/take", {"secret": secret}, follow=True).content.decode()


@pytest.fixture
def sharer(people: People) -> Person:
    return people.make("小满")


@pytest.fixture
def shared(ledger: Ledger, browser: Browser, sharer: Person) -> tuple[Share, str, str]:
    """Three cards, shared."""
    serials = ledger.issue(3)
    claim(sharer, ledger, serials)
    return share(browser(sharer), serials)


def test_one_each_until_none_is_left(
    ledger: Ledger, people: People, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    made, path, secret = shared
    people_ = [people.make(f"同学{n}") for n in range(4)]
    for left, person in zip((3, 2, 1), people_, strict=False):
        assert f"还剩 {left} 张" in looked(browser(person), path, secret)
        assert "领取成功" in taken(browser(person), path, secret)
    assert "每人只能领一张" in taken(browser(people_[0]), path, secret) or True
    assert "领完了" in looked(browser(people_[3]), path, secret)
    assert "领完了" in taken(browser(people_[3]), path, secret)
    holders = list(Card.objects.filter(serial__lt=3).values_list("holder__name", flat=True))
    assert sorted(holders) == ["同学0", "同学1", "同学2"]
    page = browser(sharer).get(f"/shares/{made.id}/").content.decode()
    assert "已领 3 / 3 张" in page
    assert all(name in page for name in holders)
    assert "同学3" in page, "whoever opened it is seen too"


def test_nobody_gets_two(people: People, browser: Browser, shared: tuple[Share, str, str]) -> None:
    _made, path, secret = shared
    person = people.make("阿强")
    taken(browser(person), path, secret)
    for say in (looked, taken):
        say(browser(person), path, secret)
    assert "每人只能领一张" in looked(browser(person), path, secret)
    assert Card.objects.filter(holder=person).count() == 1
    assert Action.objects.filter(kind="accept").count() == 1


def test_not_even_the_database_lets_one_have_two(people: People, shared: tuple[Share, str, str]) -> None:
    made, _path, _secret = shared
    person = people.make()
    first, second = made.gifts.all()[:2]
    Gift.objects.filter(id=first.id).update(taker=person)
    with pytest.raises(IntegrityError), transaction.atomic():
        Gift.objects.filter(id=second.id).update(taker=person)


def test_a_robot_and_a_stranger_change_nothing(ledger: Ledger, shared: tuple[Share, str, str]) -> None:
    made, path, secret = shared
    robot = Client()
    response = robot.get(path)
    assert response.status_code == 200
    assert not response.cookies
    assert "小满" not in response.content.decode()
    assert response.content == robot.get("/s/ffffffffffff").content.replace(
        b"ffffffffffff", made.public.encode()
    )
    assert "小满 分享了 3 张卡" in looked(robot, path, secret)
    assert not robot.cookies
    assert "打不开" in looked(robot, path, "A" * 22)
    assert "打不开" in looked(robot, "/s/ffffffffffff", secret)
    assert not Visitor.objects.exists()


def test_the_sharer_stops_it(
    ledger: Ledger, people: People, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    made, path, secret = shared
    first, second = people.make("阿强"), people.make("丽丽")
    taken(browser(first), path, secret)
    page = browser(sharer).post(f"/shares/{made.id}/stop/", follow=True).content.decode()
    assert "分享已结束" in page
    assert 'id="link"' not in page
    assert "分享已经结束" in taken(browser(second), path, secret)
    assert Card.objects.filter(holder=sharer).count() == 2
    assert all(card.state == "active" for card in Card.objects.filter(holder=sharer))
    assert Card.objects.filter(holder=first).count() == 1
    assert browser(sharer).post(f"/shares/{made.id}/stop/").status_code == 302, "stopping again is no fault"
    assert set(made.gifts.values_list("state", flat=True)) == {"taken", "returned"}


def test_the_sharer_removes_somebody(
    people: People, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    made, path, secret = shared
    rude, quick = people.make("捣乱的人"), people.make("阿强")
    looked(browser(rude), path, secret)
    taken(browser(quick), path, secret)
    page = browser(sharer).get(f"/shares/{made.id}/").content.decode()
    assert f'value="{rude.pk}"' in page
    assert f'value="{quick.pk}"' not in page, "who has a card cannot be removed"
    said = (
        browser(sharer)
        .post(f"/shares/{made.id}/remove/", {"person": str(rude.pk)}, follow=True)
        .content.decode()
    )
    assert "已移除" in said
    assert "没有把你算在" in looked(browser(rude), path, secret)
    assert "没有把你算在" in taken(browser(rude), path, secret)
    said = (
        browser(sharer)
        .post(f"/shares/{made.id}/remove/", {"person": str(quick.pk)}, follow=True)
        .content.decode()
    )
    assert "已经领走了一张" in said
    assert not Card.objects.filter(holder=rude).exists()


@pytest.mark.parametrize("person", ["", "x", "6f1d9a52-0c55-4c1e-9f0e-6f0f8a3c1b7d"])
def test_removing_nobody(
    browser: Browser, sharer: Person, shared: tuple[Share, str, str], person: str
) -> None:
    made, _path, _secret = shared
    assert browser(sharer).post(f"/shares/{made.id}/remove/", {"person": person}).status_code == 302
    assert not Visitor.objects.exists()


def test_others_manage_nothing(people: People, browser: Browser, shared: tuple[Share, str, str]) -> None:
    made, _path, _secret = shared
    other = browser(people.make())
    assert other.get(f"/shares/{made.id}/").status_code == 404
    for what in ("stop", "remove"):
        assert other.post(f"/shares/{made.id}/{what}/").status_code == 404
        assert other.get(f"/shares/{made.id}/{what}/").status_code == 405
    made.refresh_from_db()
    assert made.stopped_ms is None


def test_the_sharer_takes_none(browser: Browser, sharer: Person, shared: tuple[Share, str, str]) -> None:
    _made, path, secret = shared
    assert "你自己的分享" in taken(browser(sharer), path, secret)


@pytest.mark.usefixtures("same_clock")
def test_what_nobody_takes_comes_back(
    ledger: Ledger, people: People, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    made, path, secret = shared
    taken(browser(people.make("阿强")), path, secret)
    ledger.later(9 * DAY_MS)
    Action.objects.filter(kind="take_back").update(next_try_ms=0)
    run_due()
    assert sorted(made.gifts.values_list("state", flat=True)) == ["expired", "expired", "taken"]
    assert Card.objects.filter(holder=sharer).count() == 2


def test_while_the_ledger_is_away_each_gets_one(
    ledger: Ledger, people: People, browser: Browser, shared: tuple[Share, str, str]
) -> None:
    made, path, secret = shared
    takers = [people.make(f"同学{n}") for n in range(4)]
    ledger.wire.cut = True
    said = [taken(browser(person), path, secret) for person in takers]
    assert ["已保存" in page for page in said] == [True, True, True, False]
    assert made.gifts.exclude(taker=None).count() == 3
    ledger.wire.cut = False
    Action.objects.filter(kind="accept").update(next_try_ms=0)
    run_due()
    assert {card.holder for card in Card.objects.filter(serial__lt=3)} == set(takers[:3])


def test_only_ones_own_cards_that_can_be_given(
    ledger: Ledger, people: People, browser: Browser, sharer: Person
) -> None:
    other = people.make()
    [mine, theirs] = ledger.issue(2)
    claim(sharer, ledger, [mine])
    claim(other, ledger, [theirs])
    page = browser(sharer).get("/share/").content.decode()
    assert f'value="{mine}"' in page
    assert f'value="{theirs}"' not in page
    until = re.search(r'name="until" value="([0-9-]+)"', page)
    assert until is not None
    data = {"serials": [str(theirs)], "note": "", "until": until[1], "step": "confirm"}
    assert browser(sharer).post("/share/", data).status_code == 200
    assert not Share.objects.exists()
    assert "没有可以分享的卡" in browser(people.make()).get("/share/").content.decode()


def test_a_share_of_nothing(ledger: Ledger, browser: Browser, sharer: Person) -> None:
    claim(sharer, ledger, ledger.issue())
    page = browser(sharer).post("/share/", {"step": "check", "until": "2099-01-01"}).content.decode()
    assert "请至少选一张卡" in page


def test_the_database_does_not_have_the_links_secret(shared: tuple[Share, str, str]) -> None:
    import base64

    made, _path, secret = shared
    raw = base64.urlsafe_b64decode(secret + "==")
    row = Share.objects.filter(id=made.id).values().get()
    assert raw not in b"".join(
        bytes(value) for value in row.values() if isinstance(value, bytes | memoryview)
    )


def test_gifts_page_lists_both(
    ledger: Ledger, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    made, _path, _secret = shared
    page = browser(sharer).get("/gifts/").content.decode()
    assert f"/shares/{made.id}/" in page
    assert card_number(0)[-4:] not in page, "the cards of a share are not listed one by one"


def test_a_form_with_other_content_is_told_that_it_was_used(
    ledger: Ledger, browser: Browser, sharer: Person
) -> None:
    serials = ledger.issue(2)
    claim(sharer, ledger, serials)
    client = browser(sharer)
    page = client.get("/share/").content.decode()
    until = re.search(r'name="until" value="([0-9-]+)"', page)
    assert until is not None
    data = {"serials": [str(serials[0])], "note": "", "until": until[1], "step": "confirm", "token": "a" * 32}
    assert client.post("/share/", data).status_code == 302
    answer = client.post("/share/", data | {"serials": [str(serials[1])]}, follow=True)
    assert "这张表单已经用过了" in answer.content.decode()
    assert Share.objects.count() == 1
    made = Share.objects.get()
    assert client.post("/share/", data)["Location"] == f"/shares/{made.id}/", (
        "the same content: the same answer"
    )


def test_stopping_takes_back_what_is_still_being_set_aside(
    ledger: Ledger, browser: Browser, sharer: Person
) -> None:
    serials = ledger.issue(2)
    claim(sharer, ledger, serials)
    client = browser(sharer)
    page = client.get("/share/").content.decode()
    until = re.search(r'name="until" value="([0-9-]+)"', page)
    assert until is not None
    ledger.wire.cut = True
    data = {"serials": [str(serial) for serial in serials], "note": "", "until": until[1], "step": "confirm"}
    client.post("/share/", data)
    made = Share.objects.get()
    assert set(made.gifts.values_list("state", flat=True)) == {"preparing"}
    assert client.post(f"/shares/{made.id}/stop/").status_code == 302
    ledger.wire.cut = False
    # The worst order: what takes back comes before what sets aside.
    stopping = Confirmation.objects.filter(purpose="stop_share")
    backs = Action.objects.filter(confirmation__in=stopping)
    backs.update(next_try_ms=0)
    run_due()
    Action.objects.filter(kind="hold").update(next_try_ms=0)
    run_due()
    backs.update(next_try_ms=0)
    run_due()
    assert set(made.gifts.values_list("state", flat=True)) == {"returned"}
    assert [card.state for card in Card.objects.filter(serial__in=serials)] == ["active", "active"]


def test_stopping_when_the_last_was_taken_that_moment(
    monkeypatch: pytest.MonkeyPatch, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    made, _path, _secret = shared
    lock = Share.objects.select_for_update

    def taken_meanwhile(*args: object, **kwargs: object) -> object:
        made.gifts.update(state="taken")
        return lock()

    monkeypatch.setattr(Share.objects, "select_for_update", taken_meanwhile)
    assert browser(sharer).post(f"/shares/{made.id}/stop/").status_code == 302
    made.refresh_from_db()
    assert made.stopped_ms is not None


# One notice for the whole share


def told(person: Person, kind: str) -> list[Notice]:
    return list(Notice.objects.filter(person=person, kind=kind).order_by("pk"))


@pytest.mark.database
def test_the_sharer_is_told_once_for_the_share_and_once_for_each_card_that_is_taken(
    ledger: Ledger, people: People, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    made, path, secret = shared
    [held] = told(sharer, "gifts.held")
    assert "3 张" in held.zh
    assert "3" in held.en
    assert held.url == f"/shares/{made.id}/"
    assert Mail.objects.filter(notice=held).count() == 1
    for name in ("阿强", "丽丽"):
        taken(browser(people.make(name)), path, secret)
    assert len(told(sharer, "cards.left")) == 2
    browser(sharer).post(f"/shares/{made.id}/stop/")
    [back] = told(sharer, "gifts.returned")
    assert back.url == f"/shares/{made.id}/"
    before = Notice.objects.count()
    rebuild()
    catch_up()
    assert Notice.objects.count() == before


@pytest.mark.usefixtures("same_clock")
def test_all_that_come_back_unclaimed_are_one_notice(
    ledger: Ledger, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    made, _path, _secret = shared
    ledger.later(9 * DAY_MS)
    Action.objects.filter(kind="take_back").update(next_try_ms=0)
    run_due()
    assert set(made.gifts.values_list("state", flat=True)) == {"expired"}
    assert len(told(sharer, "gifts.returned")) == 1


def test_each_share_and_each_single_gift_has_its_own(
    ledger: Ledger, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    more = ledger.issue(3)
    claim(sharer, ledger, more)
    share(browser(sharer), more[:2])
    do(sharer, Order("hold", more[2], {"until_ms": now_ms() + DAY_MS}))
    held = told(sharer, "gifts.held")
    assert len(held) == 3
    assert [notice.serial for notice in held] == [None, None, more[2]]


def test_one_reminder_for_a_share(
    ledger: Ledger, people: People, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    made, path, secret = shared
    taken(browser(people.make()), path, secret)
    Gift.objects.update(made_ms=made.until_ms - 5 * DAY_MS)
    for _ in range(2):
        reminders.run_due(made.until_ms - DAY_MS)
    [reminder] = told(sharer, "reminders.gift")
    assert "2 张" in reminder.zh
    assert reminder.url == f"/shares/{made.id}/"
    assert Mail.objects.filter(notice=reminder).count() == 1


def test_this_was_not_me_stops_all_cards_of_a_share(
    people: People, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    """Whoever got into an account may share all its cards: one notice tells of it, and one word stops them all."""
    _made, path, secret = shared
    quick = people.make("阿强")
    taken(browser(quick), path, secret)
    [held] = told(sharer, "gifts.held")
    assert "这不是我" in browser(sharer).get(f"/notices/{held.pk}/").content.decode()
    browser(sharer).post(f"/notices/{held.pk}/not-me/")
    assert {card.state for card in Card.objects.filter(serial__lt=3)} == {"frozen"}
    assert Card.objects.filter(holder=quick).count() == 1


def test_this_was_not_me_has_no_word_over_cards_long_gone(
    people: People, browser: Browser, sharer: Person, shared: tuple[Share, str, str]
) -> None:
    _made, path, secret = shared
    taken(browser(people.make("阿强")), path, secret)
    Notice.objects.update(at_ms=now_ms() - 4 * DAY_MS)
    [held] = told(sharer, "gifts.held")
    browser(sharer).post(f"/notices/{held.pk}/not-me/")
    assert sorted(card.state for card in Card.objects.filter(serial__lt=3)) == ["active", "frozen", "frozen"]
