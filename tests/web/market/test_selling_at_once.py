"""Limits hold for what somebody sells together: neither many cards at once nor one after the other go round them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.web.market import selling
from cardtrail.web.market.models import Listing
from cardtrail.web.orders.models import Account
from cardtrail.web.risks.gather import Inquiry
from cardtrail.web.risks.models import Decision, Seen
from cardtrail.web.risks.traces import token
from tests.web.market.stalls import Stalls, _set_rules

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def only_newcomer(stalls: Stalls) -> None:
    _set_rules(stalls.staff, tuple(rule for rule in FIRST_RULES.rules if rule.code == "newcomer"))


def open_values(stalls: Stalls) -> list[int]:
    rows = Decision.objects.filter(person=stalls.seller, act="list").order_by("at_ms", "serial")
    return [int(row.answer.values["open_value_minor"]) for row in rows]


def test_all_cards_of_a_sale_count_for_each_of_them(stalls: Stalls) -> None:
    only_newcomer(stalls)
    serials = stalls.cards(3)
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form(serials))
    assert answer.status_code == 302
    assert open_values(stalls) == [135_000] * 3
    assert [listing.stage for listing in Listing.objects.all()] == ["screening"] * 3


def test_one_after_the_other_they_count_as_well(stalls: Stalls) -> None:
    only_newcomer(stalls)
    stages = [stalls.sell([serial]).stage for serial in stalls.cards(3)]
    assert open_values(stalls) == [45_000, 90_000, 135_000]
    assert stages == ["listed", "listed", "screening"]


def test_without_adding_them_up_a_newcomer_offers_any_value(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_newcomer(stalls)
    made = selling._inquiry
    monkeypatch.setattr(selling, "_inquiry", lambda *given: replace_open(made(*given)))
    stalls.at_seller.post("/market/sell/", stalls.sell_form(stalls.cards(3)))
    assert {listing.stage for listing in Listing.objects.all()} == {"listed"}


def replace_open(inquiry: Inquiry) -> Inquiry:
    return replace(inquiry, open_value_minor=inquiry.value_minor)


def test_where_the_seller_is_paid_is_a_trace_of_theirs(stalls: Stalls) -> None:
    Account.objects.create(person=stalls.seller, provider="sandbox", reference="one_account", made_ms=1)
    stalls.sell()
    assert Seen.objects.filter(person=stalls.seller, token=token("payer", "sandbox:one_account")).exists()


def test_what_stops_a_sale_is_kept_and_the_sale_is_not(stalls: Stalls) -> None:
    stalls.rules("step_up")
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form(stalls.cards(2)))
    assert answer.status_code == 200
    assert not Listing.objects.exists()
    [decision] = Decision.objects.filter(person=stalls.seller)
    assert decision.outcome == "step_up"
