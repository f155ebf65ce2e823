"""The process that the kill tests kill: `python -m tests.crash.driver DIR SEED [DEFENCE TO LEAVE OUT]`.

A node over its directory, and load: holders pass cards on, set them aside, release and return them, the issuer issues
more, and commands that were answered are sent again. What becomes known goes to standard output at once, a line each:

    opening | open SIZE | ack ID INDEX TIME | note BASE64 | closed

SIGTERM ends it cleanly. Exit status 0 means that every answer was the right one.
"""

from __future__ import annotations

import base64
import os
import random
import signal
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Condition

import pytest

from cardtrail.node import store
from cardtrail.node.directory import Directory
from cardtrail.node.service import Node, Options
from cardtrail.node.store import Store
from cardtrail.wire.answers import Accepted, Answer
from cardtrail.wire.commands import Activate, Body, Hold, Issue, Release, Return, Transfer
from cardtrail.wire.roles import Role
from tests.crash import sabotage
from tests.ledger_world import DAY_MS, NETWORK, START_MS, digest, key, sign
from tests.node.ledgers import Clock

MAX_CARDS = 400
NOT_AFTER_MS = START_MS + DAY_MS
"""The same in every run: a command that a kill left unanswered is then sent again with the same bytes."""

MAX_TOGETHER = 24
"""More signatures than the pool checks by itself, so that worker processes are at work when the kill comes."""


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def owner_of(serial: int, hop: int) -> str:
    return f"card {serial}, owner {hop}"


class Holder:
    """One card and the one command about it that is under way."""

    def __init__(self, serial: int, version: int = 1, hop: int = 0, *, held: bool = False) -> None:
        self.serial, self.version, self.hop, self.held = serial, version, hop, held
        self._next: Callable[[], None] = lambda: None

    def command(self, dice: random.Random) -> bytes:
        not_after = NOT_AFTER_MS
        fields = {
            "network": NETWORK,
            "not_after_ms": not_after,
            "serial": self.serial,
            "version": self.version,
        }
        heir, envelope = key(owner_of(self.serial, self.hop + 1)).public, digest("envelope")
        body: Body
        if self.held:
            signer = "releaser"
            if dice.random() < 0.5:
                body, self._next = (
                    Release(**fields, owner=heir, envelope=envelope, reference=digest("gift")),
                    self._passed_on,
                )
            else:
                body, self._next = Return(**fields), self._returned
        else:
            signer = owner_of(self.serial, self.hop)
            if dice.random() < 0.7:
                body, self._next = Transfer(**fields, owner=heir, envelope=envelope), self._passed_on
            else:
                until, release = NOT_AFTER_MS, key("releaser").public
                body = Hold(
                    **fields, release=release, until_ms=until, price_minor=None, reference=digest("gift")
                )
                self._next = self._set_aside
        return sign(body, [key(signer)])

    def accepted(self) -> None:
        self.version += 1
        self._next()

    def _passed_on(self) -> None:
        self.hop, self.held = self.hop + 1, False

    def _set_aside(self) -> None:
        self.held = True

    def _returned(self) -> None:
        self.held = False


class Load:
    """Commands without end, each card's next one as soon as its last one is answered."""

    def __init__(self, node: Node, seed: str) -> None:
        self._node = node
        self._dice = random.Random(seed)
        self._changed = Condition()
        self._under_way = 0
        self._done: deque[tuple[bytes, Accepted]] = deque(maxlen=200)
        self._issuing = False
        self.stopping = False
        self.wrong = ""
        with_store = Store(node.directory.database, readonly=True)
        state = node.engine.state
        cards = [with_store.card(serial) for serial in range(state.card_count)]
        with_store.close()
        self._idle = [
            Holder(card.serial, card.version, card.hop, held=card.hold is not None) for card in cards if card
        ]
        self._sequence = state.authorities[Role.ISSUER].sequence

    def run(self) -> None:
        while not self.stopping and not self.wrong:
            with self._changed:
                self._changed.wait_for(lambda: self._idle or self.stopping or self.wrong)
                chosen = [
                    self._pick() for _ in range(min(len(self._idle), self._dice.randint(1, MAX_TOGETHER)))
                ]
                again = self._dice.choice(self._done) if self._done and self._dice.random() < 0.2 else None
                issue = not self._issuing and len(self._idle) + self._under_way < MAX_CARDS
                self._issuing |= issue
            if chosen:
                self._submit([holder.command(self._dice) for holder in chosen], chosen)
            if again is not None:
                self._repeat(*again)
            if issue and chosen:
                self._issue(chosen[0])
        with self._changed:
            self._changed.wait_for(lambda: self._under_way == 0 or self.wrong)

    def _pick(self) -> Holder:
        return self._idle.pop(self._dice.randrange(len(self._idle)))

    def _send(self, raws: list[bytes], then: Callable[[list[Accepted]], None]) -> None:
        with self._changed:
            self._under_way += len(raws)
        self._node.submit(raws).add_done_callback(lambda future: self._answered(raws, future, then))

    def _answered(
        self, raws: list[bytes], future: Future[list[Answer]], then: Callable[[list[Accepted]], None]
    ) -> None:
        failure = future.exception()
        if failure is not None:
            with self._changed:
                self.wrong = str(failure)
                self._changed.notify_all()
            return
        answers = future.result()
        accepted = [answer for answer in answers if isinstance(answer, Accepted)]
        with self._changed:
            for raw, answer in zip(raws, answers, strict=True):
                if isinstance(answer, Accepted):
                    say("ack", answer.id.hex(), answer.index, answer.time_ms)
                    self._done.append((raw, answer))
            if len(accepted) != len(raws):
                self.wrong = f"refused: {answers}"
            else:
                then(accepted)
            self._under_way -= len(raws)
            self._changed.notify_all()

    def _submit(self, raws: list[bytes], holders: list[Holder]) -> None:
        def then(_: list[Accepted]) -> None:
            for holder in holders:
                holder.accepted()
            self._idle += holders

        self._send(raws, then)

    def _repeat(self, raw: bytes, first: Accepted) -> None:
        def then(answers: list[Accepted]) -> None:
            if answers != [first]:
                self.wrong = f"{first} the first time, {answers} the second"

        self._send([raw], then)

    def _issue(self, _: Holder) -> None:
        first = self._node.engine.state.card_count
        serials = range(first, first + 5)
        fields = {"network": NETWORK, "not_after_ms": NOT_AFTER_MS, "first_serial": first}
        owners = tuple(key(owner_of(serial, 0)).public for serial in serials)
        issue = Issue(**fields, sequence=self._sequence, product=0, face_minor=10_000, owners=owners)
        activate = Activate(**fields, sequence=self._sequence + 1, count=len(serials))
        self._sequence += 2

        def then(_: list[Accepted]) -> None:
            self._idle += [Holder(serial) for serial in serials]
            self._issuing = False

        self._send([sign(issue, [key("issuer")]), sign(activate, [key("issuer")])], then)


def main(path: str, seed: str, *defences: str) -> int:
    say("opening")
    store.CHECKPOINT_PAGES = 64  # So that the kill also meets the log being folded back.
    patch = pytest.MonkeyPatch()
    for name in defences:
        getattr(sabotage, name)(patch)
    with Node(Directory(Path(path)), Options(clock=Clock(), checkpoint_interval_ms=4, workers=2)) as node:
        told = [""]

        def tell_note() -> None:
            if node.publisher.note != told[0]:
                told[0] = node.publisher.note
                say("note", base64.b64encode(told[0].encode()).decode())

        node.listen(tell_note)
        say("open", node.engine.state.size)
        load = Load(node, seed)
        signal.signal(signal.SIGTERM, lambda *_: setattr(load, "stopping", True))
        load.run()
    say("closed")
    if load.wrong or node.failure:
        print(load.wrong, node.failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
