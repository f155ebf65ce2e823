"""One value of every record that crosses a boundary, always the same."""

from __future__ import annotations

from functools import cache
from typing import Any

from cardtrail.wire.answers import ANSWERS_CODEC, COMMANDS_CODEC, Accepted, Refused
from cardtrail.wire.cards import CARD_CODEC, Card, Held, HoldKind, Status
from cardtrail.wire.codec import Codec, encode
from cardtrail.wire.commands import BODY_CODEC, Body, CardVersion, Seal, kind_of
from cardtrail.wire.entries import ENTRY_CODEC, Entry
from cardtrail.wire.money import Totals
from cardtrail.wire.proofs import CARD_STATE_CODEC, ENTRIES_CODEC, CardState, IndexedEntry
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import SIGNED_CODEC, STATEMENT_CODEC, Statement
from tests.ledger_world import NETWORK, START_MS, World, clear, digest, key, sign, terms

SIGNERS = {
    "define": ("issuer",), "issue": ("issuer",), "activate": ("issuer",), "refund": ("issuer",),
    "void": ("issuer",), "rebind": ("issuer",), "freeze": ("clearer",), "unfreeze": ("regulator",),
    "appoint": ("issuer", "issuer 2"), "attest": ("custodian",), "release": ("settler",), "merge": ("ann", "bob"),
}  # fmt: skip
CLEARED = frozenset(("transfer", "release"))


@cache
def bodies() -> dict[str, Body]:
    """A command of every kind, with every optional field in use and numbers of every width."""
    world = World()
    made = [
        world.make(
            "define", name="春节 Spring", terms=terms(clearance=("hold", "transfer"), validity_ms=10**11)
        ),
        world.make("issue", sequence=255, first_serial=65_536, owners=(key("ann").public, key("bob").public)),
        world.make("activate", sequence=256, first_serial=127, count=1000),
        world.make("transfer", serial=128, version=3),
        world.make("hold", serial=2**32, version=65_535, price_minor=9_500),
        world.make("release", serial=2**32 - 1, version=4),
        world.make("return", serial=7, version=5),
        world.make("redeem", serial=0, version=1, amount_minor=2**53 - 1),
        world.make("refund", serial=1, version=2, amount_minor=1),
        world.make("split", serial=9, version=0, amounts_minor=(1, 128, 70_000)),
        world.make("merge", cards=(CardVersion(3, 1), CardVersion(300, 2))),
        world.make("freeze", serial=1, version=2, by=Role.CLEARER),
        world.make("unfreeze", serial=1, version=3, by=Role.REGULATOR),
        world.make("void", serial=5, version=9),
        world.make("rebind", serial=6, version=10),
        world.make(
            "appoint",
            by=Role.ISSUER,
            role=Role.SETTLER,
            keys=tuple(sorted((key("a").public, key("b").public))),
            threshold=2,
        ),
        world.make("attest", sequence=4, deposit_minor=123_456_789),
        Seal(NETWORK, 42, digest("register"), 70_001, (Totals("CNY", 100, 60, 30, 10, 5, 6, 7),)),
    ]
    return {kind_of(body): body for body in made}


def signed(kind: str) -> bytes:
    """The signed bytes of the command of this kind; some have a clearance, a seal has no signature."""
    body = bodies()[kind]
    signers = [key(name) for name in SIGNERS.get(kind, ("ann",) if kind != "seal" else ())]
    return sign(body, signers, clear(body, START_MS) if kind in CLEARED else None)


def records() -> list[tuple[str, Codec[Any], bytes]]:
    """Name, codec and canonical bytes of everything that is ever decoded."""
    held = Held(HoldKind.SALE, Role.SETTLER, 1, START_MS, 500, digest("order"))
    card = Card(
        300, 2, 10_000, 500, key("ann").public, Status.ACTIVE, Role.CLEARER, held, (1, 2), 3, 4, 5, None, 6
    )
    path = (digest("left"), digest("right"))
    entry = encode(Entry(START_MS, signed("redeem")))
    found: list[tuple[str, Codec[Any], bytes]] = [
        ("statement", STATEMENT_CODEC, encode(Statement(NETWORK, digest("root"), 3, START_MS))),
        ("entry", ENTRY_CODEC, entry),
        ("card", CARD_CODEC, encode(card)),
        ("answers", ANSWERS_CODEC, encode((Accepted(digest("id"), 3, START_MS), Refused(None, "oversize")))),
        ("commands", COMMANDS_CODEC, encode((signed("redeem"), signed("hold")))),
        (
            "card state",
            CARD_STATE_CODEC,
            encode(CardState(encode(card), path, 9, entry, path, "a checkpoint\n")),
        ),
        ("entries", ENTRIES_CODEC, encode((IndexedEntry(0, entry), IndexedEntry(1, entry)))),
    ]
    found += [(kind, BODY_CODEC, encode(body)) for kind, body in bodies().items()]
    found += [(f"signed {kind}", SIGNED_CODEC, signed(kind)) for kind in bodies()]
    return found
