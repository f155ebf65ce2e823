"""One order on the desk: all that is needed to decide about it, and the decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk.access import staff_behind, staff_only
from cardtrail.web.desk.sections import show
from cardtrail.web.market import desk_case, order_gate
from cardtrail.web.market.desk_looks import look_at_order
from cardtrail.web.market.desk_reasons import ReviewForm, RulingForm
from cardtrail.web.market.desk_separation import hindrance
from cardtrail.web.market.views.disputes import picture_answer
from cardtrail.web.orders import acts
from cardtrail.web.orders.models import Deal, Picture
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.ui.texts import Text

_RULED = Text("已裁决，双方会收到通知。", "Decided; both parties are told.")
_REVIEWED = Text("已审核，双方会收到通知。", "Reviewed; both parties are told.")


@staff_only("support", "risk", "finance", "auditor")
@require_safe
def case_page(request: HttpRequest, number: UUID) -> HttpResponse:
    """Order, money, the card and its trail, risk, what both showed, their records. That one looks is written down."""
    return _page(request, _deal(number))


@staff_only("support", "risk", "finance", "auditor")
@require_safe
def money(request: HttpRequest, number: UUID) -> HttpResponse:
    """What the provider says of the order's money at this moment."""
    deal = _deal(number)
    standing = desk_case.money_at_provider(deal)
    template = (
        "market/desk/money.html" if request.headers.get("HX-Request") else "market/desk/money_page.html"
    )
    left_minor = 0 if standing is None else standing.held_minor
    values = {
        "deal": deal,
        "order": deal.order,
        "standing": standing,
        "held_minor": max(left_minor, 0),
        "short_minor": max(-left_minor, 0),
    }
    return show(request, template, values)


@staff_only("support", "risk")
@require_POST
def rule(request: HttpRequest, number: UUID) -> HttpResponse:
    """Decide a dispute."""
    return _rule(request, _deal(number), acts.rule, "may_rule")


@staff_only("support", "risk")
@require_POST
def rule_on_appeal(request: HttpRequest, number: UUID) -> HttpResponse:
    """Decide an appeal, for good."""
    return _rule(request, _deal(number), acts.rule_on_appeal, "may_rule_on_appeal")


@staff_only("risk")
@require_POST
def review(request: HttpRequest, number: UUID) -> HttpResponse:
    """Let pass what risk has held, or call it off."""
    deal, form = _deal(number), ReviewForm(request.POST)
    against = hindrance(person_of(request), deal, deal.order)
    if against is not None:
        messages.error(request, str(against))
        return redirect("market:desk_order", number)
    if not form.is_valid():
        return _page(request, deal, {"review_form": form})
    allow = request.POST.get("allow") == "yes"
    return _done(
        request,
        deal,
        lambda: order_gate.review(request, deal, person_of(request), form.reasons, allow=allow),
        _REVIEWED,
    )


@staff_only("support", "risk", "finance", "auditor")
@require_safe
def picture(request: HttpRequest, number: UUID, picture: int) -> HttpResponse:
    """A picture that was shown in this order's dispute."""
    found = get_object_or_404(Picture, pk=picture, exhibit__deal=_deal(number))
    return picture_answer(found)


def _rule(request: HttpRequest, deal: Deal, act: Callable[..., Deal], may: str) -> HttpResponse:
    order = deal.order
    tasks = desk_case.tasks(deal, order, staff_behind(request))
    if not tasks[may]:
        messages.error(request, str(tasks["hindrance"] or _NOT_NOW))
        return redirect("market:desk_order", deal.number)
    form = RulingForm(request.POST, order=order)
    if not form.is_valid():
        return _page(request, deal, {"ruling_form": form})
    return _done(
        request, deal, lambda: act(request, deal, form.outcome, form.reasons, form.refund_minor), _RULED
    )


_NOT_NOW = Text(
    "现在没有等你裁决的事：可能同事已经裁决，或由别的角色处理。",
    "Nothing here waits for your decision now: a colleague may have decided, or another role does.",
)


def _page(request: HttpRequest, deal: Deal, forms: dict[str, Form] | None = None) -> HttpResponse:
    look_at_order(request, deal)
    values: dict[str, Any] = {
        "ruling_form": RulingForm(order=deal.order),
        "review_form": ReviewForm(),
        **desk_case.shown(deal, staff_behind(request)),
        **(forms or {}),
    }
    return show(request, "market/desk/order.html", values, status=422 if forms else 200)


def _done(request: HttpRequest, deal: Deal, do: Callable[[], object], done: Text) -> HttpResponse:
    try:
        do()
    except NotPossible as refusal:
        messages.error(request, str(refusal.text))
    else:
        messages.success(request, str(done))
    return redirect("market:desk_order", deal.number)


def _deal(number: UUID) -> Deal:
    rows = Deal.objects.select_related("delivery", "buyer", "seller")
    deal: Deal = get_object_or_404(rows, pk=number)
    return deal
