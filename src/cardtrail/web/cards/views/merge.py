"""Merging cards: choose which, see the sum and the dates, confirm, see the card that came of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.perform import perform
from cardtrail.web.cards import merging
from cardtrail.web.cards.access import own_card
from cardtrail.web.cards.once import new_token, token_of
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.views.outcome import answer
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text

DONE = Text("合并完成，这是合并后的卡。", "Merged: this is the new card.")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def merge(request: HttpRequest, serial: int) -> HttpResponse:
    """The cards to choose from; with `step=check` what will happen; with `step=confirm` it happens."""
    card = own_card(request, serial)
    step, chosen = request.POST.get("step", ""), _chosen(request)
    if step == "confirm":
        return _confirmed(request, card, chosen)
    reason = merging.hindrance(card, card.product.terms)
    if reason is not None:
        messages.warning(request, str(reason))
        return redirect("card", serial)
    shown: dict[str, object] = {"card": card, "chosen": set(chosen)}
    if step == "check":
        made, problem = _checked(request, card, chosen)
        if made is not None and problem is None:
            shown |= {"made": made, "sentences": merging.words(made, request), "token": token_of(request)}
            return render(request, "cards/merge_check.html", shown)
        shown["problem"] = problem
    companions = merging.companions(card, person_of(request))
    shown |= {"companions": companions, "token": token_of(request) if request.POST else new_token()}
    return render(request, "cards/merge.html", shown)


@require_safe
@login_required
def result(request: HttpRequest, serial: int) -> HttpResponse:
    """On to the card that one's card became part of."""
    made = merging.result_of(own_card(request, serial))
    if made is None:
        raise Http404
    return redirect("card", made)


def _checked(
    request: HttpRequest, card: Card, chosen: list[int]
) -> tuple[merging.Merged | None, Text | None]:
    """What would come of it, or why it cannot be."""
    try:
        made = merging.merged(merging.choose(card, person_of(request), chosen))
    except NotNow as refusal:
        return None, refusal.text
    return made, merging.objection(made, card.product.terms)


def _confirmed(request: HttpRequest, card: Card, chosen: list[int]) -> HttpResponse:
    back = reverse("merge", args=[card.serial])
    try:
        confirmation = merging.merge(request, card, chosen)
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("card" if merging.hindrance(card, card.product.terms) else "merge", card.serial)
    return answer(
        request, perform(confirmation), to=reverse("merged", args=[card.serial]), good=DONE, back=back
    )


def _chosen(request: HttpRequest) -> list[int]:
    given = request.POST.getlist("serials")[: merging.MOST + 1]
    return [int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 16]
