"""Pages for holders that belong to casework: appealing, reading one's cases, and who looked at one's record."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.cards.access import own_card
from cardtrail.web.desk import appeals, penalising, reasons
from cardtrail.web.desk.casework import Case
from cardtrail.web.desk.looks import looks_of
from cardtrail.web.risks.models import Penalty
from cardtrail.web.risks.penalties import KIND_WORDS
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text, promise


class AppealForm(forms.Form):
    """The holder's words."""

    text = forms.CharField(
        label=promise("你的理由", "Your reasons"),
        help_text=promise(
            "最多 2000 字。不要写卡密或密码。", "Up to 2,000 characters. No card codes or passwords, please."
        ),
        max_length=appeals.MOST,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def appeal(request: HttpRequest, serial: int) -> HttpResponse:
    """Appeal against the freeze or void of one's own card, once."""
    card, person = own_card(request, serial), person_of(request)
    made = appeals.appeal_of(card)
    if made is not None and made.person_id == person.pk:
        return redirect("my_case", made.case.number)
    if not appeals.may_appeal(person, card):
        messages.info(
            request,
            str(Text("这张卡没有可以申诉的处置。", "There is nothing to appeal against on this card.")),
        )
        return redirect("card", serial)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = appeals.make(person, card, form.cleaned_data["text"])
        except appeals.AppealRefused as refusal:
            messages.error(request, str(refusal.text))
            return redirect("card", serial)
        messages.success(request, str(Text("申诉已收到。", "We have your appeal.")))
        return redirect("my_case", made.case.number)
    shown = {
        "card": card,
        "form": form,
        "reason": reasons.reason_for(card),
        "due_ms": now_ms() + appeals.WITHIN_MS,
    }
    return render(request, "desk/holder/appeal.html", shown)


@require_safe
@login_required
def my_case(request: HttpRequest, number: str) -> HttpResponse:
    """One case about oneself: where it stands and what may be read of it."""
    case = get_object_or_404(Case, number=number, person=person_of(request))
    shown = {
        "case": case,
        "entries": case.entries.filter(shown=True).order_by("at_ms", "pk"),
        "opening": case.entries.filter(kind="opened", author=person_of(request)).first(),
        "loss": getattr(case, "loss", None),
        "appeal": getattr(case, "appeal", None),
        "case_penalties": penalising.of_case(case).filter(person=person_of(request)),
    }
    return render(request, "desk/holder/case.html", shown)


@require_safe
@login_required
def looks(request: HttpRequest) -> HttpResponse:
    """Who looked at one's record, for what, and one's cases."""
    person = person_of(request)
    shown = {
        "page": page_of(looks_of(person), request),
        "cases": Case.objects.filter(person=person).order_by("-opened_ms")[:50],
        "penalties": [
            {"row": each, "what": KIND_WORDS[Penalty.Kind(each.kind)]}
            for each in penalising.of_person(person)[:20]
        ],
    }
    return render(request, "desk/holder/looks.html", shown)
