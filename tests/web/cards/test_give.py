"""Giving a card by link: what a card and a form must be like, how it ends, how it comes back."""

from __future__ import annotations

import re

import pytest

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.perform import run_due
from cardtrail.web.cards import giving
from cardtrail.web.cards.models import Gift, Once
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.cards.giving import give, link_of, looked, taken
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do

pytestmark = pytest.mark.django_db


def test_given_by_link_and_claimed(ledger: Ledger, people: People, browser: Browser, giver: Person) -> None:
    taker = people.make("阿强")
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    gift = give(browser(giver), serial)
    assert gift.state == "offered"
    path, secret = link_of(browser(giver), gift)
    opened = browser(taker).post(f"{path}/look", {"secret": secret})
    assert opened.status_code == 200
    text = opened.content.decode()
    assert "生日快乐" in text
    assert "¥500.00" in text
    assert Card.objects.get(serial=serial).holder == giver, "looking takes nothing"
    done = browser(taker).post(f"{path}/take", {"secret": secret})
    assert done["Location"] == f"/cards/{card_number(serial)}/"
    assert Card.objects.get(serial=serial).holder == taker
    gift.refresh_from_db()
    assert (gift.state, gift.taken_by) == ("taken", taker)
    assert "阿强" in browser(giver).get(f"/gifts/{gift.id}/").content.decode()
    assert browser(giver).get(f"/cards/{card_number(serial)}/").status_code == 404
    trail = browser(taker).get(f"/cards/{card_number(serial)}/").content.decode()
    assert "礼物被领取" in trail
    assert "小满" not in trail


@pytest.mark.usefixtures("same_clock")
def test_it_comes_back_by_itself(
    ledger: Ledger, browser: Browser, giver: Person, given: tuple[Gift, str, str]
) -> None:
    gift, _path, _secret = given
    back = Action.objects.get(kind="take_back")
    assert back.next_try_ms == gift.until_ms + 1000
    ledger.later(8 * DAY_MS)
    Action.objects.filter(id=back.id).update(next_try_ms=0)
    run_due()
    gift.refresh_from_db()
    assert gift.state == "expired"
    assert Card.objects.get(serial=gift.serial).state == "active"
    assert "过期退回" in browser(giver).get(f"/gifts/{gift.id}/").content.decode()


def test_a_claimed_gift_is_not_taken_back(
    ledger: Ledger, people: People, browser: Browser, giver: Person, given: tuple[Gift, str, str]
) -> None:
    gift, path, secret = given
    taker = people.make("阿强")
    taken(browser(taker), path, secret)
    page = browser(giver).post(f"/gifts/{gift.id}/take-back/", follow=True).content.decode()
    assert "这份礼物已经结束：已领取" in page
    assert not Action.objects.filter(confirmation__purpose="take_back").exists()
    assert Card.objects.get(serial=gift.serial).holder == taker


def test_others_gifts_are_nobodys_business(
    people: People, browser: Browser, given: tuple[Gift, str, str]
) -> None:
    gift, _path, _secret = given
    other = browser(people.make())
    assert other.get(f"/gifts/{gift.id}/").status_code == 404
    for what in ("take-back", "accept"):
        assert other.post(f"/gifts/{gift.id}/{what}/").status_code == 404
        assert other.get(f"/gifts/{gift.id}/{what}/").status_code == 405
    gift.refresh_from_db()
    assert gift.state == "offered"


def test_it_can_be_given_again_and_old_links_stay_dead(
    ledger: Ledger, people: People, browser: Browser, giver: Person, given: tuple[Gift, str, str]
) -> None:
    gift, path, secret = given
    browser(giver).post(f"/gifts/{gift.id}/take-back/")
    second = give(browser(giver), gift.serial, note="第二次")
    _, fresh = link_of(browser(giver), second)
    assert fresh != secret
    assert "已经收回" in looked(browser(people.make()), path, secret)
    assert "第二次" in looked(browser(people.make()), path, fresh)


def test_a_card_that_is_given_cannot_be_given_again(
    ledger: Ledger, browser: Browser, giver: Person, given: tuple[Gift, str, str]
) -> None:
    gift, _path, _secret = given
    url = f"/cards/{card_number(gift.serial)}/give/"
    assert browser(giver).get(url).status_code == 302
    data = {"how": "link", "to": "", "note": "", "until": "2099-01-01", "step": "confirm"}
    browser(giver).post(url, data)
    assert Gift.objects.count() == 1


def test_while_the_ledger_is_away_it_is_given_once(ledger: Ledger, browser: Browser, giver: Person) -> None:
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    ledger.wire.cut = True
    gift = give(browser(giver), serial)
    assert gift.state == "preparing"
    assert "正在送出" in browser(giver).get(f"/gifts/{gift.id}/").content.decode()
    assert "正在送出" in browser(giver).get(f"/cards/{card_number(serial)}/").content.decode()
    assert browser(giver).get(f"/cards/{card_number(serial)}/give/").status_code == 302
    ledger.wire.cut = False
    Action.objects.filter(kind="hold").update(next_try_ms=0)
    run_due()
    gift.refresh_from_db()
    assert gift.state == "offered"
    link_of(browser(giver), gift)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"until": "2000-01-01"}, "已经过去"),
        ({"until": "2099-01-01"}, "最晚只能等到"),
        ({"until": ""}, "需要填写"),
        ({"until": "soon"}, "核对"),
        ({"how": "person", "to": ""}, "请填写对方的邮箱"),
        ({"how": "person", "to": "nobody"}, "核对"),
        ({"how": "pigeon"}, "id_how"),
        ({"note": "长" * 201}, "200"),
    ],
)
def test_forms_that_do_not_fit(
    ledger: Ledger, browser: Browser, giver: Person, fields: dict[str, str], words: str
) -> None:
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    data = {"how": "link", "to": "", "note": "", "until": "2000-01-01"} | fields
    for step in ("check", "confirm"):
        page = (
            browser(giver).post(f"/cards/{card_number(serial)}/give/", data | {"step": step}).content.decode()
        )
        summary = page.partition('class="error-summary"')[2].partition("</div>")[0]
        assert words in summary, summary
    assert not Gift.objects.exists()


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"transferable": 0}, "不能转让"),
        ({"max_hops": 1}, "转让次数已用完"),
        ({"cooling_off_ms": 3 * DAY_MS}, "刚激活"),
    ],
)
def test_cards_that_cannot_be_given(
    ledger: Ledger, browser: Browser, giver: Person, terms: dict[str, int], words: str
) -> None:
    from cardtrail.wire.products import Transferable

    if "transferable" in terms:
        terms = {"transferable": Transferable(terms["transferable"])}
    ledger.define("限制卡", **terms)
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    page = browser(giver).get(f"/cards/{card_number(serial)}/").content.decode()
    assert f"/cards/{card_number(serial)}/give/" not in page
    assert words in page
    assert words in browser(giver).get(f"/cards/{card_number(serial)}/give/", follow=True).content.decode()


def test_a_gift_that_the_ledger_refused(ledger: Ledger, browser: Browser, giver: Person) -> None:
    """The card was spent elsewhere... frozen, in fact, between the form and the command."""
    from cardtrail.web.actions.orders import Order

    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    ledger.wire.cut = True
    gift = give(browser(giver), serial)
    ledger.wire.cut = False
    do(giver, Order("freeze", serial, {"cause": "request", "case": "cd" * 32}))
    Action.objects.filter(kind="hold").update(next_try_ms=0)
    run_due()
    gift.refresh_from_db()
    assert gift.state == "failed"
    assert "没有送出" in browser(giver).get(f"/gifts/{gift.id}/").content.decode()


def test_two_forms_for_one_card_at_the_same_moment(
    ledger: Ledger, people: People, browser: Browser, giver: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both found the card free; the later one is told so, and nothing of it stays."""
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    url = f"/cards/{card_number(serial)}/give/"
    until = re.search(r'name="until" value="([0-9-]+)"', browser(giver).get(url).content.decode())
    assert until is not None
    ledger.wire.cut = True
    first = give(browser(giver), serial)
    # As if that one had come in behind the checks of this one.
    monkeypatch.setattr(giving, "open_gift", lambda card: None)
    monkeypatch.setattr(giving, "refuse_if_under_way", lambda card: None)
    data = {"how": "link", "to": "", "note": "", "until": until[1], "step": "confirm", "token": "ab" * 16}
    assert "正在送出" in browser(giver).post(url, data, follow=True).content.decode()
    assert Gift.objects.get() == first
    assert Confirmation.objects.filter(purpose="give").count() == 1


def test_a_changed_form_is_not_answered_with_the_earlier_gift(
    ledger: Ledger, browser: Browser, giver: Person
) -> None:
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    client = browser(giver)
    gift = give(client, serial)
    [used] = Once.objects.filter(confirmation=gift.action.confirmation)
    path = f"/cards/{card_number(serial)}/give/"
    page = client.post(path, {"token": used.token, "step": "confirm", "note": "别的话"}, follow=True)
    assert "这张表单已经用过了" in page.content.decode()
