"""Splitting a card: choose the parts, see exactly what will happen, confirm, see the new cards."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.perform import perform
from cardtrail.web.cards import splitting
from cardtrail.web.cards.access import own_card
from cardtrail.web.cards.once import new_token, token_of
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.split_form import SplitForm
from cardtrail.web.cards.views.outcome import answer
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text

DONE = Text("拆分完成，这是新的卡。", "Split: these are the new cards.")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def split(request: HttpRequest, serial: int) -> HttpResponse:
    """The form, with `?parts=` equal parts; with `step=check` what will happen; with `step=confirm` it happens."""
    card = own_card(request, serial)
    step = request.POST.get("step", "")
    reason = splitting.hindrance(card, card.product.terms)
    if reason is not None and step == "confirm":
        return _confirmed(request, card, [])  # Perhaps this very form was sent before.
    if reason is not None:
        messages.warning(request, str(reason))
        return redirect("card", serial)
    form = SplitForm(request.POST or None, card=card, count=_count(request))
    shown = {
        "card": card,
        "form": form,
        "counts": range(splitting.FEWEST, splitting.most_parts(card.balance_minor) + 1),
        "token": token_of(request) if request.POST else new_token(),
    }
    if request.method != "POST" or step not in {"check", "confirm"} or not form.is_valid():
        return render(request, "cards/split.html", shown)
    if step == "confirm":
        return _confirmed(request, card, form.amounts)
    shown |= {"amounts": form.amounts, "sentences": splitting.words(card, form.amounts)}
    return render(request, "cards/split_check.html", shown)


@require_safe
@login_required
def parts(request: HttpRequest, serial: int) -> HttpResponse:
    """The cards that came of a split, for whoever split the card."""
    card = own_card(request, serial)
    if card.state != "split":
        raise Http404
    person = person_of(request)
    cards = [part for part in splitting.parts_of(card) if part.holder_id == person.pk]
    return render(request, "cards/split_parts.html", {"card": card, "cards": cards})


def _confirmed(request: HttpRequest, card: Card, amounts: list[int]) -> HttpResponse:
    try:
        confirmation = splitting.split(request, card, amounts)
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("split" if refusal.text is splitting.CHANGED else "card", card.serial)
    to, back = reverse("split_parts", args=[card.serial]), reverse("card", args=[card.serial])
    return answer(request, perform(confirmation), to=to, good=DONE, back=back)


def _count(request: HttpRequest) -> int:
    """How many parts are asked for; as few as possible where that is not said."""
    given = request.POST.get("parts") or request.GET.get("parts") or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 4 else splitting.FEWEST
