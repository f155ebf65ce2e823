"""Claiming a card by its code, typed or from its QR code. The page alone does nothing: claiming needs a click."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cardtrail.web.accounts.second_factor import open_without_second_factor
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.perform import perform
from cardtrail.web.cards import claiming, throttle
from cardtrail.web.cards.access import lacks_second_factor, protect_address
from cardtrail.web.cards.forms import ClaimForm
from cardtrail.web.cards.once import new_token, sent, token_of
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.views.outcome import answer
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import length

CLAIMED = Text("领取成功，这张卡归你了。", "Claimed: the card is yours.")
MINE = Text("这张卡已经在你的钱包里了。", "This card is in your wallet already.")
WAIT = Text(
    "尝试次数太多。为保护持卡人，请过 {time} 再试。卡和余额不受影响。",
    "Too many attempts. To protect card holders, please wait {time} and try again. Your cards are not affected.",
)


@open_without_second_factor
@never_cache
@sensitive_post_parameters("code", "number")
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    """The form, and what comes of it."""
    if not request.user.is_authenticated:
        return render(request, "cards/claim_first.html", {"signed_out": True})
    if lacks_second_factor(request):
        return render(request, "cards/claim_first.html", {"protect_url": protect_address(reverse("claim"))})
    try:
        before = sent(request) if request.method == "POST" else None
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("claim")
    if before is not None:
        return _performed(request, before)
    form = ClaimForm(request.POST or None)
    if request.method != "POST" or not form.is_valid() or form.typed is None:
        return _form(request, form)
    typed = form.typed
    if claiming.is_mine(person_of(request), typed.serial) and typed.serial is not None:
        return _there_already(request, typed.serial)
    try:
        entered = throttle.enter(request)
    except throttle.TooOften as refusal:
        form.add_error(None, str(WAIT.format(time=length(refusal.wait_ms))))
        return _form(request, form, status=429)
    order = claiming.order_for(typed)
    if order is None and claiming.is_mine(person_of(request), typed.serial) and typed.serial is not None:
        entered.was_right()  # The same form came in a moment ago, from an impatient finger.
        return _there_already(request, typed.serial)
    if order is None:
        form.add_error(None, str(claiming.NO))
        return _form(request, form)
    entered.was_right()
    try:
        confirmation = claiming.claim(request, order)
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("claim")
    return _performed(request, confirmation)


def _performed(request: HttpRequest, confirmation: Confirmation) -> HttpResponse:
    outcomes = perform(confirmation)
    to = reverse("card", args=[outcomes[0].action.serial])
    return answer(request, outcomes, to=to, good=CLAIMED, back=reverse("claim"))


def _there_already(request: HttpRequest, serial: int) -> HttpResponse:
    messages.info(request, str(MINE))
    return redirect("card", serial)


def _form(request: HttpRequest, form: ClaimForm, status: int = 200) -> HttpResponse:
    token = token_of(request) if request.method == "POST" else new_token()
    return render(request, "cards/claim.html", {"form": form, "token": token}, status=status)
