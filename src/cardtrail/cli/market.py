"""A market in small: holders who claim, sell, give, spend and divide cards. Wholly determined by its seed.

It keeps its own account of every card, so that it can sign hundreds of commands in advance, each for the version the
card will have by then. The ledger has to agree with every one of them.

How people behave is from `facts/market.toml`, what a market article says of one brand's gift cards in China in 2023: a
baseline, not a truth. What the article does not say is marked as assumed.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from cardtrail.cli.options import DAY_MS, HOUR_MS
from cardtrail.cli.terms import ANONYMOUS_LIMIT_MINOR, MAX_HOPS
from cardtrail.client.build import SignedCommand, sign
from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.derive import Root
from cardtrail.wallet.links import link_key
from cardtrail.wire.commands import (
    Body,
    CardVersion,
    Cause,
    Freeze,
    Hold,
    Merge,
    Redeem,
    Refund,
    Release,
    Return,
    Split,
    Transfer,
    Unfreeze,
)
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import NO_HASH

CASH_OUT, GIFT, PROMOTION = 0.67, 0.23, 0.10
"""Why holders pass a card on: to sell it, as a gift, for commercial promotion (`[motive]`)."""

PRICE_PERCENT = {10_000: (85, 90), 50_000: (80, 85), 100_000: (75, 80)}
"""What a card of this face fetches second-hand, in percent of its balance (`[price.face_..._yuan]`)."""

FACE_SHARES = ((10_000, 0.6), (50_000, 0.3), (100_000, 0.1))
"""Faces of the cards issued, and their shares. Assumed."""

CLAIMED = 0.3
"""Of all moves, while there are unclaimed cards. Assumed, like all of the following."""

PASSED_ON = 0.6
"""Of the moves with a claimed card; the others use it."""

UNSOLD = 0.15
FROZEN = 0.004
USE_SHARES = (0.7, 0.1, 0.1, 0.1)
"""Of the uses: paying, a refund, a split, a merge."""

HOLD_MS = 20 * DAY_MS
LIFETIME_MS = HOUR_MS


@dataclass(slots=True)
class Piece:
    """A card as the market sees it.

    holder      number of the person, or none while nobody has claimed it
    key         what may move it
    busy        set aside or frozen
    reference   of the hold it is set aside in
    """

    serial: int
    face_minor: int
    balance_minor: int
    key: SecretKey
    holder: int | None = None
    hop: int = 0
    version: int = 0
    busy: bool = False
    dead: bool = False
    reference: bytes | None = None


def seeded(seed: int, *names: object) -> bytes:
    """32 bytes for a purpose: the same for the same seed. No secret: whoever knows the seed has them."""
    return sha256(repr(("cardtrail demo", seed, *names)).encode()).digest()


class Market:
    """The people and their cards. `moves` makes them act."""

    def __init__(self, seed: int, network: bytes, holders: int, keys: dict[Role, SecretKey]) -> None:
        self._random = random.Random(f"cardtrail demo {seed}")  # noqa: S311 - a play that can be repeated
        self._network = network
        self._keys = keys
        self._roots = [Root(seeded(seed, "holder", number), network) for number in range(holders)]
        self._seed = seed
        self._unclaimed: deque[Piece] = deque()
        self._claimed: list[Piece] = []
        self._owned: dict[int, list[Piece]] = {}
        self._later: deque[Callable[[], Iterator[SignedCommand]]] = deque()
        self._made = 0
        self.now_ms = 0

    def face(self) -> int:
        """The face of a card to be issued."""
        return self._random.choices([face for face, _ in FACE_SHARES], [share for _, share in FACE_SHARES])[0]

    def add(self, serial: int, face_minor: int) -> bytes:
        """A card that is about to be issued. Answers with its first owner key."""
        key = SecretKey(seeded(self._seed, "code", serial))
        self._unclaimed.append(Piece(serial, face_minor, face_minor, key, version=1))
        self._made = max(self._made, serial + 1)
        return key.public

    def shuffle(self) -> None:
        """Cards do not reach people in the order of their serials."""
        pieces = list(self._unclaimed)
        self._random.shuffle(pieces)
        self._unclaimed = deque(pieces)

    def busiest(self) -> int:
        """Serial of the card whose owner changed most often."""
        most = max(self._claimed, key=lambda piece: (piece.hop, -piece.serial), default=None)
        return 0 if most is None else most.serial

    def moves(self) -> Iterator[SignedCommand]:
        """What people do, one command after the other, for ever."""
        while True:
            # What was begun a while ago is finished before much that is new begins.
            if self._later and (len(self._later) > len(self._roots) or self._random.random() < 0.5):
                yield from self._later.popleft()()
            elif self._unclaimed and (not self._claimed or self._random.random() < CLAIMED):
                yield self._claim()
            else:
                yield from self._act()

    def _act(self) -> Iterator[SignedCommand]:
        piece = self._pick()
        if piece is None:
            if self._later:
                yield from self._later.popleft()()
            elif self._unclaimed:
                yield self._claim()
            return
        if self._random.random() < FROZEN:
            yield self._freeze(piece)
        elif piece.hop < MAX_HOPS and piece.balance_minor > 0 and self._random.random() < PASSED_ON:
            motive = self._random.choices(
                (self._sell, self._give, self._promote), (CASH_OUT, GIFT, PROMOTION)
            )[0]
            yield motive(piece)
        else:
            uses = (self._redeem, self._refund, self._split, self._merge)
            command = self._random.choices(uses, USE_SHARES)[0](piece)
            if command is not None:
                yield command

    def _pick(self) -> Piece | None:
        """A claimed card that is free; dead ones met on the way are dropped."""
        for _ in range(64):
            if not self._claimed:
                return None
            place = self._random.randrange(len(self._claimed))
            piece = self._claimed[place]
            if piece.dead:
                self._claimed[place] = self._claimed[-1]
                self._claimed.pop()
            elif not piece.busy:
                return piece
        return None

    def _claim(self) -> SignedCommand:
        piece = self._unclaimed.popleft()
        self._claimed.append(piece)
        return self._move_to(piece, self._somebody(), piece.key)

    def _sell(self, piece: Piece) -> SignedCommand:
        nearest = min(PRICE_PERCENT, key=lambda face: abs(face - piece.balance_minor))
        price = piece.balance_minor * self._random.randint(*PRICE_PERCENT[nearest]) // 100
        body = Hold(*self._about(piece), Role.SETTLER, self.now_ms + HOLD_MS, price, self._reference("order"))
        sold = self._random.random() >= UNSOLD
        settler = self._keys[Role.SETTLER]
        self._later.append(lambda: self._finish(piece, settler, sold=sold))
        return self._hold(piece, body)

    def _give(self, piece: Piece) -> SignedCommand:
        if self._random.random() < 0.5:
            return self._move_to(piece, self._other_than(piece), piece.key)
        root = self._roots[piece.holder or 0]
        link = link_key(root.gift_secret(piece.serial, piece.version), self._network, piece.serial)
        body = Hold(*self._about(piece), link.public, self.now_ms + HOLD_MS, None, NO_HASH)
        self._later.append(lambda: self._finish(piece, link, sold=True))
        return self._hold(piece, body)

    def _promote(self, piece: Piece) -> SignedCommand:
        return self._move_to(piece, self._other_than(piece), piece.key)

    def _finish(self, piece: Piece, releaser: SecretKey, *, sold: bool) -> Iterator[SignedCommand]:
        piece.busy = False
        if sold:
            yield self._move_to(piece, self._other_than(piece), releaser)
        else:
            yield self._signed(Return(*self._about(piece)), releaser)
            piece.reference = None
            piece.version += 1

    def _freeze(self, piece: Piece) -> SignedCommand:
        case = self._reference("case")
        clearer = self._keys[Role.CLEARER]
        body = Freeze(*self._about(piece), Role.CLEARER, Cause.FRAUD, case)
        piece.version += 1
        piece.busy = True
        self._later.append(lambda: self._unfreeze(piece, case))
        return self._signed(body, clearer)

    def _unfreeze(self, piece: Piece, case: bytes) -> Iterator[SignedCommand]:
        body = Unfreeze(*self._about(piece), Role.CLEARER, Cause.CLEARED, case)
        piece.version += 1
        piece.busy = False
        yield self._signed(body, self._keys[Role.CLEARER])

    def _redeem(self, piece: Piece) -> SignedCommand | None:
        if piece.balance_minor == 0:
            return self._refund(piece)
        whole = self._random.random() < 0.3
        amount = piece.balance_minor if whole else self._random.randint(1, piece.balance_minor)
        body = Redeem(*self._about(piece), amount, self._reference("order"))
        piece.balance_minor -= amount
        piece.version += 1
        return self._signed(body, piece.key)

    def _refund(self, piece: Piece) -> SignedCommand | None:
        room = piece.face_minor - piece.balance_minor
        if room == 0:
            return None
        amount = self._random.randint(1, room)
        body = Refund(*self._about(piece), amount, self._reference("order"))
        piece.balance_minor += amount
        piece.version += 1
        return self._signed(body, self._keys[Role.ISSUER])

    def _split(self, piece: Piece) -> SignedCommand | None:
        if piece.balance_minor < 2:
            return None
        first = self._random.randint(1, piece.balance_minor - 1)
        amounts = (first, piece.balance_minor - first)
        body = Split(*self._about(piece), amounts)
        spent = piece.face_minor - piece.balance_minor
        piece.dead = True
        for place, amount in enumerate(amounts):
            face = amount + (spent if place == 0 else 0)
            self._claimed.append(Piece(self._next_serial(), face, amount, piece.key, piece.holder, piece.hop))
        return self._signed(body, piece.key)

    def _merge(self, piece: Piece) -> SignedCommand | None:
        other = self._another_of(piece)
        if other is None:
            return None
        one, two = sorted((piece, other), key=lambda each: each.serial)
        passing = one.key.public != two.key.public
        hop = max(one.hop, two.hop)
        if one.face_minor + two.face_minor > ANONYMOUS_LIMIT_MINOR or (passing and hop >= MAX_HOPS):
            return None
        named = tuple(CardVersion(each.serial, each.version) for each in (one, two))
        body = Merge(self._network, self.now_ms + LIFETIME_MS, named)
        one.dead = two.dead = True
        self._keep(
            Piece(
                self._next_serial(),
                one.face_minor + two.face_minor,
                one.balance_minor + two.balance_minor,
                one.key,
                one.holder,
                hop + passing,
            )
        )
        return self._signed(body, one.key, two.key)

    def _hold(self, piece: Piece, body: Hold) -> SignedCommand:
        piece.version += 1
        piece.busy = True
        piece.reference = body.reference
        return self._signed(body, piece.key)

    def _move_to(self, piece: Piece, holder: int, signer: SecretKey) -> SignedCommand:
        key = self._roots[holder].owner_key(piece.serial, piece.hop + 1)
        to = (*self._about(piece), key.public, NO_HASH)
        body = Transfer(*to) if piece.reference is None else Release(*to, piece.reference)
        piece.holder, piece.key, piece.reference = holder, key, None
        self._owned.setdefault(holder, []).append(piece)
        piece.hop += 1
        piece.version += 1
        return self._signed(body, signer)

    def _keep(self, piece: Piece) -> None:
        """A card that came out of its holder's others."""
        self._claimed.append(piece)
        self._owned.setdefault(piece.holder or 0, []).append(piece)

    def _another_of(self, piece: Piece) -> Piece | None:
        """Another free card of the same holder. What has gone elsewhere meanwhile is dropped from the holder's list."""
        holder = piece.holder or 0
        own = [each for each in self._owned.get(holder, ()) if each.holder == holder and not each.dead]
        self._owned[holder] = own
        free = [each for each in own if not each.busy and each is not piece]
        return self._random.choice(free) if free else None

    def _about(self, piece: Piece) -> tuple[bytes, int, int, int]:
        return self._network, self.now_ms + LIFETIME_MS, piece.serial, piece.version

    def _signed(self, body: Body, *keys: SecretKey) -> SignedCommand:
        return sign(body, *keys)

    def _somebody(self) -> int:
        return self._random.randrange(len(self._roots))

    def _other_than(self, piece: Piece) -> int:
        """Somebody else, where there is anybody else."""
        others = len(self._roots) - 1
        if piece.holder is None or others == 0:
            return self._somebody()
        holder = self._random.randrange(others)
        return holder + (holder >= piece.holder)

    def _reference(self, what: str) -> bytes:
        return seeded(self._seed, what, self._random.getrandbits(64))

    def _next_serial(self) -> int:
        self._made += 1
        return self._made - 1
