"""The address of a gift's link. Opening it changes nothing and says nothing: its secret stands behind the #, which only
the browser sees. The page sends the secret to be looked at, and a click of somebody signed in takes the card.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from cardtrail.web.accounts.second_factor import open_without_second_factor
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.perform import perform
from cardtrail.web.cards import taking
from cardtrail.web.cards.access import lacks_second_factor, protect_address
from cardtrail.web.cards.once import new_token
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.secret_text import secret_of
from cardtrail.web.cards.views.outcome import answer
from cardtrail.web.ui.texts import Text

TAKEN = Text("领取成功，这张卡归你了。", "Claimed: the card is yours.")


@open_without_second_factor
@require_safe
def landing(request: HttpRequest, serial: int) -> HttpResponse:
    """The same for every number and every visitor: robots that fetch links learn and change nothing."""
    return render(request, "cards/opens.html", {"look_url": reverse("look_gift", args=[serial])})


@open_without_second_factor
@csrf_exempt  # It changes nothing and answers only to whoever has the secret.
@never_cache
@sensitive_post_parameters("secret")
@require_POST
def look(request: HttpRequest, serial: int) -> HttpResponse:
    """What the secret opens, as a piece of the page: the gift with its note and giver, or why it cannot be had."""
    secret = secret_of(request)
    person = person_of(request) if request.user.is_authenticated else None
    try:
        gift = taking.find(serial, secret)
        refusal = taking.objection(gift, person)
    except NotNow as wrong:
        return render(request, "cards/parts/opened.html", {"refusal": wrong}, status=404)
    if refusal is not None:
        return render(request, "cards/parts/opened.html", {"refusal": refusal}, status=410)
    shown = {
        "gift": gift,
        "card": taking.face_of(gift),
        "take_url": reverse("take_gift", args=[serial]),
        "here": reverse("gift_link", args=[serial]),
        "token": new_token(),
    }
    return render(request, "cards/parts/opened.html", shown | protection(request, shown["here"]))


@require_POST
@never_cache
@sensitive_post_parameters("secret")
@login_required
def take(request: HttpRequest, serial: int) -> HttpResponse:
    """Take the card, upon a click."""
    try:
        gift = taking.find(serial, secret_of(request))
        confirmation = taking.take(request, gift)
    except NotNow as refusal:
        messages.info(request, str(refusal.text))
        return redirect("wallet") if refusal.serial is None else redirect("card", refusal.serial)
    to = reverse("card", args=[serial])
    return answer(request, perform(confirmation), to=to, good=TAKEN, back=reverse("wallet"))


def protection(request: HttpRequest, here: object) -> dict[str, str]:
    """Where somebody signed in has to set up a second factor first, if they have none."""
    if not request.user.is_authenticated or not lacks_second_factor(request):
        return {}
    return {"protect_url": protect_address(str(here))}
