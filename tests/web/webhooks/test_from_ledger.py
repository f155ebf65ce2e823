from __future__ import annotations

import pytest

from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.actions.public import gift_secret
from cardtrail.web.ledger.follow import catch_up, rebuild
from cardtrail.web.ledger.models import Movement
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, now_ms
from cardtrail.web.webhooks.emit import Happening, emit_many
from cardtrail.web.webhooks.endpoints import add_endpoint
from cardtrail.web.webhooks.event_types import EVENT_TYPES
from cardtrail.web.webhooks.from_ledger import _PLAIN, tell_of
from cardtrail.web.webhooks.models import Delivery, Event
from cardtrail.wire.commands import KINDS as COMMANDS
from cardtrail.wire.commands import Cause, Freeze, Unfreeze, Void
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.roles import Role
from tests.web.people import agree, claim, do

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CARD_TYPES = [name for name in EVENT_TYPES if name.startswith("card.")]


@pytest.fixture
def listener(developer, receiver, now):
    endpoint, _ = add_endpoint(
        url=receiver.url, description="", event_types=CARD_TYPES, created_by=developer, now_ms=now
    )
    return endpoint


def told() -> list[tuple[str, int, dict]]:
    return [
        (event.type, event.data["serial"], event.data)
        for event in Event.objects.order_by("data__entry", "key")
    ]


@pytest.mark.usefixtures("listener")
def test_what_holders_do_is_told(ledger, people):
    me = people.make()
    (serial,) = ledger.issue(1, 50_000)
    claim(me, ledger, [serial])
    do(me, Order("redeem", serial, {"amount_minor": 3000, "order": "ab" * 32}))
    do(me, Order("split", serial, {"amounts_minor": [40_000, 7_000]}))
    parts = [serial + 1, serial + 2]
    do(me, Order("merge", None, {"serials": parts}))
    catch_up()
    events = told()
    assert [(kind, one) for kind, one, _ in events] == [
        ("card.activated", serial),
        ("card.claimed", serial),
        ("card.redeemed", serial),
        ("card.split", serial),
        ("card.merged", serial + 3),
    ]
    redeemed, split, merged = (data for _, _, data in events[2:])
    assert (redeemed["amount_minor"], redeemed["balance_minor"], redeemed["currency"]) == (
        3000,
        47_000,
        "CNY",
    )
    assert split["serials"] == merged["serials"] == parts
    assert split["card_numbers"] == [card_number(one) for one in parts]
    assert merged["balance_minor"] == 47_000
    for event in Event.objects.all():
        movement = Movement.objects.get(index=event.data["entry"], serial=event.data["serial"])
        assert (event.time_ms, event.subject) == (movement.time_ms, event.data["card_number"])
        assert "order" not in event.data


@pytest.mark.usefixtures("listener")
def test_gifts_are_told(ledger, people):
    me, friend = people.make(), people.make("阿强")
    (serial,) = ledger.issue()
    claim(me, ledger, [serial])
    until = {"until_ms": now_ms() + DAY_MS}
    held = agree(me, Order("hold", serial, until))
    perform(held)
    do(me, Order("take_back", serial, {"hold": str(held.id)}))
    again = agree(me, Order("hold", serial, until))
    perform(again)
    do(friend, Order("accept", serial, secret=gift_secret(again.only_action)))
    catch_up()
    assert [(kind, data.get("reason")) for kind, _, data in told()[2:]] == [
        ("card.held", None),
        ("card.released", "returned"),
        ("card.held", None),
        ("card.released", "released"),
        ("card.transferred", None),
    ]
    assert [data["kind"] for kind, _, data in told() if kind == "card.held"] == ["gift", "gift"]
    everything = str(told())
    assert "小满" not in everything
    assert me.email not in everything


@pytest.mark.usefixtures("listener")
@pytest.mark.parametrize(
    ("kind", "given", "told_as"),
    [("hold_sale", {"price_minor": 40_000}, "sale"), ("hand_in", {"balance_minor": 50_000}, "handed_in")],
)
def test_what_a_card_is_held_for_is_told(ledger, people, kind, given, told_as):
    me = people.make()
    (serial,) = ledger.issue(1, 50_000)
    claim(me, ledger, [serial])
    do(me, Order(kind, serial, {"until_ms": now_ms() + DAY_MS, **given}))
    name, _, data = told()[-1]
    assert (name, data["kind"]) == ("card.held", told_as)


@pytest.mark.usefixtures("listener")
def test_what_authorities_do_is_told_with_their_role(ledger):
    (serial,) = ledger.issue(1, 50_000)
    network, ends_ms = ledger.link.network, now_ms() + HOUR_MS
    case = bytes(32)
    ledger.submit(Freeze(network, ends_ms, serial, 1, Role.REGULATOR, Cause.LOSS, case), Role.REGULATOR)
    ledger.submit(Unfreeze(network, ends_ms, serial, 2, Role.REGULATOR, Cause.CLEARED, case), Role.REGULATOR)
    ledger.submit(Void(network, ends_ms, serial, 3, Cause.LOSS, case), Role.ISSUER)
    catch_up()
    assert [(kind, data["by"], data.get("amount_minor")) for kind, _, data in told()[1:]] == [
        ("card.frozen", "regulator", None),
        ("card.unfrozen", "regulator", None),
        ("card.voided", "issuer", 50_000),
    ]


def test_nothing_is_written_for_nobody(ledger):
    ledger.issue(3)
    assert not Event.objects.exists()


@pytest.mark.usefixtures("listener")
def test_telling_again_and_rebuilding_tell_nothing_twice(ledger):
    ledger.issue(3)
    assert Event.objects.count() == Delivery.objects.count() == 3
    tell_of(list(Movement.objects.order_by("index", "serial")))
    rebuild()
    assert Event.objects.count() == Delivery.objects.count() == 3


def test_many_cost_a_few_statements(listener, django_assert_max_num_queries):
    many = [Happening("card.activated", f"a/{n}", str(n), {"serial": n, "entry": n}, 1) for n in range(400)]
    with django_assert_max_num_queries(12):
        assert emit_many(many) == 400
    assert emit_many(many) == 0
    assert listener.deliveries.count() == 400


def test_a_repeat_among_many_is_told_once(listener):
    one = Happening("card.activated", "a", "1", {"serial": 1}, 1)
    assert emit_many([one, one]) == 1


def test_every_command_that_moves_a_card_is_told():
    """A new kind of command has to be placed here, on purpose."""
    elsewhere = {"transfer", "release", "split", "merge"}
    no_card = {"define", "issue", "appoint", "attest", "seal"}
    assert set(COMMANDS) - no_card == set(_PLAIN) | elsewhere
