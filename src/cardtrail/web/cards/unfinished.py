"""What a person confirmed and the ledger has not answered: whether it may still take effect, and until when.

| state      | may take effect                                                                              |
|------------|----------------------------------------------------------------------------------------------|
| not signed | until its `by_ms`, at most a day: what could not be signed for so long is not waited for      |
| signed     | until the command's time is over; after that, only if the log has it and we have not read it  |

What is not signed any more when an account goes is dropped, so that it never takes effect for nobody.
"""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet
from django.urls import reverse

from cardtrail.web.accounts.deletion import ObjectedError, Objection
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.waiting import drop
from cardtrail.web.cards.models import Gift
from cardtrail.web.ledger.link import LedgerAway, client
from cardtrail.web.ledger.models import Position
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import moment, zone_for, zone_named
from cardtrail.wire.identifiers import card_number

MOST: Final = 5
"""So many are named one by one."""

WAITED_FOR_MS: Final = DAY_MS
"""So long after it was confirmed an action that was never signed is waited for."""

SLACK_MS: Final = MINUTE_MS
"""So far the ledger's clock and ours may be apart."""

_WORDS: Final = {
    "claim": Text("领取", "Claim"),
    "claim_imported": Text("领取", "Claim"),
    "accept": Text("收下礼物", "Accept a gift"),
    "hold": Text("送出", "Give"),
    "redeem": Text("付款", "Pay"),
    "split": Text("拆分", "Split"),
    "merge": Text("合并", "Merge"),
    "freeze": Text("停用", "Stop a card"),
    "object": Text("反对换绑", "Object to a rebind"),
    "finish_rebind": Text("领回", "Collect a lost card"),
}
_OTHER: Final = Text("操作", "A request")

_WHAT: Final = Text("“{what}”", "“{what}”")
_WHAT_CARD: Final = Text("尾号 {last} 的卡“{what}”", "“{what}” (card …{last})")
_UNTIL: Final = Text(
    "你确认的{what}还在等账本答复，最迟 {until}有结果。",
    "{what}, which you confirmed, waits for the ledger's answer. You will know by {until}.",
)
_AWAY: Final = Text(
    "你确认的{what}还在等账本答复。账本暂时连不上，恢复后就有结果。",
    "{what}, which you confirmed, waits for the ledger's answer. The ledger is away for the moment; you will know as "
    "soon as it is back.",
)
_SOON: Final = Text(
    "你确认的{what}已经完成，正在记到你名下，请一分钟后再来。",
    "{what}, which you confirmed, is done and is just being taken in. Come back in a minute.",
)
_MORE: Final = Text(
    "另有 {n} 项操作在等账本答复。", "There are {n} more requests that wait for the ledger's answer."
)


def objections(person: Person) -> list[Objection]:
    """Each action that may still take effect: what it is, and until when it is waited for."""
    found = []
    for action in _waiting(person).order_by("confirmation__at_ms", "place").select_related("confirmation"):
        text = _wait(action, person)
        if text is not None:
            found.append(Objection(text, reverse("under_way", args=[action.confirmation_id])))
    rest = len(found) - MOST
    return [*found[:MOST], *([Objection(_MORE.format(n=rest))] if rest > 0 else [])]


def drop_all(person: Person) -> None:
    """Nothing that is not signed takes effect any more. Raises `ObjectedError` for what was signed in this moment."""
    for action in _waiting(person).filter(state=Action.State.CONFIRMED).select_related("confirmation"):
        if not drop(action.pk):
            action.refresh_from_db()
            text = _wait(action, person)
            if text is not None:
                raise ObjectedError([Objection(text, reverse("under_way", args=[action.confirmation_id]))])
        elif action.kind == "accept" and action.serial is not None:
            Gift.objects.filter(serial=action.serial, taker=person, state__in=Gift.OPEN).update(taker=None)


def _waiting(person: Person) -> QuerySet[Action]:
    # Not what only ends a gift: until then its card is among the person's own.
    rows = Action.objects.filter(person=person, state__in=(Action.State.CONFIRMED, Action.State.SIGNED))
    return rows.exclude(kind="take_back")


def _wait(action: Action, person: Person) -> Text | None:
    """Why an action is waited for; none if it can never take effect, or what came of it is there already."""
    if action.state == Action.State.CONFIRMED:
        until_ms = action.confirmation.at_ms + WAITED_FOR_MS
        by_ms = action.parameters.get("by_ms")
        if by_ms is not None:
            until_ms = min(until_ms, by_ms)
        return _until(action, until_ms, person) if now_ms() <= until_ms else None
    if action.state != Action.State.SIGNED:
        return None
    until_ms = (action.not_after_ms or 0) + SLACK_MS
    if now_ms() <= until_ms:
        return _until(action, until_ms, person)
    return _signed_and_over(action)


def _signed_and_over(action: Action) -> Text | None:
    """Its command can be accepted no more. Whether it was, the log knows."""
    if action.command_id is None:
        return None
    try:
        answer = client().command(bytes(action.command_id))
    except LedgerAway:
        return _AWAY.format(what=_what(action))
    read = Position.objects.filter(id=1).values_list("next_index", flat=True).first() or 0
    return None if answer is None or answer.index < read else _SOON.format(what=_what(action))


def _until(action: Action, until_ms: int, person: Person) -> Text:
    zone = zone_named(person.time_zone) or zone_for(None)
    return _UNTIL.format(what=_what(action), until=moment(until_ms, zone))


def _what(action: Action) -> Text:
    what = _WORDS.get(action.kind, _OTHER)
    if action.serial is None:
        return _WHAT.format(what=what)
    return _WHAT_CARD.format(what=what, last=card_number(action.serial)[-4:])
