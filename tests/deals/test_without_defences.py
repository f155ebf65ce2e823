"""The machines with one defence taken away: the attack then succeeds. That it fails with the defence is tested beside
the rule that it tries."""

from __future__ import annotations

from cardtrail.deals import events as e
from cardtrail.deals import limits as limiting
from cardtrail.deals import order as machine
from cardtrail.deals import parameters as p
from cardtrail.deals import parts, records
from cardtrail.deals.limits import limits
from cardtrail.deals.moves import paying
from cardtrail.deals.order_table import TABLE
from cardtrail.deals.parameters import Risk
from cardtrail.deals.parts import pace
from cardtrail.deals.records import Standing, standing
from cardtrail.deals.regions import CardAt, Funds, Stage
from cardtrail.deals.rows import SINCE_THEN, Rule
from tests.deals.builders import (
    BUYER,
    DISPUTE,
    HOUR,
    PAID,
    PRICE,
    after,
    at,
    delivered,
    funded,
    go,
    names,
    new,
)
from tests.deals.test_records import RIPE, deal


def without(event: type) -> dict[tuple, Rule]:
    """The table, but for what this event does."""
    return {pair: SINCE_THEN if pair[1] is event else rule for pair, rule in TABLE.items()}


def test_a_payment_that_is_not_known_again_goes_back_from_under_its_order(monkeypatch):
    monkeypatch.setattr(paying, "known", lambda *_: False)
    order, effects = go(funded(), PAID)
    assert names(effects) == ["Refund"]
    assert effects[0].payment_id == order.payment.id, "the order goes on, and its money is sent back"


def test_without_looking_at_the_time_a_payment_is_taken_hours_late(monkeypatch):
    monkeypatch.setattr(machine, "_fire_due", lambda _: None)
    order = new()
    assert after(order, PAID, now_ms=order.opened_ms + 5 * HOUR).stage is Stage.FUNDED


def test_without_hearing_of_its_use_a_card_that_was_emptied_is_disputed(monkeypatch):
    monkeypatch.setattr(machine, "TABLE", without(e.CardUsed))
    assert after(delivered(), e.CardUsed("redeemed"), DISPUTE).stage is Stage.DISPUTED


def test_without_the_claim_nobody_owes_what_the_bank_took_back(monkeypatch):
    monkeypatch.setattr(machine, "TABLE", without(e.ChargedBack))
    order, effects = go(at(Stage.COMPLETED), e.ChargedBack("p1", PRICE))
    assert (effects, order.card, order.funds) == ([], CardAt.BUYERS, Funds.RELEASED)


def test_money_that_can_be_called_back_waits_for_its_time():
    careful = pace(Risk.MEDIUM, reversible=True)
    assert careful.payout_ms > pace(Risk.MEDIUM, reversible=False).payout_ms == 0
    for risk in Risk:  # Whoever takes over the account of somebody well known has their record, too.
        assert after(delivered(pace(risk, reversible=True)), e.Confirm(BUYER)).stage is Stage.CONFIRMED


def test_without_asking_how_it_was_paid_the_seller_is_paid_at_once(monkeypatch):
    monkeypatch.setattr(parts, "PAYOUT_MS", dict.fromkeys(p.PAYOUT_MS, 0))
    assert after(delivered(pace(Risk.MEDIUM, reversible=True)), e.Confirm(BUYER)).stage is Stage.RELEASING


def test_without_asking_who_is_linked_a_ring_earns_a_record(monkeypatch):
    monkeypatch.setattr(records, "_is_clean", lambda one: one.ended == "completed")
    ring = standing([deal(number, 1_000_00, linked=True) for number in range(100)], RIPE)
    assert limits(ring).order_minor > limits(Standing()).order_minor


def test_without_the_weight_of_losses_a_new_account_starts_like_anybodys(monkeypatch):
    penalised = standing([deal(value=200_00, disputed=True, lost=True, ended="refunded")], RIPE)
    monkeypatch.setattr(limiting, "LOSS_WEIGHT", 0)
    assert limits(Standing(), [penalised]) == limits(Standing())
