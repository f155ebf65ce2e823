"""What people confirm happens on the ledger, once, and shows in the projection."""

from __future__ import annotations

import pytest

from cardtrail.web.actions import hooks
from cardtrail.web.actions import perform as performing
from cardtrail.web.actions.custody import keyring
from cardtrail.web.actions.models import Action, Confirmation, Root
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform, run_due
from cardtrail.web.actions.public import gift_link, gift_secret
from cardtrail.web.ledger.follow import catch_up, rebuild
from cardtrail.web.ledger.models import Card, DayFlow, Movement, Totals
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.cards import Card as Record
from tests.web.ledgers import Ledger
from tests.web.people import People, agree, claim, do

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def same_as_ledger(ledger: Ledger) -> None:
    """Every row of the projection is the ledger's own record."""
    catch_up()
    rows = {card.serial: card.record for card in Card.objects.all()}
    assert rows == {
        serial: ledger.link.client.card(serial) for serial in range(ledger.link.client.ledger().cards)
    }


def test_a_claimed_card_is_its_claimers(ledger: Ledger, people: People) -> None:
    person = people.make()
    [card] = claim(person, ledger, ledger.issue())
    assert card.holder == person
    assert card.hop == 1
    same_as_ledger(ledger)


def test_a_code_is_dead_once_used(ledger: Ledger, people: People) -> None:
    [serial] = ledger.issue()
    claim(people.make(), ledger, [serial])
    [outcome] = do(people.make("别人"), Order("claim", serial, secret=ledger.codes[serial].secret))
    assert outcome.state == "refused"
    assert outcome.action.reason_code == "not_ours"
    same_as_ledger(ledger)


def test_a_whole_life(ledger: Ledger, people: People) -> None:
    giver, taker = people.make("小满"), people.make("阿强")
    first, second, third = ledger.issue(3)
    claim(giver, ledger, [first, second, third])
    held = agree(giver, Order("hold", first, {"until_ms": now_ms() + DAY_MS}))
    assert [outcome.state for outcome in perform(held)] == ["done"]
    assert Card.objects.get(serial=first).state == "held"
    assert gift_link(held.only_action, "https://cards.example").serial == first
    [taken] = do(taker, Order("accept", first, secret=gift_secret(held.only_action)))
    assert taken.state == "done"
    assert Card.objects.get(serial=first).holder == taker
    same_as_ledger(ledger)
    [spent] = do(taker, Order("redeem", first, {"amount_minor": 1_999, "order": "ab" * 32}))
    assert spent.state == "done"
    [refunded] = do(taker, Order("refund", first, {"amount_minor": 999, "order": "ab" * 32}))
    assert refunded.state == "done"
    [divided] = do(giver, Order("split", second, {"amounts_minor": [20_000, 30_000]}))
    assert divided.state == "done"
    parts = list(Card.objects.filter(holder=giver, status=1).order_by("serial"))
    assert [card.balance_minor for card in parts] == [50_000, 20_000, 30_000]
    [joined] = do(giver, Order("merge", None, {"serials": [card.serial for card in parts[1:]]}))
    assert joined.state == "done"
    for kind in ("freeze", "unfreeze"):
        [stopped] = do(giver, Order(kind, third, {"cause": "request", "case": "cd" * 32}))
        assert stopped.state == "done", stopped
    [ended] = do(giver, Order("void", third, {"cause": "error", "case": "cd" * 32}))
    assert ended.state == "done"
    same_as_ledger(ledger)
    before = list(Movement.objects.order_by("index", "serial").values())
    sums, flows = (
        list(Totals.objects.values()),
        list(DayFlow.objects.order_by("day").values_list("redeemed", "claims")),
    )
    rebuild()
    assert list(Totals.objects.values()) == sums
    assert list(DayFlow.objects.order_by("day").values_list("redeemed", "claims")) == flows
    drop = {"id"}
    assert [
        {k: v for k, v in row.items() if k not in drop}
        for row in Movement.objects.order_by("index", "serial").values()
    ] == [{k: v for k, v in row.items() if k not in drop} for row in before]
    same_as_ledger(ledger)


def test_a_gift_comes_back_by_itself_and_only_that_gift(ledger: Ledger, people: People) -> None:
    giver = people.make()
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    until_ms = now_ms() + DAY_MS
    orders = (
        Order("hold", serial, {"until_ms": until_ms}),
        Order("take_back", serial, {"hold": "self", "from_ms": until_ms + 1000}),
    )
    first = agree(giver, *orders)
    assert [outcome.state for outcome in perform(first)] == ["done", "waiting"]
    assert do(giver, Order("take_back", serial, {"hold": str(first.id)}))[0].state == "done"
    second = agree(giver, *orders)
    perform(second)
    Action.objects.filter(confirmation=first).update(next_try_ms=0)
    run_due()
    assert Action.objects.get(confirmation=first, place=1).reason_code == "card_not_held"
    assert Card.objects.get(serial=serial).state == "held"
    Action.objects.filter(confirmation=second).update(next_try_ms=0)
    run_due()
    assert Card.objects.get(serial=serial).state == "active"
    same_as_ledger(ledger)


def test_what_was_confirmed_waits_for_a_node_that_is_away(ledger: Ledger, people: People) -> None:
    person = people.make()
    [serial] = ledger.issue()
    ledger.wire.cut = True
    confirmation = agree(person, Order("claim", serial, secret=ledger.codes[serial].secret))
    assert [outcome.state for outcome in perform(confirmation)] == ["waiting"]
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    assert run_due() == 1
    assert Card.objects.get(serial=serial).holder == person


def test_a_lost_answer_does_not_do_it_twice(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    confirmation = agree(person, Order("redeem", serial, {"amount_minor": 100, "order": "ab" * 32}))

    class LostError(RuntimeError):
        pass

    def lose(*_: object) -> None:
        raise LostError

    with monkeypatch.context() as patch:
        patch.setattr(performing, "_settle", lose)
        with pytest.raises(LostError):
            perform(confirmation)
    assert Action.objects.get(confirmation=confirmation).state == "signed"
    Action.objects.update(lease_ms=0, next_try_ms=0)
    run_due()
    assert Action.objects.get(confirmation=confirmation).state == "done"
    assert Card.objects.get(serial=serial).balance_minor == 50_000 - 100


def test_two_actions_on_one_card_both_happen(ledger: Ledger, people: People) -> None:
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    orders = [Order("redeem", serial, {"amount_minor": 100, "order": f"{place:064x}"}) for place in range(2)]
    assert [outcome.state for outcome in do(person, *orders)] == ["done", "done"]
    assert Card.objects.get(serial=serial).balance_minor == 50_000 - 200


@pytest.mark.parametrize("field", ["text", "purpose", "address", "at_ms", "method", "orders"])
def test_nothing_is_signed_for_what_was_not_confirmed(ledger: Ledger, people: People, field: str) -> None:
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    confirmation = agree(person, Order("redeem", serial, {"amount_minor": 100, "order": "ab" * 32}))
    other = {
        "at_ms": 1,
        "orders": [{**confirmation.orders[0], "parameters": {"amount_minor": 50_000, "order": "ab" * 32}}],
    }
    Confirmation.objects.filter(id=confirmation.id).update(**{field: other.get(field, "another")})
    [outcome] = perform(Confirmation.objects.get(id=confirmation.id))
    assert outcome.action.reason_code == "unconfirmed"
    assert Card.objects.get(serial=serial).balance_minor == 50_000


def test_whoever_writes_only_to_the_database_cannot_make_a_confirmation(
    ledger: Ledger, people: People
) -> None:
    from cardtrail.web.actions.evidence import hash_of

    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    confirmation = agree(person, Order("redeem", serial, {"amount_minor": 100, "order": "ab" * 32}))
    more = {"amount_minor": 50_000, "order": "ab" * 32}
    Action.objects.filter(confirmation=confirmation).update(parameters=more)
    confirmation.orders[0]["parameters"] = more
    confirmation.evidence = hash_of(confirmation)
    confirmation.save()
    [outcome] = perform(confirmation)
    assert outcome.action.reason_code == "unconfirmed"
    assert outcome.action.raw is None


def test_a_changed_action_is_not_signed(ledger: Ledger, people: People) -> None:
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    confirmation = agree(person, Order("redeem", serial, {"amount_minor": 100, "order": "ab" * 32}))
    Action.objects.filter(confirmation=confirmation).update(
        parameters={"amount_minor": 50_000, "order": "ab" * 32}
    )
    [outcome] = perform(confirmation)
    assert outcome.action.reason_code == "unconfirmed"
    assert outcome.action.raw is None


def test_a_dump_of_the_database_alone_moves_no_card(ledger: Ledger, people: People) -> None:
    """Nothing in the database, taken by itself, is a key to any card: no root, no code, no link's secret."""
    person = people.make()
    serials = ledger.issue(2)
    ledger.wire.cut = True
    perform(agree(person, Order("claim", serials[0], secret=ledger.codes[serials[0]].secret)))
    ledger.wire.cut = False
    claim(person, ledger, [serials[1]])
    perform(agree(person, Order("hold", serials[1], {"until_ms": now_ms() + DAY_MS})))
    from django.db import connection

    dump = b""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    dump += bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
    root = keyring().open(bytes(Root.objects.get(person=person).sealed), f"root/{person.id}".encode())
    secrets = [root, ledger.codes[serials[0]].secret, gift_secret(Action.objects.get(kind="hold"))]
    for secret in secrets:
        assert secret not in dump
        assert secret.hex().encode() not in dump
    assert ledger.codes[serials[0]].text.encode() not in dump


def test_records_equal(ledger: Ledger) -> None:
    [serial] = ledger.issue()
    record = Card.objects.get(serial=serial).record
    assert isinstance(record, Record)
    assert record == ledger.link.client.card(serial)


def test_a_hook_that_fails_keeps_nobody_else_waiting(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = people.make()
    first, second = ledger.issue(2)
    ledger.wire.cut = True
    broken = agree(person, Order("claim", first, secret=ledger.codes[first].secret), purpose="broken")
    others = agree(person, Order("claim", second, secret=ledger.codes[second].secret))

    def fails(action: Action) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(hooks._hooks, "broken", [fails])
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    assert run_due() == 2
    assert others.only_action.state == "done"
    assert broken.only_action.state == "signed"
    monkeypatch.undo()
    Action.objects.update(next_try_ms=0)
    assert run_due() == 1
    assert broken.only_action.state == "done"
    assert Movement.objects.filter(serial=first, kind="transfer").count() == 1


def test_whoever_hears_of_an_end_finds_the_row_as_it_is_written(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, heard = people.make(), []
    [serial] = ledger.issue()
    monkeypatch.setitem(hooks._hooks, "heard", [heard.append])
    do(person, Order("claim", serial, secret=ledger.codes[serial].secret), purpose="heard")
    [told] = heard
    written = Action.objects.get()
    for field in Action._meta.concrete_fields:
        if field.name != "lease_ms":  # Given back afterwards.
            assert getattr(told, field.attname) == getattr(written, field.attname), field.name
