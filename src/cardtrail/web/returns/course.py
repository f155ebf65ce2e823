"""The way of a card that is handed back, from one state to the next. Each step is compare-and-swap, in the transaction
that writes down how its action on the ledger ended:

    quoted ─ yes ─▸ confirmed ─ set aside ─▸ taking ─ ended ─▸ owed ─ money sent ─▸ paid
                        │                      │         └─ points: posted ──────────▸ paid
                        └─ refused             └─ not ended ─▸ returning ─ hold lifted ─▸ given_back

A process that is killed between two of them leaves a row and an action that the worker goes on with.
"""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from cardtrail.pricing.offers import Unit
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.refusals import words_of
from cardtrail.web.actions.waiting import drop, let_go
from cardtrail.web.notices.tell import notify
from cardtrail.web.orders import matters, providers
from cardtrail.web.returns import points
from cardtrail.web.returns.models import Return
from cardtrail.web.returns.offering import amount
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number

State = Return.State

ORIGIN: Final = "returns"
"""Of what staff have to look at (`orders.models.Matter.origin`)."""

_PAID: Final = Text(
    "卡（尾号 {last}）已交回品牌，{pays} 已付到你的账户。",
    "Card …{last} is back with the brand, and {pays} were paid to your account.",
)
_STUCK: Final = Text(
    "卡（尾号 {last}）的 {pays} 还没有付成：{provider}拒绝付款。工作人员在处理；款不会少，也不会付两次。",
    "The {pays} for card …{last} could not be paid yet: {provider} refuses. Our staff see to it; nothing is lost, and "
    "nothing is paid twice.",
)
_POSTED: Final = Text(
    "卡（尾号 {last}）已交回品牌，{pays} 已记到你的积分账户。",
    "Card …{last} is back with the brand, and {pays} are on your account.",
)
_REFUSED: Final = Text(
    "卡（尾号 {last}）没有交回，仍是你的，什么也没有改变：{reason}",
    "Card …{last} was not handed back. It is still yours and nothing has changed: {reason}",
)


def settled(action: Action) -> None:
    """One of a return's actions has ended: what follows. Part of the transaction that says so."""
    given = Return.objects.filter(confirmation_id=action.confirmation_id).select_related("person").first()
    if given is None:
        return
    done = action.state == Action.State.DONE
    match action.kind:
        case "hand_in":
            _handed_in(given) if done else _refused(given, action)
        case "take_in":
            _taken_in(given, action) if done else _not_taken(given, action)
        case "hand_back":
            _given_back(given, action)


def paid(given: Return) -> bool:
    """The money is with the person: whether this is news. Part of the caller's transaction."""
    if not _move(given, State.OWED, State.PAID, ended_ms=now_ms(), lease_ms=0, answer="done"):
        return False
    tell(given, "paid", _PAID)
    return True


def stuck(given: Return) -> None:
    """The provider refuses to pay: the person hears it once for each account. Part of the caller's transaction."""
    provider = providers.name_of(given.provider)
    tell(given, f"stuck_{given.turn}" if given.turn else "stuck", _STUCK, provider=provider)


def tell(given: Return, what: str, text: Text, **values: object) -> None:
    """Tell the person, once."""
    said = text.format(
        last=card_number(given.serial)[-4:], pays=amount(given.unit, given.pays, given.currency), **values
    )
    notify(
        given.person,
        f"returns.{what}",
        key=f"return/{given.id.hex}/{what}",
        text=said,
        serial=given.serial,
        url=reverse("returns:return", args=[given.pk]),
        entry=given.entry_index,
    )


def _handed_in(given: Return) -> None:
    if _move(given, State.CONFIRMED, State.TAKING):
        let_go(given.action("take_in").pk)


def _refused(given: Return, action: Action) -> None:
    if _move(given, State.CONFIRMED, State.REFUSED, reason_code=action.reason_code, ended_ms=now_ms()):
        drop(given.action("take_in").pk)
        drop(given.action("hand_back").pk)
        tell(given, "refused", _REFUSED, reason=words_of(action.reason_code))


def _taken_in(given: Return, action: Action) -> None:
    index = action.entry_index
    if given.unit == Unit.MONEY:
        moved = _move(given, State.TAKING, State.OWED, entry_index=index, next_try_ms=0)
    else:
        moved = _move(given, State.TAKING, State.PAID, entry_index=index, ended_ms=now_ms())
    if not moved:
        return
    drop(given.action("hand_back").pk)
    if given.unit == Unit.POINTS:
        points.post_for(given, action)
        tell(given, "posted", _POSTED)


def _not_taken(given: Return, action: Action) -> None:
    if _move(given, State.TAKING, State.RETURNING, reason_code=action.reason_code):
        let_go(given.action("hand_back").pk)


def _given_back(given: Return, action: Action) -> None:
    if not _move(given, State.RETURNING, State.GIVEN_BACK, ended_ms=now_ms()):
        return
    tell(given, "refused", _REFUSED, reason=words_of(given.reason_code))
    if action.state == Action.State.REFUSED:
        # It was set aside for the brand and should not be any more: a person looks whether it is.
        matters.find(
            f"return/{given.id.hex}/hold",
            "return_not_lifted",
            origin=ORIGIN,
            serial=given.serial,
            detail=action.reason_code,
        )


def _move(given: Return, before: str, after: str, **more: object) -> bool:
    """From one state to the next, if it is still in the first; then `given` says so too."""
    if not Return.objects.filter(pk=given.pk, state=before).update(state=after, **more):
        return False
    for name, value in {"state": after, **more}.items():
        setattr(given, name, value)
    return True
