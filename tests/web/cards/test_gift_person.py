"""A gift for one person: only whoever owns the address can take it."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.public import gift_secret
from cardtrail.web.cards import invitations
from cardtrail.web.cards.models import Gift, Invitation
from cardtrail.web.cards.secret_text import spelled
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.models import Notice
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser
from tests.web.cards.giving import give, looked, taken
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

pytestmark = pytest.mark.django_db


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
