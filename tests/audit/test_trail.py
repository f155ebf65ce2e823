"""A card's trail: every stop, through every parent, checked against the records; and its three forms."""

from __future__ import annotations

import json
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.audit.trail import TrailError, ancestry, trail_of, trail_to_json
from cardtrail.audit.trail_layout import lay_out
from cardtrail.audit.trail_picture import trail_svg
from cardtrail.audit.trail_text import trail_text
from cardtrail.wire.commands import BODY_CODEC, Cause, Issue, Merge, Split
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.proofs import IndexedEntry
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import SIGNED_CODEC
from tests.ledger_world import DAY_MS, HOUR_MS, World, key, named, terms

NAME = '春季 <b>&"Spring"</b>'


def follow(world, serial):
    cards = ancestry(serial, world.state.card)
    return trail_of(serial, cards, log_of(world), made_in(world), world.state.products)


def log_of(world):
    return [IndexedEntry(index, entry) for index, entry in enumerate(world.entries)]


def made_in(world):
    """Serials that every split and merge of a world made, counted through its log."""
    made, cards = {}, 0
    for index, entry in enumerate(world.entries):
        body = BODY_CODEC.decode(SIGNED_CODEC.decode(ENTRY_CODEC.decode(entry).signed).body)
        count = {Issue: "owners", Split: "amounts_minor"}.get(type(body))
        new = len(getattr(body, count)) if count else int(isinstance(body, Merge))
        made[index] = range(cards, cards + new)
        cards += new
    return lambda index: made.get(index, range(0))


def touching(world, serial):
    """Exactly the entries of a card's trail."""
    return [IndexedEntry(stop.index, world.entries[stop.index]) for stop in follow(world, serial).stops]


@pytest.fixture(scope="module")
def tangled():
    """Card 7: merged of card 2 and card 6, which was merged of card 1 and two of the three parts of card 0."""
    world = World.open()
    world.ok("define", name=NAME, terms=terms(max_hops=20, face_limit_minor=1_000_000))
    world.issue(0, ["ann", "ben", "cyd"], 10_000)
    world.ok("activate", first_serial=0, count=3)
    world.pass_on(0, "bob")
    world.later(HOUR_MS)
    world.ok("redeem", serial=0, amount_minor=2_500)
    world.ok("split", serial=0, amounts_minor=(4_000, 2_000, 1_500))
    world.ok("hold", serial=1, price_minor=9_000)
    world.ok("release", serial=1, owner=world.key("ida").public)
    world.later(DAY_MS)
    world.ok("redeem", serial=3, amount_minor=500)
    world.ok("refund", serial=3, amount_minor=500)
    world.ok("freeze", serial=4, by=Role.REGULATOR, cause=Cause.COURT_ORDER)
    world.ok("unfreeze", serial=4, by=Role.REGULATOR, cause=Cause.CLEARED)
    world.ok("hold", serial=3, release=world.key("friend").public)
    world.ok("return", "friend", serial=3)
    world.ok("merge", cards=named(world, 1, 3, 4))
    world.pass_on(6, "zoe")
    world.ok("merge", cards=named(world, 2, 6))
    world.ok("rebind", serial=7, release=world.key("claimant").public)
    world.later(4 * DAY_MS)
    world.ok("release", serial=7, owner=world.key("new").public)
    world.seal()
    return world


def test_every_parent_is_followed(tangled):
    trail = follow(tangled, 7)
    assert sorted(trail.cards) == [0, 1, 2, 3, 4, 6, 7]
    assert [stop.kind for stop in trail.stops] == [
        "issue", "activate", "transfer", "redeem", "split", "hold", "release", "redeem", "refund", "freeze",
        "unfreeze", "hold", "return", "merge", "transfer", "merge", "rebind", "release",
    ]  # fmt: skip
    by_kind = {stop.kind: stop for stop in trail.stops}
    split = by_kind["split"]
    assert (split.cards, split.born, split.others) == ((0,), (3, 4), 1)
    assert split.balances == {0: 0, 3: 4_000, 4: 2_000}
    first_merge, second_merge = [stop for stop in trail.stops if stop.kind == "merge"]
    assert (first_merge.cards, first_merge.born, first_merge.hop) == ((1, 3, 4), (6,), 2)
    assert (second_merge.cards, second_merge.born, second_merge.balances[7]) == (
        (2, 6),
        (7,),
        26_000 - 10_000 + 10_000,
    )
    assert [stop.hop for stop in trail.stops][-1] == trail.card.hop


def test_who_signed(tangled):
    who = {stop.kind: stop.who for stop in follow(tangled, 7).stops}
    assert who["issue"] == f"issuer, key {key('issuer').public.hex()[:8]}"
    assert who["freeze"].startswith("regulator, key ")
    assert who["rebind"].startswith("issuer, key ")
    assert who["return"] == f"key {key('friend').public.hex()[:8]}"
    assert who["release"] == f"key {key('claimant').public.hex()[:8]}"
    sold = next(stop for stop in follow(tangled, 7).stops if stop.kind == "release")
    assert sold.who == f"settler, key {key('settler').public.hex()[:8]}"


def test_what_happened(tangled):
    words = [stop.what for stop in follow(tangled, 7).stops]
    assert words[0] == "Issued with ¥100.00"
    assert words[2].startswith("Claimed to key ")
    assert words[3] == "Paid ¥25.00"
    assert words[4] == "Split into 3 cards"
    assert words[5].startswith("Up for sale at ¥90.00 until ")
    assert words[-5] == "3 cards merged into one"
    assert words[-4].startswith("Passed on to key ")


@pytest.mark.parametrize("serial", range(8))
def test_every_card_of_the_world_has_a_trail(tangled, serial):
    trail = follow(tangled, serial)
    assert trail.card == tangled.cards[serial]
    assert "\n".join(trail_text(trail))
    Xml.fromstring(trail_svg(trail))
    json.dumps(trail_to_json(trail))


def test_without_the_product_amounts_are_bare(tangled):
    cards = ancestry(2, tangled.state.card)
    trail = trail_of(2, cards, touching(tangled, 2), made_in(tangled))
    assert (trail.product, trail.currency) == (None, None)
    assert trail.stops[0].what == "Issued with 10,000 minor units"


def test_a_define_among_the_entries_names_the_product(tangled):
    cards = ancestry(2, tangled.state.card)
    trail = trail_of(2, cards, log_of(tangled), made_in(tangled))
    assert trail.product.name == NAME
    assert [stop.kind for stop in trail.stops] == ["issue", "activate", "merge"]


def test_a_stop_left_out_is_noticed(tangled):
    cards = ancestry(7, tangled.state.card)
    entries, made = touching(tangled, 7), made_in(tangled)
    for place in range(len(entries)):
        with pytest.raises(TrailError):
            trail_of(7, cards, [*entries[:place], *entries[place + 1 :]], made)


@given(st.data())
def test_anything_handed_in_is_refused_in_words(tangled, data):
    cards = ancestry(7, tangled.state.card)
    entries, made = touching(tangled, 7), made_in(tangled)
    place = data.draw(st.integers(0, len(entries) - 1))
    other = data.draw(
        st.one_of(
            st.binary(max_size=100),
            st.sampled_from([e for e in tangled.entries if e != entries[place].entry]),
        )
    )
    changed = [*entries[:place], IndexedEntry(entries[place].index, other), *entries[place + 1 :]]
    with pytest.raises(TrailError):
        trail_of(7, cards, changed, made)


def test_a_parent_left_out_is_noticed(tangled):
    """Following one parent only would let a merge wash the other parents' paths away."""
    cards = ancestry(7, tangled.state.card)
    entries, made = touching(tangled, 7), made_in(tangled)
    for left_out in set(cards) - {7}:
        fewer = {serial: card for serial, card in cards.items() if serial != left_out}
        with pytest.raises(TrailError):
            trail_of(7, fewer, entries, made)


def test_a_record_that_does_not_fit_is_noticed(tangled):
    from msgspec.structs import replace

    cards = ancestry(7, tangled.state.card)
    entries, made = touching(tangled, 7), made_in(tangled)
    for changed in (
        replace(cards[7], balance_minor=1),
        replace(cards[7], hop=9),
        replace(cards[7], owner=bytes(32)),
        replace(cards[7], version=9),
    ):
        with pytest.raises(TrailError):
            trail_of(7, {**cards, 7: changed}, entries, made)


def test_later_entries_are_left_out():
    """Records as of a checkpoint, entries as of now: the trail is that of the checkpoint."""
    world = World.open()
    world.define()
    serial = world.card()
    cards = ancestry(serial, world.state.card)
    world.pass_on(serial, "bob")
    assert len(touching(world, serial)) == 3
    trail = trail_of(serial, cards, log_of(world), made_in(world))
    assert [stop.kind for stop in trail.stops] == ["issue", "activate"]


def test_a_card_that_is_not_there():
    with pytest.raises(TrailError, match="no card 5"):
        ancestry(5, lambda serial: None)


def test_parts_that_look_alike_are_told_apart():
    """The first part bears the spent face value too, so two parts have one face here, and different balances."""
    world = World.open()
    world.define()
    serial = world.card(owner="ann", face_minor=10_000)
    world.ok("redeem", serial=serial, amount_minor=1_000)
    world.ok("split", serial=serial, amounts_minor=(4_000, 5_000))
    for part, balance in ((1, 4_000), (2, 5_000)):
        assert world.cards[part].face_minor == 5_000
        assert follow(world, part).stops[-1].balances[part] == balance


def test_a_merge_of_many_parts_that_look_alike():
    """Every part could be the first or the second of its split by its face: what the log says decides, no guess."""
    world = World.open()
    world.ok("define", terms=terms(max_hops=100, face_limit_minor=10**9))
    world.issue(0, ["ann"] * 14, 10_000)
    world.ok("activate", first_serial=0, count=14)
    seconds = []
    for serial in range(14):
        world.ok("redeem", serial=serial, amount_minor=2)
        world.ok("split", serial=serial, amounts_minor=(4_998, 5_000))
        seconds.append(max(world.cards))
    world.ok("merge", cards=named(world, *seconds))
    trail = follow(world, max(world.cards))
    assert len(trail.stops) == 1 + 1 + 14 + 14 + 1
    assert trail.stops[-1].balances[trail.serial] == 14 * 5_000


def test_cards_said_to_come_of_another_split_are_noticed(tangled):
    cards, made = ancestry(7, tangled.state.card), made_in(tangled)
    for change in (
        lambda r: range(r.start + 1, r.stop + 1),
        lambda r: range(r.start, r.stop + 1),
        lambda r: range(0),
    ):
        with pytest.raises(TrailError):
            trail_of(7, cards, log_of(tangled), lambda index, change=change: change(made(index)))


@given(st.lists(st.sampled_from(["split", "merge", "pay", "give"]), max_size=14), st.randoms())
def test_any_history_has_its_trail(moves, rng):
    world = World.open()
    world.ok("define", terms=terms(max_hops=100, face_limit_minor=10**9))
    world.issue(0, ["ann", "ann", "ben"], 10_000)
    world.ok("activate", first_serial=0, count=3)
    for move in moves:
        living = [card for card in world.cards.values() if not card.dead]
        card = rng.choice(living)
        if move == "split" and card.balance_minor > 1:
            part = rng.randrange(1, card.balance_minor)
            world.ok("split", serial=card.serial, amounts_minor=(part, card.balance_minor - part))
        elif move == "merge" and len(living) > 1:
            pair = sorted(rng.sample([card.serial for card in living], 2))
            world.ok("merge", cards=named(world, *pair))
        elif move == "pay" and card.balance_minor:
            world.ok("redeem", serial=card.serial, amount_minor=rng.randrange(1, card.balance_minor + 1))
        elif move == "give":
            world.pass_on(
                card.serial, rng.choice([n for n in ("ann", "ben", "cyd") if key(n).public != card.owner])
            )
    for serial in world.cards:
        trail = follow(world, serial)
        layout = lay_out(trail)
        for row in layout.rows:
            lanes = [row.at, *row.more, *row.ending, *row.leaving, *row.through]
            assert len(lanes) == len(set(lanes)), "two lines in one place"
            assert max(lanes) < layout.width
        Xml.fromstring(trail_svg(trail))


def test_the_drawing_in_text(tangled):
    lines = trail_text(follow(tangled, 7))
    assert lines[0] == f"Card 0000 0000 0000 0075  {NAME}"
    drawing = [line[:8].rstrip() for line in lines[3::2]]
    assert drawing == [
        "○ ○ ○", "○ ○ ○", "● │ │", "○ │ │", "◆─┼─┼─╮", "│ ○ │ │", "│ ● │ │", "○ │ │ │", "○ │ │ │", "│ │ │ ○",
        "│ │ │ ○", "○ │ │ │", "○ │ │ │", "◆─┴─┼─╯", "●   │", "◆───╯", "○", "●",
    ]  # fmt: skip
    assert "1 of them not followed here" in lines[11]


def test_the_picture_stands_alone(tangled):
    svg = trail_svg(follow(tangled, 7))
    root = Xml.fromstring(svg)
    space = {"svg": "http://www.w3.org/2000/svg"}
    assert root.get("role") == "img"
    assert root.find("svg:title", space).text == "Trail of card 0000 0000 0000 0075"
    assert "19" not in root.find("svg:title", space).text
    assert "Paid ¥25.00" in root.find("svg:desc", space).text
    assert NAME in [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "<b>" not in svg
    assert "prefers-color-scheme:dark" in svg
    for outside in ("<script", "@import", "url(", "href", "<image", "font-face"):
        assert outside not in svg


def test_json(tangled):
    data = json.loads(json.dumps(trail_to_json(follow(tangled, 7))))
    assert (data["serial"], data["number"], data["currency"]) == (7, "0000000000000075", "CNY")
    assert [card["serial"] for card in data["cards"]] == [0, 1, 2, 3, 4, 6, 7]
    assert data["stops"][4]["balances"] == {"0": 0, "3": 4000, "4": 2000}
