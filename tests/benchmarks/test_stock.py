"""The bench's own ledgers: complete, of known keys, and finished by the next run where one was interrupted."""

from __future__ import annotations

import contextlib

import pytest

from cardtrail.cli.benching import stock as stocks
from cardtrail.cli.benching.figures import BenchError
from cardtrail.cli.benching.stock import FACE_MINOR, accepted, key_of, prepare
from cardtrail.client.build import sign
from cardtrail.node.service import Node, Options, system_clock
from cardtrail.node.store import Store
from cardtrail.signing.keyfile import read_key
from cardtrail.wire.answers import Refused
from cardtrail.wire.cards import Status
from cardtrail.wire.commands import BODY_CODEC, Issue
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import SIGNED_CODEC


def cards(stock):
    with contextlib.closing(Store(stock.directory.database, readonly=True)) as store:
        return [store.card(serial) for serial in range(stock.cards)]


def test_every_card_is_active_and_of_a_known_key(tmp_path):
    stock = prepare(tmp_path / "ledger", 7)

    assert (stock.cards, stock.stride) == (7, 1)
    assert [card.owner for card in cards(stock)] == [key_of(serial, 0).public for serial in range(7)]
    assert {card.status for card in cards(stock)} == {Status.ACTIVE}


def test_in_a_large_ledger_only_some_have_known_keys(tmp_path, monkeypatch):
    monkeypatch.setattr(stocks, "MOST_KEYS", 4)
    stock = prepare(tmp_path / "ledger", 12)

    known = [card.serial for card in cards(stock) if card.owner == key_of(card.serial, 0).public]
    assert known == list(stock.owned()) == [0, 3, 6, 9]


def test_transfers_hold_from_the_ledger_as_it_is_and_keep_a_card_in_one_stream(tmp_path):
    stock = prepare(tmp_path / "ledger", 5)
    for _ in range(2):
        streams = stock.transfers(40, streams=3)
        bodies = [[BODY_CODEC.decode(SIGNED_CODEC.decode(raw).body) for raw in stream] for stream in streams]
        serials = [{body.serial for body in stream} for stream in bodies]
        assert sum(map(len, serials)) == len(set().union(*serials))
        with Node(stock.directory, Options(workers=0)) as node:
            # The last stream first: the order between streams must not matter.
            assert sum(accepted(node.submit(stream).result()) for stream in reversed(streams)) == 40


def test_a_build_that_was_interrupted_is_completed(tmp_path):
    stock = prepare(tmp_path / "ledger", 3)
    issuer = read_key(stock.directory.role_key(Role.ISSUER))
    with Node(stock.directory, Options(workers=0)) as node:
        sequence = node.engine.state.authorities[Role.ISSUER].sequence
        owners = tuple(key_of(serial, 0).public for serial in (3, 4))
        until_ms = system_clock() + 60_000
        issue = Issue(stock.network, until_ms, sequence, 0, FACE_MINOR, 3, owners)
        accepted(node.submit([sign(issue, issuer).raw]).result())

    for wanted in (5, 6):
        stock = prepare(tmp_path / "ledger", wanted)
        assert [card.status for card in cards(stock)] == [Status.ACTIVE] * wanted


def test_a_refused_command_ends_the_bench():
    with pytest.raises(BenchError, match="card_held"):
        accepted([Refused(bytes(32), Reason.CARD_HELD.code)])
