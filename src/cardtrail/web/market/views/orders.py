"""Orders for their parties: the lists, one order, and what is agreed to with one button."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.deals.regions import Gate, Side, Stage
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.market import order_gate, order_lists, order_page
from cardtrail.web.market.order_access import own_order
from cardtrail.web.market.order_acts import ACTS, values_of
from cardtrail.web.orders import acts
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.risks.step_up import step_up_url
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text

PER_PAGE = 10
NOTHING_NEW = 204
"""htmx changes nothing then."""


@require_safe
@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """Bought or sold: what is under way first."""
    person = person_of(request)
    side = Side.SELLER if request.GET.get("side") == Side.SELLER.value else Side.BUYER
    page = page_of(order_lists.rows_of(person, side), request, PER_PAGE)
    shown = {
        "page": page,
        "lines": order_lists.lines_of(list(page.object_list), side),
        "buying": side is Side.BUYER,
        "counts": {each.value: count for each, count in order_lists.counts(person).items()},
    }
    return render(request, "market/order/list.html", shown)


@require_safe
@login_required
def order(request: HttpRequest, number: UUID) -> HttpResponse:
    """One order: where it stands, what to do next, until when, where money and card are."""
    return render(request, "market/order/order.html", order_page.shown(own_order(request, number)))


@require_safe
@login_required
def state(request: HttpRequest, number: UUID) -> HttpResponse:
    """The same without the frame, for the page that looks for news by itself; nothing while there are none."""
    own = own_order(request, number)
    if request.GET.get("version") == str(own.deal.version):
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "market/order/news.html", order_page.shown(own))


@require_POST
@login_required
def paid(request: HttpRequest, number: UUID) -> HttpResponse:
    """The buyer says that they have paid: the provider is asked, and its word is waited for."""
    own = own_order(request, number)
    if not own.buying:
        raise Http404
    if own.order.stage is Stage.AWAITING_PAYMENT:
        acts.say_paid(own.deal)
    return redirect("market:order", number)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def act(request: HttpRequest, number: UUID, act: str) -> HttpResponse:
    """What follows from something, and then that. What is not possible any more leads back to the order."""
    own = own_order(request, number)
    meant = ACTS.get(act)
    if meant is None:
        raise Http404
    if request.method != "POST":
        if not meant.possible(own):
            return redirect("market:order", number)
        shown = {"deal": own.deal, "order": own.order, "act": meant, "follows": meant.follows.format(**values_of(own)),
                 "amount": own.order.proposal.refund_minor if own.order.proposal else 0,
                 "of_dispute": own.order.stage is Stage.DISPUTED}  # fmt: skip
        return render(request, "market/order/act.html", shown)
    try:
        meant.do(request, own.deal, _amount(request))
    except NotPossible as refusal:
        messages.error(request, str(refusal.text))
    else:
        if meant.done is not None:
            messages.success(request, str(meant.done))
    return redirect("market:order", number)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def step_up(request: HttpRequest, number: UUID) -> HttpResponse:
    """The buyer proves once more who they are: to the page that asks for it and back, then one button."""
    own = own_order(request, number)
    if not own.buying or own.order.gate is not Gate.STEP_UP:
        return redirect("market:order", number)
    here = reverse("market:order_step_up", args=[number])
    proved = order_gate.has_proved(request, own.deal)
    if request.method != "POST":
        shown = {**order_page.shown(own), "proved": proved, "prove_url": step_up_url(request, here)}
        return render(request, "market/order/step_up.html", shown)
    if not proved:
        return redirect(step_up_url(request, here))
    try:
        after = order_gate.pass_step_up(request, own.deal)
    except NotPossible as refusal:
        messages.error(request, str(refusal.text))
        return redirect(here if refusal.code == "not_proved" else reverse("market:order", args=[number]))
    messages.info(request, str(_PASSED if after.gate == Gate.ALLOWED.value else _STOPPED))
    return redirect("market:order", number)


_PASSED = Text("已验证，正在交付。", "Thank you; the card is being delivered.")
_STOPPED = Text("没有通过风险检查，款项原路退回。", "It did not pass the risk check; your money goes back.")


def _amount(request: HttpRequest) -> int:
    """The amount that the person saw, for agreeing to an offer."""
    typed = request.POST.get("amount", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else 0
