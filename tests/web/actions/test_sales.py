"""A card on sale moves only as its two sides have confirmed, and only once an order lets it go."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.web.actions import clearance
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform, run_due
from cardtrail.web.actions.waiting import drop, let_go
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card, HolderKey
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS
from tests.web.actions.sales import action_of, deliver_to, dispute, identify, offer, state_of
from tests.web.ledgers import Ledger
from tests.web.people import People, agree, claim, do

pytestmark = pytest.mark.django_db


class Sale:
    """A seller with a card, and a buyer."""

    def __init__(self, ledger: Ledger, people: People, **terms: Any) -> None:
        self.ledger = ledger
        if terms:
            ledger.define(**terms)
        self.seller, self.buyer, self.other = people.make("小满"), people.make("阿强"), people.make("老周")
        [self.serial] = ledger.issue()

    def begin(self) -> Confirmation:
        claim(self.seller, self.ledger, [self.serial])
        return offer(self.seller, self.serial)

    def bought(self) -> None:
        deliver = deliver_to(self.buyer, self.begin(), self.serial)
        let_go(deliver.id)
        perform(deliver.confirmation)

    @property
    def card(self) -> Card:
        catch_up()
        return Card.objects.get(serial=self.serial)


@pytest.fixture
def sale(ledger: Ledger, people: People) -> Sale:
    return Sale(ledger, people)


def test_a_listed_card_is_held_and_nothing_that_waits_is_done(sale: Sale) -> None:
    listing = sale.begin()
    deliver = deliver_to(sale.buyer, listing, sale.serial)
    perform(listing)
    perform(deliver.confirmation)
    run_due()
    assert sale.card.state == "sale"
    assert (sale.card.holder, sale.card.hold_price_minor) == (sale.seller, 45_000)
    assert bytes(sale.card.hold_reference or b"") == bytes(listing.evidence)
    assert [action.state for action in listing.actions.order_by("place")] == ["done", "awaiting"]
    assert state_of(deliver.id) == "awaiting"


def test_what_is_let_go_delivers_the_card_to_the_buyer(sale: Sale) -> None:
    sale.bought()
    assert sale.card.state == "active"
    assert sale.card.holder == sale.buyer
    key = HolderKey.objects.get(public=sale.card.owner)
    assert (key.person, key.origin_serial, key.origin_hop) == (sale.buyer, sale.serial, 2)
    [spent] = do(sale.buyer, Order("redeem", sale.serial, {"amount_minor": 100, "order": "ab" * 32}))
    assert spent.state == "done"


def test_the_second_to_let_go_or_drop_changes_nothing(sale: Sale) -> None:
    deliver = deliver_to(sale.buyer, sale.begin(), sale.serial)
    assert let_go(deliver.id)
    assert not let_go(deliver.id)
    perform(deliver.confirmation)
    assert not drop(deliver.id)
    assert state_of(deliver.id) == "done"


def test_what_was_dropped_is_never_done(sale: Sale) -> None:
    deliver = deliver_to(sale.buyer, sale.begin(), sale.serial)
    assert drop(deliver.id)
    assert not let_go(deliver.id)
    perform(deliver.confirmation)
    assert state_of(deliver.id) == "declined"
    assert sale.card.state == "sale"


def test_dropped_while_another_process_is_about_to_sign(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process has built the command already; it finds that the action is not its own any more."""
    from cardtrail.web.actions import perform as performing

    deliver = deliver_to(sale.buyer, sale.begin(), sale.serial)
    let_go(deliver.id)
    build = performing.KINDS["deliver"]

    def dropped_meanwhile(action: Action, bench: Any) -> Any:
        plan = build(action, bench)
        assert drop(deliver.id)
        return plan

    monkeypatch.setattr(performing, "KINDS", {**performing.KINDS, "deliver": dropped_meanwhile})
    perform(deliver.confirmation)
    assert state_of(deliver.id) == "declined"
    assert sale.card.state == "sale"


def test_what_waits_for_an_approval_is_not_let_go(sale: Sale) -> None:
    asked = agree(
        sale.seller,
        Order("freeze", sale.serial, {"cause": "request", "case": "ab" * 32}),
        approval="freeze",
    )
    assert not let_go(asked.only_action.id)
    with pytest.raises(ValueError, match="cannot wait for something else"):
        agree(sale.seller, Order("end_sale", sale.serial, {"hold": "self"}, waits=True), approval="void")


def test_that_it_waits_is_part_of_the_evidence(sale: Sale) -> None:
    deliver = deliver_to(sale.buyer, sale.begin(), sale.serial)
    Confirmation.objects.filter(id=deliver.confirmation_id).update(
        orders=[{k: v for k, v in deliver.confirmation.orders[0].items() if k != "waits"}]
    )
    let_go(deliver.id)
    run_due()
    assert state_of(deliver.id) == "unconfirmed"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"price_minor": 45_001}, "price_not_asked"),
        ({"balance_minor": 50_001}, "spent"),
        ({"seller": "00000000-0000-0000-0000-000000000000"}, "not_ours"),
        ({"hold": "00000000-0000-0000-0000-000000000000"}, "card_not_held"),
    ],
)
def test_it_delivers_nothing_but_what_was_offered(sale: Sale, changed: dict[str, Any], code: str) -> None:
    deliver = deliver_to(sale.buyer, sale.begin(), sale.serial, **changed)
    let_go(deliver.id)
    perform(deliver.confirmation)
    assert state_of(deliver.id) == code
    assert sale.card.state == "sale"


def test_a_lower_price_than_the_one_held_is_fine(sale: Sale) -> None:
    deliver = deliver_to(sale.buyer, sale.begin(), sale.serial, price_minor=30_000)
    let_go(deliver.id)
    perform(deliver.confirmation)
    assert state_of(deliver.id) == "done"


def test_nobody_buys_their_own_card(sale: Sale) -> None:
    deliver = deliver_to(sale.seller, sale.begin(), sale.serial)
    let_go(deliver.id)
    perform(deliver.confirmation)
    assert state_of(deliver.id) == "self_purchase"


def test_an_order_for_an_earlier_listing_does_not_take_the_card_of_a_later_one(sale: Sale) -> None:
    first = sale.begin()
    deliver = deliver_to(sale.buyer, first, sale.serial)
    let_go(action_of(first, "end_sale").id)
    perform(first)
    assert sale.card.state == "active"
    offer(sale.seller, sale.serial)
    let_go(deliver.id)
    perform(deliver.confirmation)
    assert state_of(deliver.id) == "card_not_held"
    assert sale.card.state == "sale"


def test_only_who_set_it_aside_has_it_back(sale: Sale) -> None:
    listing = sale.begin()
    theirs = agree(sale.other, Order("end_sale", sale.serial, {"hold": str(listing.id)}))
    perform(theirs)
    assert state_of(theirs.only_action.id) == "not_ours"
    let_go(action_of(listing, "end_sale").id)
    perform(listing)
    assert sale.card.state == "active"
    assert sale.card.holder == sale.seller


@pytest.mark.database
def test_a_forged_listing_sells_nothing(sale: Sale) -> None:
    """Whoever can write to the database makes the confirmation another's; it does not fit its seal any more."""
    listing = sale.begin()
    deliver = deliver_to(sale.buyer, listing, sale.serial, seller=str(sale.other.id))
    Confirmation.objects.filter(id=listing.id).update(person=sale.other)
    listing.actions.update(person=sale.other)
    let_go(deliver.id)
    perform(deliver.confirmation)
    assert state_of(deliver.id) == "unconfirmed"
    assert sale.card.state == "sale"


def test_a_disputed_card_neither_moves_nor_pays_until_it_is_decided(sale: Sale) -> None:
    sale.bought()
    disputed = dispute(sale.buyer, sale.seller, sale.serial)
    assert sale.card.state == "sale"
    [spent] = do(sale.buyer, Order("redeem", sale.serial, {"amount_minor": 100, "order": "ab" * 32}))
    assert spent.state == "refused"
    let_go(action_of(disputed, "end_sale").id)
    perform(disputed)
    assert (sale.card.state, sale.card.holder) == ("active", sale.buyer)


def test_a_disputed_card_goes_back_to_the_seller_under_a_key_of_theirs(sale: Sale) -> None:
    sale.bought()
    disputed = dispute(sale.buyer, sale.seller, sale.serial)
    let_go(action_of(disputed, "give_up").id)
    perform(disputed)
    assert (sale.card.state, sale.card.holder) == ("active", sale.seller)
    [spent] = do(sale.seller, Order("redeem", sale.serial, {"amount_minor": 100, "order": "ab" * 32}))
    assert spent.state == "done"
    [stolen] = do(sale.buyer, Order("redeem", sale.serial, {"amount_minor": 100, "order": "ab" * 32}))
    assert stolen.action.reason_code == "not_ours"


@pytest.mark.database
def test_a_card_that_was_spent_from_is_not_set_aside(sale: Sale) -> None:
    sale.bought()
    do(sale.buyer, Order("redeem", sale.serial, {"amount_minor": 1, "order": "ab" * 32}))
    disputed = dispute(sale.buyer, sale.seller, sale.serial)
    assert state_of(action_of(disputed, "set_aside").id) == "spent"
    assert sale.card.state == "active"
    let_go(action_of(disputed, "give_up").id)
    perform(disputed)
    assert state_of(action_of(disputed, "give_up").id) == "card_not_held"


def test_nobody_gives_up_what_is_not_theirs(sale: Sale) -> None:
    """The buyer of an offer cannot have the seller's card given to somebody by a confirmation of their own."""
    listing = sale.begin()
    stolen = agree(
        sale.buyer,
        Order(
            "give_up",
            sale.serial,
            {"hold": str(listing.id), "to": str(sale.other.id), "balance_minor": 50_000},
        ),
    )
    perform(stolen)
    assert state_of(stolen.only_action.id) == "not_ours"
    assert sale.card.holder == sale.seller


def test_named_cards_go_to_whoever_has_a_checked_name(ledger: Ledger, people: People) -> None:
    named = Sale(ledger, people, named=True)
    identify(named.seller, named.other)
    deliver = deliver_to(named.buyer, named.begin(), named.serial)
    let_go(deliver.id)
    perform(deliver.confirmation)
    assert state_of(deliver.id) == "no_identity"
    identify(named.buyer, named.other)
    again = deliver_to(named.buyer, Confirmation.objects.get(purpose="sell"), named.serial)
    let_go(again.id)
    perform(again.confirmation)
    assert named.card.holder == named.buyer


def test_without_a_decision_of_risk_nothing_is_sold_where_the_terms_ask_for_one(
    ledger: Ledger, people: People
) -> None:
    asking = Sale(ledger, people, clearance=("hold", "release", "return"))
    claim(asking.seller, ledger, [asking.serial])
    refused = offer(asking.seller, asking.serial)
    assert state_of(action_of(refused, "hold_sale").id) == "clearance_missing"
    seen: list[str] = []

    def decided(action: Action) -> bool:
        seen.append(action.kind)
        return action.person_id == asking.seller.id

    before = clearance.decided_by(decided)
    try:
        listing = offer(asking.seller, asking.serial)
        assert asking.card.state == "sale"
        deliver = deliver_to(asking.buyer, listing, asking.serial)
        let_go(deliver.id)
        perform(deliver.confirmation)
        assert state_of(deliver.id) == "clearance_missing"
        let_go(action_of(listing, "end_sale").id)
        perform(listing)
        assert asking.card.state == "active"
    finally:
        clearance.decided_by(before)
    assert seen == ["hold_sale", "deliver"]


@pytest.mark.database
def test_a_delivery_waits_for_the_hold_to_be_done(sale: Sale) -> None:
    claim(sale.seller, sale.ledger, [sale.serial])
    sale.ledger.wire.cut = True
    listing = offer(sale.seller, sale.serial)
    sale.ledger.wire.cut = False
    deliver = deliver_to(sale.buyer, listing, sale.serial)
    let_go(deliver.id)
    perform(deliver.confirmation)
    assert state_of(deliver.id) == "confirmed"
    Action.objects.update(next_try_ms=0)
    run_due()
    Action.objects.update(next_try_ms=0, lease_ms=0)
    run_due()
    assert sale.card.holder == sale.buyer


def test_after_its_time_a_sale_delivers_nothing(sale: Sale) -> None:
    deliver = deliver_to(sale.buyer, sale.begin(), sale.serial)
    let_go(deliver.id)
    clock.set_ahead(51 * DAY_MS)
    try:
        perform(deliver.confirmation)
    finally:
        clock.set_ahead(0)
    assert state_of(deliver.id) == "hold_expired"
