"""Freezing, unfreezing and voiding a card: for a case, with a reason, after a page that says exactly what happens."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.cards.once import new_token, once, token_of
from cardtrail.web.desk import reasons
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.case_forms import ActForm
from cardtrail.web.desk.casework import Case
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.views.steps import ask, go_on, step_of
from cardtrail.web.desk.words import CAUSE_WORDS
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

TITLES = {
    "freeze": Text("冻结这张卡", "Freeze this card"),
    "unfreeze": Text("解冻这张卡", "Lift the freeze of this card"),
    "void": Text("申请作废这张卡", "Ask for this card to be voided"),
}
BUTTONS = {
    "freeze": Text("冻结", "Freeze"),
    "unfreeze": Text("解冻", "Lift the freeze"),
    "void": Text("提交批准", "Submit for approval"),
}
DONE = {
    "freeze": Text("卡已冻结，持卡人会收到通知。", "The card is frozen and its holder is told."),
    "unfreeze": Text("卡已解冻，持卡人会收到通知。", "The freeze is lifted and the holder is told."),
    "void": Text("卡已作废。", "The card is void."),
}


@staff_only("support", "risk")
@require_http_methods(["GET", "HEAD", "POST"])
def freeze(request: HttpRequest, serial: int) -> HttpResponseBase:
    """Freeze a card."""
    return _act(request, serial, "freeze")


@staff_only("risk")
@require_http_methods(["GET", "HEAD", "POST"])
def unfreeze(request: HttpRequest, serial: int) -> HttpResponseBase:
    """Lift the freeze of a card."""
    return _act(request, serial, "unfreeze")


@staff_only("risk")
@require_http_methods(["GET", "HEAD", "POST"])
def void(request: HttpRequest, serial: int) -> HttpResponseBase:
    """Ask for a card to be voided."""
    return _act(request, serial, "void")


def _act(request: HttpRequest, serial: int, act: str) -> HttpResponse:
    card = Card.objects.select_related("product").filter(serial=serial).first()
    if card is None:
        raise Http404
    form = ActForm(act, request.POST or None, initial={"case": _case_number(request, serial)})
    values = {
        "card": card,
        "act": act,
        "title": TITLES[act],
        "form": form,
        "token": token_of(request) if request.POST else new_token(),
        "standard": [(CAUSE_WORDS[cause], reasons.STANDARD[cause]) for cause in reasons.CAUSES[act]],
    }
    step = step_of(request)
    if step == "form" or not form.is_valid():
        return show(request, "desk/cards/act.html", values)
    case: Case = form.cleaned_data["case"]
    intent = reasons.Intent(act, card, case, form.cleaned_data["cause"], form.more)
    try:
        if step == "check":
            reasons.check(person_of(request), intent)
            return _check(request, intent, form)
        confirmation = once(request, lambda: reasons.ask(request, intent))
    except reasons.ActRefused as refusal:
        messages.error(request, str(refusal.text))
        return redirect("desk:card", serial)
    return go_on(request, confirmation, reverse("desk:case", args=[case.number]), DONE[act])


def _check(request: HttpRequest, intent: reasons.Intent, form: ActForm) -> HttpResponse:
    card = intent.card
    told = (
        Text("持卡人：站内通知和邮件", "Its holder: in the pages and by mail")
        if card.holder_id is not None
        else Text("无人（卡未领取）", "Nobody (the card is not claimed)")
    )
    facts = [
        (Text("卡号", "Card number"), card.number),
        (Text("产品", "Product"), card.product.name),
        (Text("余额", "Balance"), format_money(card.balance_minor, card.currency)),
        (Text("案件", "Case"), f"{intent.case.number} · {intent.case.kind_text}"),
        (Text("原因", "Cause"), CAUSE_WORDS[intent.cause]),
        (Text("通知", "Who is told"), told),
        (Text("持卡人看到的理由（中文）", "The holder reads, in Chinese"), intent.reason.zh),
        (Text("持卡人看到的理由（英文）", "The holder reads, in English"), intent.reason.en),
    ]
    return ask(
        request,
        title=TITLES[intent.act],
        agreement=intent.words,
        facts=facts,
        forms=[form],
        button=BUTTONS[intent.act],
        approval=intent.act == "void",
        extra={"open": True},
    )


def _case_number(request: HttpRequest, serial: int) -> str:
    """The case that the act is probably for: the one it was come from, else the latest that is open on the card."""
    asked = request.GET.get("case", "")
    if asked:
        return asked
    latest = Case.objects.filter(serial=serial, state__in=Case.OPEN_STATES).order_by("-changed_ms").first()
    return latest.number if latest is not None else ""
