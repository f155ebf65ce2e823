"""Attack 29: a link that a robot opens, that is forwarded, claimed twice, revoked during the claim."""

from __future__ import annotations

import pytest
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.perform import run_due
from cardtrail.web.cards.models import Gift
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import DAY_MS
from tests.web.cards.conftest import Browser
from tests.web.cards.giving import looked, taken
from tests.web.ledgers import Ledger
from tests.web.people import People, do

pytestmark = pytest.mark.django_db


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
