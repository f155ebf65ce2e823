"""Terms for returns at the desk: all versions, a new one, and the second person's yes or no."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.pricing.offers import Unit
from cardtrail.web.actions.confirm import NotAwaiting, SamePerson
from cardtrail.web.cards.once import new_token, once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.desk.access import staff_behind, staff_only
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.views.steps import AWAITING, ask, step_of
from cardtrail.web.returns import offering
from cardtrail.web.returns.models import Offer
from cardtrail.web.returns.terms_form import TermsForm, values_of
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text

APPROVED: Final = Text("已批准，从约定的时间起生效。", "Approved; it applies from the time it names.")
DECLINED: Final = Text("没有批准，什么也没有改变。", "Not approved; nothing has changed.")
GONE: Final = Text("这份条款已经处理过。", "These terms were dealt with already.")
OWN: Final = Text(
    "这是你自己提出的，须由另一位工作人员批准。",
    "You proposed this: another member of staff has to approve it.",
)


@staff_only("finance", "admin", "auditor")
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """Every version: what waits first, what applies now, what was."""
    staff = staff_behind(request)
    page = page_of(offering.versions(), request, 20)
    now = now_ms()
    current = {offer.pk for unit in Unit if (offer := offering.in_force(unit, "CNY", now)) is not None}
    rows = [
        {
            "offer": offer,
            "word": offering.UNITS[Unit(offer.unit)],
            "lines": offering.describe(offer.terms, Unit(offer.unit)),
            "state": _state(offer, current, now),
            "now": offer.pk in current,
            "own": offer.proposed.person_id == staff.person_id,
        }
        for offer in page
    ]
    shown = {
        "page": page,
        "rows": rows,
        "may_read_returns": staff.may("finance", "auditor"),
        "may_propose": staff.may_change("finance"),
        "may_approve": staff.may_change(*offering.SECONDS),
    }
    return show(request, "returns/desk/terms.html", shown)


@staff_only("finance")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form, what it would mean, and the proposal, which a second person approves."""
    form = TermsForm(request.POST or None, initial=_before(request))
    step = step_of(request)
    if step == "form" or not form.is_valid():
        return show(request, "returns/desk/new_terms.html", {"form": form, "token": new_token()})
    draft = form.draft
    if step == "check":
        return ask(
            request,
            title=Text("确认回收条款", "Confirm the terms for returns"),
            agreement=offering.agreement(draft),
            facts=offering.describe(draft),
            forms=[TermsForm(request.POST)],
            button=Text("提交批准", "Submit for approval"),
            approval=True,
            extra={"long": True},
        )
    try:
        once(request, lambda: offering.propose(request, draft).proposed)
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("returns:terms")
    messages.info(request, str(AWAITING))
    return redirect("returns:terms")


@staff_only(*offering.SECONDS)
@require_POST
def approve(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Another member of staff says yes."""
    try:
        offering.approve(request, get_object_or_404(Offer, pk=offer_id))
    except SamePerson:
        messages.error(request, str(OWN))
    except NotAwaiting:
        messages.info(request, str(GONE))
    else:
        messages.success(request, str(APPROVED))
    return redirect("returns:terms")


@staff_only(*offering.SECONDS)
@require_POST
def decline(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Another member of staff says no, or whoever proposed it takes it back."""
    try:
        offering.decline(request, get_object_or_404(Offer, pk=offer_id))
    except NotAwaiting:
        messages.info(request, str(GONE))
    else:
        messages.info(request, str(DECLINED))
    return redirect("returns:terms")


def _before(request: HttpRequest) -> dict[str, object]:
    """The terms that are to be changed, where the list was asked for that."""
    chosen = request.GET.get("from", "")
    offer = Offer.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
    return {} if offer is None else values_of(offer)


_STATES: Final = {
    "waits": (Text("待批准", "Waits for approval"), "warn"),
    "closed": (Text("未批准", "Not approved"), ""),
    "now": (Text("现行", "Applies now"), "good"),
    "later": (Text("将生效", "Will apply"), "info"),
    "past": (Text("已被取代", "Replaced"), ""),
}


def _state(offer: Offer, current: set[int], now: int) -> tuple[Text, str]:
    if offer.waits:
        return _STATES["waits"]
    if offer.closed_ms is not None:
        return _STATES["closed"]
    if offer.pk in current:
        return _STATES["now"]
    return _STATES["later" if offer.from_ms > now else "past"]
