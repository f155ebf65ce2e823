"""A dispute for its parties: opening it, showing what one has, settling, appealing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.deals.regions import Dispute, Stage
from cardtrail.web.market import order_dispute, order_page
from cardtrail.web.market.order_access import Own, own_order
from cardtrail.web.market.order_forms import AppealForm, DisputeForm, ShownForm, SplitForm
from cardtrail.web.orders import acts
from cardtrail.web.orders.models import Picture
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.ui.texts import Text

REFUSED = 422

_OPENED = Text("争议已发起，卡已锁定。", "The dispute is open and the card is being set aside.")
_SHOWN = Text("已提交，对方看得到。", "Shown; the other side can see it.")
_PROPOSED = Text("方案已提出，等对方答复。", "Your offer is made; the other side decides on it.")
_APPEALED = Text("申诉已提交，由另一位审核员复核。", "Your appeal is made; another reviewer looks at it.")


@require_safe
@login_required
def dispute(request: HttpRequest, number: UUID) -> HttpResponse:
    """One dispute, as one of its parties reads it."""
    own = own_order(request, number)
    if own.order.dispute is Dispute.NONE:
        return redirect("market:order", number)
    return _page(request, own)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def open_dispute(request: HttpRequest, number: UUID) -> HttpResponse:
    """The buyer says what is wrong and shows it."""
    own = own_order(request, number)
    if own.order.dispute is not Dispute.NONE:
        return redirect("market:dispute", number)
    if request.method != "POST" and not (own.buying and own.order.stage is Stage.DELIVERED):
        return redirect("market:order", number)
    form = DisputeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and form.shown is not None:
        try:
            acts.open_dispute(request, own.deal, form.cleaned_data["reason"], form.shown)
        except NotPossible as refusal:
            messages.error(request, str(refusal.text))
            return redirect("market:order", number)
        messages.success(request, str(_OPENED))
        return redirect("market:dispute", number)
    shown = {**order_page.shown(own), "form": form, "outcomes": order_dispute.possible(own.order)}
    return render(request, "market/order/open_dispute.html", shown, status=REFUSED if form.is_bound else 200)


@require_POST
@login_required
def evidence(request: HttpRequest, number: UUID) -> HttpResponse:
    """A party shows something more."""
    own, form = own_order(request, number), ShownForm(request.POST, request.FILES)
    if not form.is_valid() or form.shown is None:
        return _page(request, own, evidence_form=form)
    return _done(request, own, lambda: acts.give_evidence(request, own.deal, _kept(form)), _SHOWN)


@require_POST
@login_required
def propose(request: HttpRequest, number: UUID) -> HttpResponse:
    """A party offers to settle for a part."""
    own = own_order(request, number)
    form = SplitForm(request.POST, price_minor=own.order.price_minor, currency=own.order.currency)
    if not form.is_valid():
        return _page(request, own, split_form=form)
    return _done(request, own, lambda: acts.propose_split(request, own.deal, form.refund_minor), _PROPOSED)


@require_POST
@login_required
def appeal(request: HttpRequest, number: UUID) -> HttpResponse:
    """Whoever lost asks for another reviewer."""
    own, form = own_order(request, number), AppealForm(request.POST, request.FILES, prefix="appeal")
    if not form.is_valid() or form.shown is None:
        return _page(request, own, appeal_form=form)
    return _done(request, own, lambda: acts.appeal(request, own.deal, _kept(form)), _APPEALED)


@require_safe
@login_required
def picture(request: HttpRequest, number: UUID, picture: int) -> HttpResponse:
    """A picture that was shown in this order's dispute, for both its parties."""
    own = own_order(request, number)
    found = get_object_or_404(Picture, pk=picture, exhibit__deal=own.deal)
    return picture_answer(found)


def picture_answer(found: Picture) -> HttpResponse:
    """A picture, for whoever may see it: nobody on the way keeps it."""
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": "inline; filename=exhibit.jpg",
               "X-Content-Type-Options": "nosniff"}  # fmt: skip
    return HttpResponse(bytes(found.content), content_type="image/jpeg", headers=headers)


def _page(request: HttpRequest, own: Own, **forms: Any) -> HttpResponse:
    order = own.order
    shown = {
        **order_dispute.shown(own),
        "evidence_form": ShownForm(),
        "split_form": SplitForm(price_minor=order.price_minor, currency=order.currency),
        "appeal_form": AppealForm(prefix="appeal"),
        **forms,
    }
    return render(request, "market/order/dispute.html", shown, status=REFUSED if forms else 200)


def _kept(form: ShownForm) -> Any:
    return form.shown


def _done(request: HttpRequest, own: Own, do: Any, done: Text) -> HttpResponse:
    try:
        do()
    except NotPossible as refusal:
        messages.error(request, str(refusal.text))
    else:
        messages.success(request, str(done))
    return redirect("market:dispute", own.deal.number)
