"""An expired card lives on: staff re-activate it, and its holder is told."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.web.actions.models import Confirmation
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS
from tests.web.desk.team import desk_card, member
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

pytestmark = pytest.mark.django_db


def test_an_expired_card_is_re_activated(ledger: Ledger, people: People, request: Any) -> None:
    holder, support = people.make(), member(people, "support")
    ledger.define(validity_ms=1_100 * DAY_MS)
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    url = f"{desk_card(serial)}reactivate/"
    assert "没有到期" in support.get(url)
    request.addfinalizer(lambda: clock.set_ahead(0))
    clock.set_ahead(1_101 * DAY_MS)
    assert Card.objects.get(serial=serial).state == "expired"
    support = member(people, "support")
    assert "重新激活" in support.get(desk_card(serial))
    page = support.get(url)
    assert "1100 天" in page
    assert "法释〔2025〕4号" in page
    support.post(url, do="yes")
    assert Card.objects.get(serial=serial).state == "active"
    assert Confirmation.objects.get(purpose="revive").person == support.person
    assert Notice.objects.filter(person=holder, kind="cards.activated").count() == 1


def test_risk_and_holders_do_not(ledger: Ledger, people: People) -> None:
    [serial] = ledger.issue()
    url = f"{desk_card(serial)}reactivate/"
    assert member(people, "risk").client.post(url, {"do": "yes"}).status_code == 403
