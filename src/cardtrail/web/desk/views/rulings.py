"""Deciding an appeal, and a claim for a lost card, on the page of their case."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk import appeals, losses
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.case_forms import BothForm
from cardtrail.web.desk.casework import Appeal, LossClaim
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.views.penalties import described
from cardtrail.web.desk.views.steps import ask, go_on, step_of
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

_DECIDED = Text("已决定，当事人会收到通知。", "Decided; the person is told.")


@staff_only("support", "risk")
@require_http_methods(["GET", "HEAD", "POST"])
def decide_appeal(request: HttpRequest, number: str) -> HttpResponse:
    """Lift or uphold, with a reason that the holder reads."""
    rows = Appeal.objects.select_related(
        "case", "about", "person", "penalty__confirmation", "penalty__person"
    )
    appeal = get_object_or_404(rows, case__number=number)
    form = BothForm(request.POST or None)
    refusal = appeals.hindrance(person_of(request), appeal)
    if refusal is not None:
        messages.error(request, str(refusal))
        return redirect("desk:case", number)
    if request.method != "POST" or not form.is_valid():
        values = {"appeal": appeal, "case": appeal.case, "form": form, "penalty": described(appeal.penalty)}
        return show(request, "desk/cases/decide_appeal.html", values)
    try:
        if request.POST.get("outcome") == "lift":
            confirmation = appeals.lift(request, appeal, form.text)
            if confirmation is not None:
                return go_on(request, confirmation, reverse("desk:case", args=[number]), _DECIDED)
        else:
            appeals.uphold(request, appeal, form.text)
    except appeals.AppealRefused as refused:
        messages.error(request, str(refused.text))
        return redirect("desk:case", number)
    messages.success(request, str(_DECIDED))
    return redirect("desk:case", number)


@staff_only("support")
@require_http_methods(["GET", "HEAD", "POST"])
def agree_loss(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for the rebind of a lost card; another member of staff approves it."""
    claim = _claim(number)
    if "edit" in request.POST:
        return redirect("desk:case", number)
    card = get_object_or_404(Card.objects.select_related("product"), serial=claim.serial)
    try:
        if step_of(request) == "do":
            confirmation = losses.agree(request, claim)
            return go_on(request, confirmation, reverse("desk:case", args=[number]), _DECIDED)
        losses.check_agreement(request, claim, card)
    except losses.LossRefused as refusal:
        messages.error(request, str(refusal.text))
        return redirect("desk:case", number)
    return ask(
        request,
        title=Text("申请换绑", "Ask for the rebind"),
        agreement=losses.agreement(claim, card),
        facts=[
            (Text("案件", "Case"), claim.case.number),
            (Text("卡号", "Card number"), card.number),
            (Text("余额", "Balance"), format_money(card.balance_minor, card.currency)),
            (
                Text("通知", "Who is told"),
                Text(
                    "现持卡人和申领人：站内通知和邮件",
                    "Present holder and claimant: in the pages and by mail",
                ),
            ),
        ],
        forms=[],
        button=Text("提交批准", "Submit for approval"),
        approval=True,
        extra={"open": True},
    )


@staff_only("support")
@require_POST
def refuse_loss(request: HttpRequest, number: str) -> HttpResponse:
    """Turn a claim down, with a reason that the claimant reads."""
    claim, form = _claim(number), BothForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, str(Text("请用中英文写明理由。", "Please give the reason in both languages."))
        )
        return redirect("desk:case", number)
    try:
        losses.refuse(request, claim, form.text)
    except losses.LossRefused as refusal:
        messages.error(request, str(refusal.text))
        return redirect("desk:case", number)
    messages.success(request, str(_DECIDED))
    return redirect("desk:case", number)


def _claim(number: str) -> LossClaim:
    claim: LossClaim = get_object_or_404(
        LossClaim.objects.select_related("case", "person"), case__number=number
    )
    return claim
