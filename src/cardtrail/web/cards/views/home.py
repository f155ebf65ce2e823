"""The first page: a wallet for whoever is signed in, else what this is about."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from cardtrail.web.accounts.second_factor import open_without_second_factor
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.cards import wallet
from cardtrail.web.cards.access import lacks_second_factor, protect_address
from cardtrail.web.cards.giving import waiting_for
from cardtrail.web.cards.once import new_token
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import now_ms


@open_without_second_factor
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The wallet, or the page for those who are not signed in."""
    if not request.user.is_authenticated:
        return render(request, "cards/welcome.html")
    if lacks_second_factor(request):
        return redirect(protect_address(request.get_full_path()))
    person = person_of(request)
    cards = wallet.cards_of(person, now_ms())
    sums = wallet.sums(cards)
    page = _page(wallet.alive(cards, sums.alive), request)
    shown = {
        "sums": sums,
        "page": page,
        "groups": wallet.grouped(list(page.object_list)),
        "ended": list(wallet.ended(cards, sums.ended).page(1).object_list)
        if sums.ended and page.number == 1
        else [],
        "waiting": [(gift, new_token()) for gift in waiting_for(person)],
    }
    return render(request, "cards/wallet.html", shown)


@require_safe
@login_required
def ended(request: HttpRequest) -> HttpResponse:
    """All cards that have come to their end."""
    cards = wallet.cards_of(person_of(request), now_ms())
    page = _page(wallet.ended(cards, wallet.sums(cards).ended), request)
    return render(request, "cards/ended.html", {"page": page})


def _page(paginator: Paginator[Card], request: HttpRequest) -> Page[Card]:
    return paginator.get_page(request.GET.get("page"))
