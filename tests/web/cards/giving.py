"""Giving and taking through the pages, as people do."""

from __future__ import annotations

import re

from django.test import Client

from cardtrail.web.cards.models import Gift
from cardtrail.wire.identifiers import card_number


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
    found = re.search(
        r'<code id="link">http://localhost(?::[0-9]+)?(/c/[0-9]{16})#([A-Za-z0-9_-]{22})</code>', page
    )
    assert found is not None, page
    return found[1], found[2]


def taken(client: Client, path: str, secret: str) -> str:
    """What somebody reads who clicks."""
    return client.post(f"{path}/take", {"secret": secret}, follow=True).content.decode()


def looked(client: Client, path: str, secret: str) -> str:
    """What somebody reads who opens the link."""
    return client.post(f"{path}/look", {"secret": secret}).content.decode()
