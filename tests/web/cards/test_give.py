"""Giving a card: by link and to a person; taking it, taking it back, and everything that can go wrong with a link."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.perform import run_due
from cardtrail.web.cards import invitations
from cardtrail.web.cards.models import Gift, Invitation
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
