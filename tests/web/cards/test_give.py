"""Giving a card: by link and to a person; taking it, taking it back, and everything that can go wrong with a link."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.perform import run_due
from cardtrail.web.actions.public import gift_secret
from cardtrail.web.cards import invitations
from cardtrail.web.cards.models import Gift, Invitation
from cardtrail.web.cards.secret_text import spelled
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do

pytestmark = pytest.mark.django_db


def give(client: Client, serial: int, **fields: str) -> Gift:
    """Through the pages: the form, the check, the confirmation. Gives the gift."""
    url = f"/cards/{card_number(serial)}/give/"
    page = client.get(url)
    assert page.status_code == 200
    until = re.search(r'name="until" value="([0-9-]+)"', page.content.decode())
    assert until is not None
    data = {"how": "link", "to": "", "note": "生日快乐", "until": until[1]} | fields
    check = client.post(url, data | {"step": "check"})
    assert check.status_code == 200
    assert "将要发生的事" in check.content.decode(), check.content.decode()
    token = re.search(r'name="token" value="([0-9a-f]{32})"', check.content.decode())
    assert token is not None
    before = Gift.objects.count()
    done = client.post(url, data | {"step": "confirm", "token": token[1]})
    assert done.status_code == 302
    again = client.post(url, data | {"step": "confirm", "token": token[1]})
    assert again.status_code == 302
    assert Gift.objects.count() == before + 1, "the same form twice is one gift"
    return Gift.objects.latest("made_ms")


def link_of(client: Client, gift: Gift) -> tuple[str, str]:
    """The link's path and its secret, as the giver sees them."""
    page = client.get(f"/gifts/{gift.id}/").content.decode()
    found = re.search(r'<code id="link">http://localhost(/c/[0-9]{16})#([A-Za-z0-9_-]{22})</code>', page)
    assert found is not None, page
    return found[1], found[2]


@pytest.fixture
def giver(people: People) -> Person:
    return people.make("小满")


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


def taken(client: Client, path: str, secret: str) -> str:
    """What somebody reads who clicks."""
    return client.post(f"{path}/take", {"secret": secret}, follow=True).content.decode()


def looked(client: Client, path: str, secret: str) -> str:
    """What somebody reads who opens the link."""
    return client.post(f"{path}/look", {"secret": secret}).content.decode()


@pytest.fixture
def given(ledger: Ledger, browser: Browser, giver: Person) -> tuple[Gift, str, str]:
    """A gift by link, its path and its secret."""
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    gift = give(browser(giver), serial)
    return gift, *link_of(browser(giver), gift)


class TestLinks:
    """Attack 29: a link that a robot opens, that is forwarded, claimed twice, revoked during the claim."""

    def test_a_preview_robot_changes_nothing(self, ledger: Ledger, given: tuple[Gift, str, str]) -> None:
        gift, path, secret = given
        size = ledger.link.client.ledger().size
        robot = Client()
        for _ in range(2):
            for ask in (robot.get, robot.head):
                response = ask(path, headers={"User-Agent": "PreviewBot/1.0"})
                assert response.status_code == 200
                assert not response.cookies
        page = robot.get(path).content.decode()
        for private in ("小满", "生日快乐", "500", secret, "春日礼品卡"):
            assert private not in page
        gift.refresh_from_db()
        assert (gift.state, gift.taker) == ("offered", None)
        assert ledger.link.client.ledger().size == size
        assert robot.post(path).status_code == 405

    def test_looking_changes_nothing_either(
        self, ledger: Ledger, people: People, browser: Browser, given: tuple[Gift, str, str]
    ) -> None:
        gift, path, secret = given
        before = Gift.objects.filter(id=gift.id).values().get()
        stranger = Client()
        assert "先登录或注册" in looked(stranger, path, secret)
        assert not stranger.cookies
        looked(browser(people.make()), path, secret)
        assert Gift.objects.filter(id=gift.id).values().get() == before
        assert not Action.objects.filter(kind="accept").exists()

    def test_a_wrong_secret_opens_nothing(
        self, people: People, browser: Browser, given: tuple[Gift, str, str]
    ) -> None:
        _gift, path, secret = given
        other = ("B" if secret[0] == "A" else "A") + secret[1:]
        for wrong in ("", "x", secret[:-1], other, secret + "A", "卡" * 22, "A" * 5_000):
            page = looked(browser(people.make()), path, wrong)
            assert "打不开任何礼物" in page
            assert "500" not in page

    def test_claiming_needs_a_click_of_this_site(
        self, people: People, browser: Browser, given: tuple[Gift, str, str]
    ) -> None:
        gift, path, secret = given
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = browser(people.make()).cookies
        assert strict.post(f"{path}/take", {"secret": secret}).status_code == 403
        assert strict.get(f"{path}/take", {"secret": secret}).status_code == 405
        gift.refresh_from_db()
        assert gift.taker is None

    def test_a_stranger_is_asked_to_sign_in(self, given: tuple[Gift, str, str]) -> None:
        _gift, path, secret = given
        response = Client().post(f"{path}/take", {"secret": secret})
        assert response["Location"].startswith("/accounts/login/")
        assert secret not in response["Location"]

    def test_forwarded_and_claimed_twice(
        self, ledger: Ledger, people: People, browser: Browser, given: tuple[Gift, str, str]
    ) -> None:
        gift, path, secret = given
        first, second = people.make("阿强"), people.make("丽丽")
        assert "领取成功" in taken(browser(first), path, secret)
        assert "已经被领走了" in taken(browser(second), path, secret)
        assert "已经被领走了" in looked(browser(second), path, secret)
        assert "已经在你的钱包里" in taken(browser(first), path, secret)
        assert Card.objects.get(serial=gift.serial).holder == first
        assert Action.objects.filter(kind="accept").count() == 1

    def test_taken_back_before_the_click(
        self, ledger: Ledger, people: People, browser: Browser, giver: Person, given: tuple[Gift, str, str]
    ) -> None:
        gift, path, secret = given
        assert "生日快乐" in looked(browser(people.make()), path, secret)
        browser(giver).post(f"/gifts/{gift.id}/take-back/")
        for say in (looked, taken):
            assert "已经收回" in say(browser(people.make()), path, secret)
        assert Card.objects.get(serial=gift.serial).holder == giver

    def test_taken_back_behind_our_back(
        self, ledger: Ledger, people: People, browser: Browser, giver: Person, given: tuple[Gift, str, str]
    ) -> None:
        """The ledger decides: between our look at the gift and the command, its giver was faster."""
        gift, path, secret = given
        taker = people.make("阿强")
        person_browser = browser(taker)
        Gift.objects.filter(id=gift.id).update(state="offered")
        from cardtrail.web.actions.orders import Order
        from cardtrail.web.cards import taking

        inner = taking.accept

        def late(request: object, current: Gift) -> object:
            confirmation = inner(request, current)
            do(giver, Order("take_back", gift.serial, {"hold": str(gift.action.confirmation_id)}))
            return confirmation

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(taking, "accept", late)
            page = taken(person_browser, path, secret)
        assert "没有办成" in page
        gift.refresh_from_db()
        assert (gift.state, gift.taker) == ("returned", None)
        assert Card.objects.get(serial=gift.serial).holder == giver

    def test_too_late(
        self, ledger: Ledger, people: People, browser: Browser, giver: Person, given: tuple[Gift, str, str]
    ) -> None:
        gift, path, secret = given
        Gift.objects.filter(id=gift.id).update(until_ms=1)
        for say in (looked, taken):
            assert "领取时间已过" in say(browser(people.make()), path, secret)

    @pytest.mark.usefixtures("same_clock")
    def test_somebody_is_just_taking_it(
        self, ledger: Ledger, people: People, browser: Browser, given: tuple[Gift, str, str]
    ) -> None:
        """While the ledger is away the first who clicked has it reserved; if it fails, it is free again."""
        gift, path, secret = given
        first, second = people.make("阿强"), people.make("丽丽")
        ledger.wire.cut = True
        assert "已保存" in taken(browser(first), path, secret)
        assert "有人正在领取" in taken(browser(second), path, secret)
        ledger.wire.cut = False
        ledger.later(8 * DAY_MS)
        Action.objects.filter(kind="accept").update(next_try_ms=0)
        run_due()
        gift.refresh_from_db()
        assert gift.taker is None, "the ledger refused it as too late"

    def test_the_givers_own_link(self, browser: Browser, giver: Person, given: tuple[Gift, str, str]) -> None:
        _gift, path, secret = given
        assert "你自己送出的卡" in taken(browser(giver), path, secret)

    def test_a_frozen_card_waits(
        self, ledger: Ledger, people: People, browser: Browser, giver: Person, given: tuple[Gift, str, str]
    ) -> None:
        from cardtrail.web.actions.orders import Order

        gift, path, secret = given
        do(giver, Order("freeze", gift.serial, {"cause": "request", "case": "cd" * 32}))
        assert "冻结" in taken(browser(people.make()), path, secret)
        gift.refresh_from_db()
        assert (gift.state, gift.taker) == ("offered", None)


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


class TestToAPerson:
    """Only whoever owns the address can take it, and its giver does not learn whether it has an account."""

    def test_with_an_account(self, ledger: Ledger, people: People, browser: Browser, giver: Person) -> None:
        taker, other = people.make("阿强"), people.make("丽丽")
        [serial] = ledger.issue()
        claim(giver, ledger, [serial])
        mine, theirs = browser(taker), browser(other)
        gift = give(browser(giver), serial, how="person", to=taker.email.upper())
        assert "<code" not in browser(giver).get(f"/gifts/{gift.id}/").content.decode(), (
            "there is no link to pass on"
        )
        told = Notice.objects.get(person=taker, kind="gifts.offered")
        assert "小满" in told.zh
        assert not Invitation.objects.exists()
        assert "收下这张卡" in mine.get("/").content.decode()
        assert "收下这张卡" not in theirs.get("/").content.decode()
        assert theirs.post(f"/gifts/{gift.id}/accept/").status_code == 404
        assert Client().post(f"/gifts/{gift.id}/accept/").status_code == 302
        done = mine.post(f"/gifts/{gift.id}/accept/")
        assert done["Location"] == f"/cards/{card_number(serial)}/"
        assert Card.objects.get(serial=serial).holder == taker

    def test_without_an_account(
        self, ledger: Ledger, people: People, browser: Browser, giver: Person
    ) -> None:
        [serial] = ledger.issue()
        claim(giver, ledger, [serial])
        gift = give(browser(giver), serial, how="person", to="new@example.com", note="给新朋友")
        assert invitations.send_due() == 1
        assert invitations.send_due() == 0
        [sent] = mail.outbox
        assert sent.to == ["new@example.com"]
        assert "小满" in sent.subject
        assert "给新朋友" in sent.body
        assert "#" not in sent.body
        assert f"/c/{card_number(serial)}" not in sent.body
        newcomer = Person.objects.create_user("new@example.com", name="新朋友")
        assert browser(newcomer).post(f"/gifts/{gift.id}/accept/").status_code == 302
        assert Card.objects.get(serial=serial).holder == newcomer

    def test_an_address_that_is_not_shown_to_be_theirs_counts_for_nothing(
        self, ledger: Ledger, people: People, browser: Browser, giver: Person
    ) -> None:
        from allauth.account.models import EmailAddress

        thief = people.make("阿强")
        client = browser(thief)
        EmailAddress.objects.create(user=thief, email="victim@example.com", verified=False)
        [serial] = ledger.issue()
        claim(giver, ledger, [serial])
        gift = give(browser(giver), serial, how="person", to="victim@example.com")
        assert client.post(f"/gifts/{gift.id}/accept/").status_code == 404
        assert Invitation.objects.filter(gift=gift).exists()

    def test_not_even_with_the_secret_by_somebody_else(
        self, ledger: Ledger, people: People, browser: Browser, giver: Person
    ) -> None:
        """The secret is never shown; should it leak, it still opens the gift for nobody else."""
        taker, thief = people.make("阿强"), people.make("丽丽")
        mine = browser(taker)
        [serial] = ledger.issue()
        claim(giver, ledger, [serial])
        gift = give(browser(giver), serial, how="person", to=taker.email)
        path, secret = f"/c/{card_number(serial)}", spelled(gift_secret(gift.action))
        for say in (looked, taken):
            assert "只有那个邮箱的主人能领取" in say(browser(thief), path, secret)
        assert "领取成功" in taken(mine, path, secret)
        assert Card.objects.get(serial=serial).holder == taker

    def test_the_giver_reads_the_same_either_way(
        self, ledger: Ledger, people: People, browser: Browser, giver: Person
    ) -> None:
        known = people.make("阿强")
        browser(known)
        serials = ledger.issue(2)
        claim(giver, ledger, serials)
        pages = []
        for serial, to in zip(serials, (known.email, "nobody@example.com"), strict=True):
            gift = give(browser(giver), serial, how="person", to=to)
            page = browser(giver).get(f"/gifts/{gift.id}/").content.decode().partition("<main")[2]
            for what, stands in ((to, "TO"), (str(gift.id), "ID"), (card_number(serial)[-4:], "LAST")):
                page = page.replace(what, stands)
            page = re.sub(r'name="(token|csrfmiddlewaretoken)" value="\w+"', "", page)
            pages.append(re.sub(r"<time.*?</time>", "", page))
        assert pages[0] == pages[1]

    def test_the_database_tells_nobodys_address(
        self, ledger: Ledger, browser: Browser, giver: Person
    ) -> None:
        [serial] = ledger.issue()
        claim(giver, ledger, [serial])
        gift = give(browser(giver), serial, how="person", to="friend@example.com")
        row = Gift.objects.filter(id=gift.id).values().get()
        assert b"friend" not in b"".join(
            bytes(value) for value in row.values() if isinstance(value, bytes | memoryview)
        )
        assert "friend@example.com" in browser(giver).get(f"/gifts/{gift.id}/").content.decode()

    def test_its_address_is_resealed_with_a_new_key(
        self, ledger: Ledger, browser: Browser, giver: Person
    ) -> None:
        from cardtrail.web.actions.custody import RESEALED, rotate

        [serial] = ledger.issue()
        claim(giver, ledger, [serial])
        gift = give(browser(giver), serial, how="person", to="friend@example.com")
        before = bytes(gift.to_sealed or b"")
        assert len(RESEALED) >= 5
        rotate()
        gift.refresh_from_db()
        assert bytes(gift.to_sealed or b"") != before
        assert "friend@example.com" in browser(giver).get(f"/gifts/{gift.id}/").content.decode()


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
