"""36: an operator with the log's key shows other people another log. See `test_without_defences`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardtrail.client import memory as memory_module
from cardtrail.client.client import Client
from cardtrail.client.errors import LogForked
from cardtrail.client.memory import Memory
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.commands import Redeem
from cardtrail.wire.scalars import NO_HASH
from tests.client.paper import NETWORK, FakeTime, PaperLedger, PaperTransport

KEY = SecretKey(b"k" * 32)


def show_another_history(folder: Path) -> bool:
    """One payment is another one in the second version; it is of the same length and as well signed."""
    return believed(folder, a_log(100, 100), a_log(100, 200))


def show_a_longer_history(folder: Path) -> bool:
    """The second version has gone on since."""
    return believed(folder, a_log(100, 100), a_log(100, 200, 300))


def show_the_log_of_yesterday(folder: Path) -> bool:
    """The last payment is cut off: a true part of the log, and yet not all that was published."""
    cut = a_log(100, 200)
    cut.published.pop()
    return believed(folder, a_log(100, 200), cut)


def compare_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(memory_module, "_agree", lambda seen, shown, read_tile: True)


def remember_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Memory, "_remember", lambda self, note, checkpoint: None)


def take_any_earlier_checkpoint(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        Client, "_admit", lambda self, note, before: self._memory().admit(note, self._tile, least_size=0)
    )


def a_log(*amounts_minor: int) -> PaperLedger:
    """One card, and a sealed payment of each amount."""
    ledger = PaperLedger().found()
    ledger.issue(KEY.public)
    ledger.seal()
    for amount_minor in amounts_minor:
        body = Redeem(NETWORK, ledger.end_ms(), 0, ledger.cards[0].version, amount_minor, NO_HASH)
        ledger.must(body, KEY)
        ledger.seal()
    return ledger


def believed(folder: Path, first: PaperLedger, then: PaperLedger) -> bool:
    """Whether somebody who was shown one log, and started their program again, takes the other for the same."""
    look(folder, first)
    try:
        look(folder, then)
    except LogForked:
        return False
    return True


def look(folder: Path, ledger: PaperLedger) -> None:
    memory = Memory(ledger.vkey, folder / "seen")
    transport = PaperTransport(ledger)
    shown = Client(transport, ledger.vkey, memory=memory, patience=FakeTime().patience()).checkpoint()
    assert shown.size == ledger.published[-1][0]
