"""Giving a card: choose how, see exactly what will happen, confirm."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.perform import perform
from cardtrail.web.cards import giving
from cardtrail.web.cards.access import own_card
from cardtrail.web.cards.asking import Stopped
from cardtrail.web.cards.forms import GiveForm, brought, filled_in
from cardtrail.web.cards.models import Gift
from cardtrail.web.cards.once import new_token, sent, token_of
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.views.outcome import answer
from cardtrail.web.ledger.models import Card
from cardtrail.web.risks.stop_page import stop_page
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import zone_for

SENT = Text(
    "已送出。对方领取之前，你随时可以收回。", "Given. Until it is claimed you can take it back at any time."
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def give(request: HttpRequest, serial: int) -> HttpResponse:
    """The form; with `step=check` what will happen; with `step=confirm` it happens."""
    try:
        before = sent(request) if request.method == "POST" else None
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("card", serial)
    if before is not None:
        return _performed(request, before)
    card = own_card(request, serial)
    terms, now = card.product.terms, now_ms()
    step = request.POST.get("step", "")
    if (reason := giving.hindrance(card, terms, now)) is not None:
        messages.warning(request, str(reason))
        return redirect("card", serial)
    if giving.open_gift(card) is not None:
        return redirect("card", serial)
    form = GiveForm(
        request.POST or None,
        initial=brought(request, GiveForm),
        latest_ms=giving.latest_ms(terms, now),
        zone=zone_for(request),
    )
    shown = {"card": card, "form": form, "token": token_of(request) if request.POST else new_token()}
    if request.method != "POST" or step not in {"check", "confirm"} or not form.is_valid():
        return render(request, "cards/give.html", shown)
    if step == "check":
        sentences = giving.words(card, form.choice, request)
        return render(
            request, "cards/give_check.html", shown | {"choice": form.choice, "sentences": sentences}
        )
    return _confirmed(request, card, form.choice)


def _confirmed(request: HttpRequest, card: Card, choice: giving.Choice) -> HttpResponse:
    try:
        confirmation = giving.give(request, card, choice)
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("card", card.serial)
    except Stopped as stopped:
        back = f"{reverse('give', args=[card.serial])}?{filled_in(request, GiveForm)}"
        return stop_page(request, stopped.asked, back, leave=reverse("card", args=[card.serial]))
    return _performed(request, confirmation)


def _performed(request: HttpRequest, confirmation: Confirmation) -> HttpResponse:
    outcomes = perform(confirmation)
    gift = get_object_or_404(Gift, action__confirmation=confirmation)
    back = reverse("card", args=[gift.serial])
    return answer(request, outcomes, to=reverse("gift", args=[gift.id]), good=SENT, back=back)
