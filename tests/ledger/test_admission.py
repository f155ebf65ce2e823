"""From bytes to verified requests: one bad signature spoils its own command only, and a clearance is verified once."""

from __future__ import annotations

import pytest

from cardtrail.ledger import admission
from cardtrail.ledger.admission import Admission
from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Request, read_command, read_logged
from cardtrail.ledger.transitions.sealing import make_seal
from cardtrail.merkle.hashing import leaf_hash, node_hash
from cardtrail.signing.keys import verify
from cardtrail.signing.pool import VerifierPool
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import KINDS
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.products import CLEARABLE
from cardtrail.wire.reasons import Reason
from cardtrail.wire.signed import SIGNED_CODEC, Clearance, Signed, SignedBy, Statement, clearance_message
from tests.ledger_world import NETWORK, World, key, sign
from tests.wire.samples import bodies


class Counting:
    """A verifier that counts, and answers only when asked."""

    def __init__(self):
        self.seen = []

    def submit(self, jobs):
        self.seen += jobs
        return type("Ticket", (), {"result": lambda _: [verify(*job) for job in jobs]})()


def world_with_cards(count, **changes):
    world = World.open()
    product = world.define(**changes)
    first = world.issue(product, ["ann"] * count)
    world.ok("activate", first_serial=first, count=count)
    return world


def with_bad_signature(raw):
    good = SIGNED_CODEC.decode(raw)
    by = good.signatures[0]
    return encode(Signed(good.body, (SignedBy(by.key, by.signature[::-1]),), good.clearance))


@pytest.fixture(scope="module")
def pool():
    with VerifierPool(2) as pool:
        yield pool


def test_a_bad_signature_is_found_in_its_place(pool):
    """In one batch over two worker processes, with refusals of other kinds and many signatures in between."""
    world = world_with_cards(40)
    raws = [sign(world.make("redeem", serial=serial), [key("ann")]) for serial in range(40)]
    raws[7] = b"nonsense"
    raws[23] = with_bad_signature(raws[23])
    raws[31] = sign(world.make("attest"), [key("custodian"), key("x"), key("y")])
    requests = Admission(pool).begin(raws, NETWORK, read_command).result()
    wrong = {place: request for place, request in enumerate(requests) if isinstance(request, Reason)}
    assert wrong == {7: Reason.MALFORMED, 23: Reason.BAD_SIGNATURE}
    assert [request.raw for request in requests if isinstance(request, Request)] == [
        raw for place, raw in enumerate(raws) if place not in wrong
    ]
    answers = [world.apply(request) for request in requests if isinstance(request, Request)]
    assert sum(isinstance(answer, Change) for answer in answers) == 37


def test_batches_in_flight_keep_their_answers(pool):
    world = world_with_cards(60)
    raws = [sign(world.make("redeem", serial=serial), [key("ann")]) for serial in range(60)]
    raws[20] = with_bad_signature(raws[20])
    admission = Admission(pool)
    pending = [admission.begin(raws[start : start + 20], NETWORK, read_command) for start in range(0, 60, 20)]
    results = [batch.result() for batch in pending]
    assert [[r for r in result if isinstance(r, Reason)] for result in results] == [
        [],
        [Reason.BAD_SIGNATURE],
        [],
    ]


def cleared_commands(world, count):
    """Commands that one clearance covers, with the inclusion path of each."""
    assert count == 2
    bodies = [world.make("redeem", serial=serial) for serial in range(count)]
    leaves = [leaf_hash(command_id(encode(body))) for body in bodies]
    statement = encode(Statement(NETWORK, node_hash(*leaves), count, world.now_ms))
    clearer = key("clearer")
    by = (SignedBy(clearer.public, clearer.sign(clearance_message(statement))),)
    return [
        sign(body, [key("ann")], Clearance(statement, by, place, (leaves[1 - place],)))
        for place, body in enumerate(bodies)
    ]


def test_one_clearance_for_many_commands_is_verified_once():
    world = world_with_cards(2, clearance=tuple(sorted(CLEARABLE)))
    verifier = Counting()
    admission = Admission(verifier)
    raws = cleared_commands(world, 2)
    requests = admission.begin(raws, NETWORK, read_command).result()
    assert len(verifier.seen) == 3, "two commands and one clearance"
    assert all(isinstance(world.apply(request), Change) for request in requests)
    admission.begin(raws, NETWORK, read_command).result()
    assert len(verifier.seen) == 5, "the clearance is remembered, the commands' own signatures are not"


def test_a_remembered_clearance_does_not_vouch_for_the_command():
    world = world_with_cards(2)
    admission = Admission(Counting())
    raws = cleared_commands(world, 2)
    admission.begin(raws, NETWORK, read_command).result()
    assert admission.begin([with_bad_signature(raws[0])], NETWORK, read_command).result() == [
        Reason.BAD_SIGNATURE
    ]


def test_a_forged_clearance_is_not_remembered():
    world = world_with_cards(1)
    body = world.make("redeem", serial=0)
    good = world.clear(body)
    forged = type(good)(good.statement, (SignedBy(key("clearer").public, bytes(64)),), 0, ())
    verifier = Counting()
    admission = Admission(verifier)
    for _ in range(2):
        raw = sign(body, [key("ann")], forged)
        assert admission.begin([raw], NETWORK, read_command).result() == [Reason.BAD_SIGNATURE]
    assert len(verifier.seen) == 4


def test_what_is_remembered_has_a_bound(monkeypatch):
    monkeypatch.setattr(admission, "MAX_REMEMBERED", 3)
    world = world_with_cards(1)
    admitted = Admission(Counting())
    for until in range(10):
        body = world.make("redeem", serial=0)
        raw = sign(body, [key("ann")], world.clear(body, until_ms=until))
        assert isinstance(admitted.begin([raw], NETWORK, read_command).result()[0], Request)
    assert len(admitted._remembered) == 3


def test_while_there_is_room_nothing_is_gone_through():
    """Remembering costs what is new, not what is remembered."""

    class Unwalked(dict):
        def __iter__(self):
            raise AssertionError("all that is remembered was gone through")

    world = world_with_cards(1)
    admitted = Admission(Counting())
    admitted._remembered = Unwalked()
    body = world.make("redeem", serial=0)
    admitted.begin([sign(body, [key("ann")], world.clear(body))], NETWORK, read_command).result()
    assert len(admitted._remembered) == 1


def with_signatures(body, count):
    """A command under so many signatures of nobody, in their order."""
    by = tuple(SignedBy(n.to_bytes(32, "big"), bytes(64)) for n in range(1, count + 1))
    return encode(Signed(encode(body), by, None))


AS_MANY_AS_A_ROLE_HAS = {
    *("define", "issue", "activate", "refund", "freeze", "unfreeze", "void", "rebind", "appoint", "attest"),
    *("release", "return"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_has_no_more_signatures_than_it_has_a_use_for(kind):
    """Each is one more verification of the whole body: a hundred of them, of nobody, would be cheap to send. A command
    with one too many is refused before any of them is verified, and before its network is looked at."""
    body = bodies()[kind]
    most = len(body.cards) if kind == "merge" else 16 if kind in AS_MANY_AS_A_ROLE_HAS else 1
    good = read_logged(with_signatures(body, most), body.network)
    assert good is Reason.NOT_CANONICAL if kind == "seal" else len(good.jobs) == most
    for count in (most + 1, 100):
        raw = with_signatures(body, count)
        for read in (read_command, read_logged):
            assert read(raw, body.network) is Reason.NOT_CANONICAL
            assert read(raw, bytes(16)) is Reason.NOT_CANONICAL


def test_seals_are_at_home_in_a_log_only():
    world = world_with_cards(1)
    seal = encode(make_seal(world.state))
    bare = encode(Signed(seal, (), None))
    assert read_command(bare, NETWORK) is Reason.NOT_SUBMITTABLE
    assert isinstance(read_logged(bare, NETWORK), Request)
    signed = encode(Signed(seal, (SignedBy(key("x").public, bytes(64)),), None))
    assert read_logged(signed, NETWORK) is Reason.NOT_CANONICAL
    unsigned = encode(Signed(encode(world.make("redeem", serial=0)), (), None))
    assert read_logged(unsigned, NETWORK) is Reason.BAD_SIGNATURE
