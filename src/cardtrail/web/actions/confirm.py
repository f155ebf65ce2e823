"""Confirming: what a person agreed to is written down whole, with the actions it stands for, in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from cardtrail.web.accounts.address import client_address
from cardtrail.web.accounts.devices import device_of
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.custody import check, seal_of, seal_secret
from cardtrail.web.actions.evidence import hash_of
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text

State = Action.State


class SamePerson(PermissionError):  # noqa: N818 - it names what is wrong
    """Whoever asked for something that needs two people cannot be the second."""


class NotAwaiting(ValueError):  # noqa: N818 - it names what is wrong
    """The confirmation does not wait for anybody's approval: it was approved or declined already."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Who agreed, and the circumstances that a court would ask about. The fields are `Confirmation`'s."""

    person: Person | None
    language: str
    session: bytes
    device: str
    address: str
    agent: str
    method: str

    @classmethod
    def of(cls, request: HttpRequest) -> Witness:
        """What can be known of whoever sent this request."""
        person = request.user
        if not isinstance(person, Person):
            raise PermissionError("only somebody who is signed in can confirm something")
        methods = request.session.get("account_authentication_methods") or []
        return cls(
            person=person,
            language=get_language() or "zh-hans",
            session=sha256((request.session.session_key or "").encode()).digest(),
            device=str(device_of(request).id),
            address=str(client_address(request)),
            agent=request.headers.get("User-Agent", "")[:300],
            method=str(methods[-1].get("method", "")) if methods else "",
        )

    @classmethod
    def program(cls, person: Person, name: str, address: str) -> Witness:
        """A program of the brand's that acts with an API key, for the member of staff who made the key."""
        return cls(person, "en", sha256(name.encode()).digest(), name[:64], address, "", "api_key")


def confirm(
    request: HttpRequest | Witness, *, purpose: str, text: Text, orders: Sequence[Order], approval: str = ""
) -> Confirmation:
    """Write down what the person agreed to, and the actions. `perform` does them; until then nothing has happened.

    text       the very words the person was shown
    approval   what kind of approval by a second member of staff it needs; empty: none

    An order with a parameter `from_ms` is not done before that moment, one with `by_ms` not after it; one that
    `waits` not before it is let go (`actions.waiting`).
    """
    return _confirm(request, purpose, text, orders, approval)[0].confirmation


def confirm_one(request: HttpRequest | Witness, *, purpose: str, text: Text, order: Order) -> Action:
    """The same for a single order. Gives its action."""
    return _confirm(request, purpose, text, [order], "")[0]


def _confirm(
    request: HttpRequest | Witness, purpose: str, text: Text, orders: Sequence[Order], approval: str
) -> list[Action]:
    if not orders:
        raise ValueError("there is nothing to confirm")
    if approval and any(order.waits for order in orders):
        raise ValueError("what waits for an approval cannot wait for something else too")
    with transaction.atomic(savepoint=False):
        confirmation = _write(
            _witness(request), purpose, text, [order.evidence() for order in orders], approval
        )
        actions = [
            Action(
                confirmation=confirmation,
                place=place,
                person=confirmation.person,
                kind=order.kind,
                serial=order.serial,
                parameters=dict(order.parameters),
                state=State.AWAITING if approval or order.waits else State.CONFIRMED,
                next_try_ms=order.parameters.get("from_ms", 0),
            )
            for place, order in enumerate(orders)
        ]
        for action, order in zip(actions, orders, strict=True):
            if order.secret is not None:
                action.sealed = seal_secret(action, order.secret)
        Action.objects.bulk_create(actions, batch_size=500)
    return actions


def declare(
    request: HttpRequest | Witness,
    *,
    purpose: str,
    text: Text,
    about: Mapping[str, object],
    approval: str = "",
) -> Confirmation:
    """Write down what a person agreed to that is no command to the ledger: that a purchase is in order, how a dispute
    is to end. Part of the caller's transaction, with what it is about; there is nothing to perform.

    approval   as in `confirm`; what it stands for is then the business of whoever hears of the approval
    """
    with transaction.atomic():
        return _write(_witness(request), purpose, text, [dict(about)], approval)


def approve(request: HttpRequest | Witness, confirmation: Confirmation, text: Text) -> None:
    """A second member of staff lets it go on. Raises `SamePerson`, `NotAwaiting`."""
    with transaction.atomic():
        current = _awaiting(confirmation)
        witness = _witness(request)
        if witness.person is None or witness.person.pk == current.person_id:
            raise SamePerson("another member of staff has to approve this")
        given = _write(witness, "approve", text, [yes_to(current)], "")
        Confirmation.objects.filter(id=current.id).update(
            approval_given=given, approved_by=witness.person, approved_ms=given.at_ms
        )
        current.actions.update(state=Action.State.CONFIRMED)
    confirmation.refresh_from_db()
    for action in confirmation.actions.all():
        check(action)


def yes_to(confirmation: Confirmation) -> dict[str, object]:
    """What the confirmation of a second person says that it approves: this very one, with this very content."""
    return {"approves": str(confirmation.id), "evidence": bytes(confirmation.evidence).hex()}


def decline(request: HttpRequest | Witness, confirmation: Confirmation) -> None:
    """Nothing comes of it: a second member of staff says no, or whoever asked withdraws it. Raises `NotAwaiting`."""
    with transaction.atomic():
        current = _awaiting(confirmation)
        person = _witness(request).person
        Confirmation.objects.filter(id=current.id).update(declined_ms=now_ms(), approved_by=person)
        current.actions.update(state=Action.State.DECLINED, sealed=None)
    confirmation.refresh_from_db()


def _awaiting(confirmation: Confirmation) -> Confirmation:
    current = Confirmation.objects.select_for_update().get(id=confirmation.id)
    if not current.approval or current.approved_ms is not None or current.declined_ms is not None:
        raise NotAwaiting("this does not wait for an approval")
    return current


def _witness(request: HttpRequest | Witness) -> Witness:
    return request if isinstance(request, Witness) else Witness.of(request)


def _write(
    witness: Witness, purpose: str, text: Text, orders: list[dict[str, object]], approval: str
) -> Confirmation:
    confirmation = Confirmation(
        id=uuid.uuid4(),
        person=witness.person,
        purpose=purpose,
        text=text.in_language(witness.language),
        language=witness.language,
        at_ms=now_ms(),
        session=witness.session,
        device=witness.device,
        address=witness.address,
        agent=witness.agent,
        method=witness.method,
        orders=orders,
        approval=approval,
    )
    confirmation.evidence = hash_of(confirmation)
    confirmation.seal = seal_of(confirmation.evidence)
    confirmation.save(force_insert=True)
    return confirmation
