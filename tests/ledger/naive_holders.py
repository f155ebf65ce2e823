"""The naive model's rules for what holders ask. See `naive`."""

from __future__ import annotations

from typing import Any

from tests.ledger.naive_book import GIFT, MERGED, REBIND, SALE, SETTLER, SOLD, SPLIT, UNUSABLE, Book, Plain


class Holders(Book):
    """Transfer, hold, release, return, redeem, split, merge."""

    def _transfer(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._mine(c, signers, cleared, now, wrong)
        if card is None:
            return None
        self._may_pass(card, now, wrong, claim=card["hop"] == 0 and not card["parents"])
        self._new_owner(card, c, wrong)
        return lambda: self._change(card, owner=c["owner"], hop=card["hop"] + 1)

    def _hold(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._mine(c, signers, cleared, now, wrong)
        if card is None:
            return None
        terms, price = self._terms(card), c["price_minor"]
        self._may_pass(card, now, wrong)
        if price is not None:
            if terms["transferable"] != SOLD:
                wrong.add("NOT_FOR_SALE")
            if c["release"] != SETTLER:
                wrong.add("SALE_NEEDS_SETTLER")
            if price * 10_000 > card["balance_minor"] * terms["resale_cap_bp"]:
                wrong.add("PRICE_OVER_CAP")
        if c["until_ms"] <= now or c["until_ms"] - now > terms["hold_limit_ms"]:
            wrong.add("HOLD_TIME_NOT_ALLOWED")
        if c["release"] in UNUSABLE:
            wrong.add("UNUSABLE_KEY")
        hold = {
            "kind": GIFT if price is None else SALE, "release": c["release"], "not_before_ms": now,
            "until_ms": c["until_ms"], "price_minor": price, "reference": c["reference"],
        }  # fmt: skip
        return lambda: self._change(card, hold=hold)

    def _release(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._named(c, wrong)
        if card is None:
            return None
        self._cleared(card, c, cleared, now, wrong)
        self._new_owner(card, c, wrong)
        if self._expired(card, now):
            wrong.add("CARD_EXPIRED")
        if card["frozen_by"]:
            wrong.add("CARD_FROZEN")
        hold = card["hold"]
        if hold is None:
            wrong.add("CARD_NOT_HELD")
            return None
        if not self._releaser(hold, signers):
            wrong.add("NOT_RELEASER")
        if c["reference"] != hold["reference"]:
            wrong.add("WRONG_REFERENCE")
        if now > hold["until_ms"]:
            wrong.add("HOLD_EXPIRED")
        if now < hold["not_before_ms"]:
            wrong.add("REBIND_PENDING")
        return lambda: self._change(card, owner=c["owner"], hold=None, hop=card["hop"] + 1)

    def _return(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._named(c, wrong)
        if card is None:
            return None
        hold = card["hold"]
        if hold is None:
            wrong.add("CARD_NOT_HELD")
            return None
        if cleared is not None or hold["kind"] != REBIND or self._releaser(hold, signers):
            self._cleared(card, c, cleared, now, wrong)
        if not self._releaser(hold, signers):
            if signers != (card["owner"],):
                wrong.add("NOT_OWNER")
            if hold["kind"] != REBIND and now <= hold["until_ms"]:
                wrong.add("HOLD_NOT_EXPIRED")
        return lambda: self._change(card, hold=None)

    def _redeem(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._mine(c, signers, cleared, now, wrong)
        if card is None:
            return None
        if c["amount_minor"] > card["balance_minor"]:
            wrong.add("AMOUNT_OVER_BALANCE")

        def effect() -> None:
            self._change(card, balance_minor=card["balance_minor"] - c["amount_minor"])
            self._move(card, redeemed=c["amount_minor"])

        return effect

    def _split(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        card = self._mine(c, signers, cleared, now, wrong)
        if card is None:
            return None
        if not self._terms(card)["split"]:
            wrong.add("SPLIT_NOT_ALLOWED")
        if sum(c["amounts_minor"]) != card["balance_minor"]:
            wrong.add("PARTS_DO_NOT_SUM")

        def effect() -> None:
            spent = card["face_minor"] - card["balance_minor"]
            for amount in c["amounts_minor"]:
                self._new(card, amount + spent, amount, (card["serial"],))
                spent = 0
            self._change(card, status=SPLIT, balance_minor=0)

        return effect

    def _merge(self, c: Plain, signers: tuple[bytes, ...], cleared: Any, now: int, wrong: set[str]) -> Any:
        serials = [serial for serial, _ in c["cards"]]
        if serials != sorted(set(serials)):
            wrong.add("REPEATED_CARD")
        if not set(serials) <= set(self.cards):
            wrong.add("UNKNOWN_CARD")
            return None
        cards = [self.cards[serial] for serial in serials]
        first, terms = cards[0], self._terms(cards[0])
        owners = {card["owner"] for card in cards}
        if set(signers) != owners:
            wrong.add("NOT_OWNER")
        self._cleared(first, c, cleared, now, wrong)
        for card, (_, version) in zip(cards, c["cards"], strict=True):
            self._free(card, version, now, wrong)
            if len(owners) > 1:
                self._may_pass(card, now, wrong, terms=terms)
        if len(owners) > 1 and terms["named"] and first["hop"] == 0:
            wrong.add("ENVELOPE_MISSING")
        if not terms["merge"]:
            wrong.add("MERGE_NOT_ALLOWED")
        if len({card["product"] for card in cards}) > 1:
            wrong.add("PRODUCTS_DIFFER")
        face = sum(card["face_minor"] for card in cards)
        if face > terms["face_limit_minor"]:
            wrong.add("FACE_OVER_LIMIT")

        def effect() -> None:
            ends = [card["expires_ms"] for card in cards if card["expires_ms"] is not None]
            oldest = {
                "hop": max(card["hop"] for card in cards) + (len(owners) > 1),
                "activated_ms": max(card["activated_ms"] for card in cards),
                "expires_ms": min(ends) if ends else None,
            }
            balance = sum(card["balance_minor"] for card in cards)
            self._new({**first, **oldest}, face, balance, tuple(serials))
            for card in cards:
                self._change(card, status=MERGED, balance_minor=0)

        return effect
