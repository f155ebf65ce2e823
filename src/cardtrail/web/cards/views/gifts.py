"""Gifts as their giver sees them, and a gift for a person as that person accepts it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.perform import perform
from cardtrail.web.cards import addressed, giving, taking
from cardtrail.web.cards.models import Gift, Share
from cardtrail.web.cards.once import new_token
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.views.outcome import answer
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text

BACK = Text("已收回，原来的链接失效了。", "Taken back: its link is void.")
ACCEPTED = Text("收下了，这张卡归你了。", "Accepted: the card is yours.")


@require_safe
@login_required
def gifts(request: HttpRequest) -> HttpResponse:
    """Cards that the person has given, and their shares."""
    person = person_of(request)
    rows = Gift.objects.filter(giver=person, share=None).select_related("taken_by").order_by("-made_ms", "id")
    shares = Share.objects.filter(giver=person).order_by("-made_ms")[:20]
    page = page_of(rows, request)
    cards = Card.objects.select_related("product").in_bulk([gift.serial for gift in page.object_list])
    pairs = [(gift, cards.get(gift.serial)) for gift in page.object_list]
    return render(request, "cards/gifts.html", {"page": page, "pairs": pairs, "shares": shares})


@require_safe
@never_cache
@login_required
def gift(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """One gift, for its giver: the link to hand on, how it stands, the way back."""
    own = _own(request, gift_id)
    shown = {
        "gift": own,
        "card": Card.objects.select_related("product").get(serial=own.serial),
        "link": giving.link_of(own),
        "to": addressed.address_of(own),
        "token": new_token(),
    }
    return render(request, "cards/gift.html", shown)


@require_POST
@login_required
def take_back(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """End a gift that nobody has taken."""
    own = _own(request, gift_id)
    here = reverse("gift", args=[own.id])
    try:
        confirmation = giving.take_back(request, own)
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect(here)
    return answer(request, perform(confirmation), to=reverse("card", args=[own.serial]), good=BACK, back=here)


@require_POST
@login_required
def accept(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """Take a gift that is for this very person. Of anybody else's nobody learns whether it exists."""
    person = person_of(request)
    names = addressed.known_of(person)
    meant = get_object_or_404(
        Gift.objects.select_related("action", "action__confirmation"), id=gift_id, to_known__in=names
    )
    try:
        confirmation = taking.take(request, meant)
    except NotNow as refusal:
        messages.info(request, str(refusal.text))
        return redirect("wallet") if refusal.serial is None else redirect("card", refusal.serial)
    to = reverse("card", args=[meant.serial])
    return answer(request, perform(confirmation), to=to, good=ACCEPTED, back=reverse("wallet"))


def _own(request: HttpRequest, gift_id: UUID) -> Gift:
    rows = Gift.objects.select_related("action", "action__confirmation", "action__person", "taken_by")
    own: Gift = get_object_or_404(rows, id=gift_id, giver=person_of(request))
    return own
