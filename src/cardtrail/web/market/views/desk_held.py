"""A gift or a return that risk holds, on the desk."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from cardtrail.deals.parameters import LIMITS_CURRENCY
from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk.access import staff_behind, staff_only
from cardtrail.web.desk.looks import look_at_card
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.separation import too_near
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import desk_held
from cardtrail.web.market.desk_case import Weighed
from cardtrail.web.market.desk_kinds import REVIEWERS, due_ms
from cardtrail.web.market.standings import record_of
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui.texts import Text

_DONE = Text("已处理，持卡人会收到通知。", "Done; the holder is told.")


@staff_only(*CASE_READERS)
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
    staff, matter = staff_behind(request), desk_held.matter_of(found)
    waits = staff.may_change(*REVIEWERS) and matter is not None and matter.closed_ms is None
    over = matter is not None and matter.closed_ms is not None
    titles = desk_held.LOOKED_AT if over else desk_held.TITLES
    against = too_near(staff.person, found.person) if waits else None
    values = {
        "decision": found,
        "card": card,
        "matter": matter,
        "due_ms": None if matter is None else due_ms(matter),
        "clears_ms": found.answer.clears_ms,
        "title": titles[desk_held.kind_of(found)],
        "weighed": [Weighed.of(found)],
        "form": form,
        "returning": found.act == Act.RETURN,
        "record": record_of(found.person),
        "currency": LIMITS_CURRENCY,
        "hindrance": against,
        "may": waits and against is None,
    }
    return show(request, "market/desk/held.html", values, status=status)


def _decision(pk: UUID) -> Decision:
    rows = Decision.objects.select_related("person").filter(
        act__in=(Act.GIVE, Act.RETURN), outcome=Outcome.HOLD
    )
    found: Decision = get_object_or_404(rows, pk=pk)
    return found
