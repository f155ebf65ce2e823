"""What becomes of claims for lost cards: read off the ledger's movements, so it is right whoever moved the card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.urls import reverse

from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.desk import cases
from cardtrail.web.desk.casework import Case, LossClaim
from cardtrail.web.ledger.fold import REBIND_WINDOW_MS
from cardtrail.web.ledger.models import Movement, Product
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS
from cardtrail.web.ui.texts import Text

State = LossClaim.State


def not_approved(confirmation: Confirmation) -> None:
    """The second member of staff said no, or the first took it back: the claim is open again."""
    for claim in LossClaim.objects.filter(rebind=confirmation, state=State.CHECKED).select_related("case"):
        _reopen(
            claim,
            Text("换绑未获第二位工作人员批准。", "The second member of staff did not agree to the rebind."),
        )


def on_rebind_settled(action: Action) -> None:
    """Hook: the ledger has refused a rebind, so that the claim is open again. What it accepted comes by `follow`."""
    if action.state != Action.State.REFUSED or action.kind != "rebind":
        return
    for claim in LossClaim.objects.filter(rebind=action.confirmation, state=State.CHECKED).select_related(
        "case"
    ):
        _reopen(
            claim,
            Text("账本没有接受换绑：{reason}", "The ledger did not accept the rebind: {reason}").format(
                reason=action.reason
            ),
        )


def follow(movements: Sequence[Movement]) -> None:
    """Take in a page of the ledger's movements, in its transaction."""
    # A lost card waits for its claimant's key, never for an authority.
    kinds = {"rebind", "return", "release", "void"}
    concerned = {row.serial for row in movements if row.kind in kinds and row.hold_role is None}
    if not concerned:
        return
    rows = LossClaim.objects.filter(serial__in=concerned, state__in=LossClaim.OPEN_STATES)
    claims = list(rows.select_related("case", "person"))
    for movement in movements:
        for claim in claims:
            if claim.serial == movement.serial:
                _follow(claim, movement)


def ripen(now_ms: int) -> int:
    """Tell claimants whose delay is over, and end claims that nobody collected. For the worker, every minute or so.
    Gives how many."""
    return _ripe(now_ms) + _lapsed(now_ms)


def _ripe(now_ms: int) -> int:
    due = LossClaim.objects.filter(state=State.PENDING, begins_ms__lte=now_ms).select_related(
        "case", "person"
    )
    count = 0
    for claim in due[:100]:
        with transaction.atomic():
            moved = LossClaim.objects.filter(pk=claim.pk, state=State.PENDING).update(state=State.COLLECTABLE)
            if moved:
                tell(claim, "collectable", _COLLECT)
                count += 1
    return count


def _lapsed(now_ms: int) -> int:
    """The card stays where it is: the ledger lets nobody collect it any more, and its claimant may report it anew."""
    due = LossClaim.objects.filter(
        state__in=(State.PENDING, State.COLLECTABLE), ends_ms__lt=now_ms - _SLACK_MS
    ).select_related("case", "person")
    count = 0
    for claim in due[:100]:
        words = _LAPSED.format(last=claim.last_four)
        with transaction.atomic():
            row = LossClaim.objects.filter(pk=claim.pk, state=claim.state)
            if row.update(state=State.REFUSED, reason_zh=words.zh, reason_en=words.en):
                cases.decided(claim.case, None, words)
                tell(claim, "lapsed", words)
                count += 1
    return count


_SLACK_MS: Final = HOUR_MS
"""So long after its end a claim is over: the ledger's last entries have been read by then."""


_COLLECT: Final = Text(
    "尾号 {last} 的卡等待期已过，没有异议，现在可以领回。",
    "The delay for card …{last} is over and nobody objected: you can collect it now.",
)
_PENDING: Final = Text(
    "尾号 {last} 的卡已开始换绑。等待期过后没有异议，你就可以领回。",
    "Card …{last} is being rebound. If nobody objects during the delay, you can collect it.",
)
_LAPSED: Final = Text(
    "尾号 {last} 的卡没有在期限内领回，这次换绑已失效。需要时请重新报失。",
    "Card …{last} was not collected in time, so this rebind is over. Report the card again if you still want it.",
)
_BEGUN: Final = Text(
    "尾号 {last} 的卡开始换绑，等待期从现在算起。",
    "The rebind of card …{last} has begun, and its delay runs.",
)
_OBJECTED: Final = Text(
    "尾号 {last} 的卡：现持卡人提出了异议，换绑已停止。工作人员会核实并联系你。",
    "Card …{last}: its present holder objected, so it was not rebound. Our staff will look into it and write to you.",
)
_STOPPED: Final = Text(
    "现持卡人对尾号 {last} 的卡提出了异议，换绑已停止：请核实卡归谁。",
    "The present holder of card …{last} objected, so it was not rebound: find out whose it is.",
)
_DONE: Final = Text("尾号 {last} 的卡已换绑到你名下。", "Card …{last} was rebound and is yours.")
_ENDED: Final = Text("卡已作废，换绑不再进行。", "The card was voided; it is not rebound.")


def _follow(claim: LossClaim, movement: Movement) -> None:
    ours = bytes(movement.reference or b"") == bytes(claim.case.reference)
    if movement.kind == "rebind" and ours and claim.state == State.CHECKED:
        delay_ms = Product.objects.get(id=movement.product_id).terms.rebind_delay_ms
        claim.begins_ms = movement.time_ms + delay_ms
        claim.ends_ms = claim.begins_ms + REBIND_WINDOW_MS
        _move(claim, State.PENDING, movement, _PENDING)
    elif claim.state not in {State.PENDING, State.COLLECTABLE}:
        return
    elif movement.kind == "return":
        _move(claim, State.OBJECTED, movement, _OBJECTED)
    elif movement.kind == "release":
        _move(claim, State.DONE, movement, _DONE)
    elif movement.kind == "void":
        claim.reason_zh, claim.reason_en = _ENDED.zh, _ENDED.en
        _move(claim, State.REFUSED, movement, _ENDED)


def _move(claim: LossClaim, state: str, movement: Movement, text: Text) -> None:
    claim.state = state
    claim.save(update_fields=["state", "begins_ms", "ends_ms", "reason_zh", "reason_en"])
    words = text.format(last=claim.last_four)
    if state == State.PENDING:
        cases.add(claim.case, "ledger", _BEGUN.format(last=claim.last_four))
        cases.set_due(claim.case, claim.ends_ms)
    elif state == State.OBJECTED:
        # Two people say that a card is theirs: that is for staff, who have their days for it from now on.
        cases.add(claim.case, "ledger", _STOPPED.format(last=claim.last_four))
        cases.set_due(claim.case, movement.time_ms + cases.DAYS[Case.Kind.LOST] * DAY_MS)
        cases.move(claim.case, None, Case.State.OPEN)
    else:
        cases.decided(claim.case, None, words)
    tell(claim, f"{state}/{movement.index}", words)


def tell(claim: LossClaim, which: str, text: Text) -> None:
    """Tell a claimant how their claim stands."""
    notify(
        claim.person,
        "cards.loss",
        key=f"loss/{claim.pk}/{which}",
        text=text.format(last=claim.last_four),
        serial=claim.serial,
        url=reverse("loss", args=[claim.pk]),
    )


def _reopen(claim: LossClaim, text: Text) -> None:
    LossClaim.objects.filter(pk=claim.pk).update(state=State.ASKED, rebind=None, rebind_public="")
    cases.add(claim.case, "note", text)
