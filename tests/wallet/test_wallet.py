"""A wallet's life with the real rules: everything a holder can do, and every crash between signing and recording."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec.structs import replace

from cardtrail.client.build import clear, sign
from cardtrail.client.errors import NodeUnavailable, Undecided
from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.wallet.derive import Root
from cardtrail.wallet.holdings import CLOCK_SLACK_MS, NotOurs
from cardtrail.wallet.links import GiftLink
from cardtrail.wallet.wallet import Wallet
from cardtrail.wire.answers import Accepted, Refused
from cardtrail.wire.cards import HoldKind, Status
from cardtrail.wire.commands import Cause, Freeze, Issue, Rebind, Release, Transfer, Unfreeze
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import NO_HASH
from tests.client.paper import DAY_MS, NETWORK, TERMS, PaperLedger, client_of

SITE = "https://cards.example"
ORDER = sha256(b"order 1").digest()
CODES = [CardCode(1000 + n) for n in range(6)]


class People:
    """A ledger of six fresh cards, and people with wallets."""

    def __init__(self, folder, terms=TERMS) -> None:
        self.folder = folder
        self.ledger = PaperLedger().found(terms)
        self.issue()
        self.client, self.transport, _ = client_of(self.ledger, attempts=2)

    def issue(self) -> None:
        first = self.ledger.state.card_count
        self.ledger.issue(*[code_key(code, NETWORK, first + n).public for n, code in enumerate(CODES)])
        self.ledger.seal()

    def wallet(self, name: str, root: Root | None = None) -> Wallet:
        return Wallet.create(self.folder / name, self.client, NETWORK, root=root, now_ms=self.ledger.clock)

    def reopen(self, wallet: Wallet, name: str) -> Wallet:
        """As after a crash: nothing is left but the file."""
        wallet.close()
        return Wallet.open(self.folder / name, self.client, now_ms=self.ledger.clock)


@pytest.fixture
def people(tmp_path):
    return People(tmp_path)


@pytest.fixture
def li(people):
    """Li, who has claimed cards 0 and 1."""
    wallet = people.wallet("li")
    for serial in (0, 1):
        must(wallet, wallet.claim(serial, CODES[serial]))
    return wallet


def must(wallet: Wallet, command) -> Accepted:
    answer = wallet.send(command)
    assert isinstance(answer, Accepted), answer
    assert wallet.pending == ()
    return answer


def owns(wallet: Wallet, serial: int) -> bool:
    card = wallet.client.card(serial)
    try:
        return wallet.key_for(card).public == card.owner
    except NotOurs:
        return False


def test_a_claim_rekeys_the_card_and_kills_every_copy_of_the_code(people, li):
    """Attack 1: the seller keeps a copy of the code."""
    assert li.serials == (0, 1)
    assert owns(li, 0)
    thief = people.wallet("thief")
    with pytest.raises(NotOurs) as caught:
        thief.claim(0, CODES[0])
    assert CODES[0].text not in str(caught.value)
    key = code_key(CODES[0], NETWORK, 0)
    body = Transfer(
        NETWORK, people.ledger.end_ms(), 0, people.ledger.cards[0].version, bytes(range(32)), NO_HASH
    )
    assert people.ledger.submit(sign(body, key).raw) == Refused(sign(body, key).id, "not_owner")
    assert thief.serials == ()


def test_a_code_of_another_card_opens_nothing(people):
    with pytest.raises(NotOurs):
        people.wallet("li").claim(0, CODES[1])


def test_giving_to_an_address(people, li):
    mei = people.wallet("mei")
    address = mei.address(0, {"name": "韩梅梅"})
    must(li, li.give(0, address.owner, address.envelope))
    assert li.serials == (1,)
    with pytest.raises(NotOurs):
        li.redeem(0, 100, ORDER)
    assert mei.learn(0).hop == 2
    assert mei.envelope(0).hash == address.envelope
    assert mei._holdings.book.expected == ()
    assert dict(mei.envelope(0).fields) == {"name": "韩梅梅"}
    must(mei, mei.redeem(0, 100, ORDER))


def test_giving_by_link(people, li):
    command, link = li.give_by_link(0, people.ledger.clock() + DAY_MS, SITE)
    must(li, command)
    assert li.gift_link(0, SITE) == link
    mei = people.wallet("mei")
    must(mei, mei.accept(GiftLink.parse(link.url), {"name": "x"}))
    assert owns(mei, 0)
    assert people.ledger.cards[0].hop == 2
    with pytest.raises(NotOurs):
        people.wallet("late").accept(link)
    assert [card.serial for card in li.refresh()] == [1]
    assert li.serials == (1,)


def test_a_gift_can_be_taken_back_while_unclaimed_and_its_link_is_dead_for_ever(people, li):
    until_ms = people.ledger.clock() + DAY_MS
    command, link = li.give_by_link(0, until_ms, SITE)
    must(li, command)
    must(li, li.take_back(0))
    mei = people.wallet("mei")
    with pytest.raises(NotOurs):
        mei.accept(link)
    again, other = li.give_by_link(0, until_ms, SITE)
    must(li, again)
    assert other != link
    with pytest.raises(NotOurs):
        mei.accept(link)
    must(mei, mei.accept(other))


def test_a_gift_link_is_found_again_after_the_card_was_frozen(people, li):
    command, link = li.give_by_link(0, people.ledger.clock() + DAY_MS, SITE)
    must(li, command)
    for kind in (Freeze, Unfreeze):
        head = (NETWORK, people.ledger.end_ms(), 0, people.ledger.cards[0].version)
        people.ledger.must(kind(*head, Role.ISSUER, Cause.REQUEST, NO_HASH), people.ledger.issuer)
    assert li.gift_link(0, SITE) == link
    must(li, li.take_back(0))
    with pytest.raises(NotOurs):
        li.gift_link(0, SITE)


def test_a_sale_is_released_by_the_settler_or_taken_back_in_time(people, li):
    until_ms = people.ledger.clock() + DAY_MS
    must(li, li.hold_for_sale(0, 9_000, until_ms, ORDER))
    assert people.ledger.cards[0].hold.kind is HoldKind.SALE
    early = li.take_back(0)
    assert li.send(early) == Refused(early.id, "hold_not_expired")
    mei = people.wallet("mei")
    address = mei.address(0)
    card = people.ledger.cards[0]
    body = Release(NETWORK, people.ledger.end_ms(), 0, card.version, address.owner, address.envelope, ORDER)
    people.ledger.must(body, people.ledger.settler)
    assert mei.learn(0).owner == address.owner
    must(li, li.hold_for_sale(1, 9_000, until_ms, ORDER))
    people.ledger.clock.now_ms = until_ms + 1
    must(li, li.take_back(1))
    assert owns(li, 1)


def test_splitting_and_merging_keep_the_key(people, li):
    must(li, li.split(0, [3_000, 7_000]))
    assert li.serials == (1, 6, 7)
    assert all(owns(li, serial) for serial in (6, 7))
    must(li, li.merge([7, 6]))
    assert li.serials == (1, 8)
    must(li, li.merge([8, 1]))
    assert li.serials == (9,)
    assert people.ledger.cards[9].balance_minor == 20_000
    must(li, li.redeem(9, 20_000, ORDER))
    assert people.ledger.cards[0].status is Status.SPLIT


def test_keys_are_found_from_the_root_alone(people, li):
    """The file is lost; the root was kept elsewhere. Parts of parts, merged cards, cards given after a split."""
    must(li, li.split(0, [2_000, 3_000, 5_000]))
    must(li, li.split(8, [1_000, 4_000]))
    must(li, li.merge([1, 6]))
    mei = people.wallet("mei")
    address = mei.address(7)
    must(li, li.give(7, address.owner))
    mei.learn(7)
    back = li.address(7)
    must(mei, mei.give(7, back.owner))
    expected = {serial for serial in people.ledger.cards if owns(li, serial)}
    root = Root(li._root.secret, NETWORK)
    again = people.wallet("again", root)
    for serial in range(2, 6):
        with pytest.raises(NotOurs):
            again.learn(serial)
    for serial in (7, 9, 10, 11):
        again.learn(serial)
        must(again, again.redeem(serial, 10, ORDER))
    assert again.serials == (7, 9, 10, 11)
    assert expected >= {7, 9, 10, 11}


def test_a_lost_card_comes_back_by_rebind(people, li):
    new = people.wallet("new")
    release = new.rebind_key(0)
    case = sha256(b"case").digest()

    def rebind() -> None:
        head = (NETWORK, people.ledger.end_ms(), 0, people.ledger.cards[0].version)
        people.ledger.must(Rebind(*head, release, case), people.ledger.issuer)

    rebind()
    with pytest.raises(NotOurs):
        people.wallet("other").finish_rebind(0)
    early = new.finish_rebind(0)
    assert new.send(early) == Refused(early.id, "rebind_pending")
    must(li, li.object_to_rebind(0))
    with pytest.raises(ValueError, match="nobody has asked"):
        li.object_to_rebind(0)
    rebind()
    people.ledger.clock.now_ms += DAY_MS + 1
    must(new, new.finish_rebind(0))
    assert owns(new, 0)
    assert not owns(li, 0)


def test_a_refused_command_leaves_nothing_behind(people, li):
    command = li.redeem(0, 1_000_000, ORDER)
    assert li.pending == (command,)
    assert li.send(command) == Refused(command.id, "amount_over_balance")
    assert (li.pending, li.serials) == ((), (0, 1))


def test_a_clearance_is_added_between_signing_and_sending(tmp_path):
    people = People(tmp_path, replace(TERMS, clearance=("redeem", "transfer")))
    li = people.wallet("li")
    for make in (lambda: li.claim(0, CODES[0]), lambda: li.redeem(0, 5, ORDER)):
        command = make()
        clearance = clear([command.id], [people.ledger.clearer], NETWORK, people.ledger.end_ms())[command.id]
        must(li, command.cleared(clearance))
    assert li.serials == (0,)


def test_named_cards_get_an_envelope_that_the_wallet_keeps(tmp_path):
    people = People(tmp_path, replace(TERMS, named=True))
    li = people.wallet("li")
    bare = li.claim(0, CODES[0])
    assert li.send(bare) == Refused(bare.id, "envelope_missing")
    command = li.claim(0, CODES[0], {"name": "李雷"})
    must(li, command)
    li = people.reopen(li, "li")
    assert li.envelope(0).hash == command.body.envelope
    assert li.envelope(1) is None


def actions(people, li):
    """Everything that changes what a wallet owns: a label, the command, and what it owns afterwards."""
    mei = people.wallet("mei")
    return {
        "claim": (lambda: li.claim(2, CODES[2]), (0, 1, 2)),
        "give": (lambda: li.give(0, mei.address(0).owner), (1,)),
        "redeem": (lambda: li.redeem(0, 5, ORDER), (0, 1)),
        "hold": (lambda: li.give_by_link(0, people.ledger.clock() + DAY_MS, SITE)[0], (0, 1)),
        "split": (lambda: li.split(0, [4_000, 6_000]), (1, 6, 7)),
        "merge": (lambda: li.merge([0, 1]), (6,)),
    }


ACTIONS = ["claim", "give", "redeem", "hold", "split", "merge"]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("crash", ["before sending", "before the answer", "before recording"])
def test_a_crash_at_any_moment_loses_no_key(people, li, action, crash):
    make, after = actions(people, li)[action]
    command = make()
    if crash == "before the answer":
        people.transport.lose = [True, True]
        people.transport.faults = [None, None] + [_gone] * 2
        with pytest.raises(Undecided):
            li.send(command)
    elif crash == "before recording":
        assert isinstance(people.client.submit(command), Accepted)
    li = people.reopen(li, "li")
    found = li.recover()
    if crash == "before sending":
        assert found.open == (command.id,)
        assert li.pending[0].raw == command.raw
        must(li, li.pending[0])
    else:
        assert found.accepted == (command.id,)
    assert (li.serials, li.pending) == (after, ())
    assert [card.serial for card in li.refresh()] == list(after)


@pytest.mark.parametrize("action", ["split", "merge"])
def test_a_node_that_is_gone_after_accepting_is_asked_later(people, li, action):
    make, after = actions(people, li)[action]
    command = make()
    people.transport.faults = [None, _gone, _gone]
    assert isinstance(li.send(command), Accepted)
    assert li.pending == (command,)
    assert li.recover().accepted == (command.id,)
    assert li.serials == after


def test_a_command_that_can_never_count_is_dropped(people, li):
    overtaken, expired = li.redeem(0, 5, ORDER), li.redeem(1, 5, ORDER)
    overtaking = li.redeem(0, 6, ORDER)
    people.client.submit(overtaking)
    people.ledger.clock.now_ms += 11 * 60 * 1000
    found = li.recover()
    assert found.void == (overtaken.id,)
    assert found.open == (expired.id,)
    assert isinstance(people.ledger.submit(expired.raw), Refused)
    people.ledger.clock.now_ms += CLOCK_SLACK_MS
    assert li.recover().void == (expired.id,)
    assert li.pending == ()


def test_a_ledger_that_went_back_to_a_backup_locks_nobody_out(people, li, tmp_path):
    """The backup is from before the cards: a wallet that cannot be opened then could not be used for what is left."""
    command = li.redeem(0, 5, ORDER)
    before = PaperLedger().found(TERMS)
    client, _, _ = client_of(before)
    li.close()
    again = Wallet.open(people.folder / "li", client, now_ms=people.ledger.clock)
    assert again.recover().open == (command.id,)
    assert again.refresh() == []
    assert again.serials == (0, 1)
    people.ledger.clock.now_ms += 11 * 60 * 1000 + CLOCK_SLACK_MS
    assert again.recover().void == (command.id,)


def test_a_command_that_gets_in_while_it_is_looked_for_is_not_dropped(people, li):
    """The log does not have it; then it is taken; then the card has moved on. Only a question after that counts."""
    command = li.redeem(0, 5, ORDER)

    def meanwhile(method, path, body):
        people.ledger.submit(command.raw)

    people.transport.faults = [None, meanwhile]
    assert li.recover().accepted == (command.id,)


def test_without_a_node_everything_stays_pending(people, li):
    command = li.redeem(0, 5, ORDER)
    people.transport.faults = [_gone] * 10
    with pytest.raises(NodeUnavailable):
        li.recover()
    assert li.pending == (command,)


def test_a_command_is_written_down_before_it_is_handed_out(people, li, monkeypatch):
    def full(book):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(li._holdings._file, "save", full)
    before = len(people.transport.requests)
    with pytest.raises(OSError, match="No space"):
        li.redeem(0, 5, ORDER)
    assert all(method == "GET" for method, _ in people.transport.requests[before:])


def test_an_answer_to_a_stranger_changes_nothing(people, li):
    li.settle(bytes(32), Accepted(bytes(32), 0, 0))
    assert li.serials == (0, 1)


def test_a_card_issued_straight_to_a_wallet_is_learnt(people, li):
    serial = people.ledger.state.card_count
    key = li._root.owner_key(serial, 0)
    sequence = people.ledger.state.authorities[Role.ISSUER].sequence
    body = Issue(NETWORK, people.ledger.end_ms(), sequence, 0, 10_000, serial, (key.public,))
    people.ledger.must(body, people.ledger.issuer)
    assert li.learn(serial).serial == serial
    assert li.serials == (0, 1, serial)


def test_a_root_belongs_to_one_ledger(people):
    with pytest.raises(ValueError, match="another ledger"):
        people.wallet("x", Root.generate(b"x" * 16))


def _gone(method, path, body):
    raise NodeUnavailable("gone")
