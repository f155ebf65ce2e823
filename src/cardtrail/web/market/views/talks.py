"""Talks about a card: questions, offers and answers, and what was said."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cardtrail.deals.parameters import MOST_ROUNDS
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.market import access, bargaining, saying, words
from cardtrail.web.market.forms import OfferForm, SayForm
from cardtrail.web.market.models import Message, Offer, Round, Talk
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text

LATEST = 100
"""So many messages are shown."""

MOST_TYPED = 20
"""So much of a price that was refused is there again to be mended."""


@never_cache
@require_safe
@login_required
def talks(request: HttpRequest) -> HttpResponse:
    """All talks of this person, as buyer and as seller, the latest first."""
    person = person_of(request)
    rows = Talk.objects.filter(Q(buyer=person) | Q(seller=person)).select_related("listing")
    page = page_of(rows.prefetch_related("offers").order_by("-heard_ms", "pk"), request, 20)
    shown = [(talk, talk.seller_id == person.pk, _latest(talk)) for talk in page.object_list]
    return render(request, "market/talks.html", {"page": page, "rows": shown, "stages": words.OFFER_STAGES})


@require_POST
@login_required
def ask(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """Begin to talk about a listing, with a first message or an offer; where that is refused, no talk has begun."""
    listing = access.visible_listing(request, listing_id)
    person = person_of(request)
    form = OfferForm(request.POST, currency=listing.currency) if "price" in request.POST else None
    try:
        with transaction.atomic():
            talk = bargaining.talk_with(person, listing)
            if form is not None:
                _offer(request, form, talk)
            elif request.POST.get("text", "").strip():
                bargaining.say(person, talk, request.POST["text"])
    except NotPossible as refusal:
        known = Talk.objects.filter(listing=listing, buyer=person).first()
        if known is not None:
            return _again(request, known, form, refusal)
        messages.warning(request, str(refusal.text))
        again = "" if form is None else f"?{urlencode({'price': request.POST['price'][:MOST_TYPED]})}#offer"
        return redirect(reverse("market:listing", args=[listing.pk]) + again)
    return redirect("market:talk", talk.pk)


@never_cache
@require_safe
@login_required
def talk(request: HttpRequest, talk_id: UUID) -> HttpResponse:
    """One talk. With JavaScript what is new comes by itself."""
    own = access.own_talk(request, talk_id)
    template = "market/parts/talk.html" if "fragment" in request.GET else "market/talk.html"
    return render(request, template, _shown(request, own))


@require_POST
@login_required
def say(request: HttpRequest, talk_id: UUID) -> HttpResponse:
    """Write to the other."""
    own = access.own_talk(request, talk_id)
    try:
        bargaining.say(person_of(request), own, request.POST.get("text", ""))
    except NotPossible as refusal:
        form = SayForm({"text": request.POST.get("text", "")[: saying.MOST_CHARS]})
        form.is_valid()
        form.add_error("text", str(refusal.text))
        return render(request, "market/talk.html", _shown(request, own) | {"say_form": form}, status=422)
    return redirect("market:talk", own.pk)


@require_POST
@login_required
def answer(request: HttpRequest, offer_id: UUID, act: str) -> HttpResponse:
    """Answer an offer, or take one's own back."""
    offer = access.own_offer(request, offer_id)
    try:
        match act:
            case "counter":
                return _counter(request, offer)
            case "accept":
                bargaining.accept_as_seller(request, offer.pk)
            case "reject":
                bargaining.reject(request, offer.pk)
            case "take-back":
                bargaining.take_back(request, offer.pk)
            case "give-way":
                bargaining.give_way(request, offer.pk)
            case _:
                raise Http404
    except NotPossible as refusal:
        messages.warning(request, str(refusal.text))
    return redirect("market:talk", offer.talk_id)


def _again(request: HttpRequest, talk: Talk, form: OfferForm | None, refusal: NotPossible) -> HttpResponse:
    """The talk again, with what was typed and why it cannot be; where there is nothing left to mend, only why."""
    shown = _shown(request, talk)
    if form is None or refusal.field != "price" or not (shown["may_offer"] or shown["may_counter"]):
        messages.warning(request, str(refusal.text))
        return redirect("market:talk", talk.pk)
    if not form.errors:
        form.add_error("price", str(refusal.text))
    return render(request, "market/talk.html", shown | {"offer_form": form}, status=422)


def _counter(request: HttpRequest, offer: Offer) -> HttpResponse:
    form = OfferForm(request.POST, currency=offer.currency)
    try:
        _must_be_a_price(form)
        bargaining.counter(request, offer.pk, form.cleaned_data["price"])
    except NotPossible as refusal:
        return _again(request, offer.talk, form, refusal)
    return redirect("market:talk", offer.talk_id)


def _must_be_a_price(form: OfferForm) -> None:
    """Raises `NotPossible`."""
    if not form.is_valid():
        words = " ".join(str(text) for text in form.errors["price"])
        raise NotPossible("no_price", Text(words, words), "price")


def _offer(request: HttpRequest, form: OfferForm, talk: Talk) -> None:
    """Offer what was typed. Raises `NotPossible`."""
    _must_be_a_price(form)
    version = request.POST.get("version", "")
    known = int(version) if version.isdigit() and len(version) < 9 else 0
    bargaining.offer(request, talk, form.cleaned_data["price"], known)


def _shown(request: HttpRequest, talk: Talk) -> dict[str, object]:
    person = person_of(request)
    selling = talk.seller_id == person.pk
    offer = _latest(talk)
    machine = None if offer is None else offer.machine
    my_turn = bool(
        offer and offer.live and machine and machine.asker and (machine.asker.value == "buyer") == selling
    )
    rounds_left = MOST_ROUNDS - machine.rounds if machine else MOST_ROUNDS
    return {
        "talk": talk,
        "listing": talk.listing,
        "selling": selling,
        "offer": offer,
        "offer_words": None if offer is None else words.OFFER_STAGES[offer.stage],
        "my_turn": my_turn,
        "rounds_left": rounds_left,
        "may_counter": my_turn and rounds_left > 0,
        "may_offer": not selling and talk.listing.stage == "listed" and not (offer and offer.live),
        "entries": _entries(talk, person.pk, selling),
        "say_form": SayForm(),
        "offer_form": OfferForm(currency=talk.listing.currency),
        "may_say": talk.listing.open or talk.listing.stage == "sold",
    }


def _entries(talk: Talk, person_id: object, selling: bool) -> list[dict[str, object]]:
    """Messages and rounds, in the order in which they happened."""
    said = Message.objects.filter(talk=talk).order_by("-at_ms", "-pk")[:LATEST]
    rounds = Round.objects.filter(offer__talk=talk).select_related("offer").order_by("-at_ms", "-pk")[:LATEST]
    rows: list[dict[str, object]] = [
        {
            "mine": one.by_id == person_id,
            "text": one.text,
            "at_ms": one.at_ms,
            "warnings": saying.words_for(one.warned),
        }
        for one in said
    ]
    rows += [
        {
            "round": _ROUNDS[one.what, one.side == "seller"],
            "price_minor": one.price_minor,
            "currency": one.offer.currency,
            "mine": bool(one.side) and (one.side == "seller") == selling,
            "at_ms": one.at_ms,
        }
        for one in rounds
    ]
    return sorted(rows, key=lambda row: int(str(row["at_ms"])))


def _latest(talk: Talk) -> Offer | None:
    return max(talk.offers.all(), key=lambda offer: (offer.opened_ms, offer.version), default=None)


_ROUNDS = {
    **{("open", side): Text("买家出价", "The buyer offers") for side in (False, True)},
    **{("countered", side): Text("卖家还价", "The seller asks") for side in (False, True)},
    ("accepted", True): Text("卖家接受了", "The seller accepts"),
    ("accepted", False): Text("买家接受了", "The buyer accepts"),
    ("rejected", True): Text("卖家没有接受", "The seller does not accept"),
    ("rejected", False): Text("买家没有接受", "The buyer does not accept"),
    ("withdrawn", True): Text("卖家撤回了", "The seller takes it back"),
    ("withdrawn", False): Text("买家撤回了", "The buyer takes it back"),
    **{("expired", side): Text("无人回复，已过期", "Nobody answered; expired") for side in (False, True)},
    **{
        ("superseded", side): Text("卡的价格或状态变了，已失效", "The listing changed; void")
        for side in (False, True)
    },
}
