"""Proposes commands for a ledger, most of them sensible, some wrong in one or two ways, from a stream of choices.

A choice of 0 is always the plain one. So when Hypothesis makes a failing run smaller, what remains odd in it is what
the failure needs.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from tests.ledger.naive import Naive
from tests.ledger.naive_book import CLEARER, INACTIVE, ISSUER, REGULATOR, SETTLER, UNUSABLE, VOID, Plain

NETWORK = b"the walk network"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
START_MS = 1_800_000_000_000
STEPS_MS = (1, 0, HOUR_MS // 2, HOUR_MS, 5 * HOUR_MS, DAY_MS, 2 * DAY_MS + 1, 9 * DAY_MS)

PEOPLE = tuple(sha256(bytes([n])).digest() for n in range(5))
OFFICERS = {role: tuple(sorted(sha256(bytes([role, n])).digest() for n in range(3))) for role in range(1, 6)}
BAD_KEYS = tuple(sorted(UNUSABLE))
HASH = sha256(b"some hash").digest()

KINDS = (
    "transfer", "hold", "release", "return", "redeem", "refund", "split", "merge", "freeze", "unfreeze", "issue",
    "activate", "rebind", "void", "appoint", "attest", "define", "seal",
)  # fmt: skip


class Dice:
    """A large number taken apart into small choices."""

    def __init__(self, number: int) -> None:
        self._rest = number

    def pick(self, sides: int) -> int:
        self._rest, choice = divmod(self._rest, sides)
        return choice

    def of(self, options: Any) -> Any:
        return options[self.pick(len(options))]

    def odd(self, one_in: int) -> bool:
        """True now and then; never when all choices are 0."""
        return self.pick(one_in) == one_in - 1


class Proposal(NamedTuple):
    """A command as the naive model takes it."""

    command: Plain
    signers: tuple[bytes, ...]
    cleared: Plain | None


def terms(**changes: Any) -> Plain:
    return {
        "currency": "CNY", "faces": (100, 500, 1000), "face_limit_minor": 1200, "named": False, "transferable": 2,
        "cooling_off_ms": 0, "resale_cap_bp": 9000, "max_hops": 4, "clearance": (), "split": True, "merge": True,
        "validity_ms": None, "hold_limit_ms": 2 * DAY_MS, "rebind_delay_ms": DAY_MS, **changes,
    }  # fmt: skip


PRODUCTS = (
    terms(),
    terms(named=True, cooling_off_ms=HOUR_MS, validity_ms=10 * DAY_MS),
    terms(transferable=0, hold_limit_ms=0, max_hops=2, split=False),
    terms(transferable=1, merge=False, currency="EUR", max_hops=3),
    terms(clearance=("hold", "merge", "redeem", "release", "return", "split", "transfer"), cooling_off_ms=HOUR_MS),
    terms(currency="JPY", faces=(2**53 // 3, 2**53 // 2), face_limit_minor=2**53 - 1, max_hops=100),
)  # fmt: skip
BAD_PRODUCTS = (
    terms(faces=(500, 100)), terms(faces=(100, 100)), terms(face_limit_minor=999), terms(max_hops=0),
    terms(clearance=("transfer", "hold")), terms(clearance=("hold", "hold")),
)  # fmt: skip


def opening() -> list[Proposal]:
    """The commands that found a ledger: five roles, the products, and some cards of each. The issuer signs them all."""
    made: list[Proposal] = []

    def add(kind: str, **fields: Any) -> None:
        common = {"kind": kind, "network": NETWORK, "not_after_ms": START_MS + DAY_MS, "sequence": len(made)}
        made.append(Proposal({**common, **fields}, OFFICERS[ISSUER][:2], None))

    for role, keys in OFFICERS.items():
        add("appoint", by=ISSUER, role=role, keys=keys, threshold=2)
    for number, chosen in enumerate(PRODUCTS):
        add("define", product=number, name=f"P{number}", terms=chosen)
    for number, chosen in enumerate(PRODUCTS[:5]):
        face = chosen["faces"][1]
        add("issue", product=number, face_minor=face, first_serial=3 * number, owners=PEOPLE[:3])
    for number in range(5):
        add("activate", first_serial=3 * number, count=2)
    return made


def propose(kind: str, ledger: Naive, now_ms: int, dice: Dice) -> Proposal:
    """A command of this kind for the ledger as it stands."""
    fault = dice.pick(16) if dice.odd(3) else 0
    command: Plain = {"kind": kind, "network": NETWORK}
    if kind != "seal":
        command["not_after_ms"] = now_ms + (HOUR_MS, 0, 7 * DAY_MS)[dice.pick(3)]
    signers = _FILL[kind](command, ledger, now_ms, dice)
    cleared = _clearance(command, ledger, now_ms, dice) if kind in CLEARABLE else None
    return _spoil(Proposal(command, tuple(sorted(set(signers))), cleared), ledger, now_ms, fault, dice)


CLEARABLE = ("hold", "merge", "redeem", "release", "return", "split", "transfer")


def _card(command: Plain, ledger: Naive, dice: Dice, wanted: Any) -> Plain:
    """One of the cards that suit, or now and then any card."""
    cards = list(ledger.cards.values())
    suiting = [card for card in cards if card["status"] < VOID and wanted(card)]
    card = dice.of(cards if not suiting or dice.odd(8) else suiting)
    command["serial"], command["version"] = card["serial"], card["version"]
    return card


def _free(card: Plain) -> bool:
    return card["status"] != INACTIVE and not card["hold"] and not card["frozen_by"]


def _key(dice: Dice) -> bytes:
    return dice.of(BAD_KEYS) if dice.odd(12) else dice.of(PEOPLE)


def _other(card: Plain, dice: Dice) -> bytes:
    others = [person for person in PEOPLE if person != card["owner"]]
    return _key(dice) if dice.odd(6) else dice.of(others)


def _envelope(dice: Dice) -> bytes:
    return bytes(32) if dice.odd(6) else HASH


def _officers(ledger: Naive, role: int) -> tuple[bytes, ...]:
    known = ledger.roles.get(role)
    return known["keys"][: known["threshold"]] if known else PEOPLE[:1]


def _sequenced(command: Plain, ledger: Naive, role: int) -> tuple[bytes, ...]:
    command["sequence"] = ledger.roles[role]["sequence"] if role in ledger.roles else 0
    return _officers(ledger, role)


def _transfer(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    card = _card(c, ledger, dice, _free)
    c["owner"], c["envelope"] = _other(card, dice), _envelope(dice)
    return (card["owner"],)


def _hold(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    card = _card(c, ledger, dice, _free)
    sale = dice.odd(2)
    c["release"] = SETTLER if sale else dice.of((_key(dice), SETTLER, ISSUER))
    if dice.odd(12):
        c["release"] = PEOPLE[0] if sale else CLEARER
    c["until_ms"] = now + dice.of((DAY_MS, 2 * DAY_MS, HOUR_MS, 1, 2 * DAY_MS + 1, 0))
    c["price_minor"] = card["balance_minor"] * dice.of((90, 50, 91)) // 100 if sale else None
    c["reference"] = HASH
    return (card["owner"],)


def _release(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    card = _card(c, ledger, dice, lambda card: card["hold"])
    c["owner"], c["envelope"] = _other(card, dice), _envelope(dice)
    c["reference"] = card["hold"]["reference"] if card["hold"] and not dice.odd(12) else bytes(32)
    return _releasers(card, ledger)


def _releasers(card: Plain, ledger: Naive) -> tuple[bytes, ...]:
    if not card["hold"]:
        return (card["owner"],)
    release = card["hold"]["release"]
    return (release,) if isinstance(release, bytes) else _officers(ledger, release)


def _return(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    card = _card(c, ledger, dice, lambda card: card["hold"])
    return (card["owner"],) if dice.odd(2) else _releasers(card, ledger)


def _redeem(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    card = _card(c, ledger, dice, lambda card: _free(card) and card["balance_minor"])
    c["amount_minor"] = max(1, dice.of((1, card["balance_minor"], card["balance_minor"] // 2)))
    c["amount_minor"] += card["balance_minor"] if dice.odd(12) else 0
    c["order"] = HASH
    return (card["owner"],)


def _refund(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    def wanted(card: Plain) -> bool:
        return card["face_minor"] > card["balance_minor"] and not card["hold"]

    card = _card(c, ledger, dice, wanted)
    spent = card["face_minor"] - card["balance_minor"]
    c["amount_minor"] = max(1, dice.of((spent, 1, spent + 1)))
    c["order"] = HASH
    return _officers(ledger, ISSUER)


def _split(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    card = _card(c, ledger, dice, lambda card: _free(card) and card["balance_minor"] > 1)
    whole, first = card["balance_minor"], max(1, dice.pick(max(2, card["balance_minor"])))
    parts = [first, max(1, whole - first)]
    if dice.odd(4) and parts[1] > 1:
        parts[1:] = [1, parts[1] - 1]
    parts[0] += 1 if dice.odd(12) else 0
    c["amounts_minor"] = tuple(parts)
    return (card["owner"],)


def _merge(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    first = _card(c, ledger, dice, lambda card: _free(card) and card["face_minor"] < 1000)
    del c["serial"], c["version"]
    alike = [
        card
        for card in ledger.cards.values()
        if card["status"] < VOID and _free(card) and card["product"] == first["product"]
    ]
    own = [card for card in alike if card["owner"] == first["owner"]]
    options = [card for card in (alike if dice.odd(3) else own) if card is not first]
    if dice.odd(12) or not options:
        options = list(ledger.cards.values())
    cards = [first, *(dice.of(options) for _ in range(1 + dice.pick(2)))]
    distinct = {card["serial"]: card["version"] for card in sorted(cards, key=lambda card: card["serial"])}
    c["cards"] = tuple(distinct.items())
    if len(distinct) < 2:
        c["cards"] *= 2
    elif dice.odd(12):
        c["cards"] = c["cards"][::-1]
    return [ledger.cards[serial]["owner"] for serial, _ in c["cards"]]


def _stop(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    frozen = c["kind"] == "unfreeze"
    card = _card(
        c, ledger, dice, lambda card: bool(card["frozen_by"]) == frozen and card["status"] != INACTIVE
    )
    c["by"] = (card["frozen_by"] if frozen and not dice.odd(3) else None) or dice.of(
        (ISSUER, CLEARER, REGULATOR)
    )
    c["by"] = SETTLER if dice.odd(12) else c["by"]
    c["cause"], c["case"] = dice.pick(9), HASH
    return _officers(ledger, c["by"])


def _void(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    _card(c, ledger, dice, lambda card: True)
    c["cause"], c["case"] = dice.pick(9), HASH
    return _officers(ledger, ISSUER)


def _rebind(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    card = _card(c, ledger, dice, lambda card: card["status"] != INACTIVE and not card["hold"])
    c["release"], c["case"] = _other(card, dice), HASH
    return _officers(ledger, ISSUER)


def _issue(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    signers = _sequenced(c, ledger, ISSUER)
    c["product"] = dice.pick(len(ledger.products) + (1 if dice.odd(6) else 0))
    faces = ledger.products[c["product"]]["faces"] if c["product"] < len(ledger.products) else (100,)
    c["face_minor"] = dice.of(faces) + (1 if dice.odd(12) else 0)
    c["first_serial"] = len(ledger.cards) + (1 if dice.odd(12) else 0)
    c["owners"] = tuple(_key(dice) for _ in range(1 + dice.pick(3)))
    return signers


def _activate(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    signers = _sequenced(c, ledger, ISSUER)
    card = _card(
        c, ledger, dice, lambda card: card["status"] == INACTIVE or (card["expires_ms"] or now) < now
    )
    del c["serial"], c["version"]
    c["first_serial"], c["count"] = card["serial"], 1 + dice.pick(2) * dice.pick(3)
    return signers


def _appoint(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    c["role"] = dice.of((CLEARER, SETTLER, ISSUER, REGULATOR, 4))
    c["by"] = c["role"] if dice.odd(2) else ISSUER
    keys = OFFICERS[c["role"]][: 1 + dice.pick(3)]
    c["threshold"] = 1 + dice.pick(len(keys)) + (1 if dice.odd(12) else 0)
    c["keys"] = keys[::-1] if dice.odd(12) else keys
    c["keys"] = (*c["keys"], BAD_KEYS[2]) if dice.odd(12) else c["keys"]
    return _sequenced(c, ledger, c["by"])


def _attest(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    c.update(currency=dice.of(("CNY", "EUR")), deposit_minor=dice.pick(10_000), as_of_ms=now, statement=HASH)
    return _sequenced(c, ledger, 4)


def _define(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    c["product"] = len(ledger.products) + (1 if dice.odd(12) else 0)
    c["name"] = dice.of(("Tea", "茶", "Tea", " Tea", "a\u202eb")) if dice.odd(4) else "Tea"
    c["terms"] = dice.of(BAD_PRODUCTS) if dice.odd(4) else dice.of(PRODUCTS)
    return _sequenced(c, ledger, ISSUER)


def _seal(c: Plain, ledger: Naive, now: int, dice: Dice) -> Any:
    c.update(ledger.sealed())
    if dice.odd(4):
        c.update(dice.of(({"entry": c["entry"] + 1}, {"cards": 0}, {"register_root": HASH}, {"totals": ()})))
    return ()


_FILL = {
    "transfer": _transfer, "hold": _hold, "release": _release, "return": _return, "redeem": _redeem,
    "refund": _refund, "split": _split, "merge": _merge, "freeze": _stop, "unfreeze": _stop, "void": _void,
    "rebind": _rebind, "issue": _issue, "activate": _activate, "appoint": _appoint, "attest": _attest,
    "define": _define, "seal": _seal,
}  # fmt: skip


def _clearance(command: Plain, ledger: Naive, now_ms: int, dice: Dice) -> Plain | None:
    serial = command["cards"][0][0] if "cards" in command else command["serial"]
    wanted = command["kind"] in ledger.products[ledger.cards[serial]["product"]]["clearance"]
    if wanted == dice.odd(8):
        return None
    return {
        "network": bytes(16) if dice.odd(16) else NETWORK,
        "covers": not dice.odd(16),
        "until_ms": now_ms - 1 if dice.odd(16) else now_ms + dice.pick(2) * HOUR_MS,
        "signers": PEOPLE[:1] if dice.odd(16) else _officers(ledger, CLEARER),
    }


def _spoil(proposal: Proposal, ledger: Naive, now_ms: int, fault: int, dice: Dice) -> Proposal:
    """The proposal with one thing made wrong; the faults past the last are none."""
    command, signers, cleared = proposal
    if fault == 1:
        signers = tuple(sorted({PEOPLE[dice.pick(len(PEOPLE))]}))
    elif fault == 2:
        signers = tuple(sorted({*signers, PEOPLE[dice.pick(len(PEOPLE))]}))
    elif fault == 3:
        signers = signers[:-1]
    elif fault == 4 and "version" in command:
        command["version"] += 1
    elif fault == 4 and "sequence" in command:
        command["sequence"] += 1
    elif fault == 5 and "serial" in command:
        command["serial"] = len(ledger.cards) + dice.pick(3)
    elif fault == 6:
        command["network"] = bytes(16)
    elif fault == 7 and "not_after_ms" in command:
        command["not_after_ms"] = now_ms - 1
    elif fault == 8 and "not_after_ms" in command:
        command["not_after_ms"] = now_ms + 7 * DAY_MS + 1
    elif fault == 9 and command["kind"] == "merge":
        (serial, version), *rest = command["cards"]
        command["cards"] = ((serial, version + 1), *rest)
    elif fault == 10 and command["kind"] == "merge":
        command["cards"] = (*command["cards"], (len(ledger.cards) + 1, 0))
    return Proposal(command, signers, cleared)
