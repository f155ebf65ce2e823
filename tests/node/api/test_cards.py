"""Cards as they stand, proved by the latest checkpoint, and their trails."""

from __future__ import annotations

import base64
import contextlib
from threading import Event
from typing import Any

import pytest

from cardtrail.node.api.context import Context
from cardtrail.node.api.published import PublishedLog
from cardtrail.node.api.trail import Trail
from cardtrail.node.api.wakeups import Mailbox
from cardtrail.node.store import Store
from cardtrail.wire.cards import CARD_CODEC
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import kind_of
from cardtrail.wire.proofs import CARD_STATE_CODEC, ENTRIES_CODEC, CardState
from cardtrail.wire.views import card_to_json
from tests.ledger_world import key, named, sign
from tests.node.api.served import MSGPACK, Served, problem, verified_card
from tests.node.ledgers import PATIENCE_S, checkpointed


def test_a_card_state_verifies_and_is_canonical(served):
    for serial in range(3):
        state = served.card_state(serial)
        assert encode(state) == served.get(f"/v1/cards/{serial}", MSGPACK).body
        assert CARD_CODEC.decode(state.record).owner == key("ann").public


def test_a_card_state_in_json_says_the_same(served):
    state = served.card_state(1)
    view = served.json("/v1/cards/1")
    card = card_to_json(CARD_CODEC.decode(state.record))
    assert view["card"] == view["state"]["card"] == card
    shown = view["state"]
    again = CardState(
        base64.b64decode(shown["record"]),
        tuple(base64.b64decode(node) for node in shown["path"]),
        shown["seal_index"],
        base64.b64decode(shown["seal_entry"]),
        tuple(base64.b64decode(node) for node in shown["seal_path"]),
        shown["checkpoint"],
    )
    assert again == state


def test_a_card_that_changed_since_the_checkpoint(serve):
    """Json shows the present beside what is proved; msgpack gives what is proved."""
    served = serve(checkpoint_interval_ms=3_600_000)
    problem(served.get("/v1/cards/0", MSGPACK), 409, "not_published_yet")
    view = served.json("/v1/cards/0")
    assert view["state"] is None
    assert view["card"]["status"] == "active"


def test_a_card_changed_after_its_checkpoint_is_proved_as_it_was(served, monkeypatch):
    before = served.card_state(0)
    monkeypatch.setattr("cardtrail.node.service._Loop._step", _without_seal)
    served.world.pass_on(0, "bob")
    served.accept()
    assert served.card_state(0) == before
    view = served.json("/v1/cards/0")
    assert view["card"]["owner"] == key("bob").public.hex()
    assert view["state"]["card"]["owner"] == key("ann").public.hex()


def _without_seal(loop: Any) -> None:
    if loop._prepared:
        loop._commit(*loop._prepared.popleft(), seal=False)
    loop._seal_due = None


def test_unknown_cards(served):
    for path in ("/v1/cards/3", "/v1/cards/3/trail", f"/v1/cards/{2**53 - 1}"):
        problem(served.get(path), 404, "unknown_card")
        problem(served.get(path, MSGPACK), 404, "unknown_card")


def ask_while_a_seal_has_no_checkpoint(served: Served, monkeypatch: Any) -> Any:
    """What a card's state is, asked for between the commit of a seal and the signing of its checkpoint.

    The engine stands before the signing until the question waits for something, or is answered.
    """
    publish, sealed, seen = served.node.publisher.publish, Event(), Event()

    def publish_late(engine: Any) -> bool:
        sealed.set()
        assert seen.wait(PATIENCE_S)
        return publish(engine)

    until = Mailbox.until

    async def seen_waiting(self: Mailbox, done: Any, timeout_s: float | None = None) -> bool:
        if not done():
            seen.set()
        return await until(self, done, timeout_s)

    monkeypatch.setattr(served.node.publisher, "publish", publish_late)
    monkeypatch.setattr(Mailbox, "until", seen_waiting)
    served.world.pass_on(0, "bob")
    served.accept()
    assert sealed.wait(PATIENCE_S)
    asked = served.later(served.get, "/v1/cards/0", MSGPACK)
    asked.add_done_callback(lambda _: seen.set())
    return asked.result(PATIENCE_S)


def test_a_seal_without_its_checkpoint_is_not_served(served, monkeypatch):
    """Without the wait the answer would be a path to the new root beside the old checkpoint, which proves nothing."""
    response = ask_while_a_seal_has_no_checkpoint(served, monkeypatch)
    card = verified_card(CARD_STATE_CODEC.decode(response.body), 0, served.node)
    assert card.owner == key("bob").public


def test_that_moment_exists(served, monkeypatch):
    """What the engine and the publisher say between the two, put together without a wait, proves nothing."""
    publish, naive = served.node.publisher.publish, []

    def look_and_publish(engine: Any) -> bool:
        with contextlib.closing(Store(served.node.directory.database, readonly=True)) as reader:
            record, path, size = engine.sealed_card(0, reader)
            published = PublishedLog(served.node, reader).latest()
            index, seal = size - 1, reader.entry(size - 1)
            short = published.path(published.size - 1)
        naive.append(CardState(record, tuple(path), index, seal, short, published.note))
        return publish(engine)

    monkeypatch.setattr(served.node.publisher, "publish", look_and_publish)
    served.world.pass_on(0, "bob")
    served.accept(wait=True)
    with pytest.raises(AssertionError):
        verified_card(naive[0], 0, served.node)


def test_a_checkpoint_that_overtakes_the_question(served, monkeypatch):
    """Another seal and checkpoint come after the path was read, which does not fit them: all is read anew."""
    published, rounds = Context.published, []

    async def overtaken(self: Context, size: int) -> None:
        rounds.append(size)
        if len(rounds) == 1:
            served.world.pass_on(0, "bob")
            served.node.submit(served.world.take()).result(PATIENCE_S)
            assert checkpointed(served.node, size + 2)
        await published(self, size)

    monkeypatch.setattr(Context, "published", overtaken)
    state = served.card_state(0)
    assert CARD_CODEC.decode(state.record).owner == key("bob").public
    assert len(rounds) == 2


def kinds(served: Served, serial: int) -> list[str]:
    return [entry["kind"] for entry in served.json(f"/v1/cards/{serial}/trail")["entries"]]


def test_the_trail_of_a_card(served):
    served.world.pass_on(0, "bob")
    served.world.pass_on(1, "eve")
    served.world.ok("redeem", serial=0, amount_minor=100)
    served.accept()
    assert kinds(served, 0) == ["issue", "activate", "transfer", "redeem"]
    assert kinds(served, 1) == ["issue", "activate", "transfer"]
    assert kinds(served, 2) == ["issue", "activate"]


def test_a_trail_goes_through_splits_and_merges(served):
    """Every parent's whole path is in it, and the two parts of one card bring its entries once."""
    world = served.world
    world.ok("split", serial=0, amounts_minor=(4_000, 6_000))
    world.pass_on(3, "ann 2")
    world.ok("merge", cards=named(world, 1, 3, 4))
    world.ok("redeem", serial=5, amount_minor=1)
    served.accept()
    trail = served.json("/v1/cards/5/trail")
    assert trail["cards"] == [0, 1, 3, 4, 5]
    assert kinds(served, 5) == ["issue", "activate", "split", "transfer", "merge", "redeem"]
    indexes = [entry["index"] for entry in trail["entries"]]
    assert indexes == sorted(set(indexes))


def test_a_trail_in_msgpack_has_the_entries_as_they_are(served):
    response = served.get("/v1/cards/0/trail", MSGPACK)
    entries = ENTRIES_CODEC.decode(response.body)
    shown = served.json("/v1/cards/0/trail")["entries"]
    assert [entry.index for entry in entries] == [view["index"] for view in shown]
    assert [entry.entry for entry in entries] == [base64.b64decode(view["entry"]) for view in shown]


def test_a_long_trail_lets_others_in(served, monkeypatch):
    """It is followed in pieces, so that the loop answers others in between."""
    for turn in range(8):
        served.world.pass_on(0, f"holder {turn % 2} {turn}")
    served.accept()
    steps = []
    follow = Trail.follow
    monkeypatch.setattr("cardtrail.node.api.cards._STEPS_AT_ONCE", 3)
    monkeypatch.setattr(Trail, "follow", lambda self, count: steps.append(count) or follow(self, count))
    assert len(kinds(served, 0)) == 10
    assert steps == [3, 3, 3, 3]


def test_command_kinds_are_named_alike_everywhere(served):
    body = served.world.make("transfer", serial=0, owner=key("bob").public)
    served.post([sign(body, [key("ann")])])
    entry = served.json("/v1/cards/0/trail")["entries"][-1]
    assert entry["kind"] == entry["command"]["kind"] == kind_of(body)
    assert entry["command"]["serial"] == 0
