"""Listings: the table walked whole, and the cases that matter one by one."""

from __future__ import annotations

import itertools
from collections import deque
from functools import cache

import pytest

from cardtrail.deals import listing as machine
from cardtrail.deals import listing_events as e
from cardtrail.deals.codes import Refused
from cardtrail.deals.deadlines import DAY_MS, Timer
from cardtrail.deals.listing import TABLE, TRIGGERS, decide, draft_listing
from cardtrail.deals.listing_state import LISTING_ENDS, Listing, ListingState
from cardtrail.deals.outages import Outage, with_outages
from cardtrail.deals.rows import NOT_RUNNING, holes

SELLER, STAFF, COLLEAGUE = "seller", "staff", "colleague"
T0 = 1_700_000_000_000
S = ListingState


def draft() -> Listing:
    return draft_listing(
        id="l1", seller=SELLER, serial=7, price_minor=80_00, held_price_minor=90_00, currency="CNY", now_ms=T0
    )


def go(listing: Listing, *events: e.ListingEvent, now_ms: int = T0):
    effects = []
    for event in events:
        answer = decide(listing, event, now_ms)
        assert not isinstance(answer, Refused), (event, answer)
        listing = answer.after
        effects += answer.effects
    return listing, [type(effect).__name__ for effect in effects if type(effect).__name__ != "TellSeller"]


def after(listing: Listing, *events: e.ListingEvent, now_ms: int = T0) -> Listing:
    return go(listing, *events, now_ms=now_ms)[0]


def refusal(listing: Listing, event: e.ListingEvent, now_ms: int = T0) -> str:
    answer = decide(listing, event, now_ms)
    assert isinstance(answer, Refused), answer
    return answer.code.code


PUBLISHED = (e.Publish(SELLER), e.HoldPlaced(), e.Cleared())
RESERVE = e.Reserve("o1", "buyer", 1)
DELIST = e.Delist(STAFF, "words")


def listed() -> Listing:
    return after(draft(), *PUBLISHED)


def reserved() -> Listing:
    return after(listed(), RESERVE)


EVERYTHING = (
    *PUBLISHED, e.ScreenRefused(STAFF, "x"), e.HoldRefused("cooling_off"), e.Edit(SELLER, 70_00),
    e.Edit(SELLER, 95_00), e.Withdraw(SELLER), DELIST, e.Overturn(COLLEAGUE), e.Overturn(STAFF), e.Overturn(SELLER),
    e.CardGone("card_frozen"), RESERVE, e.Reserve("o2", "other", 1), e.Reserve("o3", "other", 2), e.Freed("o1", True),
    e.Freed("o1", False), e.Freed("o2", True), e.Sold("o1"), e.Sold("o2"),
)  # fmt: skip


@cache
def walk():
    """Every listing that can come about (but for times and how often it was edited), and what can happen to it."""
    first = draft()
    seen, waiting, steps = set(), deque([first]), []
    while waiting:
        listing = waiting.popleft()
        like = (
            listing.state, listing.held, listing.cleared, listing.order, listing.after_order,
            min(listing.delistings, 2), listing.overturned, listing.shown_version > 1,
        )  # fmt: skip
        if like in seen:
            continue
        seen.add(like)
        tries = [(event, type(event), listing.changed_ms) for event in EVERYTHING]
        tries += [(e.ListingDeadlinePassed(each.timer), each.timer, each.at_ms) for each in listing.deadlines]
        for event, trigger, now_ms in tries:
            answer = decide(listing, event, now_ms)
            next_ = listing if isinstance(answer, Refused) else answer.after
            steps.append((listing, trigger, next_, answer))
            waiting.append(next_)
    return steps


def test_no_pair_is_missing():
    assert holes(TABLE, ListingState, TRIGGERS) == []


def test_every_pair_comes_about():
    met = {(before.state, trigger) for before, trigger, _, _ in walk()}
    assert {pair for pair, rule in TABLE.items() if rule is not NOT_RUNNING} - met == set()


def test_every_state_comes_about_and_ends_stay():
    assert {next_.state for _, _, next_, _ in walk()} == set(ListingState) - {S.DRAFT} | {S.DRAFT}
    for before, _, next_, _ in walk():
        assert before.state not in LISTING_ENDS or next_.state is before.state


def test_a_listing_that_is_not_over_has_its_time():
    assert all(
        next_.deadlines for _, _, next_, _ in walk() if next_.state in (S.SCREENING, S.LISTED, S.DELISTED)
    )


def test_a_missing_pair_is_found(monkeypatch):
    one_less = {pair: rule for pair, rule in TABLE.items() if pair != (S.LISTED, e.Reserve)}
    assert holes(one_less, ListingState, TRIGGERS) == [(S.LISTED, e.Reserve)]
    monkeypatch.setattr(machine, "TABLE", one_less)
    with pytest.raises(KeyError):
        decide(listed(), RESERVE, T0)


@pytest.mark.parametrize("order", list(itertools.permutations((e.HoldPlaced(), e.Cleared()))))
def test_it_is_offered_once_it_is_held_and_cleared(order):
    listing = after(draft(), e.Publish(SELLER), order[0])
    assert listing.state is S.SCREENING
    assert after(listing, order[1]).state is S.LISTED


def test_two_buyers_at_once():
    """Attack row 3: one reservation."""
    assert refusal(reserved(), e.Reserve("o2", "other", 1)) == "listing_reserved"
    assert decide(reserved(), RESERVE, T0).after == reserved()


def test_nobody_reserves_their_own():
    assert refusal(listed(), e.Reserve("o1", SELLER, 1)) == "self_purchase"


def test_a_price_that_changed_meanwhile():
    cheaper, effects = go(listed(), e.Edit(SELLER, 70_00))
    assert effects == ["CloseOffers"]
    assert refusal(cheaper, RESERVE) == "listing_changed"
    assert after(cheaper, e.Reserve("o1", "buyer", 2)).state is S.RESERVED
    assert refusal(listed(), e.Edit(SELLER, 90_01)) == "price_over_held"
    assert after(listed(), e.Edit(SELLER, 90_00)).price_minor == 90_00


def test_neither_changed_nor_taken_back_while_somebody_buys():
    assert refusal(reserved(), e.Edit(SELLER, 70_00)) == "listing_is_sold_now"
    assert refusal(reserved(), e.Withdraw(SELLER)) == "listing_is_sold_now"
    assert refusal(listed(), e.Withdraw("other")) == "not_the_seller"


def test_taken_back_the_card_is_let_go():
    listing, effects = go(listed(), e.Withdraw(SELLER))
    assert (listing.state, effects) == (S.WITHDRAWN, ["EndHold", "CloseOffers"])


def test_a_hold_that_comes_after_the_end_is_let_go():
    listing, effects = go(after(draft(), e.Publish(SELLER), e.Withdraw(SELLER)), e.HoldPlaced())
    assert (listing.state, effects) == (S.WITHDRAWN, ["EndHold"])


def test_the_order_falls_through_and_it_is_offered_again():
    assert after(reserved(), e.Freed("o1", True)).state is S.LISTED
    assert after(reserved(), e.Freed("o1", False)).state is S.WITHDRAWN
    assert after(reserved(), e.Freed("another", True)).state is S.RESERVED
    assert after(reserved(), e.Sold("o1")).state is S.SOLD


def test_delisted_while_somebody_buys():
    listing, effects = go(reserved(), DELIST)
    assert (listing.state, effects) == (S.RESERVED, ["StopOrder"])
    assert after(listing, e.Freed("o1", True)).state is S.DELISTED
    assert after(listing, e.Sold("o1")).state is S.SOLD


def test_an_appeal_puts_it_back_exactly_once():
    listing = after(listed(), DELIST)
    assert refusal(listing, e.Overturn(STAFF)) == "same_reviewer"
    assert refusal(listing, e.Overturn(SELLER)) == "own_case"
    back, effects = go(listing, e.Overturn(COLLEAGUE))
    assert (back.state, effects) == (S.LISTED, ["RestoreScore"])
    assert refusal(back, e.Overturn(COLLEAGUE)) == "delisting_stands"
    again, effects = go(back, DELIST, e.Overturn(COLLEAGUE))
    assert again.state is S.LISTED
    assert effects.count("RestoreScore") == 1
    keys = [decide(each, e.Overturn(COLLEAGUE), T0).effects[0].key for each in (listing, after(back, DELIST))]
    assert len(set(keys)) == 2  # Two delistings, two restorations; each has its own key.


@pytest.mark.parametrize("ending", [e.Withdraw(SELLER), e.CardGone("card_frozen")])
def test_an_appeal_after_the_end_restores_the_score_alone(ending):
    listing, effects = go(after(listed(), DELIST, ending), e.Overturn(COLLEAGUE))
    assert (listing.state, effects) == (S.WITHDRAWN, ["RestoreScore"])


def test_thirty_days_to_the_millisecond():
    listing = listed()
    end_ms = T0 + 30 * DAY_MS
    assert refusal(after(listing, e.Cleared(), now_ms=end_ms - 1), e.Publish("x")) == "not_the_seller"
    assert decide(listing, e.ListingDeadlinePassed(Timer.LISTING), end_ms - 1).after is listing
    assert go(listing, e.ListingDeadlinePassed(Timer.LISTING), now_ms=end_ms)[0].state is S.EXPIRED
    assert refusal(listing, RESERVE, end_ms) == "listing_gone"


def test_the_time_of_a_listing_that_is_being_bought_waits_for_the_order():
    listing = after(reserved(), e.ListingDeadlinePassed(Timer.LISTING), now_ms=T0 + 30 * DAY_MS)
    assert listing.state is S.RESERVED
    assert after(listing, e.Freed("o1", True)).state is S.EXPIRED


def test_a_listing_pauses_over_an_outage():
    paused = with_outages(listed(), [Outage(T0, T0 + DAY_MS)])
    assert paused.next_ms == T0 + 31 * DAY_MS


@pytest.mark.parametrize("make", [listed, reserved])
def test_a_card_that_cannot_be_sold_any_more(make):
    listing, effects = go(make(), e.CardGone("card_dead"))
    if make is listed:
        assert (listing.state, effects) == (S.WITHDRAWN, ["EndHold", "CloseOffers"])
    else:
        assert effects == ["StopOrder"]
        assert after(listing, e.Freed("o1", False)).state is S.WITHDRAWN
