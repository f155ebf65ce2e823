"""Scenes of refusals: clearance, terms, amounts, new keys, seals."""

from __future__ import annotations

from typing import Any

from cardtrail.ledger.intake import Request, read_logged
from cardtrail.ledger.transitions.sealing import make_seal
from cardtrail.wire.codec import encode
from cardtrail.wire.products import CLEARABLE, Transferable
from cardtrail.wire.reasons import Reason
from cardtrail.wire.scalars import MAX_INTEGER, NO_HASH
from cardtrail.wire.signed import Signed
from tests.ledger.scenes import refused
from tests.ledger_world import DAY_MS, World, key, named, sign, terms

# Clearance.


def _cleared(world: World, **options: Any) -> Any:
    world.card(world.define(clearance=("redeem",)))
    body = world.make("redeem", serial=0)
    return world.submit(sign(body, [key("ann")], world.clear(body, **options)))


@refused(Reason.CLEARANCE_MISSING)
def no_clearance(world: World) -> Any:
    world.card(world.define(clearance=tuple(sorted(CLEARABLE))))
    return world.try_("redeem", serial=0)


@refused(Reason.CLEARANCE_INVALID)
def a_clearance_for_another_command(world: World) -> Any:
    return _cleared(world, covers=bytes(32))


@refused(Reason.CLEARANCE_INVALID)
def a_clearance_by_the_issuer(world: World) -> Any:
    return _cleared(world, signers=[key("issuer")])


@refused(Reason.CLEARANCE_EXPIRED)
def a_clearance_too_old(world: World) -> Any:
    return _cleared(world, until_ms=world.now_ms - 1)


# Terms.


@refused(Reason.BAD_TERMS)
def faces_out_of_order(world: World) -> Any:
    return world.try_("define", terms=terms(faces=(500, 100)))


@refused(Reason.BAD_TERMS)
def a_name_that_reads_backwards(world: World) -> Any:
    return world.try_("define", name="Spring \u202e0001")


@refused(Reason.BAD_TERMS)
def a_name_that_begins_with_a_space(world: World) -> Any:
    return world.try_("define", name=" Spring")


@refused(Reason.FACE_NOT_ALLOWED)
def a_face_the_product_has_not(world: World) -> Any:
    world.define()
    return world.try_("issue", face_minor=12_345)


@refused(Reason.NOT_TRANSFERABLE)
def a_second_pass_of_a_card_that_stays(world: World) -> Any:
    world.pass_on(world.card(world.define(transferable=Transferable.NO)), "bob")
    return world.try_("transfer", serial=0, owner=key("cat").public)


@refused(Reason.NOT_FOR_SALE)
def a_sale_of_a_gift(world: World) -> Any:
    serial = world.card(world.define(transferable=Transferable.GIFT))
    return world.try_("hold", serial=serial, price_minor=1)


@refused(Reason.COOLING_OFF)
def a_millisecond_too_early(world: World) -> Any:
    world.pass_on(world.card(world.define(cooling_off_ms=DAY_MS)), "bob")
    world.later(DAY_MS - 1)
    return world.try_("transfer", serial=0, owner=key("cat").public)


@refused(Reason.TOO_MANY_HOPS)
def one_hop_too_many(world: World) -> Any:
    world.pass_on(world.card(world.define(max_hops=1)), "bob")
    return world.try_("transfer", serial=0, owner=key("cat").public)


@refused(Reason.SALE_NEEDS_SETTLER)
def a_sale_without_the_settler(world: World) -> Any:
    serial = world.card(world.define())
    return world.try_("hold", serial=serial, price_minor=1, release=key("bob").public)


@refused(Reason.PRICE_OVER_CAP)
def a_fen_above_the_cap(world: World) -> Any:
    serial = world.card(world.define(resale_cap_bp=9_000))
    return world.try_("hold", serial=serial, price_minor=9_001)


@refused(Reason.HOLD_TIME_NOT_ALLOWED)
def a_hold_too_long(world: World) -> Any:
    serial = world.card(world.define())
    return world.try_("hold", serial=serial, until_ms=world.now_ms + 7 * DAY_MS + 1)


@refused(Reason.HOLD_TIME_NOT_ALLOWED)
def a_hold_that_is_over(world: World) -> Any:
    return world.try_("hold", serial=world.card(world.define()), until_ms=world.now_ms)


@refused(Reason.SPLIT_NOT_ALLOWED)
def a_product_without_splits(world: World) -> Any:
    return world.try_("split", serial=world.card(world.define(split=False)), amounts_minor=(1, 9_999))


@refused(Reason.MERGE_NOT_ALLOWED)
def a_product_without_merges(world: World) -> Any:
    product = world.define(merge=False)
    return world.try_("merge", cards=named(world, world.card(product), world.card(product)))


@refused(Reason.PRODUCTS_DIFFER)
def two_products_merged(world: World) -> Any:
    cards = named(world, world.card(world.define()), world.card(world.define()))
    return world.try_("merge", cards=cards)


@refused(Reason.PRODUCTS_DIFFER)
def two_products_activated(world: World) -> Any:
    world.issue(world.define())
    world.issue(world.define())
    return world.try_("activate", first_serial=0, count=2)


# Amounts.


@refused(Reason.AMOUNT_OVER_BALANCE)
def a_fen_more_than_there_is(world: World) -> Any:
    return world.try_("redeem", serial=world.card(world.define()), amount_minor=10_001)


@refused(Reason.AMOUNT_OVER_FACE)
def a_refund_of_what_was_never_spent(world: World) -> Any:
    return world.try_("refund", serial=world.card(world.define()), amount_minor=1)


@refused(Reason.PARTS_DO_NOT_SUM)
def a_split_that_makes_a_fen(world: World) -> Any:
    return world.try_("split", serial=world.card(world.define()), amounts_minor=(5_000, 5_001))


@refused(Reason.FACE_OVER_LIMIT)
def a_merge_past_the_limit(world: World) -> Any:
    product = world.define(face_limit_minor=150_000)
    cards = [world.card(product, face_minor=100_000) for _ in range(2)]
    return world.try_("merge", cards=named(world, *cards))


@refused(Reason.TOTAL_TOO_LARGE)
def more_than_exact_integers_hold(world: World) -> Any:
    world.define(faces=(MAX_INTEGER,), face_limit_minor=MAX_INTEGER)
    world.issue(face_minor=MAX_INTEGER)
    return world.try_("issue", face_minor=MAX_INTEGER)


# New keys.


@refused(Reason.UNUSABLE_KEY)
def a_key_of_small_order(world: World) -> Any:
    return world.try_("transfer", serial=world.card(world.define()), owner=bytes(32))


@refused(Reason.KEY_NOT_NEW)
def the_key_it_has(world: World) -> Any:
    return world.try_("transfer", serial=world.card(world.define()), owner=key("ann").public)


@refused(Reason.ENVELOPE_MISSING)
def nobody_in_particular(world: World) -> Any:
    return world.try_("transfer", serial=world.card(world.define(named=True)), envelope=NO_HASH)


@refused(Reason.ENVELOPE_MISSING)
def a_named_card_merged_into_a_bearers(world: World) -> Any:
    product = world.define(named=True)
    cards = world.card(product, "bearer"), world.card(product)
    world.pass_on(cards[1], "bob")
    return world.try_("merge", cards=named(world, *cards))


# The ledger's own.


@refused(Reason.SEAL_MISMATCH)
def a_seal_that_counts_one_card_too_many(world: World) -> Any:
    seal = make_seal(world.state)
    wrong = type(seal)(seal.network, seal.entry, seal.register_root, seal.cards + 1, seal.totals)
    request = read_logged(encode(Signed(encode(wrong), (), None)), world.network)
    assert isinstance(request, Request)
    return world.apply(request)
