"""The log from outside: entries, receipts, checkpoint, tiles, the ledger as a whole, health and figures."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest

from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.proof_file import ProofFile
from cardtrail.merkle.proofs import verify_inclusion
from cardtrail.merkle.tiles import decode_bundle
from cardtrail.node.api.ledger import custody_ratio_bp
from cardtrail.node.api.limits import Limits
from cardtrail.signing.notes import open_note
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.proofs import ENTRIES_CODEC
from cardtrail.wire.signed import SIGNED_CODEC
from tests.ledger_world import digest
from tests.node.api.served import MSGPACK, Served, problem
from tests.node.ledgers import ORIGIN


def all_entries(served: Served) -> list[bytes]:
    page = ENTRIES_CODEC.decode(served.get("/v1/entries?limit=1000", MSGPACK).body)
    assert [entry.index for entry in page] == list(range(len(page)))
    return [entry.entry for entry in page]


def test_the_entries_give_the_root_that_was_signed(served):
    checkpoint = served.checkpoint()
    tree = LogTree()
    tree.extend(map(leaf_hash, all_entries(served)[: checkpoint.size]))
    assert (tree.size, tree.root()) == (checkpoint.size, checkpoint.root)


def test_the_verifier_key_is_served_beside_the_log(served):
    assert served.get("/log.vkey").body == served.node.directory.vkey_file.read_bytes()


def test_pages_of_entries(served):
    whole = all_entries(served)
    seen: list[bytes] = []
    while page := ENTRIES_CODEC.decode(
        served.get(f"/v1/entries?after={len(seen) - 1}&limit=3", MSGPACK).body
    ):
        assert len(page) <= 3
        seen += [entry.entry for entry in page]
    assert seen == whole
    assert served.json(f"/v1/entries?after={2**53 - 1}") == []


def test_a_page_of_large_entries_is_shorter_but_never_empty(serve):
    served = serve(Limits(page_bytes=1))
    assert [view["index"] for view in served.json("/v1/entries?after=1&limit=5")] == [2]


def test_entries_in_json(served):
    for index, (view, entry) in enumerate(zip(served.json("/v1/entries"), all_entries(served), strict=True)):
        read = ENTRY_CODEC.decode(entry)
        assert base64.b64decode(view["entry"]) == entry
        assert (view["index"], view["time_ms"]) == (index, read.time_ms)
        assert view["id"] == sha256(SIGNED_CODEC.decode(read.signed).body).hexdigest()


@pytest.mark.parametrize(
    "query",
    [
        "after=-2",
        "after=01",
        "after=",
        "after=1e400",
        "after=NaN",
        f"after={2**70}",
        "after=%00",
        "after=١",
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=1.0",
        "limit=1&limit=1",
        "before=1",
        "after=%F0%28%8C",
    ],
)
def test_pages_that_cannot_be(served, query):
    problem(served.get(f"/v1/entries?{query}"), 400, "bad_parameter")


def test_a_receipt_verifies(served):
    served.world.pass_on(0, "bob")
    [answer] = served.accept(wait=True)
    for index in (0, answer.index):
        response = served.get(f"/v1/entries/{index}/receipt")
        assert response.headers["content-type"].startswith("text/plain")
        proof = ProofFile.parse(response.body.decode())
        checkpoint = Checkpoint.parse(open_note(proof.note, served.node.publisher.vkey))
        assert proof.index == index
        assert proof.extra == all_entries(served)[index]
        assert verify_inclusion(leaf_hash(proof.extra), index, checkpoint.size, proof.path, checkpoint.root)


def test_no_receipt(serve):
    served = serve(checkpoint_interval_ms=3_600_000)
    problem(served.get("/v1/entries/0/receipt"), 409, "not_published_yet")
    problem(served.get("/checkpoint"), 409, "not_published_yet")
    problem(served.get("/v1/entries/999/receipt"), 404, "unknown_entry")
    problem(served.get("/tile/0/000.p/1"), 404, "unknown_tile")


def test_commands_by_id(served):
    entry = served.json("/v1/entries?after=2&limit=1")[0]
    expected = {"status": "accepted", "id": entry["id"], "index": 3, "time_ms": entry["time_ms"]}
    assert served.json(f"/v1/commands/{entry['id']}") == expected
    problem(served.get(f"/v1/commands/{'0' * 64}"), 404, "unknown_command")


@pytest.mark.parametrize("name", ["x", "0" * 63, "0" * 65, "A" * 64, " " * 64, "%00" * 64, "0x" + "0" * 62])
def test_names_that_no_command_has(served, name):
    problem(served.get(f"/v1/commands/{name}"), 400, "bad_parameter")


NO_NUMBERS = [
    "-1", "+1", "1.0", "01", "1e400", "NaN", "Infinity", str(2**53), str(2**70), "9" * 5000, "0x1",
    "%00", "1%00", "%EF%BC%91", "٣", "%20", "1%20", "1%0A", "null", "%FF", "..", "1_000",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/cards/{}", "/v1/cards/{}/trail", "/v1/entries/{}/receipt"])
@pytest.mark.parametrize("number", NO_NUMBERS)
def test_numbers_that_are_none(served, path, number):
    problem(served.get(path.format(number)), 400, "bad_parameter")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/cards",
        "/v1/cards/",
        "/v1/cards/0/",
        "/v1/cards/0/0",
        "//v1/cards/0",
        "/V1/cards/0",
        "/v1/cards/../ledger",
        "/v1/cards/%2e%2e/ledger",
        "/checkpoint/",
        "/tile",
        "/%00",
        "/" + "a" * 100000,
        "/etc/passwd",
        "/ledger.db",
        "/log.key",
        "/keys/issuer.key",
        "/🂡",
        "/%F0%28%8C%28",
        "/\\",
    ],
)
def test_paths_where_nothing_is(served, path):
    problem(served.get(path), 404, "unknown_path")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_methods_that_are_not_taken(served, method):
    response = served.transport.request(method, "/v1/ledger")
    problem(response, 405, "wrong_method")
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_head_has_no_body_and_ends(served):
    for path in ("/v1/ledger", "/v1/feed", "/checkpoint"):
        response = served.transport.request("HEAD", path)
        assert (response.status, response.body) == (200, b"")


def test_every_parameter_that_is_not_known_is_refused(served):
    for path in ("/v1/ledger", "/v1/totals", "/v1/cards/0", "/v1/cards/0/trail", "/checkpoint", "/healthz"):
        problem(served.get(f"{path}?x=1"), 400, "bad_parameter")


def test_the_checkpoint(served):
    response = served.get("/checkpoint")
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["content-type"].startswith("text/plain")
    assert served.checkpoint().origin == ORIGIN


def test_tiles(served):
    size = served.checkpoint().size
    entries = all_entries(served)[:size]
    tile = served.get(f"/tile/0/000.p/{size}")
    assert tile.body == b"".join(map(leaf_hash, entries))
    assert "immutable" in tile.headers["cache-control"]
    assert tile.headers["content-type"] == "application/octet-stream"
    assert decode_bundle(served.get(f"/tile/entries/000.p/{size}").body, size) == entries


@pytest.mark.parametrize(
    "name",
    [
        "0/000",
        "0/000.p/200",
        "0/000.p/0",
        "0/000.p/256",
        "0/001",
        "1/000.p/1",
        "64/000",
        "00/000",
        "-1/000",
        "0/0",
        "0/x000/000",
        "entries/000",
        "entries/001",
        "0/000.p/1/",
        "",
        "0/..",
        "0/%00",
        "x",
        "0/000.p/01",
        "9" * 5000,
    ],
)
def test_tiles_that_are_not_there(served, name):
    problem(served.get(f"/tile/{name}"), 404, "unknown_tile")


def test_the_ledger_as_a_whole(served):
    view = served.json("/v1/ledger")
    assert view["network"] == served.world.network.hex()
    assert (view["origin"], view["vkey"]) == (ORIGIN, served.node.publisher.vkey.encode())
    assert (view["size"], view["cards"]) == (served.node.engine.state.size, 3)
    assert view["checkpoint_size"] == served.checkpoint().size
    assert [product["product"] for product in view["products"]] == [0]
    assert view["products"][0]["terms"]["transferable"] == "sale"
    assert [authority["role"] for authority in view["authorities"]] == [
        "issuer",
        "clearer",
        "settler",
        "custodian",
        "regulator",
    ]
    assert view["authorities"][0]["sequence"] == served.world.state.authorities[1].sequence


def test_totals_and_deposits(served):
    served.world.ok("attest", currency="CNY", deposit_minor=15_000, as_of_ms=5, statement=digest("statement"))
    served.world.ok("redeem", serial=0, amount_minor=5_000)
    served.accept()
    view = served.json("/v1/totals")
    [totals] = view["totals"]
    assert (totals["issued"], totals["outstanding"], totals["redeemed"]) == (30_000, 25_000, 5_000)
    [deposit] = view["deposits"]
    assert (deposit["deposit_minor"], deposit["custody_ratio_bp"]) == (15_000, 6_000)


def test_the_custody_ratio_of_nothing_owed(served):
    served.world.ok("attest", currency="USD", deposit_minor=5)
    served.accept()
    [deposit] = served.json("/v1/totals")["deposits"]
    assert deposit["custody_ratio_bp"] is None
    state = served.node.engine.state
    assert custody_ratio_bp(state.deposits["USD"], state.totals_of("USD")) is None


def test_health(served):
    view = served.json("/healthz")
    assert view == {
        "status": "ok",
        "size": served.checkpoint().size,
        "checkpoint_size": served.checkpoint().size,
    }


def test_figures(served):
    served.world.pass_on(0, "bob")
    served.accept(wait=True)
    served.post([b"junk"])
    response = served.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    figures = dict(
        line.rsplit(" ", 1) for line in response.body.decode().splitlines() if not line.startswith("#")
    )
    size = served.checkpoint().size
    assert float(figures["cardtrail_log_entries"]) == size
    assert float(figures["cardtrail_checkpoint_entries"]) == size
    assert float(figures["cardtrail_cards"]) == 3
    assert float(figures["cardtrail_queue_commands"]) == 0
    assert float(figures['cardtrail_commands_refused_total{reason="malformed"}']) == 1
    assert float(figures["cardtrail_commands_accepted_total"]) >= 9


def test_a_damaged_page_is_told_and_does_not_end_the_service(served, monkeypatch):
    """A byte that changed on the disk is an error when it is read, here of the asked page alone."""
    import apsw

    def damaged(*_: object) -> None:
        raise apsw.IOError("checksum fault")

    monkeypatch.setattr("cardtrail.node.store.Store.index_of", damaged)
    document = problem(served.get(f"/v1/commands/{'0' * 64}"), 503, "storage_failed")
    assert "checksum" not in str(document)
    assert served.get("/v1/ledger").status == 200
