"""The holders' verbs, each done right and then in the most likely wrong way."""

from __future__ import annotations

import stat

import pytest

from cardtrail.wallet.links import GiftLink
from tests.cli.conftest import NAMED, run


@pytest.fixture
def held(world):
    """Card 0 (¥100) and card 12 (¥500) are ann's."""
    world.claim(0)
    world.claim(12)
    return world


def test_claim_by_a_typed_code(world):
    ran = world.ok("claim", 0, "--wallet", world.wallet("ann"), "--json", typed=world.code(0).lower() + "\n")
    assert ran.json["status"] == "accepted"
    assert set(ran.json) == {"status", "id", "index", "time_ms", "cards", "receipt"}
    assert ran.json["cards"][0]["hop"] == 1


def test_claim_by_a_code_file(world):
    file = world.path / "code"
    file.write_text(world.code(3), encoding="utf-8")
    assert "is yours" in world.ok("claim", 3, "--wallet", world.wallet("ann"), "--code-file", file).out


@pytest.mark.parametrize(
    ("typed", "code", "what"),
    [
        ("hello\n", 2, "a card code has 25 characters"),
        ("", 2, "no code or gift link was given"),
        ("https://cards.example/c/0000000000000000#abc\n", 2, "22 characters"),
    ],
)
def test_claim_with_a_secret_that_is_none(world, typed, code, what):
    assert what in world.fails(code, "claim", 0, "--wallet", world.wallet("ann"), typed=typed)


def test_claim_with_another_cards_code(world):
    error = world.fails(1, "claim", 0, "--wallet", world.wallet("ann"), typed=world.code(1))
    assert "does not open this card" in error


def test_a_copied_code_comes_too_late(held):
    error = held.fails(1, "claim", 0, "--wallet", held.wallet("bob"), "--codes", held.codes)
    assert "claimed already" in error


def test_claim_before_activation(world):
    error = world.fails(1, "claim", 15, "--wallet", world.wallet("ann"), "--codes", world.codes)
    assert "card_inactive" in error


def test_claim_of_a_named_card_asks_who(world):
    wallet = ("--wallet", world.wallet("ann"), "--codes", world.codes)
    assert "--identity" in world.fails(2, "claim", NAMED, *wallet)
    assert "NAME=VALUE" in world.fails(2, "claim", NAMED, *wallet, "--identity", "Ann")
    ran = world.claim(NAMED, "ann", "--identity", "name=王芳")
    assert "王芳" not in ran.out


def test_give_by_link_and_claim_it(held):
    link = held.path / "link.txt"
    held.ok("give", 0, "--wallet", held.wallet("ann"), "--link", link)
    assert stat.S_IMODE(link.stat().st_mode) == 0o600
    url = link.read_text()
    assert GiftLink.parse(url).serial == 0
    assert held.card(0)["hold"]["kind"] == "gift"
    held.ok("claim", "--wallet", held.wallet("bob"), typed=url)
    assert held.card(0)["hop"] == 2
    assert "does not open" in held.fails(1, "claim", "--wallet", held.wallet("ann"), typed=url)


def test_give_to_a_wallet(held):
    address = run("wallet", "key", held.ledger, 0, "--wallet", held.wallet("bob")).out.strip()
    assert len(address) == 64
    shown = run("wallet", "show", held.ledger, "--wallet", held.wallet("bob"), "--json")
    assert shown.json["cards"] == []
    held.ok("give", 0, "--wallet", held.wallet("ann"), "--to", address)
    shown = run("wallet", "show", held.ledger, "--wallet", held.wallet("bob"), "--json")
    assert [card["serial"] for card in shown.json["cards"]] == [0]
    assert held.ok("card", 0, "--wallet", held.wallet("ann"), "--json").json["yours"] is False


def test_give_needs_one_way(held):
    wallet = ("--wallet", held.wallet("ann"))
    assert "say how to give it" in held.fails(2, "give", 0, *wallet)
    assert "say how to give it" in held.fails(
        2, "give", 0, *wallet, "--print-link", "--link", held.path / "x"
    )
    assert "no address of a wallet" in held.fails(2, "give", 0, *wallet, "--to", "bob")
    assert "hold_time_not_allowed" in held.fails(1, "give", 0, *wallet, "--print-link", "--for", "99d")


def test_give_what_is_not_ones_own(held):
    assert "no key for card 1" in held.fails(1, "give", 1, "--wallet", held.wallet("ann"), "--print-link")


def test_a_gift_can_be_taken_back(held):
    held.ok("give", 0, "--wallet", held.wallet("ann"), "--print-link")
    held.ok("return", 0, "--wallet", held.wallet("ann"))
    assert held.card(0)["hold"] is None
    assert "card_not_held" in held.fails(1, "return", 0, "--wallet", held.wallet("ann"))


def test_sale_delivered(held):
    held.ok("hold", 12, "--wallet", held.wallet("ann"), "--price", "470", "--order", "A-1")
    assert held.card(12)["hold"]["price_minor"] == 47_000
    again = held.fails(1, "hold", 12, "--wallet", held.wallet("ann"), "--price", "460")
    assert "card_held" in again
    address = run("wallet", "key", held.ledger, 12, "--wallet", held.wallet("bob")).out.strip()
    wrong = held.fails(1, "release", 12, "--to", address, "--order", "A-2")
    assert "wrong_reference" in wrong
    assert "which order was paid" in held.fails(2, "release", 12, "--to", address)
    both = ("--order", "A-1", "--any-order")
    assert "which order was paid" in held.fails(2, "release", 12, "--to", address, *both)
    held.ok("release", 12, "--to", address, "--order", "A-1")
    assert held.ok("card", 12, "--wallet", held.wallet("bob"), "--json").json["yours"] is True


def test_sale_delivered_for_any_order_if_that_is_said(held):
    held.ok("hold", 12, "--wallet", held.wallet("ann"), "--price", "470", "--order", "A-1")
    address = run("wallet", "key", held.ledger, 12, "--wallet", held.wallet("bob")).out.strip()
    held.ok("release", 12, "--to", address, "--any-order")
    assert held.ok("card", 12, "--wallet", held.wallet("bob"), "--json").json["yours"] is True


def test_a_link_can_be_had_again_while_the_gift_waits(held):
    wallet, link, again = ("--wallet", held.wallet("ann")), held.path / "link", held.path / "again"
    assert "not set aside as a gift" in held.fails(1, "give", 0, *wallet, "--link", again, "--again")
    held.ok("give", 0, *wallet, "--link", link)
    held.ok("give", 0, *wallet, "--link", again, "--again")
    assert again.read_text() == link.read_text()
    assert stat.S_IMODE(again.stat().st_mode) == 0o600
    shown = held.ok("give", 0, *wallet, "--print-link", "--again", "--json").json
    assert shown["link"] == link.read_text().strip()
    assert "--again is for a link" in held.fails(2, "give", 0, *wallet, "--to", "0" * 64, "--again")


def test_sale_returned_unsold(held):
    held.ok("hold", 12, "--wallet", held.wallet("ann"), "--price", "470")
    assert "hold_not_expired" in held.fails(1, "return", 12, "--wallet", held.wallet("ann"))
    held.ok("return", 12, "--settler")
    assert held.ok("card", 12, "--wallet", held.wallet("ann"), "--json").json["yours"] is True


def test_hold_needs_to_know_for_whom(held):
    wallet = ("--wallet", held.wallet("ann"))
    assert "say for whom" in held.fails(2, "hold", 12, *wallet)
    assert "price_over_cap" in held.fails(1, "hold", 12, *wallet, "--price", "501")
    assert "not an amount" in held.fails(2, "hold", 12, *wallet, "--price", "cheap")
    assert "public key" in held.fails(2, "hold", 12, *wallet, "--for-key", "xyz")


def test_return_needs_to_know_who(held):
    assert "say who you are" in held.fails(2, "return", 0)


def test_a_named_card_needs_a_clearance_to_be_sold(world):
    world.ok("define", "Club", "--face", "100", "--named", "--cooling-off", "1m", "--clearance", "redeem")
    (world.path / "club.csv").write_text("product,face,count,kind\nClub,100,1,named\n", encoding="utf-8")
    codes = world.path / "club-codes"
    world.ok("issue", world.path / "club.csv", "--codes", codes)
    world.ok("activate", 20)
    world.ok("claim", 20, "--codes", codes, "--wallet", world.wallet("ann"), "--identity", "name=Ann")
    pay = ("redeem", 20, "10", "--order", "A-1", "--wallet", world.wallet("ann"))
    assert "clearance_missing" in world.fails(1, *pay)
    world.ok(*pay, "--clearer", world.ledger / "keys")
    assert world.card(20)["balance_minor"] == 9_000


def test_redeem_and_refund(held):
    ran = held.ok("redeem", 0, "30.50", "--order", "A-1", "--wallet", held.wallet("ann"))
    assert "¥30.50 paid" in ran.out
    assert "¥69.50 left" in ran.out
    held.ok("refund", 0, "30.5", "--order", "A-1")
    assert held.card(0)["balance_minor"] == 10_000
    assert "amount_over_face" in held.fails(1, "refund", 0, "0.01", "--order", "A-1")
    assert "amount_over_balance" in held.fails(
        1, "redeem", 0, "100.01", "--order", "A-2", "--wallet", held.wallet("ann")
    )


@pytest.mark.parametrize("amount", ["0", "-5", "1.234", "1e3", "NaN", "ten", "9" * 16])
def test_amounts_that_are_none(held, amount):
    error = held.fails(2, "redeem", "--order", "A-1", "--wallet", held.wallet("ann"), "--", 0, amount)
    assert "Error:" in error


def test_split_and_merge(held):
    ran = held.ok("split", 0, "60", "40", "--wallet", held.wallet("ann"), "--json")
    assert [card["balance_minor"] for card in ran.json["cards"]] == [6_000, 4_000]
    made = [card["serial"] for card in ran.json["cards"]]
    ran = held.ok("merge", *made, "--wallet", held.wallet("ann"), "--json")
    assert ran.json["cards"][0]["balance_minor"] == 10_000
    assert ran.json["cards"][0]["parents"] == made
    assert "card_dead" in held.fails(1, "merge", *made, "--wallet", held.wallet("ann"))


def test_split_and_merge_mistakes(held):
    wallet = ("--wallet", held.wallet("ann"))
    assert "at least two amounts" in held.fails(2, "split", 0, "100", *wallet)
    assert "parts_do_not_sum" in held.fails(1, "split", 0, "60", "30", *wallet)
    assert "at least two cards" in held.fails(2, "merge", 0, 0, *wallet)
    assert "there is no card 99" in held.fails(1, "merge", 0, 99, *wallet)


def test_wallets_are_not_replaced_and_not_mixed_up(world, tmp_path):
    assert "there is a wallet" in run("wallet", "new", world.ledger, world.wallet("ann")).err
    assert run("wallet", "new", world.ledger, world.wallet("ann")).code == 2
    assert run("init", tmp_path / "other").code == 0
    ran = run("wallet", "show", tmp_path / "other", "--wallet", world.wallet("ann"))
    assert ran.code == 2
    assert "of another ledger" in ran.err


def test_a_wallet_that_others_can_read_is_not_used(held):
    held.wallet("ann").chmod(0o644)
    error = held.fails(2, "redeem", 0, "1", "--order", "A", "--wallet", held.wallet("ann"))
    assert "chmod 600" in error


def test_wallet_show(held):
    ran = run("wallet", "show", held.ledger, "--wallet", held.wallet("ann"))
    assert "0000 0000 0000 0000" in ran.out
    assert "¥500.00" in ran.out
    ran = run("wallet", "show", held.ledger, "--wallet", held.wallet("bob"))
    assert "No cards yet" in ran.out
