"""Offers and counter-offers."""

from __future__ import annotations

from collections import deque

import pytest

from cardtrail.deals import offer_events as e
from cardtrail.deals.codes import Refused
from cardtrail.deals.deadlines import HOUR_MS, Timer
from cardtrail.deals.offer import TABLE, TRIGGERS, decide, open_offer
from cardtrail.deals.offer_state import Offer, OfferState
from cardtrail.deals.rows import NOT_RUNNING, holes

BUYER, SELLER = "buyer", "seller"
T0 = 1_700_000_000_000
S = OfferState


def opened() -> Offer:
    answer = open_offer(
        id="f1", listing="l1", listing_version=3, seller=SELLER, buyer=BUYER, price_minor=70_00, currency="CNY",
        now_ms=T0,
    )  # fmt: skip
    assert not isinstance(answer, Refused)
    return answer.after


def after(offer: Offer, *events: e.OfferEvent, now_ms: int = T0) -> Offer:
    for event in events:
        answer = decide(offer, event, now_ms)
        assert not isinstance(answer, Refused), (event, answer)
        offer = answer.after
    return offer


def refusal(offer: Offer, event: e.OfferEvent, now_ms: int = T0) -> str:
    answer = decide(offer, event, now_ms)
    assert isinstance(answer, Refused), answer
    return answer.code.code


EVERYTHING = tuple(
    event
    for by in (BUYER, SELLER, "stranger")
    for event in (
        e.Counter(by, 75_00), e.Counter(by, 76_00), e.AcceptOffer(by, 3), e.AcceptOffer(by, 4), e.RejectOffer(by),
        e.TakeBackOffer(by), e.Supersede(),
    )
)  # fmt: skip


def test_no_pair_is_missing_and_every_pair_comes_about():
    assert holes(TABLE, OfferState, TRIGGERS) == []
    seen, waiting, met = set(), deque([opened()]), set()
    while waiting:
        offer = waiting.popleft()
        if (offer.state, offer.rounds, offer.price_minor) in seen:
            continue
        seen.add((offer.state, offer.rounds, offer.price_minor))
        tries = [(event, type(event), T0) for event in EVERYTHING]
        tries += [(e.OfferDeadlinePassed(each.timer), each.timer, each.at_ms) for each in offer.deadlines]
        for event, trigger, now_ms in tries:
            met.add((offer.state, trigger))
            answer = decide(offer, event, now_ms)
            if not isinstance(answer, Refused):
                waiting.append(answer.after)
                live = answer.after.state in (S.OPEN, S.COUNTERED)
                assert live == (answer.after.next_ms is not None)
                assert offer.next_ms is not None or answer.after is offer  # What is over stays over.
    assert {pair for pair, rule in TABLE.items() if rule is not NOT_RUNNING} - met == set()
    assert {state for state, _, _ in seen} == set(OfferState)


def test_whoever_is_asked_answers_and_whoever_asked_takes_back():
    offer = opened()
    assert refusal(offer, e.AcceptOffer(BUYER, 3)) == "own_turn"
    assert refusal(offer, e.RejectOffer(BUYER)) == "own_turn"
    assert refusal(offer, e.TakeBackOffer(SELLER)) == "not_offered_by_you"
    assert refusal(offer, e.AcceptOffer("stranger", 3)) == "not_a_party"
    assert refusal(offer, e.TakeBackOffer("stranger")) == "not_a_party"
    countered = after(offer, e.Counter(SELLER, 75_00))
    assert (countered.state, countered.price_minor) == (S.COUNTERED, 75_00)
    assert refusal(countered, e.AcceptOffer(SELLER, 3)) == "own_turn"
    assert after(countered, e.AcceptOffer(BUYER, 3)).state is S.ACCEPTED


def test_accepted_it_opens_an_order_at_its_price_once():
    answer = decide(after(opened(), e.Counter(SELLER, 75_00)), e.AcceptOffer(BUYER, 3), T0)
    order, told = answer.effects
    assert (order.price_minor, order.listing_version) == (75_00, 3)
    assert told.side.value == "seller"
    assert decide(answer.after, e.AcceptOffer(BUYER, 3), T0).effects == ()


def test_accept_races_withdraw_and_the_first_commit_wins():
    """Attack row 8."""
    assert refusal(after(opened(), e.AcceptOffer(SELLER, 3)), e.TakeBackOffer(BUYER)) == "offer_accepted"
    assert refusal(after(opened(), e.TakeBackOffer(BUYER)), e.AcceptOffer(SELLER, 3)) == "offer_over"


def test_a_price_that_was_edited_during_an_offer():
    assert refusal(opened(), e.AcceptOffer(SELLER, 4)) == "listing_changed"
    assert refusal(after(opened(), e.Supersede()), e.AcceptOffer(SELLER, 3)) == "offer_over"


def test_six_rounds():
    offer = opened()
    for number in range(6):
        by = (SELLER, BUYER)[number % 2]
        offer = after(offer, e.Counter(by, 71_00 + number))
    assert offer.rounds == 6
    assert refusal(offer, e.Counter(SELLER, 80_00)) == "too_many_rounds"
    assert after(offer, e.AcceptOffer(SELLER, 3)).state is S.ACCEPTED


def test_the_same_price_is_no_counter():
    assert refusal(opened(), e.Counter(SELLER, 70_00)) == "same_price"


@pytest.mark.parametrize("make", [opened, lambda: after(opened(), e.Counter(SELLER, 75_00))])
def test_twenty_four_hours_to_the_millisecond(make):
    offer = make()
    end_ms = T0 + 24 * HOUR_MS
    asked = SELLER if offer.state is S.OPEN else BUYER
    assert after(offer, e.AcceptOffer(asked, 3), now_ms=end_ms - 1).state is S.ACCEPTED
    assert refusal(offer, e.AcceptOffer(asked, 3), end_ms) == "offer_over"
    assert after(offer, e.OfferDeadlinePassed(Timer.OFFER), now_ms=end_ms).state is S.EXPIRED


def test_a_counter_has_its_own_twenty_four_hours():
    offer = after(opened(), e.Counter(SELLER, 75_00), now_ms=T0 + 23 * HOUR_MS)
    assert offer.next_ms == T0 + 47 * HOUR_MS


def test_nobody_offers_to_themselves():
    answer = open_offer(
        id="f",
        listing="l",
        listing_version=1,
        seller="same",
        buyer="same",
        price_minor=1,
        currency="CNY",
        now_ms=T0,
    )
    assert isinstance(answer, Refused)
