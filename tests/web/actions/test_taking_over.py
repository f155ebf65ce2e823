"""One process goes on with what another had begun, and the other was not dead but slow."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.web.actions import perform as performing
from cardtrail.web.actions.kinds.plan import NotPossible
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import MOST_SIGNED, PASSING, perform, run_due
from cardtrail.web.actions.refusals import NOT_OURS
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.wire.answers import Refused
from tests.web.ledgers import Ledger
from tests.web.people import People, agree, claim

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ORDER = "ab" * 32


@pytest.fixture
def payment(ledger: Ledger, people: People) -> Action:
    """Somebody confirms to pay 1.00; nothing has been done about it."""
    person = people.make()
    [card] = claim(person, ledger, ledger.issue())
    return agree(person, Order("redeem", card.serial, {"amount_minor": 100, "order": ORDER})).only_action


def taken_over() -> None:
    Action.objects.update(lease_ms=0, next_try_ms=0)
    run_due()


@pytest.mark.parametrize("heard", [True, False], ids=["and knows it", "and has not heard yet"])
def test_a_slow_process_does_not_refuse_what_another_has_done(
    ledger: Ledger, payment: Action, monkeypatch: pytest.MonkeyPatch, heard: bool
) -> None:
    """By then the card has moved on, and looks to it as if it were not the person's any more."""

    def slowly(*_: object) -> None:
        monkeypatch.undo()
        if heard:
            taken_over()
        else:
            _taken_over_unheard(ledger, monkeypatch)
        raise NotPossible(NOT_OURS)

    monkeypatch.setitem(performing.KINDS, "redeem", slowly)
    perform(payment.confirmation)
    taken_over()
    assert Action.objects.get(id=payment.id).state == "done"


@pytest.mark.parametrize("code", ["wrong_version", "card_frozen"])
def test_a_refusal_of_former_bytes_says_nothing_about_those_signed_since(
    ledger: Ledger, payment: Action, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """The slow process hears no; meanwhile another has signed anew, and has not heard yet what became of it."""
    client = ledger.link.client
    submit_many = client.submit_many

    def slowly(commands: Any, **_: Any) -> list[Refused]:
        monkeypatch.setattr(client, "submit_many", submit_many)
        Action.objects.update(state="confirmed", raw=None, command_id=None)
        _taken_over_unheard(ledger, monkeypatch)
        return [Refused(None, code) for _ in commands]

    monkeypatch.setattr(performing, "_surely", lambda _client, _action, _command, answer: answer)
    monkeypatch.setattr(client, "submit_many", slowly)
    perform(payment.confirmation)
    taken_over()
    assert Action.objects.get(id=payment.id).state == "done"
    assert Movement.objects.filter(kind="redeem").count() == 1


@pytest.mark.parametrize("code", ["wrong_sequence", "card_frozen"])
def test_a_refusal_that_is_heard_late_says_nothing_about_the_same_bytes_sent_again(
    ledger: Ledger, payment: Action, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """The slow process was told no; another sends the same bytes again, and they are taken, but it has not heard so."""
    client = ledger.link.client
    submit_many = client.submit_many

    def slowly(commands: Any, **_: Any) -> list[Refused]:
        monkeypatch.setattr(client, "submit_many", submit_many)
        _taken_over_unheard(ledger, monkeypatch)
        return [Refused(None, code) for _ in commands]

    monkeypatch.setattr(client, "submit_many", slowly)
    perform(payment.confirmation)
    assert Action.objects.get(id=payment.id).state == "signed", (
        "it is not signed anew: it may have taken effect"
    )
    taken_over()
    assert Action.objects.get(id=payment.id).state == "done"
    assert Movement.objects.filter(kind="redeem").count() == 1


def _taken_over_unheard(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process takes it up, signs and submits, and is interrupted before it hears the answer."""
    client = ledger.link.client
    submit_many = client.submit_many

    def unheard(commands: Any) -> None:
        submit_many(commands)
        raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(client, "submit_many", unheard)
        with pytest.raises(InterruptedError):
            taken_over()


def test_what_a_slow_process_signs_while_another_looks_is_not_signed_again(
    payment: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It writes its command down after the other has read the action, and before that one takes it up."""
    [slow] = performing._take_up(performing.Q(), 1)
    Action.objects.update(lease_ms=0)
    take_one = performing._take_one

    def signed_before(*given: Any) -> bool:
        performing._sign([slow])
        return take_one(*given)

    with monkeypatch.context() as patch:
        patch.setattr(performing, "_take_one", signed_before)
        assert performing._take_up(performing.Q(), 1) == []
    signed = Action.objects.get(id=payment.id)
    assert (signed.state, signed.signings) == ("signed", 1)
    taken_over()
    done = Action.objects.get(id=payment.id)
    assert (done.state, done.signings, done.command_id) == ("done", 1, signed.command_id)


def test_a_slow_process_does_not_let_go_of_what_another_has(payment: Action) -> None:
    [slow] = performing._take_up(performing.Q(), 1)
    Action.objects.update(lease_ms=0)
    [present] = performing._take_up(performing.Q(), 1)
    Action.objects.filter(id=payment.id).update(lease_ms=present.lease_ms + 1)
    performing._put_off([slow])
    performing._release([slow])
    kept = Action.objects.get(id=payment.id)
    assert (kept.lease_ms, kept.next_try_ms) == (present.lease_ms + 1, 0)


def test_however_long_the_node_was_away_a_passing_refusal_passes(ledger: Ledger, payment: Action) -> None:
    """Signed, then the node went away for longer than the command was good for: it is signed anew."""
    assert "command_expired" in PASSING
    ledger.wire.cut = True
    for _ in range(MOST_SIGNED + 2):
        perform(payment.confirmation)
        Action.objects.update(next_try_ms=0)
    ledger.wire.cut = False
    Action.objects.update(attempts=MOST_SIGNED + 2)
    [action] = performing._take_up(performing.Q(), 1)
    [(_, command)] = performing._sign([action])
    performing._settle(action, command, Refused(None, "command_expired"))
    taken_over()
    assert Action.objects.get(id=payment.id).state == "done"
    assert Card.objects.get(serial=payment.serial).balance_minor == 50_000 - 100


def test_what_is_refused_in_passing_each_time_is_refused_at_last(
    ledger: Ledger, payment: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        ledger.link.client, "submit_many", lambda commands: [Refused(None, "wrong_version") for _ in commands]
    )
    for _ in range(MOST_SIGNED):
        assert Action.objects.get(id=payment.id).state == "confirmed"
        taken_over()
    refused = Action.objects.get(id=payment.id)
    assert (refused.state, refused.reason_code) == ("refused", "wrong_version")
