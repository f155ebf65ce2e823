"""What the rules hold against somebody who plays by them, and what they knowingly do not prevent.

The second half pins down behaviour that is no defect of a rule but that whoever sets terms, or builds on the ledger,
has to know. A change there is a decision: it belongs into the decision records, not only into this file.
"""

from __future__ import annotations

from cardtrail.ledger.change import Change
from cardtrail.wire.products import Transferable
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role
from tests.ledger_world import DAY_MS, HOUR_MS, World, digest, key, named, sign

# What holds.


def test_split_and_merge_do_not_wash_off_hops():
    """A card at its last hop stays there, whole, in parts, and together with fresh ones."""
    world = World.open()
    product = world.define(max_hops=2)
    for serial in (world.card(product), world.card(product, "cat")):
        world.pass_on(serial, "bob")
    world.pass_on(0, "cat")
    world.ok("split", serial=0, amounts_minor=(1_000, 9_000))
    assert world.try_("transfer", serial=2) is Reason.TOO_MANY_HOPS
    world.pass_on(1, "cat")
    fresh = world.card(product, "cat")
    world.ok("merge", cards=named(world, 2, fresh))
    merged = world.state.card_count - 1
    assert world.cards[merged].hop == 2
    assert world.try_("transfer", serial=merged) is Reason.TOO_MANY_HOPS


def test_a_merge_of_two_owners_cards_is_a_hop_for_both():
    """Otherwise two holders would pass a card on by merging it into a coin."""
    world = World.open()
    product = world.define(max_hops=1)
    world.pass_on(world.card(product), "bob")
    world.pass_on(world.card(product, "cat"), "dan")
    assert world.try_("merge", cards=named(world, 0, 1)) is Reason.TOO_MANY_HOPS


def test_an_old_card_does_not_lend_its_age():
    """Cooling-off: a fresh card merged into an old one makes the old one fresh."""
    world = World.open()
    product = world.define(cooling_off_ms=DAY_MS)
    world.pass_on(world.card(product), "bob")
    world.later(2 * DAY_MS)
    world.pass_on(world.card(product), "bob")
    world.ok("merge", cards=named(world, 0, 1))
    assert world.try_("transfer", serial=2, owner=key("cat").public) is Reason.COOLING_OFF


def test_cooling_off_cannot_be_spent_in_a_hold():
    """Setting a card aside is passing it on already: no hold is agreed during cooling-off and released after it."""
    world = World.open()
    world.pass_on(world.card(world.define(cooling_off_ms=DAY_MS)), "bob")
    assert world.try_("hold", serial=0, release=key("cat").public) is Reason.COOLING_OFF
    assert world.try_("hold", serial=0, price_minor=1) is Reason.COOLING_OFF


def test_reactivating_does_not_restart_the_age():
    world = World.open()
    world.pass_on(world.card(world.define(cooling_off_ms=DAY_MS, validity_ms=2 * DAY_MS)), "bob")
    world.later(3 * DAY_MS)
    world.ok("activate", first_serial=0)
    world.pass_on(0, "cat")


def test_a_hold_is_either_released_or_returned_at_every_millisecond():
    """At its last millisecond only the releaser can act, at the next only the owner: never both, never nobody."""
    for late in (0, 1):
        for act, who in (("release", "bob"), ("return", "ann")):
            world = World.open()
            world.ok("hold", serial=world.card(world.define()), until_ms=world.now_ms + HOUR_MS)
            world.later(HOUR_MS + late)
            fields = {"owner": key("cat").public} if act == "release" else {}
            answer = world.try_(act, who, serial=0, **fields)
            assert isinstance(answer, Change) == ((act == "return") == bool(late))


def test_refunds_never_exceed_what_was_spent_through_any_split_or_merge():
    """Face and balance are divided and added together, so the room for refunds is neither lost nor doubled."""
    world = World.open()
    product = world.define()
    world.card(product)
    world.ok("redeem", serial=0, amount_minor=3_000)
    world.ok("split", serial=0, amounts_minor=(2_000, 5_000))
    world.ok("merge", cards=named(world, 1, 2))
    assert world.try_("refund", serial=3, amount_minor=3_001) is Reason.AMOUNT_OVER_FACE
    world.ok("refund", serial=3, amount_minor=3_000)
    assert world.totals().outstanding == world.totals().issued == 10_000
    world.check()


def test_a_rebind_waits_for_a_hold_and_for_its_delay_to_the_millisecond():
    world = World.open()
    world.ok("hold", serial=world.card(world.define()), until_ms=world.now_ms + HOUR_MS)
    world.later(HOUR_MS)
    assert world.try_("rebind", serial=0, release=world.key("claimant").public) is Reason.CARD_HELD
    world.later(1)
    world.ok("rebind", serial=0, release=key("claimant").public)
    world.later(3 * DAY_MS)
    world.ok("release", "claimant", serial=0, owner=key("new").public)


def test_a_claimant_cannot_hurry_a_rebind():
    """The owner has the whole delay to object, and an objection ends it."""
    world = World.open()
    world.ok("rebind", serial=world.card(world.define()), release=key("thief").public)
    world.key("thief")
    world.later(3 * DAY_MS - 1)
    assert world.try_("release", "thief", serial=0) is Reason.REBIND_PENDING
    world.ok("return", "ann", serial=0)
    world.later(DAY_MS)
    assert world.try_("release", "thief", serial=0) is Reason.CARD_NOT_HELD


def test_a_product_without_holds_can_still_be_rebound():
    """A rebind has a window of its own: with the terms' limit on holds it would end in the millisecond it begins."""
    world = World.open()
    terms = {"hold_limit_ms": 0, "transferable": Transferable.NO}
    world.ok("rebind", serial=world.card(world.define(**terms)), release=world.key("claimant").public)
    world.later(3 * DAY_MS + HOUR_MS)
    world.ok("release", "claimant", serial=0, owner=key("new").public)


def test_a_named_product_has_no_way_to_an_unnamed_owner():
    """Merging is the one passing-on without an envelope; it cannot end at a bearer's card."""
    world = World.open()
    product = world.define(named=True)
    bearer, claimed = world.card(product, "bearer"), world.card(product)
    world.pass_on(claimed, "bob")
    assert world.try_("merge", cards=named(world, bearer, claimed)) is Reason.ENVELOPE_MISSING
    world.pass_on(bearer, "cat")
    world.ok("merge", cards=named(world, bearer, claimed))


def test_the_issuer_cannot_take_over_who_watches_it():
    world = World.open()
    for role in (Role.REGULATOR, Role.CUSTODIAN):
        answer = world.try_("appoint", role=role, by=Role.ISSUER, keys=(key("x").public,))
        assert answer is Reason.NOT_AUTHORISED
    world.ok("freeze", serial=world.card(world.define()), by=Role.REGULATOR)
    for kind in ("unfreeze", "void", "rebind"):
        assert world.try_(kind, serial=0) is Reason.FROZEN_BY_ANOTHER


def test_a_commands_id_does_not_depend_on_who_signed():
    """So a copy with its signatures or clearance exchanged is the same command, and spends the same version."""
    world = World.open()
    world.card(world.define())
    body = world.make("redeem", serial=0)
    assert isinstance(world.submit(sign(body, [key("ann")])), Change)
    assert world.submit(sign(body, [key("ann")], world.clear(body))) is Reason.WRONG_VERSION


def test_an_unclaimed_card_cannot_be_divided_among_many():
    """Only the card as it was issued has a free first claim; its parts are passed on by the terms."""
    world = World.open()
    terms = {"transferable": Transferable.NO, "cooling_off_ms": DAY_MS, "max_hops": 1}
    world.card(world.define(**terms), "code")
    world.ok("split", serial=0, amounts_minor=(4_000, 6_000))
    assert world.try_("transfer", serial=1, owner=key("bob").public) is Reason.NOT_TRANSFERABLE


def test_a_release_is_bound_to_its_hold():
    """After a restore, a release from the lost days does not fit another hold, even at the same version."""
    world = World.open()
    world.card(world.define())
    backup = list(world.entries)
    world.ok("hold", serial=0, price_minor=100, reference=digest("first order"))
    first = sign(world.make("release", serial=0, owner=key("first buyer").public), [key("settler")])
    restored = World.replay(backup)
    restored.key("ann")
    restored.ok("hold", serial=0, price_minor=100, reference=digest("second order"))
    assert restored.submit(first) is Reason.WRONG_REFERENCE


def test_an_objection_asks_nobodys_leave():
    """Where terms ask for a clearance to return, a rebind can still be objected to without the clearer."""
    world = World.open()
    world.card(world.define(clearance=("return",)))
    world.ok("rebind", serial=0, release=key("thief").public)
    world.ok("return", "ann", serial=0)
    world.ok("hold", serial=0)
    assert world.try_("return", "bob", serial=0) is Reason.CLEARANCE_MISSING


# What does not hold, and is known.


def test_a_split_can_overtake_an_issue():
    """New serials come from one row: a holder who keeps splitting makes the issuer sign again and again."""
    world = World.open()
    world.card(world.define())
    issue = sign(world.make("issue", owners=(key("x").public,) * 1000), [key("issuer")])
    world.ok("split", serial=0, amounts_minor=(1, 9_999))
    assert world.submit(issue) is Reason.WRONG_FIRST_SERIAL


def test_a_bearer_spends_a_named_card_unclaimed():
    """`named` is about new owners. Who wants every payment named asks for a clearance to redeem."""
    world = World.open()
    world.card(world.define(named=True), "code")
    world.ok("redeem", "code", serial=0)


def test_refund_room_goes_with_the_first_part():
    """Who sells the first part of a split card sells the right to refunds with it; the issuer sees it in the trail."""
    world = World.open()
    world.card(world.define())
    world.ok("redeem", serial=0, amount_minor=5_000)
    world.ok("split", serial=0, amounts_minor=(1, 4_999))
    world.pass_on(1, "bob")
    world.ok("refund", serial=1, amount_minor=5_000)
    assert world.try_("refund", serial=2, amount_minor=1) is Reason.AMOUNT_OVER_FACE


def test_the_regulators_freeze_replaces_the_one_before():
    """One freeze a card: when the regulator lifts its own, the clearer's is gone with it."""
    world = World.open()
    world.ok("freeze", serial=world.card(world.define()), by=Role.CLEARER)
    world.ok("freeze", serial=0, by=Role.REGULATOR)
    world.ok("unfreeze", serial=0, by=Role.REGULATOR)
    world.ok("redeem", serial=0)


def test_a_hold_may_outlive_its_card():
    """A sale of a card about to expire cannot be delivered after that: whoever takes the money looks at both times."""
    world = World.open()
    world.card(world.define(validity_ms=HOUR_MS))
    world.ok("hold", serial=0, price_minor=100, until_ms=world.now_ms + DAY_MS)
    world.later(HOUR_MS + 1)
    assert world.try_("release", serial=0) is Reason.CARD_EXPIRED
