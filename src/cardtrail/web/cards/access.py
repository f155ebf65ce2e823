"""Whose card a page is about, decided in one place."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cardtrail.web.accounts import second_factor
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.ledger.models import Card
from cardtrail.wire.identifiers import CARD_NUMBER_DIGITS, card_number, parse_card_number


class CardNumber:
    """A card's printed number in an address (`<card:serial>`): 16 digits with a check digit that fits. Views get the
    serial, and `reverse` takes it."""

    regex = rf"[0-9]{{{CARD_NUMBER_DIGITS}}}"

    def to_python(self, value: str) -> int:
        """The serial. Raises `ValueError`, which Django answers with 404."""
        return parse_card_number(value)

    def to_url(self, value: int) -> str:
        """The printed number."""
        return card_number(value)


def own_card(request: HttpRequest, serial: int) -> Card:
    """The card, if it belongs to whoever is signed in. Raises `Http404`: of somebody else's card, nobody learns whether
    it exists."""
    if not request.user.is_authenticated:
        raise Http404
    cards = Card.objects.select_related("product")
    card: Card = get_object_or_404(cards, serial=serial, holder_id=request.user.pk)
    return card


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether the person signed in has to set up a second factor before they see or move a card. For pages that
    strangers may see too; the others are guarded by a middleware."""
    return second_factor.is_asked_for(request) and not second_factor.came_with_second_factor(
        person_of(request)
    )


def protect_address(back: str) -> str:
    """Where a second factor is set up, and the page to come back to."""
    return f"{reverse('protect')}?{urlencode({'next': back})}"
