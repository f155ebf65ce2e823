"""Attacks with good commands at the wrong place or time; and what each meets taken away. See `test_attacks`."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from cardtrail.ledger import apply as apply_module
from cardtrail.ledger import checks
from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Request
from cardtrail.ledger.transitions import authorities, dividing, issuing, passing, spending
from cardtrail.wire.reasons import Reason
from tests import ledger_world
from tests.ledger_world import DAY_MS, HOUR_MS, World, key, named, sign


def worked(answer: object) -> bool:
    return isinstance(answer, Change)


def spend_a_copied_code(world: World) -> bool:
    """1: the seller kept the code, and spends the card after the buyer claimed it."""
    world.pass_on(world.card(world.define(), owner="code"), "buyer")
    return worked(world.try_("redeem", "code", serial=0))


def keep_the_old_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        passing,
        "replace",
        lambda card, **new: replace(card, **{n: v for n, v in new.items() if n != "owner"}),
    )


def sell_a_card_twice(world: World) -> bool:
    """2: a card that is held for one sale is held for another."""
    world.card(world.define())
    world.ok("hold", serial=0, price_minor=100)
    return worked(world.try_("hold", serial=0, price_minor=200))


def forget_holds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(checks, "refuse_stopped", lambda card, now_ms: None)


def spend_a_held_card(world: World) -> bool:
    """2: the seller empties the card between the buyer's payment and the release."""
    world.card(world.define())
    world.ok("hold", serial=0, price_minor=100)
    return worked(world.try_("redeem", serial=0, amount_minor=10_000))


def replay_a_payment(world: World) -> bool:
    """33: the shop sends the card holder's payment a second time."""
    world.card(world.define())
    raw = sign(world.make("redeem", serial=0, amount_minor=100), [key("ann")])
    assert worked(world.submit(raw))
    return worked(world.submit(raw))


def ignore_versions(patch: pytest.MonkeyPatch) -> None:
    # The helper is asked for the card; hand the command the version it would have to carry.
    owned = checks.owned_card

    def lax(state: Any, command: Any, request: Any, now_ms: int) -> Any:
        card = state.card(command.serial)
        return owned(state, replace(command, version=card.version), request, now_ms)

    patch.setattr(spending, "owned_card", lax)


def replay_a_definition(world: World) -> bool:
    """33: an authority's command that names no card, again."""
    raw = sign(world.make("attest", deposit_minor=10**9), [key("custodian")])
    assert worked(world.submit(raw))
    world.ok("attest", deposit_minor=1)
    return worked(world.submit(raw))


def ignore_sequences(patch: pytest.MonkeyPatch) -> None:
    for module in (authorities, issuing):
        patch.setattr(
            module,
            "refuse_authority",
            lambda state, role, sequence, request: (
                None if checks.holds_role(state, role, request.signers) else Reason.NOT_AUTHORISED
            ),
        )


def replay_after_a_restore(world: World) -> bool:
    """33: the ledger was restored from last week's back-up. Commands that were lost with it are sent again, long after
    their signers thought them over."""
    world.card(world.define())
    backup = list(world.entries)
    lost = sign(world.make("transfer", serial=0, owner=key("eve").public), [key("ann")])
    assert worked(world.submit(lost))
    restored = World.replay(backup)
    restored.later(7 * DAY_MS)
    return worked(restored.submit(lost))


def ignore_expiry(patch: pytest.MonkeyPatch) -> None:
    take = apply_module.apply

    def lax(draft: Any, request: Request, now_ms: int) -> Any:
        late = replace(request.body, not_after_ms=now_ms)
        return take(draft, request._replace(body=late), now_ms)

    patch.setattr(ledger_world, "apply", lax)


def release_after_the_clock_was_set_back(world: World) -> bool:
    """42: a hold is over; the operator sets the clock back and releases the card all the same."""
    world.card(world.define())
    world.ok("hold", serial=0, until_ms=world.now_ms + HOUR_MS)
    release = sign(world.make("release", serial=0, owner=key("cat").public), [key("bob")])
    world.later(2 * HOUR_MS)
    world.ok("attest")
    world.later(-2 * HOUR_MS)
    try:
        return worked(world.submit(release))
    except ValueError as error:
        assert "time does not go back" in str(error)  # noqa: PT017 - whether it raises is the answer
        return False


def forget_the_time(patch: pytest.MonkeyPatch) -> None:
    settle = World.settle

    def forgetful(self: World, draft: Any) -> None:
        settle(self, draft)
        self.state.time_ms = 0

    patch.setattr(World, "settle", forgetful)


def blur_a_path(world: World) -> bool:
    """43: a stolen card is split, merged with clean ones and split again until nobody finds where it went."""
    product = world.define()
    stolen, clean = world.card(product), world.card(product)
    world.ok("split", serial=stolen, amounts_minor=(4_000, 6_000))
    parts = [world.state.card_count - 2, world.state.card_count - 1]
    world.ok("merge", cards=named(world, clean, parts[0]))
    mixed = world.state.card_count - 1
    world.ok("split", serial=mixed, amounts_minor=(7_000, 7_000))
    world.ok("merge", cards=named(world, parts[1], world.state.card_count - 1))
    world.check()
    living = [card.serial for card in world.cards.values() if card.balance_minor]
    assert sum(world.cards[serial].balance_minor for serial in living) == 20_000
    return not all(stolen in ancestors(world, serial) for serial in living)


def ancestors(world: World, serial: int) -> set[int]:
    parents = set(world.cards[serial].parents)
    return parents.union(*(ancestors(world, parent) for parent in parents))


def forget_parents(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dividing, "replace", lambda card, **new: replace(card, **{**new, "parents": ()}))
