"""The address of a share's link. As with a gift's, opening it changes nothing; a click takes a card."""

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
from cardtrail.web.cards import sharing, taking
from cardtrail.web.cards.models import Gift
from cardtrail.web.cards.once import new_token
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.secret_text import secret_of
from cardtrail.web.cards.views.gift import TAKEN, protection
from cardtrail.web.cards.views.outcome import answer


@open_without_second_factor
@require_safe
def landing(request: HttpRequest, public: str) -> HttpResponse:
    """The same for every name, for every visitor and however often."""
    return render(request, "cards/opens.html", {"look_url": reverse("look_share", args=[public])})


@open_without_second_factor
@csrf_exempt  # It moves nothing and answers only to whoever has the secret.
@never_cache
@sensitive_post_parameters("secret")
@require_POST
def look(request: HttpRequest, public: str) -> HttpResponse:
    """What the link opens, as a piece of the page: what is shared and how much is left, or why nothing can be had."""
    person = person_of(request) if request.user.is_authenticated else None
    try:
        share = sharing.find(public, secret_of(request))
    except NotNow as wrong:
        return render(request, "cards/parts/opened.html", {"refusal": wrong}, status=404)
    if person is not None:
        sharing.note_visit(share, person)
    refusal = sharing.objection(share, person)
    if refusal is not None:
        return render(request, "cards/parts/opened.html", {"refusal": refusal}, status=410)
    gift = share.gifts.filter(state__in=Gift.OPEN, taker__isnull=True).order_by("serial").first()
    here = reverse("share_link", args=[public])
    shown = {
        "share": share,
        "gift": gift,
        "card": taking.face_of(gift) if gift else None,
        "left": share.gifts.filter(state__in=Gift.OPEN, taker__isnull=True).count(),
        "of": share.gifts.count(),
        "take_url": reverse("take_share", args=[public]),
        "here": here,
        "token": new_token(),
    }
    return render(request, "cards/parts/opened.html", shown | protection(request, here))


@require_POST
@never_cache
@sensitive_post_parameters("secret")
@login_required
def take(request: HttpRequest, public: str) -> HttpResponse:
    """Take one of the cards, upon a click."""
    try:
        share = sharing.find(public, secret_of(request))
        confirmation = sharing.take(request, share)
    except NotNow as refusal:
        messages.info(request, str(refusal.text))
        return redirect("wallet") if refusal.serial is None else redirect("card", refusal.serial)
    outcomes = perform(confirmation)
    to = reverse("card", args=[outcomes[0].action.serial])
    return answer(request, outcomes, to=to, good=TAKEN, back=reverse("wallet"))
