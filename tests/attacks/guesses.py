"""28: looking for card codes by trying, and for what a refusal gives away. See `test_without_defences`."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from cardtrail.client.build import sign as sign_command
from cardtrail.ledger import checks
from cardtrail.ledger.transitions import passing
from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.wire.answers import Accepted
from cardtrail.wire.commands import Transfer
from cardtrail.wire.scalars import NO_HASH
from tests.client.paper import NETWORK, PaperLedger
from tests.ledger_world import World, key

SHORT_BITS = 8


def try_every_short_code(_: Path) -> bool:
    """The log shows the key a card was issued to; a thief makes the key of one code after another from it."""
    ledger = PaperLedger().found()
    ledger.issue(code_key(CardCode.generate(), NETWORK, 0).public)
    for number in range(2**SHORT_BITS):
        guess = code_key(CardCode(number), NETWORK, 0)
        if guess.public == ledger.cards[0].owner:
            head = (NETWORK, ledger.end_ms(), 0, ledger.cards[0].version)
            theft = sign_command(Transfer(*head, key("thief").public, NO_HASH), guess)
            return isinstance(ledger.submit(theft.raw), Accepted)
    return False


def make_short_codes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CardCode, "generate", classmethod(lambda cls: cls(secrets.randbits(SHORT_BITS))))


def read_refusals(_: Path) -> bool:
    """A stranger sends a guess for each card, and compares the refusals: is one card worth more guesses than another?

    One card is free, one is set aside, one was passed on since.
    """
    world = World.open()
    product = world.define()
    free, held, moved = (world.card(product) for _ in range(3))
    world.ok("hold", serial=held, price_minor=100)
    world.pass_on(moved, "bob")
    told = {
        world.try_("transfer", "stranger", serial=serial, version=1, owner=key("thief").public)
        for serial in (free, held, moved)
    }
    return len(told) > 1


def look_at_the_card_before_the_signer(patch: pytest.MonkeyPatch) -> None:
    owned = checks.owned_card

    def talkative(state: Any, command: Any, request: Any, now_ms: int) -> Any:
        stopped = checks.refuse_stopped(state.card(command.serial), now_ms)
        return stopped or owned(state, command, request, now_ms)

    patch.setattr(passing, "owned_card", talkative)
