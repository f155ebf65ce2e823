"""Terms: two people, rows that cannot be changed behind their backs, and the one that applies."""

from __future__ import annotations

import pytest

from cardtrail.pricing.offers import Rate, Unit
from cardtrail.web.actions.confirm import NotAwaiting, SamePerson
from cardtrail.web.returns import offering, quotes
from cardtrail.web.returns.models import Offer
from cardtrail.web.ui.clock import now_ms
from tests.web.people import witness
from tests.web.returns.desk import Brand, now

pytestmark = pytest.mark.django_db


def test_nobody_approves_their_own(brand: Brand) -> None:
    offer = brand.offer(approved=False)
    with pytest.raises(SamePerson):
        offering.approve(witness(brand.finance), offer)
    assert offering.in_force(Unit.MONEY, "CNY", now_ms()) is None
    offering.approve(witness(brand.second), offer)
    with pytest.raises(NotAwaiting):
        offering.decline(witness(brand.second), offer)
    with pytest.raises(NotAwaiting):
        offering.approve(witness(brand.second), offer)


def test_what_was_declined_never_applies(brand: Brand) -> None:
    offer = brand.offer(approved=False)
    offering.decline(witness(brand.second), offer)
    with pytest.raises(NotAwaiting):
        offering.approve(witness(brand.second), offer)


def test_the_latest_beginning_counts(brand: Brand) -> None:
    first = brand.offer()
    second = brand.offer(from_ms=first.from_ms, rates=(Rate(pays=7_000),))
    assert (first.version, second.version) == (1, 2)
    assert offering.in_force(Unit.MONEY, "CNY", now_ms()) == second
    assert offering.in_force(Unit.POINTS, "CNY", now_ms()) is None


def test_no_rates_stop_everything(brand: Brand) -> None:
    brand.offer()
    brand.offer(rates=())
    person = brand.holder()
    card = brand.card(person)
    assert quotes.estimates(card, person) == []
    assert brand.refused(card, person) == "no_rate"


def test_a_quote_keeps_the_terms_it_was_made_by(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    brand.offer(rates=())
    assert not isinstance(brand.agree(given), Exception)
    assert now(given).pays == 41_000


@pytest.mark.parametrize("tampered", ["raw", "unit", "approval", "evidence"])
def test_terms_that_were_changed_in_the_database_quote_nothing(brand: Brand, tampered: str) -> None:
    offer = brand.offer()
    person = brand.holder()
    card = brand.card(person)
    assert offering.intact(Offer.objects.get())
    match tampered:
        case "raw":
            Offer.objects.update(raw=offer.raw.replace("8200", "20000"))
        case "unit":
            Offer.objects.update(unit="points")
        case "approval":
            Offer.objects.update(approved=brand.agree_to_something())
        case "evidence":
            type(offer.proposed).objects.filter(pk=offer.proposed_id).update(text="x")
    unit = Unit(Offer.objects.get().unit)
    assert not offering.intact(Offer.objects.get())
    if unit is Unit.MONEY:
        assert brand.refused(card, person) == "not_offered"
