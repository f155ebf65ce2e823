"""A clearance is for what was decided, and nothing else."""

from __future__ import annotations

import pytest
from django.db import transaction

from cardtrail.risk.port import Act
from cardtrail.web.actions.clearance import is_cleared
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.ledger.models import Card
from cardtrail.web.risks.ask import ask
from cardtrail.web.risks.clear import STANDS_MS, OtherMatter, cover
from cardtrail.web.risks.decisions import NotHeld, OwnDecision, let_pass
from cardtrail.web.risks.models import Decision, Moved
from cardtrail.web.risks.penalties import lift, penalise
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text
from tests.web.people import agree, claim
from tests.web.risks.scene import YEAR_MS, asked, inquiry, settle


@pytest.fixture
def seller(people):
    return people.make()


@pytest.fixture
def serial(cards):
    return cards(1)[0]


@pytest.fixture
def action(seller, serial) -> Action:
    return agree(seller, Order("hold_sale", serial, {}), purpose="list").only_action


def decided(seller, serial, **fields):
    return asked(seller, settle(seller), serial, **fields).decision


def held(seller, serial) -> Decision:
    """Too much under way for a newcomer."""
    decision = decided(seller, serial, clean_value_minor=0, open_value_minor=100_001)
    assert decision.outcome == "hold"
    return decision


def test_nothing_is_cleared_without_a_decision(action):
    assert not is_cleared(action)


def test_what_was_allowed_is_cleared(seller, serial, action):
    assert cover(decided(seller, serial), action.confirmation) == 1
    assert is_cleared(action)


def test_what_undoes_a_sale_needs_none(seller, serial):
    assert is_cleared(agree(seller, Order("end_sale", serial, {"hold": "self"})).only_action)


def test_what_was_held_is_not_cleared_until_somebody_lets_it_pass(seller, serial, action, people):
    decision = held(seller, serial)
    cover(decision, action.confirmation)
    assert not is_cleared(action)
    assert not Moved.objects.exists()
    staff = people.make("staff")
    let_pass(decision, by=staff, why="known to us")
    assert is_cleared(action)
    assert Moved.objects.get().serial == serial
    with pytest.raises(NotHeld):
        let_pass(decision, by=staff, why="twice")


def test_what_somebody_let_pass_ends_with_a_penalty_imposed_since(seller, serial, action, people):
    """Signed days later, after an outage: the penalty is the newer word."""
    decision = held(seller, serial)
    cover(decision, action.confirmation)
    staff = people.make("staff")
    let_pass(decision, by=staff, why="known to us")
    penalty = penalise(seller, by=staff, case="1", reason=Text("卖假卡。", "Sold false cards."))
    assert not is_cleared(action)
    lift(penalty, staff)
    assert is_cleared(action)


def test_nobody_lets_their_own_pass(seller, serial):
    with pytest.raises(OwnDecision):
        let_pass(held(seller, serial), by=seller, why="it is me")


def test_only_what_is_held_can_be_let_pass(seller, serial, people):
    with pytest.raises(NotHeld):
        let_pass(decided(seller, serial), by=people.make(), why="")


def test_the_newest_decision_counts(seller, serial, action):
    """Allowed when it was bought, held before it is delivered."""
    cover(decided(seller, serial), action.confirmation)
    cover(held(seller, serial), action.confirmation)
    assert not is_cleared(action)
    cover(decided(seller, serial), action.confirmation)
    assert is_cleared(action)


def test_another_card_or_person_or_confirmation_is_another_matter(seller, serial, action, people, cards):
    other = people.make()
    with pytest.raises(OtherMatter):
        cover(decided(other, serial), action.confirmation)
    with pytest.raises(OtherMatter):
        cover(decided(seller, *cards(1)), action.confirmation)
    cover(decided(seller, serial), action.confirmation)
    again = agree(seller, Order("hold_sale", serial, {}), purpose="list").only_action
    assert not is_cleared(again)


def test_a_confirmation_that_was_changed_since_is_not_cleared(seller, serial, action):
    cover(decided(seller, serial), action.confirmation)
    Confirmation.objects.update(evidence=bytes(32))
    action.confirmation.refresh_from_db()
    assert not is_cleared(action)


def test_a_decision_does_not_stand_for_ever(seller, serial, action):
    decision = decided(seller, serial)
    cover(decision, action.confirmation)
    Decision.objects.update(at_ms=decision.at_ms - STANDS_MS + 60_000)
    assert is_cleared(action)
    Decision.objects.update(at_ms=decision.at_ms - STANDS_MS - 60_000)
    assert not is_cleared(action)


def test_a_purchase_counts_no_card_of_the_buyers(seller, serial, people):
    buyer = people.make()
    decision = asked(
        buyer,
        settle(buyer),
        serial,
        Act.BUY,
        counterparty=seller,
        clean_value_minor=0,
        open_value_minor=200_000,
    ).decision
    let_pass(decision, by=people.make(), why="fine")
    assert not Moved.objects.exists()


@pytest.mark.database
class TestOnTheLedger:
    """A product whose terms ask for the clearer's signature: risk's decision is what it hangs on."""

    @pytest.fixture
    def listed(self, ledger, people):
        ledger.define(clearance=("hold", "release"))
        seller = people.make()
        (serial,) = ledger.issue()
        claim(seller, ledger, [serial])
        Card.objects.filter(serial=serial).update(activated_ms=now_ms() - YEAR_MS)
        return seller, serial

    def hold(self, seller, serial):
        order = Order("hold_sale", serial, {"until_ms": now_ms() + DAY_MS, "price_minor": 45_000})
        return agree(seller, order, purpose="sell")

    def test_allowed_it_is_signed_and_the_ledger_takes_it(self, listed):
        seller, serial = listed
        with transaction.atomic():
            found = ask(inquiry(seller, serial), settle(seller))
            confirmation = self.hold(seller, serial)
            cover(found.decision, confirmation)
        (outcome,) = perform(confirmation)
        assert outcome.state == "done"
        assert Card.objects.get(serial=serial).state == "sale"

    def test_held_it_is_refused_before_the_ledger_is_asked(self, listed):
        seller, serial = listed
        confirmation = self.hold(seller, serial)
        cover(held(seller, serial), confirmation)
        (outcome,) = perform(confirmation)
        assert (outcome.state, outcome.action.reason_code) == ("refused", "clearance_missing")
        assert Card.objects.get(serial=serial).state == "active"
