"""Attacks on the rules. Each is tried twice: it fails, and with its one defence taken away it succeeds.

An attack is a function that answers whether it worked. The second try shows that the first proves something.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from cardtrail.ledger import intake
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import BODY_CODEC
from cardtrail.wire.reasons import Reason
from cardtrail.wire.signed import Signed, SignedBy
from tests.ledger import attacks_on_form as form
from tests.ledger import attacks_on_rules as rules
from tests.ledger_world import World, key

Attack = Callable[[World], bool]

DEFENDED: list[tuple[Attack, Callable[[pytest.MonkeyPatch], None]]] = [
    (rules.spend_a_copied_code, rules.keep_the_old_key),
    (rules.sell_a_card_twice, rules.forget_holds),
    (rules.spend_a_held_card, rules.forget_holds),
    (form.redeem_a_negative_amount, form.take_any_number),
    (form.spell_a_number_longer, form.skip_canonical),
    (form.add_a_field, form.overlook),
    (form.add_a_byte, form.overlook),
    (form.sign_twice_with_one_key, form.allow_repeats),
    (form.use_a_command_of_another_network, form.ignore_networks),
    (form.reuse_a_signature_of_another_purpose, form.drop_the_domain),
    (form.make_the_decoder_work, form.allow_any_size),
    (form.change_a_signature_without_the_key, form.reduce_scalars),
    (form.give_to_a_key_of_small_order, form.take_any_key),
    (rules.replay_a_payment, rules.ignore_versions),
    (rules.replay_a_definition, rules.ignore_sequences),
    (rules.replay_after_a_restore, rules.ignore_expiry),
    (rules.release_after_the_clock_was_set_back, rules.forget_the_time),
    (rules.blur_a_path, rules.forget_parents),
]
EACH = pytest.mark.parametrize(
    ("attack", "without_defence"), DEFENDED, ids=[attack.__name__ for attack, _ in DEFENDED]
)


@EACH
def test_the_attack_fails(attack, without_defence):
    world = World.open()
    assert not attack(world)
    world.check()


@EACH
def test_without_its_defence_it_succeeds(attack, without_defence, monkeypatch):
    without_defence(monkeypatch)
    assert attack(World.open())


def test_every_other_number_is_refused_by_type():
    """30: floats, not-a-number, infinities, booleans, huge numbers, text, nothing: none of them is an amount."""
    world = World.open()
    world.card(world.define())
    fields = list(msgspec.msgpack.decode(encode(world.make("redeem", serial=0))))
    assert BODY_CODEC.decode(encode(fields))
    for wrong in (
        0,
        -1,
        2**53,
        2**64 - 1,
        1.0,
        float("nan"),
        1e400,
        -1e400,
        True,
        False,
        "1",
        b"1",
        None,
        [],
    ):
        body = encode([*fields[:5], wrong, *fields[6:]])
        by = key("ann").sign(intake.command_message(body))
        raw = encode(Signed(body, (SignedBy(key("ann").public, by),), None))
        assert world.submit(raw) is Reason.MALFORMED, wrong
