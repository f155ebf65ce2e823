"""Scenes of refusals: the bytes, their time, who signed, what is named, how the card stands."""

from __future__ import annotations

from typing import Any

from cardtrail.ledger.transitions.sealing import make_seal
from cardtrail.wire.codec import encode
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import SIGNED_CODEC, Signed, SignedBy
from tests.ledger.scenes import refused
from tests.ledger_world import DAY_MS, HOUR_MS, World, digest, key, named, sign


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
def a_payment_under_two_signatures(world: World) -> Any:
    world.card(world.define())
    return world.submit(sign(world.make("redeem", serial=0), [key("ann"), key("bob")]))


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


@refused(Reason.WRONG_REFERENCE)
def a_release_for_another_order(world: World) -> Any:
    world.ok("hold", serial=world.card(world.define()), price_minor=100)
    return world.try_("release", serial=0, reference=digest("another order"))


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
