"""One small scene for each refusal: a ledger and the one command that it refuses for that very reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Request, read_logged
from cardtrail.ledger.transitions.sealing import make_seal
from cardtrail.wire.codec import encode
from cardtrail.wire.products import CLEARABLE, Transferable
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import MAX_INTEGER, NO_HASH
from cardtrail.wire.signed import SIGNED_CODEC, Signed, SignedBy
from tests.ledger_world import DAY_MS, HOUR_MS, World, key, named, sign, terms

Scene = Callable[[World], Change | Reason]
SCENES: list[tuple[Reason, Scene]] = []


def refused(reason: Reason) -> Callable[[Scene], Scene]:
    """Marks a scene with the reason that it has to end in."""

    def add(scene: Scene) -> Scene:
        SCENES.append((reason, scene))
        return scene

    return add


def signed(world: World, kind: str = "redeem", by: str = "ann", **fields: Any) -> Signed:
    """A good command on card 0, taken apart so that a scene can spoil it."""
    if not world.state.card_count:
        world.card(world.define())
    fields = {"serial": 0, **fields} if kind == "redeem" else fields
    return SIGNED_CODEC.decode(sign(world.make(kind, **fields), [key(by)]))


# The bytes.


@refused(Reason.OVERSIZE)
def too_many_bytes(world: World) -> Any:
    return world.submit(bytes(65_520))


@refused(Reason.MALFORMED)
def not_msgpack(world: World) -> Any:
    return world.submit(b"hello")


@refused(Reason.MALFORMED)
def a_body_that_is_no_command(world: World) -> Any:
    return world.submit(encode(Signed(encode(["steal", 1]), signed(world).signatures, None)))


@refused(Reason.NOT_CANONICAL)
def a_longer_spelling(world: World) -> Any:
    good = signed(world, amount_minor=7)
    return world.submit(encode(Signed(good.body.replace(b"\x07", b"\xcc\x07", 1), good.signatures, None)))


@refused(Reason.NOT_CANONICAL)
def signatures_out_of_order(world: World) -> Any:
    body = world.make("appoint", role=Role.ISSUER, keys=(key("a").public,), by=Role.ISSUER)
    good = SIGNED_CODEC.decode(sign(body, [key("a"), key("b")]))
    return world.submit(encode(Signed(good.body, good.signatures[::-1], None)))


@refused(Reason.NOT_CANONICAL)
def the_same_signature_twice(world: World) -> Any:
    good = signed(world)
    return world.submit(encode(Signed(good.body, good.signatures * 2, None)))


@refused(Reason.NOT_CANONICAL)
def a_clearance_where_none_can_be(world: World) -> Any:
    body = world.make("attest")
    return world.submit(sign(body, [key("custodian")], world.clear(body)))


@refused(Reason.NOT_CANONICAL)
def a_clearance_signed_twice_by_one_key(world: World) -> Any:
    signed(world)
    body = world.make("redeem", serial=0)
    clearance = world.clear(body)
    twice = type(clearance)(clearance.statement, clearance.signatures * 2, 0, ())
    return world.submit(sign(body, [key("ann")], twice))


@refused(Reason.WRONG_NETWORK)
def for_another_ledger(world: World) -> Any:
    signed(world)
    return world.try_("redeem", serial=0, network=bytes(16))


@refused(Reason.NOT_SUBMITTABLE)
def a_seal_from_outside(world: World) -> Any:
    return world.submit(encode(Signed(encode(make_seal(world.state)), (), None)))


@refused(Reason.BAD_SIGNATURE)
def a_flipped_bit(world: World) -> Any:
    good = signed(world).signatures[0]
    flipped = good.signature[:-1] + bytes((good.signature[-1] ^ 1,))
    return world.submit(encode(Signed(signed(world).body, (SignedBy(good.key, flipped),), None)))


@refused(Reason.BAD_SIGNATURE)
def nobody_signed(world: World) -> Any:
    return world.submit(encode(Signed(signed(world).body, (), None)))


@refused(Reason.BAD_SIGNATURE)
def a_forged_clearance(world: World) -> Any:
    signed(world)
    body = world.make("redeem", serial=0)
    good = world.clear(body)
    forged = type(good)(good.statement, (SignedBy(key("clearer").public, bytes(64)),), 0, ())
    return world.submit(sign(body, [key("ann")], forged))


# Its time.


@refused(Reason.COMMAND_EXPIRED)
def a_millisecond_late(world: World) -> Any:
    return world.try_("attest", not_after_ms=world.now_ms - 1)


@refused(Reason.EXPIRY_TOO_FAR)
def valid_for_more_than_a_week(world: World) -> Any:
    return world.try_("attest", not_after_ms=world.now_ms + 7 * DAY_MS + 1)


# Authorities.


@refused(Reason.NOT_AUTHORISED)
def a_stranger_attests(world: World) -> Any:
    return world.try_("attest", "stranger")


@refused(Reason.NOT_AUTHORISED)
def one_signature_of_two(world: World) -> Any:
    world.appoint(Role.CUSTODIAN, ("cu1", "cu2"), 2, by=Role.CUSTODIAN)
    return world.try_("attest", "cu1")


@refused(Reason.NOT_AUTHORISED)
def a_stranger_beside_the_authority(world: World) -> Any:
    return world.try_("attest", "custodian", "stranger")


@refused(Reason.NOT_AUTHORISED)
def the_settler_freezes(world: World) -> Any:
    world.card(world.define())
    return world.try_("freeze", serial=0, by=Role.SETTLER)


@refused(Reason.NOT_AUTHORISED)
def the_issuer_replaces_the_regulator(world: World) -> Any:
    return world.try_("appoint", by=Role.ISSUER, role=Role.REGULATOR, keys=(key("x").public,))


@refused(Reason.NOT_AUTHORISED)
def the_first_entry_is_not_an_appointment_of_the_issuer(world: World) -> Any:
    return World().try_("appoint", "x", by=Role.ISSUER, role=Role.CLEARER, keys=(key("x").public,))


@refused(Reason.WRONG_SEQUENCE)
def a_sequence_spent(world: World) -> Any:
    return world.try_("define", sequence=0)


@refused(Reason.BAD_APPOINTMENT)
def keys_out_of_order(world: World) -> Any:
    keys = tuple(sorted((key("a").public, key("b").public), reverse=True))
    return world.try_("appoint", by=Role.ISSUER, role=Role.CLEARER, keys=keys)


@refused(Reason.BAD_APPOINTMENT)
def more_signatures_asked_than_keys(world: World) -> Any:
    keys = (key("a").public,)
    return world.try_("appoint", by=Role.ISSUER, role=Role.CLEARER, keys=keys, threshold=2)


@refused(Reason.BAD_APPOINTMENT)
def a_key_that_everybody_can_sign_for(world: World) -> Any:
    return world.try_("appoint", by=Role.ISSUER, role=Role.CLEARER, keys=(bytes(32),))


# What it names.


@refused(Reason.WRONG_PRODUCT_NUMBER)
def a_gap_in_the_products(world: World) -> Any:
    return world.try_("define", product=1)


@refused(Reason.UNKNOWN_PRODUCT)
def cards_of_no_product(world: World) -> Any:
    return world.try_("issue", product=0)


@refused(Reason.WRONG_FIRST_SERIAL)
def a_gap_in_the_cards(world: World) -> Any:
    world.define()
    return world.try_("issue", first_serial=1)


@refused(Reason.UNKNOWN_CARD)
def a_card_that_is_not_there(world: World) -> Any:
    return world.try_("redeem", "ann", serial=0)


@refused(Reason.UNKNOWN_CARD)
def a_range_past_the_end(world: World) -> Any:
    world.issue(world.define())
    return world.try_("activate", first_serial=0, count=2)


@refused(Reason.REPEATED_CARD)
def a_card_merged_with_itself(world: World) -> Any:
    serial = world.card(world.define())
    return world.try_("merge", cards=named(world, serial, serial))


# The card as it stands.


@refused(Reason.CARD_DEAD)
def a_voided_card_is_spent(world: World) -> Any:
    world.ok("void", serial=world.card(world.define()))
    return world.try_("redeem", serial=0)


@refused(Reason.CARD_NOT_HELD)
def a_release_of_a_free_card(world: World) -> Any:
    return world.try_("release", serial=world.card(world.define()))


@refused(Reason.NOT_OWNER)
def the_old_key(world: World) -> Any:
    world.pass_on(world.card(world.define()), "bob")
    return world.try_("redeem", "ann", serial=0)


@refused(Reason.NOT_OWNER)
def one_owner_of_two_signs_a_merge(world: World) -> Any:
    product = world.define()
    cards = named(world, world.card(product, "ann"), world.card(product, "bob"))
    return world.try_("merge", "ann", cards=cards)


@refused(Reason.NOT_RELEASER)
def the_owner_releases_to_somebody_else(world: World) -> Any:
    world.ok("hold", serial=world.card(world.define()))
    return world.try_("release", "ann", serial=0)


@refused(Reason.WRONG_VERSION)
def a_card_that_has_changed(world: World) -> Any:
    serial = world.card(world.define())
    return world.try_("redeem", serial=serial, version=0)


@refused(Reason.CARD_INACTIVE)
def a_card_nobody_has_paid_for(world: World) -> Any:
    return world.try_("redeem", serial=world.issue(world.define()))


@refused(Reason.CARD_ALREADY_ACTIVE)
def activated_twice(world: World) -> Any:
    return world.try_("activate", first_serial=world.card(world.define()))


@refused(Reason.CARD_EXPIRED)
def a_millisecond_after_its_validity(world: World) -> Any:
    serial = world.card(world.define(validity_ms=DAY_MS))
    world.later(DAY_MS + 1)
    return world.try_("redeem", serial=serial)


@refused(Reason.CARD_FROZEN)
def a_frozen_card(world: World) -> Any:
    world.ok("freeze", serial=world.card(world.define()))
    return world.try_("redeem", serial=0)


@refused(Reason.CARD_NOT_FROZEN)
def an_unfreeze_of_a_free_card(world: World) -> Any:
    return world.try_("unfreeze", serial=world.card(world.define()))


@refused(Reason.FROZEN_BY_ANOTHER)
def the_issuer_lifts_the_regulators_freeze(world: World) -> Any:
    world.ok("freeze", serial=world.card(world.define()), by=Role.REGULATOR)
    return world.try_("unfreeze", serial=0)


@refused(Reason.CARD_HELD)
def a_held_card_is_spent(world: World) -> Any:
    world.ok("hold", serial=world.card(world.define()))
    return world.try_("redeem", serial=0)


@refused(Reason.HOLD_EXPIRED)
def a_release_too_late(world: World) -> Any:
    world.ok("hold", serial=world.card(world.define()), until_ms=world.now_ms + HOUR_MS)
    world.later(HOUR_MS + 1)
    return world.try_("release", serial=0, owner=key("cat").public)


@refused(Reason.HOLD_NOT_EXPIRED)
def the_owner_takes_it_back_too_early(world: World) -> Any:
    world.ok("hold", serial=world.card(world.define()), until_ms=world.now_ms + HOUR_MS)
    world.later(HOUR_MS)
    return world.try_("return", "ann", serial=0)


@refused(Reason.REBIND_PENDING)
def a_rebind_before_its_delay(world: World) -> Any:
    world.ok("rebind", serial=world.card(world.define()), release=key("bob").public)
    world.later(3 * DAY_MS - 1)
    return world.try_("release", "bob", serial=0)


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
