"""Where the tour is played: a ledger with a simulated clock, people's wallets, and the demand that all goes as told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cardtrail.cli.failures import Failure
from cardtrail.cli.options import DAY_MS, HOUR_MS, MINUTE_MS
from cardtrail.cli.results import number_of
from cardtrail.cli.session import Session, reason_text
from cardtrail.cli.tour.voice import Voice
from cardtrail.client.build import SignedCommand, clear, sign
from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.codes import CardCode
from cardtrail.wallet.wallet import Address, Wallet
from cardtrail.wire.answers import Accepted, Answer, Refused
from cardtrail.wire.cards import Card
from cardtrail.wire.commands import Body, Release
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role

CLEARANCE_MS = HOUR_MS
STEP_MS = 3 * MINUTE_MS
"""How much simulated time every command takes, so that no two stops of a trail bear the same minute."""


class Clock:
    """Simulated ledger time. Read by the node's thread, moved by the story's."""

    def __init__(self, start_ms: int) -> None:
        self.now_ms = start_ms

    def __call__(self) -> int:
        """The present, in milliseconds."""
        return self.now_ms

    def step(self) -> None:
        """A little later."""
        self.now_ms += STEP_MS

    def at_day(self, start_ms: int, day: int, hour: int) -> None:
        """Some day of the story, counted from its beginning; never back."""
        self.now_ms = max(self.now_ms, start_ms + day * DAY_MS + hour * HOUR_MS)


@dataclass(slots=True)
class Stage:
    """Everything the chapters share.

    codes   of the issued cards, by serial, as the brand's file has them
    people  wallets by name
    """

    path: Path
    session: Session
    clock: Clock
    start_ms: int
    voice: Voice
    keys: dict[Role, SecretKey]
    codes: dict[int, CardCode] = field(default_factory=dict)
    people: dict[str, Wallet] = field(default_factory=dict)

    def person(self, name: str) -> Wallet:
        """Somebody's wallet, made when they first come on."""
        if name not in self.people:
            folder = self.path / "wallets"
            folder.mkdir(exist_ok=True)
            file = folder / f"{name}.wallet"
            self.people[name] = Wallet.create(
                file, self.session.client, self.session.network, now_ms=self.clock
            )
        return self.people[name]

    def day(self, day: int, hour: int = 2) -> None:
        """Let time pass until a day of the story."""
        self.clock.at_day(self.start_ms, day, hour)

    def card(self, serial: int) -> Card:
        """A card as it stands."""
        return self.session.card(serial)

    def ends_ms(self) -> int:
        """When a command signed now is void."""
        return self.clock.now_ms + HOUR_MS

    def about(self, serial: int) -> tuple[bytes, int, int, int]:
        """What every command about one card begins with."""
        return (self.session.network, self.ends_ms(), serial, self.card(serial).version)

    @staticmethod
    def order(serial: int) -> bytes:
        """The hash of the order in which a card is sold."""
        return sha256(f"order of card {serial}".encode()).digest()

    def release(self, serial: int, to: Address) -> Release:
        """The settler's command that delivers a sold card, once its order is paid."""
        return Release(*self.about(serial), to.owner, to.envelope, self.order(serial))

    def as_role(self, role: Role, body: Body) -> Accepted:
        """An authority's command, which must be accepted."""
        return self.accepted(sign(body, self.keys[role]))

    def accepted(self, command: SignedCommand, wallet: Wallet | None = None) -> Accepted:
        """Send a command. Raises `Failure` unless the ledger takes it."""
        return self.all_accepted([command], wallet)[0]

    def all_accepted(self, commands: Sequence[SignedCommand], wallet: Wallet | None = None) -> list[Accepted]:
        """The same for several at once."""
        self.clock.step()
        answers: list[Accepted] = []
        for command, answer in zip(commands, self.session.client.submit_many(commands), strict=True):
            if wallet is not None:
                wallet.settle(command.id, answer)
            if not isinstance(answer, Accepted):
                raise Failure(f"the tour did not go as told: {_said(answer)} came where a yes was due")
            answers.append(answer)
        return answers

    def refused(self, command: SignedCommand, reason: Reason, wallet: Wallet | None = None) -> None:
        """Send a command that must be refused for this reason, and show it."""
        self.clock.step()
        answer = self.session.client.submit(command)
        if wallet is not None:
            wallet.settle(command.id, answer)
        if not isinstance(answer, Refused) or answer.code != reason.code:
            raise Failure(f"the tour did not go as told: {_said(answer)} came where {reason.code} was due")
        self.voice.refused(answer.code, reason.value)

    def cleared(self, commands: Sequence[SignedCommand]) -> list[SignedCommand]:
        """The commands with one clearance over all of them."""
        given = clear(
            [command.id for command in commands],
            [self.keys[Role.CLEARER]],
            self.session.network,
            self.clock.now_ms + CLEARANCE_MS,
        )
        return [command.cleared(given[command.id]) for command in commands]

    def claim(self, name: str, serial: int, fields: dict[str, str] | None = None) -> Accepted:
        """Somebody takes a card with its code."""
        wallet = self.person(name)
        answer = self.accepted(wallet.claim(serial, self.codes[serial], fields), wallet)
        self.owned_by(name, serial)
        return answer

    def owned_by(self, name: str, serial: int) -> None:
        """A card must be somebody's. Raises `Failure`."""
        wallet = self.person(name)
        wallet.learn(serial)
        self.must(serial in wallet.serials, f"card {serial} should be {name}'s")

    def must(self, true: bool, what: str) -> None:
        """Something that has to be so. Raises `Failure`."""
        if not true:
            raise Failure(f"the tour did not go as told: {what}")

    @staticmethod
    def number(serial: int) -> str:
        """A card as it is called in the story."""
        return number_of(serial)


def _said(answer: Answer) -> str:
    if isinstance(answer, Refused):
        return f"{answer.code} ({reason_text(answer)})"
    return "a yes"
