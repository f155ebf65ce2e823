"""What lies in a database reads as what was written."""

from __future__ import annotations

import json
import typing

import msgspec
import pytest

from cardtrail.deals import (
    effects,
    events,
    listing_effects,
    listing_events,
    offer_effects,
    offer_events,
    stored,
)
from cardtrail.deals.order import open_order
from cardtrail.deals.parts import Pace
from cardtrail.deals.regions import Stage
from cardtrail.deals.walk import everything
from tests.deals import test_listing, test_offer
from tests.deals.builders import DISPUTE, SELLER, T0, after, at, delivered, disputed, go
from tests.deals.builders import PAID as PAYMENT


@pytest.mark.parametrize("stage", Stage, ids=lambda stage: stage.value)
def test_an_order(stage):
    order = at(stage)
    assert stored.order_from(stored.to_json(order)) == order


def test_every_event_and_effect_that_occurs():
    for event in everything(disputed()):
        assert stored.event_from(stored.to_json(event)) == event
    for stage in Stage:
        for made in go(at(stage), PAYMENT)[1] + go(delivered(), DISPUTE)[1]:
            assert stored.effect_from(stored.to_json(made)) == made


def test_listings_and_offers():
    listing, offer = test_listing.reserved(), test_offer.opened()
    assert stored.listing_from(stored.to_json(listing)) == listing
    assert stored.offer_from(stored.to_json(offer)) == offer
    for event in test_listing.EVERYTHING:
        assert stored.listing_event_from(stored.to_json(event)) == event
    for event in test_offer.EVERYTHING:
        assert stored.offer_event_from(stored.to_json(event)) == event


@pytest.mark.parametrize(
    ("union", "base"),
    [
        (events.AnyEvent, events.Event),
        (effects.AnyEffect, effects.Effect),
        (listing_events.AnyListingEvent, listing_events.ListingEvent),
        (listing_effects.AnyListingEffect, listing_effects.ListingEffect),
        (offer_events.AnyOfferEvent, offer_events.OfferEvent),
        (offer_effects.AnyOfferEffect, offer_effects.OfferEffect),
    ],
)
def test_none_is_forgotten_in_its_union(union, base):
    def leaves(kind):
        below = kind.__subclasses__()
        return {kind} if not below else set().union(*map(leaves, below))

    assert leaves(base) == set(typing.get_args(union))


def test_an_unknown_field_is_refused():
    data = json.loads(stored.to_json(delivered()))
    data["surprise"] = 1
    with pytest.raises(msgspec.ValidationError, match="surprise"):
        stored.order_from(json.dumps(data))


def test_an_order_that_was_written_before_a_field_was_added_still_reads():
    data = json.loads(stored.to_json(at(Stage.AWAITING_PAYMENT)))
    del data["appeal_open"]
    assert stored.order_from(json.dumps(data)).appeal_open == ()


@pytest.mark.parametrize("bad", [0, -1, 1.5, 2**53, "1"])
def test_amounts_are_positive_whole_numbers(bad):
    data = json.loads(stored.to_json(PAYMENT))
    data["payment"]["amount_minor"] = bad
    with pytest.raises(msgspec.ValidationError):
        stored.event_from(json.dumps(data))


def test_keys_are_the_orders_own():
    answer = open_order(
        id="o9", listing="l", listing_version=1, serial=1, seller=SELLER, buyer="b", price_minor=1, currency="CNY",
        balance_minor=1, pace=Pace(0), now_ms=T0,
    )  # fmt: skip
    assert all(effect.key.startswith("o9/") for effect in answer.effects)
    assert after(delivered(), DISPUTE).id == "o1"
