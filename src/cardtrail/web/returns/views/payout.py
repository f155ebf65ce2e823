"""One payout at the desk: what is owed to whom, what the provider said, and what staff can do where it refuses."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.pricing.offers import Unit
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.models import Action
from cardtrail.web.cards.once import new_token, once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.views.steps import AWAITING, ask, step_of
from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Matter
from cardtrail.web.returns import course, figures, settling
from cardtrail.web.returns.models import Return
from cardtrail.web.returns.offering import amount
from cardtrail.web.returns.words import ANSWER_WORDS, PAYOUT_REFUSED, STATE_WORDS, TONES
from cardtrail.web.ui.clock import day_of, now_ms
from cardtrail.web.ui.texts import Text, promise
from cardtrail.wire.identifiers import card_number, group_digits

_SUBMIT: Final = Text("提交批准", "Submit for approval")


class HandForm(forms.Form):
    """How a payout was made outside of the provider."""

    way = forms.ChoiceField(
        label=promise("怎么付的", "How it was paid"),
        choices=[*settling.WAYS.items()],
        widget=forms.RadioSelect,
    )
    reference = forms.CharField(
        label=promise("凭证号", "Reference"),
        help_text=promise(
            "转账流水号或收据编号；收款人会看到。", "Of the transfer or the receipt; the payee sees it."
        ),
        max_length=settling.REFERENCE_MOST,
    )
    day = forms.DateField(
        label=promise("付款日期", "Paid on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, ended_ms: int, **more: Any) -> None:
        super().__init__(*args, **more)
        self._first = day_of(ended_ms)

    def clean_day(self) -> Any:
        """Not before the card was taken, not in the future."""
        day = self.cleaned_data["day"]
        if not self._first <= day <= day_of(now_ms()):
            raise ValidationError(
                promise("日期应在卡收下之后、今天之前。", "Between the day the card was taken and today.")
            )
        return day

    @property
    def paid(self) -> settling.Paid:
        """What was written."""
        values = self.cleaned_data
        return settling.Paid(values["way"], values["reference"], values["day"])


@staff_only("finance", "auditor")
@require_safe
def payout(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """All that is known of one payout."""
    given = _given(return_id)
    staff = staff_of(request)
    against = settling.hindrance(person_of(request), given)
    may_change = staff is not None and staff.may_change("finance")
    refused = settling.refused(given)
    made = given.settling
    values = {
        "given": given,
        "number": group_digits(card_number(given.serial)),
        "pays": amount(given.unit, given.pays, given.currency),
        "word": PAYOUT_REFUSED if refused else STATE_WORDS[given.state],
        "tone": "bad" if refused else TONES[given.state],
        "provider": providers.name_of(given.provider),
        "answer": ANSWER_WORDS.get(given.answer, Text(given.answer, given.answer)),
        "refused": refused,
        "may_settle": may_change and against is None,
        "may_try": may_change and given.state == Return.State.OWED and made is None,
        "against": against if refused and may_change and made is None else None,
        "new_account": settling.new_account(given) if refused else "",
        "waiting": made,
        "may_see_waiting": made is not None
        and staff is not None
        and staff.may("finance", "admin", "auditor"),
        "by_hand": settling.by_hand(given),
        "way": _way(given),
        "matters": _matters(given),
    }
    return show(request, "returns/desk/payout.html", values)


@staff_only("finance")
@require_http_methods(["GET", "HEAD", "POST"])
def by_hand(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """It was paid in another way: how, its reference, when; then the request to a second member of staff."""
    given = _given(return_id)
    if (refusal := _against(request, given)) is not None:
        return refusal
    ended_ms = _taken_ms(given)
    form = HandForm(request.POST or None, ended_ms=ended_ms)
    step = step_of(request)
    if step == "form" or not form.is_valid():
        values = {
            "given": given,
            "form": form,
            "token": new_token(),
            "pays": amount(given.unit, given.pays, given.currency),
        }
        status = 422 if request.POST and form.errors else 200
        return show(request, "returns/desk/by_hand.html", values, status)
    paid = form.paid
    if step == "check":
        return ask(
            request,
            title=Text("确认线下付款", "Confirm the payment by hand"),
            agreement=settling.hand_agreement(given, paid),
            facts=[
                (Text("金额", "Amount"), amount(given.unit, given.pays, given.currency)),
                (Text("方式", "How"), settling.WAYS[paid.way]),
                (Text("凭证号", "Reference"), paid.reference),
                (Text("日期", "Paid on"), paid.day.isoformat()),
            ],
            forms=[HandForm(request.POST, ended_ms=ended_ms)],
            button=_SUBMIT,
            approval=True,
        )
    return _submitted(request, given, lambda: settling.settle(request, given, paid))


@staff_only("finance")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """To the account that the person has by now: what that means, then the request to a second member of staff."""
    given = _given(return_id)
    if (refusal := _against(request, given)) is not None:
        return refusal
    new = settling.new_account(given)
    if not new or "edit" in request.POST:
        if not new:
            messages.error(request, str(settling.NO_OTHER_ACCOUNT))
        return redirect("returns:payout", return_id)
    if request.POST.get("do") != "yes":
        return ask(
            request,
            title=Text("改付到新账户", "Pay it to the new account"),
            agreement=settling.account_agreement(given),
            facts=[
                (Text("金额", "Amount"), amount(given.unit, given.pays, given.currency)),
                (Text("原账户", "Account so far"), given.account),
                (Text("新账户", "New account"), new),
            ],
            forms=[],
            button=_SUBMIT,
            approval=True,
        )
    return _submitted(request, given, lambda: settling.redirect(request, given))


def _submitted(request: HttpRequest, given: Return, make: Any) -> HttpResponse:
    try:
        once(request, make)
    except (settling.NotSettled, NotNow) as refusal:
        messages.error(request, str(refusal.text))
    else:
        messages.info(request, str(AWAITING))
    return redirect("returns:payout", given.pk)


def _against(request: HttpRequest, given: Return) -> HttpResponse | None:
    """Back to the payout's page with the reason, if this cannot be done."""
    against = settling.hindrance(person_of(request), given)
    if against is None:
        return None
    messages.error(request, str(against))
    return redirect("returns:payout", given.pk)


def _given(return_id: UUID) -> Return:
    rows = Return.objects.select_related(
        "person", "settling__person", "by_hand__person", "by_hand__approved_by", "by_hand__approval_given",
        "redirected__person", "redirected__approved_by",
    )  # fmt: skip
    given: Return = get_object_or_404(rows, pk=return_id)
    if given.unit != Unit.MONEY:
        raise Http404
    return given


def _taken_ms(given: Return) -> int:
    """When the card was taken in."""
    done = given.action("take_in")
    return given.made_ms if done.state != Action.State.DONE or done.time_ms is None else done.time_ms


def _way(given: Return) -> Text | None:
    told = settling.by_hand(given)
    return None if told is None else settling.WAYS[told["way"]]


def _matters(given: Return) -> list[tuple[Matter, Text, Text | None]]:
    rows = Matter.objects.filter(origin=course.ORIGIN, key__startswith=f"return/{given.id.hex}/")
    found = rows.select_related("closed_by").order_by("opened_ms", "pk")[:20]
    return [
        (row, figures.MATTERS.get(row.kind) or Text(row.kind, row.kind), figures.answer_of(row))
        for row in found
    ]
