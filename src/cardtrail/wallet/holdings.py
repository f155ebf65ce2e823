"""What a wallet holds and what it has under way: kept in its file, and compared with the ledger.

Commands are written down before they are handed out. If we were to crash at any point after that, `recover` asks the
ledger what became of them; if the file is lost but the root is not, `find` gets every card's key back from its
record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from cardtrail.client.build import SignedCommand
from cardtrail.client.client import Client
from cardtrail.client.errors import NotFound
from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.book import Book, Owned, Pending, WalletFile
from cardtrail.wallet.derive import Root
from cardtrail.wallet.keyring import find_owned
from cardtrail.wire.answers import Accepted, Answer
from cardtrail.wire.cards import Card
from cardtrail.wire.commands import Body, CardCommand, Merge, Release, Split, Transfer

CLOCK_SLACK_MS = 60 * 60 * 1000
"""How far our clock and the ledger's may be apart when a command is given up as expired."""


class NotOurs(ValueError):  # noqa: N818 - it names the card's condition
    """The wallet, code or link has no key for this card: mistyped, or passed on already. Nobody is told which."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of the commands that were pending, by id.

    accepted   in the log, and now recorded
    void       not in the log and never to be: the card has moved on, or their time is over
    open       still possible; the same bytes may be sent again
    """

    accepted: tuple[bytes, ...]
    void: tuple[bytes, ...]
    open: tuple[bytes, ...]


class Holdings:
    """The wallet's file, brought up to date with what the ledger says."""

    def __init__(self, file: WalletFile, root: Root, client: Client, now_ms: Callable[[], int]) -> None:
        self._file = file
        self._root = root
        self._client = client
        self._now_ms = now_ms

    @property
    def book(self) -> Book:
        """What the file holds."""
        return self._file.book

    def known(self, serial: int) -> Owned | None:
        """What is noted of a card of ours."""
        return next((owned for owned in self.book.cards if owned.serial == serial), None)

    def find(self, card: Card) -> Owned | None:
        """Which of our keys owns a card, whether it is noted or not."""
        known = self.known(card.serial)
        if known is not None and self._root.owner_key(known.origin, known.hop).public == card.owner:
            return known
        found = find_owned(self._root, card, self._client.card)
        for expected in self.book.expected:
            if found is not None and replace(expected, envelope=None) == found:
                return expected
        return found

    def key(self, card: Card) -> SecretKey:
        """The key that may move a card; that it is ours is noted. Raises `NotOurs`."""
        owned = self.find(card)
        if owned is None:
            raise NotOurs(f"this wallet has no key for card {card.serial}; it may have been passed on")
        if owned != self.known(card.serial):
            book = self.book
            expected = _without(book.expected, [card.serial])
            self._file.save(replace(book, cards=_with(book.cards, owned), expected=expected))
        return self._root.owner_key(owned.origin, owned.hop)

    def expect(self, owned: Owned) -> None:
        """Note a card that somebody may give us."""
        self._file.save(replace(self.book, expected=_with(self.book.expected, owned)))

    def write_down(self, pending: Pending) -> None:
        """Note a signed command, durably, before anybody can send it."""
        others = tuple(other for other in self.book.pending if other.id != pending.id)
        self._file.save(replace(self.book, pending=(*others, pending)))

    def settle(self, id: bytes, answer: Answer) -> None:
        """Record the answer to a pending command. Of any other command nothing is recorded."""
        for pending in self.book.pending:
            if pending.id == id and isinstance(answer, Accepted):
                self._record(pending, answer.index)
            elif pending.id == id:
                self._forget(pending)

    def recover(self) -> Recovery:
        """Find out what became of every pending command: by its id, and where the log does not have it, by its
        cards.
        """
        accepted, void, still_open = list[bytes](), list[bytes](), list[bytes]()
        for pending in self.book.pending:
            never = self._client.command(pending.id) is None and self._is_past(pending)
            # It may have been taken between the two questions: what counts is asked after looking at the card.
            answer = self._client.command(pending.id)
            if answer is not None:
                self._record(pending, answer.index)
                accepted.append(pending.id)
            elif never:
                self._forget(pending)
                void.append(pending.id)
            else:
                still_open.append(pending.id)
        return Recovery(tuple(accepted), tuple(void), tuple(still_open))

    def refresh(self) -> list[Card]:
        """Read all cards. Those that are no longer ours, or have ended, are dropped; those that the ledger does not
        know (it went back to a backup) stay noted.
        """
        read = [card for owned in self.book.cards if (card := self._read(owned.serial)) is not None]
        ours = [card for card in read if not card.dead and self.find(card) is not None]
        gone = {card.serial for card in read} - {card.serial for card in ours}
        if gone:
            self._file.save(replace(self.book, cards=_without(self.book.cards, sorted(gone))))
        return ours

    def close(self) -> None:
        """Let others open the file."""
        self._file.close()

    def _record(self, pending: Pending, index: int) -> None:
        """The command is entry `index` of the log: note what that makes ours, and what it takes away."""
        body = SignedCommand.parse(pending.raw).body
        cards, expected = self.book.cards, self.book.expected
        if isinstance(body, Transfer | Release) and pending.takes is not None:
            cards = _with(cards, Owned(body.serial, body.serial, pending.takes, pending.envelope))
            expected = _without(expected, [body.serial])
        elif isinstance(body, Transfer):
            cards = _without(cards, [body.serial])
        elif isinstance(body, Split | Merge):
            old = [serial for serial, _ in _named(body)]
            # The parts of a split keep its key, and a merged card that of the first.
            parent = self.known(old[0])
            made = (
                () if parent is None else [replace(parent, serial=new) for new in self._client.created(index)]
            )
            cards = _without(cards, old)
            for owned in made:
                cards = _with(cards, owned)
        left = tuple(other for other in self.book.pending if other.id != pending.id)
        self._file.save(replace(self.book, cards=cards, expected=expected, pending=left))

    def _forget(self, pending: Pending) -> None:
        left = tuple(other for other in self.book.pending if other.id != pending.id)
        self._file.save(replace(self.book, pending=left))

    def _is_past(self, pending: Pending) -> bool:
        """Whether a command that is not in the log can no longer get there: its time is over, or a card has
        moved on.
        """
        body = SignedCommand.parse(pending.raw).body
        if isinstance(body, CardCommand | Merge) and self._now_ms() > body.not_after_ms + CLOCK_SLACK_MS:
            return True
        read = ((self._read(serial), version) for serial, version in _named(body))
        return any(card is not None and card.version != version for card, version in read)

    def _read(self, serial: int) -> Card | None:
        """A card; none if there is no such card, as on a ledger that went back to a backup."""
        try:
            return self._client.card(serial)
        except NotFound:
            return None


def _named(body: Body) -> list[tuple[int, int]]:
    """The cards a holder's command is about, with the versions it expects."""
    if isinstance(body, Merge):
        return [(card.serial, card.version) for card in body.cards]
    return [(body.serial, body.version)] if isinstance(body, CardCommand) else []


def _with(cards: tuple[Owned, ...], owned: Owned) -> tuple[Owned, ...]:
    others = [other for other in cards if other.serial != owned.serial]
    return tuple(sorted([*others, owned], key=lambda each: each.serial))


def _without(cards: tuple[Owned, ...], serials: Sequence[int]) -> tuple[Owned, ...]:
    return tuple(owned for owned in cards if owned.serial not in serials)
