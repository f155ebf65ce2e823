"""Writes `encoding.json`, `transitions.json` and `histories/*.json` anew, from the code as it is.

Run from the project's root: `.venv/bin/python -m vectors.generate`. No test runs this. The files are a promise to other
programs and to old logs: a file that comes out different means that bytes or rules have changed, and then the change is
what has to be justified, not the file. The vectors under `ed25519/` and `merkle/` have other sources, named in them.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Request
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.wire.cards import Card
from cardtrail.wire.codec import encode
from cardtrail.wire.entries import encode_entry
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.products import Transferable
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role
from cardtrail.wire.views import command_to_json
from tests.ledger import refusals_by_card, refusals_by_terms
from tests.ledger.faults import FAULTS, plan_for
from tests.ledger.scenes import SCENES
from tests.ledger_world import DAY_MS, HOUR_MS, START_MS, World, key, named
from tests.wire.samples import SIGNERS, bodies, records, signed

HERE = Path(__file__).parent
PEOPLE = ("ann", "bob", "cat", "dan", "eve")


def write(name: str, about: str, **content: Any) -> None:
    """One JSON file, one vector a line, so that a difference can be read."""
    lines = [f' "about": {json.dumps(about)}']
    for field, value in content.items():
        if isinstance(value, list):
            rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
            lines.append(f' "{field}": [\n{rows}\n ]')
        else:
            lines.append(f' "{field}": {json.dumps(value, ensure_ascii=False)}')
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def encoding() -> None:
    """Every kind of command, and every other record, as bytes."""
    commands = []
    for kind, body in bodies().items():
        names = SIGNERS.get(kind, ("ann",) if kind != "seal" else ())
        entry = encode_entry(START_MS, signed(kind))
        commands.append(
            {
                "kind": kind,
                "fields": command_to_json(body),
                "body": encode(body).hex(),
                "id": command_id(encode(body)).hex(),
                "seeds": [key(name).seed.hex() for name in names],
                "signed": signed(kind).hex(),
                "entry": entry.hex(),
                "leaf_hash": leaf_hash(entry).hex(),
            }
        )
    others = [
        {"record": name, "bytes": data.hex()}
        for name, _, data in records()
        if name not in FAULTS and name != "seal" and not name.startswith("signed")
    ]
    write(
        "encoding.json",
        "Canonical bytes. `seeds` are the Ed25519 seeds that signed, `id` is SHA-256 of the body, `entry` the log's "
        f"leaf data at time {START_MS}. Everything in hexadecimal.",
        commands=commands,
        records=others,
    )


def snapshot(world: World) -> dict[str, Any]:
    """What the rules look at, as canonical records."""
    state = world.state
    return {
        "network": None if state.network is None else state.network.hex(),
        "size": state.size,
        "time_ms": state.time_ms,
        "products": [encode(product).hex() for product in state.products.values()],
        "authorities": [encode(authority).hex() for authority in state.authorities.values()],
        "totals": [encode(totals).hex() for totals in state.totals.values()],
        "cards": [encode(card).hex() for card in world.cards.values()],
    }


class Recorder:
    """Keeps the last command that any ledger was given, the state before it and the answer."""

    def __init__(self) -> None:
        self.last: dict[str, Any] = {}
        self._submit, self._apply = World.submit, World.apply

    def submit(self, world: World, raw: bytes) -> Any:
        before, now_ms = snapshot(world), world.now_ms
        answer = self._submit(world, raw)
        self.keep(world, before, now_ms, raw, answer)
        return answer

    def apply(self, world: World, request: Request) -> Any:
        before, now_ms = snapshot(world), world.now_ms
        answer = self._apply(world, request)
        self.keep(world, before, now_ms, request.raw, answer)
        return answer

    def keep(self, world: World, before: Any, now_ms: int, raw: bytes, answer: Any) -> None:
        """Note one command. One too long to print is nothing but zeros."""
        command: Any = raw.hex() if len(raw) < 10_000 else {"zeros": len(raw)}
        self.last = {"state": before, "now_ms": now_ms, "command": command}
        if isinstance(answer, Reason):
            self.last["refused"] = answer.code
        else:
            after = snapshot(world)
            self.last["accepted"] = {name: after[name] for name in ("authorities", "totals", "cards")}


def transitions() -> None:
    """Every scene of a refusal, and one accepted command of each kind."""
    assert refusals_by_card
    assert refusals_by_terms
    found = []
    recorder = Recorder()

    def submit(world: World, raw: bytes) -> Any:
        return recorder.submit(world, raw)

    def apply(world: World, request: Request) -> Any:
        return recorder.apply(world, request)

    with patch.object(World, "submit", submit), patch.object(World, "apply", apply):
        for kind in FAULTS:
            plan = plan_for(kind)
            plan.world.submit(plan.raw())
            found.append({"name": f"{kind} is accepted", **recorder.last})
        plan = plan_for("define")
        plan.fields["name"] = "Spring \U0001fae8"
        plan.world.submit(plan.raw())
        found.append({"name": "define is accepted with a character of Unicode 15", **recorder.last})
        for _, scene in SCENES:
            scene(World.open())
            found.append({"name": scene.__name__.replace("_", " "), **recorder.last})
    write(
        "transitions.json",
        "A state, a signed command, a time, and the ledger's answer: the refusal's code, or the records as they are "
        "afterwards (all of them, changed or not). Records in canonical bytes, in hexadecimal; cards by serial.",
        vectors=found,
    )


class History:
    """A ledger and people who do at random whatever comes to their minds; what is refused is not in the log."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.world = World.open()
        names = ("issuer 1", "issuer 2", "issuer 3")
        self.world.appoint(Role.ISSUER, names, 2, by=Role.ISSUER)
        self.world.roles[Role.ISSUER] = names[:2]
        self.world.define(name="Spring", validity_ms=20 * DAY_MS, cooling_off_ms=HOUR_MS)
        self.world.define(name="春节", named=True, face_limit_minor=300_000, max_hops=50)
        self.world.define(name="Euro", currency="EUR", transferable=Transferable.GIFT, resale_cap_bp=0)
        for person in PEOPLE:
            self.world.key(person)

    def run(self, commands: int) -> World:
        """Go on until the log has that many entries, the last of them a seal."""
        while len(self.world.entries) < commands - 1:
            self.act()
            self.world.later(self.dice.choice((0, 1, 1000, HOUR_MS // 4)))
            if self.dice.random() < 0.05:
                self.world.seal()
        self.world.seal()
        self.world.check()
        return self.world

    def suiting(self, kind: str) -> list[Card]:
        """The cards that such a command could be about; all cards if there are none."""
        cards = list(self.world.cards.values())
        held, frozen = kind in {"release", "return"}, kind == "unfreeze"
        found = [
            card
            for card in cards
            if not card.dead
            and bool(card.hold) == held
            and (bool(card.frozen_by) == frozen or kind == "return")
        ]
        return found or cards

    def act(self) -> None:
        """One try."""
        world, dice = self.world, self.dice
        if world.state.card_count < 5 or dice.random() < 0.03:
            product = dice.randrange(3)
            owners = dice.choices(PEOPLE, k=dice.randrange(1, 5))
            first = world.issue(product, owners, dice.choice((10_000, 50_000, 100_000)))
            world.ok("activate", first_serial=first, count=len(owners))
            return
        kind = dice.choice(
            ("transfer", "transfer", "hold", "release", "release", "return", "redeem", "redeem", "refund", "split",
             "merge", "merge", "freeze", "unfreeze", "rebind", "void", "attest", "activate")
        )  # fmt: skip
        card = dice.choice(self.suiting(kind))
        serial, balance = card.serial, card.balance_minor
        someone = key(dice.choice(PEOPLE)).public
        fields: dict[str, Any] = {"serial": serial}
        if kind in {"transfer", "release"}:
            fields["owner"] = someone
        elif kind == "hold":
            fields["price_minor"] = dice.choice((None, balance // 2))
            fields["until_ms"] = world.now_ms + dice.randrange(1, 3 * DAY_MS)
        elif kind == "return":
            if dice.random() < 0.5:
                world.try_("return", world.names[card.owner], serial=serial)
                return
        elif kind in {"redeem", "refund"}:
            fields["amount_minor"] = dice.randrange(1, max(2, balance))
        elif kind == "split":
            part = dice.randrange(1, max(2, balance))
            fields["amounts_minor"] = (part, max(1, balance - part))
        elif kind == "merge":
            others = [other.serial for other in self.suiting(kind) if other.product == card.product]
            fields = {"cards": named(world, *sorted({serial, dice.choice(others)}))}
            if len(fields["cards"]) < 2:
                return
        elif kind in {"freeze", "unfreeze"}:
            fields["by"] = dice.choice((Role.ISSUER, Role.CLEARER, Role.REGULATOR))
        elif kind == "void" and dice.random() < 0.8:
            return
        elif kind == "attest":
            fields = {"deposit_minor": world.totals().outstanding, "as_of_ms": world.now_ms}
        elif kind == "activate":
            fields = {"first_serial": serial}
        elif kind == "rebind":
            fields["release"] = someone
        world.try_(kind, **fields)


def histories() -> None:
    """Whole logs, entry by entry, and the roots they lead to."""
    for seed, commands in ((1, 300), (2, 300), (3, 400)):
        world = History(seed).run(commands)
        tree = LogTree()
        for entry in world.entries:
            tree.append(leaf_hash(entry))
        again = World.replay(world.entries)
        assert again.roots == world.roots
        assert isinstance(again.ok("attest"), Change)
        write(
            f"histories/{seed}.json",
            "A log's entries in hexadecimal, the register's root at each of its seals, the log's root, and the totals "
            "and cards at the end. Whoever replays the entries arrives at the same, for ever.",
            log_root=tree.root().hex(),
            register_roots=[root.hex() for root in world.roots],
            totals=[encode(world.state.totals[currency]).hex() for currency in sorted(world.state.totals)],
            cards=world.state.card_count,
            entries=[entry.hex() for entry in world.entries],
        )


def main() -> None:
    """Write them all."""
    encoding()
    transitions()
    histories()


if __name__ == "__main__":
    main()
