"""What staff do to a card, each for a case, with a reason that its holder reads: freeze, unfreeze, void."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.http import HttpRequest

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.desk import cases
from cardtrail.web.desk.access import acting
from cardtrail.web.desk.casework import Case, Ruling
from cardtrail.web.desk.refused import Refused
from cardtrail.web.desk.words import ACT_WORDS, CAUSE_WORDS
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.ui.texts import Text
from cardtrail.wire.cards import Status
from cardtrail.wire.money import format_money
from cardtrail.wire.roles import Role

PURPOSE: Final = "card_act"
"""Of confirmations for a freeze, unfreeze or void by staff."""

ROLES: Final = {"freeze": ("support", "risk"), "unfreeze": ("risk",), "void": ("risk",)}
"""Who may ask for what."""

CAUSES: Final = {
    "freeze": ("fraud", "chargeback", "court_order", "compliance", "loss", "request", "error"),
    "unfreeze": ("cleared", "request", "court_order", "error"),
    "void": ("court_order", "chargeback", "fraud", "error", "compliance"),
}
"""Causes that fit each act."""

STANDARD: Final = {
    "fraud": Text(
        "有迹象表明这张卡被盗用或涉及欺诈，需要核实。",
        "There are signs of theft or fraud with this card; we have to look into it.",
    ),
    "chargeback": Text("购买这张卡的款项被付款方撤回。", "The payment for this card was reversed."),
    "court_order": Text("司法机关依法要求。", "A court or authority has ordered it by law."),
    "compliance": Text("法规要求先核实再继续使用。", "The law asks for a check before it can be used further."),
    "loss": Text("这张卡已报失，为保护余额而停用。", "This card was reported lost; it is stopped for its safety."),
    "request": Text("应持卡人要求。", "Its holder asked for it."),
    "error": Text("为更正我们的差错。", "To put a mistake of ours right."),
    "cleared": Text("经核实，原因已消除。", "We have looked into it; the cause is gone."),
}  # fmt: skip
"""The reason a holder reads for each cause; staff can add to it."""

_APPEAL: Final = Text(
    "你可以在卡片页申诉一次，五天内由另一位工作人员复核。",
    "You can appeal once on the card's page; another member of staff decides within five days.",
)
_WHY: Final = Text("原因：{reason}案件编号 {number}。{appeal}", "Reason: {reason} Case {number}. {appeal}")
_OWN: Final = Text(
    "你自己停用了这张卡（案件 {number}）。工作人员核实后会解冻或为你换绑。",
    "You stopped this card yourself (case {number}). Our staff will look into it, then lift this or rebind the card.",
)
_HAPPENS: Final = {
    "freeze": Text(
        "冻结卡 {number}（{product}，余额 {balance}）。余额不变，卡不能消费、赠送或转让，直到解冻。",
        "Freeze card {number} ({product}, {balance}). Its balance stays, but it cannot be used or passed on until "
        "this is lifted.",
    ),
    "unfreeze": Text(
        "解冻卡 {number}（{product}，余额 {balance}）。卡可以照常使用。",
        "Lift the freeze of card {number} ({product}, {balance}). It can be used as before.",
    ),
    "void": Text(
        "永久作废卡 {number}（{product}），余额 {balance} 归零，不能撤销。须由另一位工作人员批准后才执行。",
        "Void card {number} ({product}) for good: its balance of {balance} goes and this cannot be undone. It is done "
        "only after another member of staff has approved it.",
    ),
}
_AROUND: Final = Text(
    "{happens}依据：{cause}，案件 {case}。{told}给持卡人的理由：“{reason}”",
    "{happens} Cause: {cause}, case {case}. {told} Reason for the holder: “{reason}”",
)
_TOLD: Final = Text(
    "持卡人会立即在站内和邮件中收到通知。", "Its holder is told at once, in the pages and by mail."
)
_NOBODY: Final = Text("这张卡无人领取，无人会收到通知。", "Nobody has claimed the card, so nobody is told.")


class ActRefused(Refused):
    """The act does not fit the card, the case or the member of staff. `text` says why."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a member of staff wants to do to a card.

    act     `freeze`, `unfreeze`, `void`
    cause   one of `CAUSES[act]`
    more    what staff add to the standard reason, empty or in both languages
    """

    act: str
    card: Card
    case: Case
    cause: str
    more: Text | None = None

    @property
    def reason(self) -> Text:
        """What the holder reads."""
        first = STANDARD[self.cause]
        return first if self.more is None else Text(f"{first.zh}{self.more.zh}", f"{first.en} {self.more.en}")

    @property
    def words(self) -> Text:
        """What the member of staff confirms, word for word."""
        happens = _HAPPENS[self.act].format(
            number=self.card.number,
            product=self.card.product.name,
            balance=format_money(self.card.balance_minor, self.card.currency),
        )
        return _AROUND.format(
            happens=happens,
            cause=CAUSE_WORDS[self.cause],
            case=self.case.number,
            told=_NOBODY if self.card.holder_id is None else _TOLD,
            reason=self.reason,
        )


def possible(card: Card) -> list[str]:
    """The acts that make sense for a card as it stands."""
    if card.dead or card.status == Status.INACTIVE:
        return []
    if card.frozen_by is None:
        return ["freeze", "void"]
    return ["unfreeze", "void"] if card.frozen_by == Role.ISSUER else []


def check(staff: Person, intent: Intent) -> None:
    """Raises `ActRefused`."""
    if intent.act not in possible(intent.card):
        raise ActRefused(
            Text(
                "卡的状态已变，不能{act}。", "The card stands otherwise by now: {act} is not possible."
            ).format(act=ACT_WORDS[intent.act])
        )
    if not intent.case.is_open:
        raise ActRefused(
            Text("案件已不在处理中，请选择另一个案件。", "The case is no longer open; choose another.")
        )
    if intent.case.serial not in {None, intent.card.serial}:
        raise ActRefused(Text("这个案件与这张卡无关。", "This case is not about this card."))
    if staff.pk in {intent.card.holder_id, intent.case.person_id}:
        raise ActRefused(
            Text(
                "涉及自己的卡或案件，须由其他工作人员处理。",
                "Cards and cases of your own are for another member of staff.",
            )
        )


def ask(request: HttpRequest | Witness, intent: Intent) -> Confirmation:
    """Confirm an act. `perform` does a freeze or unfreeze; a void waits for a second member of staff.

    Raises `ActRefused`."""
    staff = acting(request)
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=intent.case.pk)
        check(staff, Intent(intent.act, intent.card, case, intent.cause, intent.more))
        if intent.act == "void" and awaiting(intent.card.serial, "void"):
            raise ActRefused(
                Text("这张卡已有待批准的作废申请。", "A void of this card waits for approval already.")
            )
        if case.serial is None:
            Case.objects.filter(pk=case.pk).update(serial=intent.card.serial)
        order = Order(
            intent.act, intent.card.serial, {"cause": intent.cause, "case": bytes(case.reference).hex()}
        )
        approval = "void" if intent.act == "void" else ""
        made = confirm(request, purpose=PURPOSE, text=intent.words, orders=[order], approval=approval)
        Ruling.objects.create(
            case=case, serial=intent.card.serial, act=intent.act, cause=intent.cause, zh=intent.reason.zh,
            en=intent.reason.en, by=staff, confirmation=made, at_ms=made.at_ms,
        )  # fmt: skip
        cases.add(case, "act", intent.words, author=staff, confirmation=made)
    return made


def awaiting(serial: int, kind: str) -> bool:
    """Whether such an act on a card waits for somebody's approval."""
    return Action.objects.filter(serial=serial, kind=kind, state=Action.State.AWAITING).exists()


def on_settled(action: Action) -> None:
    """Hook: an act was done or refused; the case's log says so."""
    ruling = Ruling.objects.select_related("case").filter(confirmation=action.confirmation).first()
    if ruling is None:
        return
    if action.state == Action.State.DONE:
        text = Text("{act}已记入账本第 {n} 条。", "{act}: done, ledger entry {n}.").format(
            act=ACT_WORDS[action.kind], n=action.entry_index
        )
    else:
        text = Text("账本没有接受{act}：{reason}", "{act}: not accepted by the ledger. {reason}").format(
            act=ACT_WORDS[action.kind], reason=action.reason or ""
        )
    cases.add(ruling.case, "ledger", text, confirmation=action.confirmation)


def stop_of(card: Card) -> Movement | None:
    """The movement by which a card stopped: its last freeze, or its void."""
    if card.status == Status.VOID:
        kind = "void"
    elif card.frozen_by is not None and not card.dead:
        kind = "freeze"
    else:
        return None
    return Movement.objects.filter(serial=card.serial, kind=kind).order_by("-index").first()


def ruling_of(movement: Movement) -> Ruling | None:
    """What staff wrote when they did this to the card."""
    case = cases.case_of_reference(movement.reference)
    if case is None:
        return None
    rows = Ruling.objects.filter(case=case, serial=movement.serial, act=movement.kind)
    return rows.select_related("confirmation", "case").order_by("-at_ms", "-pk").first()


def reason_for(card: Card) -> Text | None:
    """Why a card is frozen or void, in which case, and how to appeal; none if it is neither, or was not our doing."""
    movement = stop_of(card)
    if movement is None:
        return None
    ruling = ruling_of(movement)
    if ruling is not None:
        return _WHY.format(reason=ruling.text, number=ruling.case.number, appeal=_APPEAL)
    case = cases.case_of_reference(movement.reference)
    return None if case is None else _OWN.format(number=case.number)
