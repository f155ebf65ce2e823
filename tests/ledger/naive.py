"""The rules once more, as plainly as they can be said: dictionaries, loops and sums, and no code of `cardtrail.ledger`.

Written from the design and from what the commands, terms and refusals say of themselves. It finds *everything* that
is wrong with a command and then names what `Reason` declares first, where the real rules stop at the first thing they
meet: so it also checks that they look in the declared order. It keeps no sums of what is outstanding, held or frozen
but adds up all cards each time, and builds the register's root from scratch.
"""

from __future__ import annotations

from typing import Any

from cardtrail.wire.reasons import Reason
from tests.ledger.naive_book import (
    ACTIVE,
    CLEARER,
    CUSTODIAN,
    INACTIVE,
    ISSUER,
    REBIND,
    REGULATOR,
    SETTLER,
    UNUSABLE,
    VOID,
    Plain,
)
from tests.ledger.naive_holders import Holders

WEEK_MS = 7 * 24 * 3600 * 1000
REBIND_WINDOW_MS = 30 * 24 * 3600 * 1000
UNSEEN = (
    (0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x200B, 0x200F), (0x2028, 0x202F), (0x2060, 0x206F),
    (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB),
)  # fmt: skip
"""First and last of the characters that do not belong in a product's name."""
PLACE = {reason.name: place for place, reason in enumerate(Reason)}


class Naive(Holders):
    """A ledger. `submit` answers `ok` or a reason's name."""

    def submit(self, command: Plain, signers: tuple[bytes, ...], cleared: Plain | None, now: int) -> str:
        """Let the ledger take a command if nothing is wrong with it."""
        if self.network is not None and command["network"] != self.network:
            return "WRONG_NETWORK"
        wrong: set[str] = set()
        if command["kind"] != "seal":
            if now > command["not_after_ms"]:
                wrong.add("COMMAND_EXPIRED")
            if command["not_after_ms"] - now > WEEK_MS:
                wrong.add("EXPIRY_TOO_FAR")
        effect = getattr(self, "_" + command["kind"])(command, signers, cleared, now, wrong)
        if wrong:
            return min(wrong, key=PLACE.__getitem__)
        effect()
        self.size += 1
        return "ok"

    # The organisations.

    def _appoint(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        keys, founding = c["keys"], self.network is None
        if list(keys) != sorted(set(keys)) or c["threshold"] > len(keys) or UNUSABLE & set(keys):
            wrong.add("BAD_APPOINTMENT")
        if founding:
            itself = c["by"] == ISSUER and c["role"] == ISSUER
            if not itself or not set(signers) <= set(keys) or len(signers) < c["threshold"]:
                wrong.add("NOT_AUTHORISED")
            if c["sequence"] != 0:
                wrong.add("WRONG_SEQUENCE")
        else:
            own = c["by"] == c["role"]
            helped = c["by"] == ISSUER and (c["role"] in (CLEARER, SETTLER) or c["role"] not in self.roles)
            if not own and not helped:
                wrong.add("NOT_AUTHORISED")
            self._role(c["by"], c, signers, wrong)

        def effect() -> None:
            if founding:
                self.network, self.roles[ISSUER] = c["network"], {"sequence": 0}
            self._advance(c["by"])
            sequence = self.roles.get(c["role"], {"sequence": 0})["sequence"]
            self.roles[c["role"]] = {"keys": keys, "threshold": c["threshold"], "sequence": sequence}

        return effect

    def _attest(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        self._role(CUSTODIAN, c, signers, wrong)

        def effect() -> None:
            self._advance(CUSTODIAN)
            said = {name: c[name] for name in ("currency", "deposit_minor", "as_of_ms", "statement")}
            self.deposits[c["currency"]] = {**said, "entry": self.size}

        return effect

    # How cards come to be.

    def _define(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        self._role(ISSUER, c, signers, wrong)
        if c["product"] != len(self.products):
            wrong.add("WRONG_PRODUCT_NUMBER")
        terms = c["terms"]
        faces, kinds = list(terms["faces"]), list(terms["clearance"])
        if (
            faces != sorted(set(faces))
            or kinds != sorted(set(kinds))
            or max(faces) > terms["face_limit_minor"]
            or terms["max_hops"] == 0
            or " " in (c["name"][0], c["name"][-1])
            or any(low <= ord(char) <= high for char in c["name"] for low, high in UNSEEN)
        ):
            wrong.add("BAD_TERMS")

        def effect() -> None:
            self._advance(ISSUER)
            self.products.append(terms)

        return effect

    def _issue(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        self._role(ISSUER, c, signers, wrong)
        if c["first_serial"] != len(self.cards):
            wrong.add("WRONG_FIRST_SERIAL")
        if UNUSABLE & set(c["owners"]):
            wrong.add("UNUSABLE_KEY")
        if c["product"] >= len(self.products):
            wrong.add("UNKNOWN_PRODUCT")
            return None
        terms = self.products[c["product"]]
        if c["face_minor"] not in terms["faces"]:
            wrong.add("FACE_NOT_ALLOWED")
        issued = self.moved.get(terms["currency"], [0])[0]
        if issued + c["face_minor"] * len(c["owners"]) >= 2**53:
            wrong.add("TOTAL_TOO_LARGE")

        def effect() -> None:
            self._advance(ISSUER)
            for owner in c["owners"]:
                card = {"product": c["product"], "owner": owner, "status": INACTIVE, "activated_ms": None}
                self._new(card, c["face_minor"], c["face_minor"], ())
                self._move(card, issued=c["face_minor"])

        return effect

    def _activate(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        self._role(ISSUER, c, signers, wrong)
        serials = range(c["first_serial"], c["first_serial"] + c["count"])
        named = [self.cards[serial] for serial in serials if serial in self.cards]
        if len(named) < c["count"]:
            wrong.add("UNKNOWN_CARD")
        for card in named:
            if card["status"] >= VOID:
                wrong.add("CARD_DEAD")
            if card["status"] == ACTIVE and not self._expired(card, now):
                wrong.add("CARD_ALREADY_ACTIVE")
        if len({card["product"] for card in named}) > 1:
            wrong.add("PRODUCTS_DIFFER")

        def effect() -> None:
            self._advance(ISSUER)
            for card in named:
                validity = self._terms(card)["validity_ms"]
                self._change(
                    card,
                    status=ACTIVE,
                    activated_ms=now if card["activated_ms"] is None else card["activated_ms"],
                    expires_ms=None if validity is None else now + validity,
                )

        return effect

    # What authorities do to single cards.

    def _refund(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._by_authority(ISSUER, c, signers, wrong)
        if card is None:
            return None
        if card["status"] == INACTIVE:
            wrong.add("CARD_INACTIVE")
        if card["hold"]:
            wrong.add("CARD_HELD")
        if card["balance_minor"] + c["amount_minor"] > card["face_minor"]:
            wrong.add("AMOUNT_OVER_FACE")

        def effect() -> None:
            self._change(card, balance_minor=card["balance_minor"] + c["amount_minor"])
            self._move(card, redeemed=-c["amount_minor"])

        return effect

    def _freeze(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._by_authority(c["by"], c, signers, wrong, stops=True)
        if card is None:
            return None
        if card["status"] == INACTIVE:
            wrong.add("CARD_INACTIVE")
        if card["frozen_by"] and (c["by"] != REGULATOR or card["frozen_by"] == REGULATOR):
            wrong.add("CARD_FROZEN")
        return lambda: self._change(card, frozen_by=c["by"])

    def _unfreeze(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._by_authority(c["by"], c, signers, wrong, stops=True)
        if card is None:
            return None
        if not card["frozen_by"]:
            wrong.add("CARD_NOT_FROZEN")
        elif c["by"] not in (card["frozen_by"], REGULATOR):
            wrong.add("FROZEN_BY_ANOTHER")
        return lambda: self._change(card, frozen_by=None)

    def _void(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._by_authority(ISSUER, c, signers, wrong)
        if card is None:
            return None
        if card["frozen_by"] == REGULATOR:
            wrong.add("FROZEN_BY_ANOTHER")

        def effect() -> None:
            self._change(card, status=VOID, balance_minor=0, frozen_by=None, hold=None)
            self._move(card, voided=card["balance_minor"])

        return effect

    def _rebind(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._by_authority(ISSUER, c, signers, wrong)
        if card is None:
            return None
        if card["status"] == INACTIVE:
            wrong.add("CARD_INACTIVE")
        if self._expired(card, now):
            wrong.add("CARD_EXPIRED")
        if card["frozen_by"] == REGULATOR:
            wrong.add("FROZEN_BY_ANOTHER")
        if card["hold"] and now <= card["hold"]["until_ms"]:
            wrong.add("CARD_HELD")
        if c["release"] in UNUSABLE:
            wrong.add("UNUSABLE_KEY")
        if c["release"] == card["owner"]:
            wrong.add("KEY_NOT_NEW")
        begins = now + self._terms(card)["rebind_delay_ms"]
        hold = {
            "kind": REBIND, "release": c["release"], "not_before_ms": begins,
            "until_ms": begins + REBIND_WINDOW_MS, "price_minor": None, "reference": c["case"],
        }  # fmt: skip
        return lambda: self._change(card, hold=hold)

    def _seal(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        if {name: c[name] for name in ("entry", "register_root", "cards", "totals")} != self.sealed():
            wrong.add("SEAL_MISMATCH")
        return lambda: None

    def _by_authority(
        self, role: int, c: Plain, signers: tuple[bytes, ...], wrong: set[str], *, stops: bool = False
    ) -> Plain | None:
        if not self._signed_by(role, signers) or (stops and role not in (ISSUER, CLEARER, REGULATOR)):
            wrong.add("NOT_AUTHORISED")
        return self._named(c, wrong)
