"""Gifts and returns that risk holds: a member of staff looks, and lets them pass or does not. The holder hears of
either."""

from __future__ import annotations

from typing import Final

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.risk.port import Act
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, declare
from cardtrail.web.market.desk_kinds import REVIEWERS, RISK, Kind, know
from cardtrail.web.market.desk_separation import keep_apart
from cardtrail.web.notices.tell import notify
from cardtrail.web.orders import held, matters
from cardtrail.web.orders.models import Matter
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.risks.decisions import NotHeld, let_pass
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text, promise
from cardtrail.wire.identifiers import card_number

TITLES: Final = {
    held.GIFT: Text("赠送待审核", "A gift that risk holds"),
    held.RETURN: Text("交回待审核", "A return that risk holds"),
}
LOOKED_AT: Final = {
    held.GIFT: Text("赠送，已审核", "A gift, looked at"),
    held.RETURN: Text("交回，已审核", "A return, looked at"),
}
"""The same, once it is dealt with."""
_DECLARED: Final = Text(
    "风控拦下的操作 {decision}：{what}。理由：{words}", "Held decision {decision}: {what}. Why: {words}"
)
_YES: Final = Text("放行", "let pass")
_NO: Final = Text("不放行", "not let pass")
_PASSED: Final = Text(
    "工作人员看过了：尾号 {last} 的卡可以送出。请在 7 天内再确认一次。",
    "Our staff have looked: card …{last} can be given. Confirm once more within 7 days.",
)
_REFUSED: Final = Text(
    "工作人员看过了：尾号 {last} 的卡暂时不能送出，仍归你；如有异议，可以联系客服。理由：{words}",
    "Our staff have looked: card …{last} cannot be given for now. It stays yours; if you disagree, write to support. "
    "Why: {words}",
)
_RETURN_PASSED: Final = Text(
    "工作人员看过了：尾号 {last} 的卡可以交回品牌。请在 7 天内重新报价并确认。",
    "Our staff have looked: card …{last} can be handed back. Ask for a new quote and confirm within 7 days.",
)
_RETURN_REFUSED: Final = Text(
    "工作人员看过了：尾号 {last} 的卡暂时不能交回品牌，仍归你；如有异议，可以联系客服。理由：{words}",
    "Our staff have looked: card …{last} cannot be handed back for now. It stays yours; if you disagree, write to "
    "support. Why: {words}",
)
_OVER: Final = Text("这件事已经处理过。", "This has been dealt with already.")


class ActForm(forms.Form):
    """Why, in words that the holder reads where it is a no."""

    words = forms.CharField(
        label=promise("理由（不放行时，持卡人会读到）", "Why (the holder reads it where it is a no)"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def connect() -> None:
    """Say once what kinds of matters these are, and where they are dealt with."""
    for kind, title in TITLES.items():
        know(kind, Kind(title, RISK, REVIEWERS, DAY_MS, page=_page, by_note=False))


def kind_of(decision: Decision) -> str:
    """The kind of matter that a held decision is."""
    return held.RETURN if decision.act == Act.RETURN else held.GIFT


def matter_of(decision: Decision) -> Matter | None:
    """What staff find about a decision, open or dealt with."""
    rows = Matter.objects.filter(kind=kind_of(decision), serial=decision.serial)
    return rows.select_related("closed_by").filter(facts__decision=str(decision.pk)).first()


def waiting(decision: Decision) -> Matter | None:
    """The same while it is open."""
    found = matter_of(decision)
    return None if found is None or found.closed_ms is not None else found


def decide(asker: HttpRequest | Witness, decision: Decision, by: Person, words: str, *, allow: bool) -> None:
    """Let a gift or a return pass, or do not. Raises `NotPossible`."""
    keep_apart(by, decision.person)
    with transaction.atomic():
        matter = waiting(decision)
        if matter is None or not matters.close(matter, by, words):
            raise NotPossible("not_held", _OVER)
        if allow:
            try:
                let_pass(decision, by=by, why=words)
            except NotHeld:
                raise NotPossible("not_held", _OVER) from None
        text = _DECLARED.format(decision=decision.pk, what=_YES if allow else _NO, words=words)
        declare(asker, purpose="review_risk", text=text, about={"decision": str(decision.pk), "allow": allow})
        _tell(decision, words, allow=allow)


def _tell(decision: Decision, words: str, *, allow: bool) -> None:
    if kind_of(decision) == held.RETURN:
        kind, texts = "returns.reviewed", (_RETURN_REFUSED, _RETURN_PASSED)
        url = reverse("returns:card", args=[decision.serial])
    else:
        kind, texts = "gifts.reviewed", (_REFUSED, _PASSED)
        one = decision.about.startswith("gift/") and decision.serial is not None
        url = reverse("give", args=[decision.serial]) if one else reverse("share")
    last = "" if decision.serial is None else card_number(decision.serial)[-4:]
    notify(
        decision.person,
        kind,
        key=f"risk/{decision.pk}/reviewed",
        text=texts[allow].format(last=last, words=words),
        serial=decision.serial,
        url=url,
    )


def _page(matter: Matter) -> str:
    return reverse("market:desk_held", args=[str(matter.facts["decision"])])
