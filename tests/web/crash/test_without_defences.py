"""What keeps a crash from doing something twice, and that it would be noticed if it were gone.

Each crash is simulated twice: with the defence, and with the defence taken away.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail as mailbox
from django.core.mail import EmailMessage
from django.db.models import QuerySet

from cardtrail.client.build import SignedCommand, sign
from cardtrail.web.actions import perform as performing
from cardtrail.web.actions.kinds.plan import Bench, Plan
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform, run_due
from cardtrail.web.ledger import follow
from cardtrail.web.ledger.models import Card, DayFlow, Movement, Position, Product, Totals
from cardtrail.web.notices import from_ledger
from cardtrail.web.notices.mail import send_due
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.notices.tell import News, notify_all
from tests.web.ledgers import Ledger
from tests.web.people import People, agree, claim

pytestmark = pytest.mark.django_db

FACE = 50_000
ORDER = "ab" * 32
defended = pytest.mark.parametrize("defended", [True, False], ids=["with", "without"])


class Killed(BaseException):
    """The process is gone. No `except` for errors catches it, as nothing catches SIGKILL."""


def dying_after(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose process is killed as soon as it is done."""

    def die(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        raise Killed

    return die


def another_process_takes_over() -> None:
    """The lease of whoever had the actions is over."""
    Action.objects.update(lease_ms=0, next_try_ms=0)
    while run_due():
        pass


@defended
def test_bytes_are_written_down_before_anybody_sees_them(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    person = people.make()
    [card] = claim(person, ledger, ledger.issue(1, FACE))
    confirmation = agree(person, Order("redeem", card.serial, {"amount_minor": 100, "order": ORDER}))
    client = ledger.link.client
    with monkeypatch.context() as patch:
        patch.setattr(client, "submit_many", dying_after(client.submit_many))
        if not defended:
            patch.setattr(performing, "_write_down", _sign_only)
        with pytest.raises(Killed):
            perform(confirmation)
    another_process_takes_over()
    times = 1 if defended else 2
    assert Card.objects.get(serial=card.serial).balance_minor == FACE - 100 * times
    assert Movement.objects.filter(kind="redeem").count() == times


def _sign_only(_: Action, plan: Plan, __: Bench) -> SignedCommand:
    return sign(plan.body, *plan.keys)


@pytest.mark.database
@defended
def test_a_process_that_was_only_slow_signs_nothing_more(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    person = people.make()
    [card] = claim(person, ledger, ledger.issue(1, FACE))
    confirmation = agree(person, Order("redeem", card.serial, {"amount_minor": 100, "order": ORDER}))
    write_down = performing._write_down if defended else _write_whatever_happened

    def slowly(*args: Any) -> SignedCommand | None:
        monkeypatch.undo()
        another_process_takes_over()
        return write_down(*args)

    monkeypatch.setattr(performing, "_write_down", slowly)
    perform(confirmation)
    another_process_takes_over()
    times = 1 if defended else 2
    assert Movement.objects.filter(kind="redeem").count() == times
    assert Action.objects.get(confirmation=confirmation).state == "done"


def _write_whatever_happened(action: Action, plan: Plan, bench: Bench) -> SignedCommand:
    command = _sign_only(action, plan, bench)
    fields = {"raw": command.raw, "command_id": command.id, "state": "signed"}
    Action.objects.filter(id=action.id).update(**fields)
    return command


@pytest.mark.database
@defended
def test_a_follower_that_lost_its_place_tells_nobody_again(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    person = people.make()
    claim(person, ledger, ledger.issue(3, FACE))
    assert Notice.objects.count() == 3
    if not defended:

        def anew(news: Iterable[News]) -> int:
            return notify_all([replace(one, key=f"{one.key}/{uuid.uuid4()}") for one in news])

        monkeypatch.setattr(from_ledger, "notify_all", anew)
    for model in (Card, Movement, Totals, DayFlow, Product, Position):
        model.objects.all().delete()
    follow.catch_up()
    assert Notice.objects.count() == (3 if defended else 6)
    assert Movement.objects.filter(kind="transfer").count() == 3


@pytest.mark.database
@defended
def test_a_mail_is_claimed_before_it_goes_out(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    claim(people.make(), ledger, ledger.issue(1, FACE))
    if not defended:
        update: Callable[..., int] = QuerySet.update

        def unclaimed(rows: Any, **fields: Any) -> int:
            if rows.model is Mail:
                fields.pop("claimed_ms", None)
            return update(rows, **fields)

        monkeypatch.setattr(QuerySet, "update", unclaimed)
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", dying_after(EmailMessage.send))
        with pytest.raises(Killed):
            send_due()
    send_due()
    assert len(mailbox.outbox) == (1 if defended else 2)
    assert Mail.objects.get().sent_ms is None or not defended
