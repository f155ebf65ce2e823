"""A penalty follows its person to their other accounts: what those offer is not sold either, as far as the rules about
penalties go, and is again as soon as it is lifted."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.links import Kind
from cardtrail.risk.port import Outcome
from cardtrail.risk.rules import Rule
from cardtrail.web.accounts.models import Person
from cardtrail.web.market import reached
from cardtrail.web.market.models import Listing
from cardtrail.web.orders.models import Deal
from cardtrail.web.risks import penalties
from cardtrail.web.risks.models import Penalty, Rules
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text
from tests.web.market.stalls import Stalls, _set_rules, hidden_of, said, text_of
from tests.web.risks.scene import share

pytestmark = [pytest.mark.django_db, pytest.mark.database]

REASON = Text("多次欺诈。", "Fraud, several times.")
GONE = "该卡已下架"


def rules(stalls: Stalls, *codes: str, then: str = "") -> None:
    """Those of the first rules, and no others; `then`: what follows from them instead."""
    chosen: tuple[Rule, ...] = tuple(rule for rule in FIRST_RULES.rules if rule.code in codes)
    _set_rules(stalls.staff, tuple(replace(rule, then=Outcome(then)) for rule in chosen) if then else chosen)


def penalised(stalls: Stalls, *shared: Kind, kind: str = Penalty.Kind.SELL) -> Penalty:
    """Somebody who may not sell, and shares these with the seller."""
    person = stalls.people.make("另一个账户")
    for each in shared:
        share(each, person, stalls.seller)
    return penalties.penalise(person, by=stalls.staff, case="2026-000001", reason=REASON, kind=kind)


def offered(stalls: Stalls) -> tuple[Listing, str, dict[str, str]]:
    """What the seller offers, and a buyer's form for it, both from before the penalty."""
    rules(stalls, "under_penalty", "near_penalty", "linked_to_penalty")
    listing = stalls.sell()
    url = f"/market/listing/{listing.pk}/buy/"
    return listing, url, hidden_of(stalls.at_buyer.get(url))


def test_what_a_linked_account_offers_is_not_sold_until_it_is_lifted(stalls: Stalls) -> None:
    listing, url, form = offered(stalls)
    penalty = penalised(stalls, Kind.DEVICE, Kind.PAYER)
    assert GONE in said(stalls.at_buyer.post(url, form))
    assert GONE in said(stalls.at_buyer.get(url)), "the page says so before anybody agrees to anything"
    assert not Deal.objects.exists()
    assert stalls.now(listing).stage == "listed"
    assert penalties.lift(penalty, stalls.staff)
    assert stalls.bought(listing).stage == "delivered"


def test_nor_for_a_price_that_was_agreed_upon(stalls: Stalls) -> None:
    listing, url, _ = offered(stalls)
    stalls.answer(stalls.offer(listing), "accept", stalls.at_seller)
    form = hidden_of(stalls.at_buyer.get(url))
    penalised(stalls, Kind.DEVICE, Kind.PAYER)
    assert GONE in said(stalls.at_buyer.post(url, form))
    assert not Deal.objects.exists()


def test_one_thing_shared_stops_nobody_and_the_money_waits_longest(stalls: Stalls) -> None:
    """At offering, the seller would have to prove who they are. Now they are not there to."""
    listing, url, form = offered(stalls)
    penalised(stalls, Kind.DEVICE)
    assert stalls.at_buyer.post(url, form)["Location"] == url, "that it waits longer, the buyer reads first"
    assert "3 天" in text_of(stalls.at_buyer.get(url))
    assert stalls.bought(listing).order.pace.inspection_ms == 3 * DAY_MS


def test_a_penalty_that_keeps_from_buying_keeps_nobody_from_selling(stalls: Stalls) -> None:
    _, url, form = offered(stalls)
    penalised(stalls, Kind.DEVICE, Kind.PAYER, kind=Penalty.Kind.BUY)
    assert stalls.at_buyer.post(url, form)["Location"].startswith("/market/orders/")


@pytest.mark.parametrize(("then", "sold"), [("block", False), ("hold", False), ("step_up", True)])
def test_what_follows_is_what_the_rules_say(stalls: Stalls, then: str, *, sold: bool) -> None:
    listing, _, _ = offered(stalls)
    penalised(stalls, Kind.DEVICE, Kind.PAYER)
    rules(stalls, "linked_to_penalty", then=then)
    stalls.buy(listing)
    assert Deal.objects.exists() is sold


def test_without_a_rule_about_linked_accounts_only_ones_own_penalty_counts(stalls: Stalls) -> None:
    listing, _, _ = offered(stalls)
    penalised(stalls, Kind.DEVICE, Kind.PAYER)
    rules(stalls, "very_young_card", "newcomer")
    assert reached.reach_of(stalls.seller) == reached.Reach()
    penalties.penalise(stalls.seller, by=stalls.staff, case="2026-000002", reason=REASON)
    assert reached.reach_of(stalls.seller).stops
    stalls.buy(listing)
    assert not Deal.objects.exists()


def test_rules_that_cannot_be_read_let_nobody_pass_whom_a_penalty_reaches(stalls: Stalls) -> None:
    stranger: Person = stalls.other
    penalised(stalls, Kind.DEVICE)
    Rules.objects.filter(version=Rules.objects.latest("version").pk).update(raw="{")
    assert reached.reach_of(stalls.seller).stops
    assert reached.reach_of(stranger) == reached.Reach()


def test_without_weighing_it_would_be_sold(stalls: Stalls, monkeypatch: pytest.MonkeyPatch) -> None:
    _, url, form = offered(stalls)
    penalised(stalls, Kind.DEVICE, Kind.PAYER)
    monkeypatch.setattr(reached, "weigh", lambda *_: (False, 0))
    assert stalls.at_buyer.post(url, form)["Location"].startswith("/market/orders/")
