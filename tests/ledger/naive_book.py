"""What the naive model keeps, and what its rules have in common. See `naive`."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

ISSUER, CLEARER, SETTLER, CUSTODIAN, REGULATOR = 1, 2, 3, 4, 5
INACTIVE, ACTIVE, VOID, SPLIT, MERGED = range(5)
GIFT, SALE, REBIND = range(3)
NEVER, GIVEN, SOLD = range(3)
NO_HASH = bytes(32)
UNUSABLE = {bytes(32), b"\x01" + bytes(31), b"\xff" * 32}
"""The keys of small order or outside the field that the tests try."""

Plain = dict[str, Any]
RECORD = (
    "serial", "product", "face_minor", "balance_minor", "owner", "status", "frozen_by", "hold", "parents", "hop",
    "version", "activated_ms", "expires_ms", "entry",
)  # fmt: skip
HOLD = ("kind", "release", "not_before_ms", "until_ms", "price_minor", "reference")


class Book:
    """The tables, and how a card is added to them and changed."""

    def __init__(self) -> None:
        self.network: bytes | None = None
        self.cards: dict[int, Plain] = {}
        self.products: list[Plain] = []
        self.roles: dict[int, Plain] = {}
        self.moved: dict[str, list[int]] = {}  # by currency: issued, redeemed, voided
        self.deposits: dict[str, Plain] = {}
        self.size = 0

    def copy(self) -> Any:
        """As it is now. Cards, products and roles are replaced and never changed, so one level is enough."""
        twin = type(self)()
        twin.__dict__.update({name: _copied(value) for name, value in self.__dict__.items()})
        twin.moved = {currency: list(sums) for currency, sums in self.moved.items()}
        return twin

    def _new(self, like: Plain, face: int, balance: int, parents: tuple[int, ...]) -> None:
        serial = len(self.cards)
        card = {"frozen_by": None, "hold": None, "hop": 0, "expires_ms": None, **like}
        made = {"serial": serial, "face_minor": face, "balance_minor": balance, "parents": parents}
        self.cards[serial] = {**card, **made, "version": 0, "entry": self.size}

    def _change(self, card: Plain, **fields: Any) -> None:
        grown = {"version": card["version"] + 1, "entry": self.size}
        self.cards[card["serial"]] = {**card, **fields, **grown}

    def _move(self, card: Plain, issued: int = 0, redeemed: int = 0, voided: int = 0) -> None:
        sums = self.moved.setdefault(self._terms(card)["currency"], [0, 0, 0])
        for place, amount in enumerate((issued, redeemed, voided)):
            sums[place] += amount

    def totals(self) -> dict[str, tuple[int, ...]]:
        """By currency: issued, outstanding, redeemed, voided, inactive, held, frozen. Added up from all cards."""
        parts: dict[str, list[int]] = {currency: [0, 0, 0, 0] for currency in self.moved}
        for card in self.cards.values():
            sums, balance = parts[self._terms(card)["currency"]], card["balance_minor"]
            sums[0] += balance
            sums[1] += balance if card["status"] == INACTIVE else 0
            sums[2] += balance if card["hold"] else 0
            sums[3] += balance if card["frozen_by"] else 0
        return {
            currency: (issued, parts[currency][0], redeemed, voided, *parts[currency][1:])
            for currency, (issued, redeemed, voided) in sorted(self.moved.items())
        }

    def sealed(self) -> Plain:
        """What a seal has to say now."""
        totals = tuple((currency, *sums) for currency, sums in self.totals().items())
        root = _root([_leaf(self.cards[serial]) for serial in range(len(self.cards))])
        return {"entry": self.size, "register_root": root, "cards": len(self.cards), "totals": totals}

    # Who may, and what stops a card.

    def _signed_by(self, role: int, signers: tuple[bytes, ...]) -> bool:
        known = self.roles.get(role)
        return (
            known is not None
            and set(signers) <= set(known["keys"])
            and len(set(signers)) >= known["threshold"]
        )

    def _role(self, role: int, c: Plain, signers: tuple[bytes, ...], wrong: set[str]) -> None:
        if not self._signed_by(role, signers):
            wrong.add("NOT_AUTHORISED")
        if role in self.roles and self.roles[role]["sequence"] != c["sequence"]:
            wrong.add("WRONG_SEQUENCE")

    def _advance(self, role: int) -> None:
        self.roles[role] = {**self.roles[role], "sequence": self.roles[role]["sequence"] + 1}

    def _terms(self, card: Plain) -> Plain:
        return self.products[card["product"]]

    def _expired(self, card: Plain, now: int) -> bool:
        return card["expires_ms"] is not None and now > card["expires_ms"]

    def _named(self, c: Plain, wrong: set[str]) -> Plain | None:
        card = self.cards.get(c["serial"])
        if card is None:
            wrong.add("UNKNOWN_CARD")
            return None
        if card["status"] >= VOID:
            wrong.add("CARD_DEAD")
        if card["version"] != c["version"]:
            wrong.add("WRONG_VERSION")
        return card

    def _mine(
        self, c: Plain, signers: tuple[bytes, ...], cleared: Plain | None, now: int, wrong: set[str]
    ) -> Plain | None:
        """The card, for a command of its owner about a card that is free to move."""
        card = self._named(c, wrong)
        if card is not None:
            if signers != (card["owner"],):
                wrong.add("NOT_OWNER")
            self._free(card, c["version"], now, wrong)
            self._cleared(card, c, cleared, now, wrong)
        return card

    def _free(self, card: Plain, version: int, now: int, wrong: set[str]) -> None:
        if card["status"] >= VOID:
            wrong.add("CARD_DEAD")
        if card["version"] != version:
            wrong.add("WRONG_VERSION")
        if card["status"] == INACTIVE:
            wrong.add("CARD_INACTIVE")
        if self._expired(card, now):
            wrong.add("CARD_EXPIRED")
        if card["frozen_by"]:
            wrong.add("CARD_FROZEN")
        if card["hold"]:
            wrong.add("CARD_HELD")

    def _releaser(self, hold: Plain, signers: tuple[bytes, ...]) -> bool:
        release = hold["release"]
        return signers == (release,) if isinstance(release, bytes) else self._signed_by(release, signers)

    def _cleared(self, card: Plain, c: Plain, cleared: Plain | None, now: int, wrong: set[str]) -> None:
        if cleared is None:
            if c["kind"] in self._terms(card)["clearance"]:
                wrong.add("CLEARANCE_MISSING")
            return
        good = cleared["covers"] and cleared["network"] == self.network
        if not good or not self._signed_by(CLEARER, cleared["signers"]):
            wrong.add("CLEARANCE_INVALID")
        if now > cleared["until_ms"]:
            wrong.add("CLEARANCE_EXPIRED")

    def _may_pass(
        self, card: Plain, now: int, wrong: set[str], *, claim: bool = False, terms: Plain | None = None
    ) -> None:
        terms = terms or self._terms(card)
        if not claim:
            if terms["transferable"] == NEVER:
                wrong.add("NOT_TRANSFERABLE")
            if card["activated_ms"] is not None and now - card["activated_ms"] < terms["cooling_off_ms"]:
                wrong.add("COOLING_OFF")
        if card["hop"] + 1 > terms["max_hops"]:
            wrong.add("TOO_MANY_HOPS")

    def _new_owner(self, card: Plain, c: Plain, wrong: set[str]) -> None:
        if c["owner"] in UNUSABLE:
            wrong.add("UNUSABLE_KEY")
        if c["owner"] == card["owner"]:
            wrong.add("KEY_NOT_NEW")
        if self._terms(card)["named"] and c["envelope"] == NO_HASH:
            wrong.add("ENVELOPE_MISSING")


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, dict | list) else value


def _leaf(card: Plain) -> bytes:
    """RFC 6962, section 2.1, over the card's record as the wire room says it is laid out."""
    record = [card[name] for name in RECORD]
    hold = card["hold"]
    record[RECORD.index("hold")] = hold and [hold[name] for name in HOLD]
    return sha256(b"\x00" + msgspec.msgpack.encode(record)).digest()


def _root(hashes: list[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01" + _root(hashes[:half]) + _root(hashes[half:])).digest()
