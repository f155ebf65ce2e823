"""Penalties: imposing one for a case, lifting it, the list; and what its person reads of it, with the way to appeal."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.cards.once import new_token, once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.desk import appeals, penalising
from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.casework import Appeal, Case
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.views.appeals import AppealForm
from cardtrail.web.desk.views.steps import AWAITING, ask, step_of
from cardtrail.web.risks import penalties
from cardtrail.web.risks.models import Penalty
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text, promise

_IMPOSED: Final = Text("处罚已生效，当事人会收到通知。", "The penalty applies; the person is told.")
_LIFTED: Final = Text("处罚已解除，当事人会收到通知。", "The penalty is lifted; the person is told.")


class ReasonForm(forms.Form):
    """A reason that the person reads, in both languages."""

    zh = forms.CharField(
        label=promise("理由（中文）", "Reason, in Chinese"),
        max_length=penalising.REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "zh"}),
    )
    en = forms.CharField(
        label=promise("理由（英文）", "Reason, in English"),
        max_length=penalising.REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "en"}),
    )

    @property
    def reason(self) -> Text:
        """What was written."""
        return Text(self.cleaned_data["zh"], self.cleaned_data["en"])


class PenaltyForm(ReasonForm):
    """What it keeps the person from, how long, and why."""

    kind = forms.ChoiceField(
        label=promise("限制", "Restriction"),
        choices=[(kind.value, words) for kind, words in penalties.KIND_WORDS.items()],
        widget=forms.RadioSelect,
    )
    days = forms.TypedChoiceField(
        label=promise("多久", "How long"),
        help_text=promise(
            "超过 30 天须由另一位工作人员批准。", "Beyond 30 days a second member of staff has to approve it."
        ),
        choices=[("", "—"), *((str(days), words) for days, words in penalising.LENGTHS.items())],
        coerce=int,
    )

    field_order = ("kind", "days", "zh", "en")

    @property
    def draft(self) -> penalising.Draft:
        """The penalty that is wanted."""
        return penalising.Draft(self.cleaned_data["kind"], self.cleaned_data["days"], self.reason)


@staff_only("risk")
@require_http_methods(["GET", "HEAD", "POST"])
def penalise(request: HttpRequest, number: str) -> HttpResponse:
    """The form, what it would mean, and the penalty."""
    case = get_object_or_404(Case.objects.select_related("person"), number=number)
    against = penalising.hindrance(person_of(request), case)
    if against is not None or case.person is None:
        messages.error(request, str(against))
        return redirect("desk:case", number)
    form = PenaltyForm(request.POST or None)
    step = step_of(request)
    if step == "form" or not form.is_valid():
        values = {
            "case": case,
            "form": form,
            "token": new_token(),
            "earlier": [described(each) for each in penalising.of_person(case.person)[:10]],
        }
        return show(request, "desk/penalties/form.html", values, 422 if request.POST and form.errors else 200)
    draft = form.draft
    if step == "check":
        return ask(
            request,
            title=Text("确认处罚", "Confirm the penalty"),
            agreement=penalising.agreement(case, draft),
            facts=[
                (Text("案件", "Case"), case.number),
                (Text("限制", "Restriction"), draft.what),
                (Text("多久", "How long"), penalising.LENGTHS[draft.days]),
                (Text("当事人读到（中文）", "The person reads, in Chinese"), draft.reason.zh),
                (Text("当事人读到（英文）", "The person reads, in English"), draft.reason.en),
            ],
            forms=[PenaltyForm(request.POST)],
            button=Text("提交批准", "Submit for approval")
            if draft.needs_second
            else Text("处罚", "Impose it"),
            approval=draft.needs_second,
            extra={"long": True},
        )
    try:
        once(request, lambda: penalising.impose(request, case, draft))
    except (penalising.PenaltyRefused, NotNow) as refusal:
        messages.error(request, str(refusal.text))
    else:
        messages.info(request, str(AWAITING)) if draft.needs_second else messages.success(
            request, str(_IMPOSED)
        )
    return redirect("desk:case", number)


@staff_only("risk")
@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: HttpRequest, penalty_id: int) -> HttpResponse:
    """Lift one before its time, with a reason."""
    penalty = get_object_or_404(_rows(), pk=penalty_id)
    form = ReasonForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        values = {"penalty": described(penalty), "form": form}
        return show(request, "desk/penalties/lift.html", values, 422 if request.POST else 200)
    try:
        penalising.lift(request, penalty, form.reason)
    except penalising.PenaltyRefused as refusal:
        messages.error(request, str(refusal.text))
    else:
        messages.success(request, str(_LIFTED))
    return redirect("desk:case", penalty.case)


@staff_only(*CASE_READERS)
@require_safe
def penalty_list(request: HttpRequest) -> HttpResponse:
    """All penalties without a name, those in force or all, the latest first."""
    state = request.GET.get("state", "")
    state = state if state in {"running", "all"} else "running"
    rows = _rows()
    if state == "running":
        rows = rows.filter(pk__in=penalties.running().values("pk"))
    page = page_of(rows.order_by("-from_ms", "-pk"), request)
    values = {
        "page": page,
        "rows": [described(each) for each in page],
        "state": state,
        "running": penalties.running().count(),
    }
    return show(request, "desk/penalties/list.html", values)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def my_penalty(request: HttpRequest, penalty_id: int) -> HttpResponse:
    """What one is kept from, why, until when; and one's one appeal."""
    penalty = get_object_or_404(_rows(), pk=penalty_id, person=person_of(request))
    form = AppealForm(request.POST or None)
    may_appeal = appeals.may_appeal_penalty(penalty)
    if request.method == "POST" and form.is_valid():
        try:
            made = appeals.make_against(penalty, form.cleaned_data["text"])
        except appeals.AppealRefused as refusal:
            messages.error(request, str(refusal.text))
            return redirect("penalty", penalty_id)
        messages.success(request, str(Text("申诉已收到。", "We have your appeal.")))
        return redirect("my_case", made.case.number)
    values = {
        "penalty": described(penalty),
        "may_appeal": may_appeal,
        "form": form,
        "due_ms": now_ms() + appeals.WITHIN_MS,
    }
    return render(
        request, "desk/holder/penalty.html", values, status=422 if request.method == "POST" else 200
    )


def described(penalty: Penalty | None) -> dict[str, Any] | None:
    """A penalty as pages show it."""
    if penalty is None:
        return None
    appeal: Appeal | None = getattr(penalty, "appeal", None)
    given = penalty.confirmation
    return {
        "row": penalty,
        "what": penalties.KIND_WORDS[Penalty.Kind(penalty.kind)],
        "second": None if given is None else given.approved_by,
        "appeal": appeal,
        "lift_url": reverse("desk:lift_penalty", args=[penalty.pk]),
    }


def may_penalise(request: HttpRequest, case: Case) -> bool:
    """Whether whoever is here can impose one in this case."""
    staff = staff_of(request)
    if staff is None or not staff.may_change(*penalising.ROLES):
        return False
    return penalising.hindrance(staff.person, case) is None


def _rows() -> Any:
    return Penalty.objects.select_related(
        "person", "by", "lifted_by", "confirmation__approved_by", "appeal__case"
    )
