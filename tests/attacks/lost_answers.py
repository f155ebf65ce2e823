"""7: the node took the payment, and its answer never arrived. See `test_without_defences`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardtrail.client import submission
from cardtrail.client.build import SignedCommand, sign
from cardtrail.client.client import Client
from cardtrail.client.transport import HttpResponse
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.answers import Accepted, Refused
from cardtrail.wire.commands import Redeem
from cardtrail.wire.scalars import NO_HASH
from tests.client.paper import NETWORK, PaperLedger, PaperTransport, client_of

KEY = SecretKey(b"k" * 32)
PRICE_MINOR = 100


def lose_every_answer(_: Path) -> bool:
    """The payment gets in, and the line is dead until patience has ended."""
    ledger, client, transport = a_shop()
    transport.lose = [True, True]
    return pays_twice(ledger, client)


def answer_the_second_attempt_with_a_refusal(_: Path) -> bool:
    """The first attempt gets in unheard; the second meets a node that recalls no commands, and an old version."""
    ledger, client, transport = a_shop()
    transport.lose = [True]
    transport.faults = [None, refuse]
    return pays_twice(ledger, client)


def take_silence_for_a_refusal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(submission, "_ask_back", lambda command, find, cause: Refused(command.id, "wrong_version"))


def take_any_refusal_at_its_word(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(submission, "_after_doubt", lambda command, answer, find: answer)


def a_shop() -> tuple[PaperLedger, Client, PaperTransport]:
    ledger = PaperLedger().found()
    ledger.issue(KEY.public)
    ledger.seal()
    client, transport, _ = client_of(ledger, attempts=2)
    return ledger, client, transport


def pays_twice(ledger: PaperLedger, client: Client) -> bool:
    """A shop that signs anew where it hears no: whether the one payment was taken from the card twice."""
    answer = client.submit(payment(ledger))
    if isinstance(answer, Refused):
        answer = client.submit(payment(ledger))
    assert isinstance(answer, Accepted)
    taken = 10_000 - ledger.cards[0].balance_minor
    assert taken in {PRICE_MINOR, 2 * PRICE_MINOR}
    return taken == 2 * PRICE_MINOR


def payment(ledger: PaperLedger) -> SignedCommand:
    version = ledger.cards[0].version
    return sign(Redeem(NETWORK, ledger.end_ms(), 0, version, PRICE_MINOR, NO_HASH), KEY)


def refuse(method: str, path: str, body: bytes) -> HttpResponse:
    document = json.dumps({"reason": "wrong_version"}).encode()
    return HttpResponse(409, {"content-type": "application/problem+json"}, document)
