"""What the walk over every address rests on: take a guard away, and the walk's own question finds it (attack 39)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cardtrail.web.cards import access, urls
from cardtrail.web.ledger.models import Card
from cardtrail.wire.identifiers import card_number
from tests.web.cards.giving import give, link_of
from tests.web.desk.team import browser
from tests.web.ledgers import Ledger
from tests.web.market.stalls import no_rules
from tests.web.people import People, claim

pytestmark = [pytest.mark.django_db]


def seen_by_another(ledger: Ledger, people: People) -> int:
    owner, other = people.make("小满"), people.make("阿强")
    [serial] = ledger.issue()
    claim(owner, ledger, [serial])
    client: Client = browser(other)
    return client.get(f"/cards/{card_number(serial)}/").status_code


def test_somebody_elses_card_is_not_there(ledger: Ledger, people: People) -> None:
    assert seen_by_another(ledger, people) == 404


def test_without_the_question_whose_it_is_the_card_is_shown(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardtrail.web.cards.views import card

    def anybodys(request: Any, serial: int) -> Card:
        return Card.objects.select_related("product").get(serial=serial)

    monkeypatch.setattr(access, "own_card", anybodys)
    monkeypatch.setattr(card, "own_card", anybodys)
    assert seen_by_another(ledger, people) == 200


def robots_visit(ledger: Ledger, people: People, path: str) -> bool:
    """Whether a link's page, fetched without a click, moved the card."""
    giver = people.make("小满")
    no_rules(giver)
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    made = browser(giver)
    _, secret = link_of(made, give(made, serial))
    browser(people.make("机器人")).get(path.format(number=card_number(serial), secret=secret))
    return Card.objects.get(serial=serial).holder != giver


def test_a_robot_that_fetches_a_link_takes_nothing(ledger: Ledger, people: People) -> None:
    assert not robots_visit(ledger, people, "/c/{number}")
    assert not robots_visit(ledger, people, "/c/{number}/take?secret={secret}")


def test_without_the_click_a_link_that_is_only_fetched_takes_the_card(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that did on GET what ours does on a click, with the secret where a server sees it."""
    from cardtrail.web.cards.views import gift

    take = gift.take

    def on_get(request: Any, serial: int) -> Any:
        request.POST = request.GET
        request.method = "POST"
        return take(request, serial)

    [pattern] = [each for each in urls.urlpatterns if getattr(each, "name", "") == "take_gift"]
    monkeypatch.setattr(pattern, "callback", on_get)
    assert robots_visit(ledger, people, "/c/{number}/take?secret={secret}")
