"""A gift or a return that risk holds, on the desk."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.looks import look_at_card
from cardtrail.web.desk.sections import show
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import desk_held
from cardtrail.web.market.desk_case import Weighed
from cardtrail.web.market.desk_kinds import REVIEWERS, due_ms
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui.texts import Text

_DONE = Text("已处理，持卡人会收到通知。", "Done; the holder is told.")


@staff_only("support", "risk", "auditor")
@require_safe
def held(request: HttpRequest, decision: UUID) -> HttpResponse:
    """The card, and what risk said with all its values. Looking is written down."""
    return _page(request, _decision(decision), desk_held.ActForm())


@staff_only(*REVIEWERS)
@require_POST
def decide(request: HttpRequest, decision: UUID) -> HttpResponse:
    """It is let pass (`do=pass`), or not."""
    found, form = _decision(decision), desk_held.ActForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, 422)
    try:
        allow = request.POST.get("do") == "pass"
        desk_held.decide(request, found, person_of(request), form.cleaned_data["words"], allow=allow)
    except NotPossible as refusal:
        messages.error(request, str(refusal.text))
    else:
        messages.success(request, str(_DONE))
    return redirect("market:desk_held", found.pk)


def _page(request: HttpRequest, found: Decision, form: desk_held.ActForm, status: int = 200) -> HttpResponse:
    card = None
    if found.serial is not None:
        look_at_card(request, found.serial)
        card = Card.objects.select_related("product").filter(serial=found.serial).first()
    staff, answer = staff_of(request), found.answer
    weighed = Weighed(
        found,
        [Text(reason.words.zh, reason.words.en) for reason in answer.reasons],
        sorted(answer.values.items()),
        found.passed_ms is not None,
    )
    matter = desk_held.matter_of(found)
    values = {
        "decision": found,
        "card": card,
        "matter": matter,
        "due_ms": None if matter is None else due_ms(matter),
        "clears_ms": answer.clears_ms,
        "title": desk_held.TITLES[desk_held.kind_of(found)],
        "weighed": [weighed],
        "form": form,
        "may": staff is not None
        and staff.may_change(*REVIEWERS)
        and matter is not None
        and matter.closed_ms is None,
    }
    return show(request, "market/desk/held.html", values, status=status)


def _decision(pk: UUID) -> Decision:
    rows = Decision.objects.select_related("person").filter(
        act__in=(Act.GIVE, Act.RETURN), outcome=Outcome.HOLD
    )
    found: Decision = get_object_or_404(rows, pk=pk)
    return found
