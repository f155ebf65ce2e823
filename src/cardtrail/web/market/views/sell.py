"""Selling: choose cards, name prices with the band beside them, confirm once; then how it goes."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.risk.port import Act
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.perform import perform
from cardtrail.web.cards.access import own_card
from cardtrail.web.cards.once import new_token, sent, token_of
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.worth import floors_of
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import (
    access,
    appealing,
    bands,
    changing,
    refusals,
    rules,
    selling,
    stages,
    standings,
    words,
)
from cardtrail.web.market.forms import Lot, PriceForm, SellForm, lots
from cardtrail.web.market.models import Listing, Offer
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.market.stopping import stop_page
from cardtrail.web.orders.models import Deal
from cardtrail.web.risks import penalties
from cardtrail.web.risks.models import Decision, Penalty
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, parse_card_number

MOST_SHOWN: Final = 200

_LISTED = Text("已上架。", "On sale now.")
_WAITS = Text("正在账本上锁定，完成后自动上架。", "Being set aside on the ledger; then it is offered.")
_HELD = Text("工作人员先看一看，结果会通知你。", "A person looks first; you are told the outcome.")
_WITHDRAWN = Text("已撤回，卡可以照常使用。", "Taken back; the card is yours to use.")
_PRICE = Text("价格已改。", "The price is changed.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sell(request: HttpRequest) -> HttpResponse:
    """Which cards; then their prices; with `step=check` what will happen; with `step=confirm` it happens."""
    try:
        before = sent(request) if request.method == "POST" else None
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("market:mine")
    if before is not None:
        return _performed(request, before)
    chosen, hindered = _chosen(request)
    if not chosen:
        return _choose(request, hindered)
    person = person_of(request)
    offered = _lots(request, chosen)
    prices = request.POST if request.method == "POST" else request.GET
    given = any(name.startswith("price_") for name in prices)
    form = SellForm(prices if given else None, person, offered)
    step = request.POST.get("step", "")
    shown = {"form": form, "hindered": hindered, "token": token_of(request) if request.POST else new_token()}
    if step not in {"check", "confirm"} or not form.is_valid():
        return render(request, "market/sell.html", shown, status=422 if step and form.errors else 200)
    try:
        sale = form.sale()
        selling.check(person, sale)
        if step == "check":
            return render(
                request,
                "market/sell_check.html",
                shown | {"sale": sale, "words": selling.words(sale, request), "low": form.low()},
            )
        return _performed(request, selling.publish(request, sale))
    except NotPossible as refusal:
        form.add_error(None, str(refusal.text))
        return render(request, "market/sell.html", shown, status=422)
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("market:mine")
    except selling.Stopped as stopped:
        return _stopped(request, stopped)


@require_POST
@login_required
def appeal(request: HttpRequest) -> HttpResponse:
    """Have a person look at what a rule decided, or at a listing that was taken down."""
    person, words_ = person_of(request), request.POST.get("words", "")
    try:
        if "listing" in request.POST:
            case = appealing.appeal_listing(person, UUID(request.POST["listing"]), words_)
        else:
            case = appealing.appeal(person, UUID(request.POST.get("decision", "")), words_)
    except (ValueError, Decision.DoesNotExist, Listing.DoesNotExist):
        raise Http404 from None
    except NotPossible as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("market:mine")
    return redirect("my_case", case.number)


@require_safe
@login_required
def sell_card(request: HttpRequest, serial: int) -> HttpResponse:
    """The way from a card's page."""
    own = own_card(request, serial)
    return redirect(f"{reverse('market:sell')}?{urlencode({'card': card_number(own.serial)})}")


@require_safe
@login_required
def of_card(request: HttpRequest, serial: int) -> HttpResponse:
    """What the market has to do with one's own card: the order or dispute that it is set aside for, or its listing."""
    own, person = own_card(request, serial), person_of(request)
    deals = Deal.objects.filter(Q(seller=person) | Q(buyer=person), serial=own.serial, watches=True)
    deal = deals.exclude(card="buyers").order_by("-opened_ms").first()
    if deal is not None:
        return redirect("market:dispute" if deal.stage == "disputed" else "market:order", deal.number)
    listing = Listing.objects.filter(serial=own.serial, seller=person).order_by("-opened_ms").first()
    return redirect("market:mine") if listing is None else redirect("market:selling", listing.pk)


@never_cache
@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """Everything this person offers or has offered."""
    person = person_of(request)
    own = Listing.objects.filter(seller=person).select_related("decision").order_by("-opened_ms", "pk")
    page = page_of(own, request, 20)
    stand = stages.of(list(page.object_list))
    rows = [(listing, stand[listing.pk]) for listing in page.object_list]
    shown = {
        "page": page,
        "rows": rows,
        "record": standings.record_of(person),
        "room": standings.room_of(person),
        "paid_to": selling.paid_to(person),
        "penalty": _penalty(person),
    }
    return render(request, "market/mine.html", shown)


@never_cache
@require_safe
@login_required
def selling_page(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """One's own listing: how it stands, what can be done, who asks. While it is being set aside, it asks again by
    itself."""
    listing = access.own_listing(request, listing_id)
    held = stages.is_held(listing)
    talks = [
        (talk, _latest(list(talk.offers.all())))
        for talk in listing.talks.order_by("-heard_ms").prefetch_related("offers")[:50]
    ]
    shown = {
        "listing": listing,
        "stage": stages.of([listing])[listing.pk],
        "held": held,
        "reasons": [Text(one.words.zh, one.words.en) for one in listing.decision.answer.decisive]
        if held
        else [],
        "clears_ms": listing.decision.answer.clears_ms if held else None,
        "waits": listing.stage == "screening" and not held,
        "why": words.why(listing.why),
        "unseen": listing.open
        and listing.group_only
        and (listing.group is None or listing.group.closed_ms is not None),
        "order": stages.order_number(listing),
        "talks": talks,
        "kept": next((offer for _, offer in talks if offer is not None and offer.kept_until_ms), None),
        "ends_ms": listing.next_ms,
        "appealed": appealing.made(listing.seller, listing) if listing.stage == "delisted" else None,
        "stages": words.OFFER_STAGES,
    }
    template = "market/parts/selling.html" if "fragment" in request.GET else "market/selling.html"
    return render(request, template, shown)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def price(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """Another price: below what was confirmed at once; above it, the card is listed anew, after one more look."""
    listing = access.own_listing(request, listing_id)
    form = PriceForm(request.POST or None, listing=listing)
    card = Card.objects.select_related("product").get(serial=listing.serial)
    shown = {
        "listing": listing,
        "form": form,
        "cap_minor": rules.cap_minor(card, card.product.terms),
        "held_minor": listing.machine.held_price_minor,
        "token": token_of(request) if request.POST else new_token(),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "market/price.html", shown, status=422 if form.errors else 200)
    wanted = form.cleaned_data["price"]
    try:
        if wanted <= listing.machine.held_price_minor:
            low = _lots(request, [card])[0].low(wanted) if request.POST.get("step") != "confirm" else None
            if low is not None and wanted < listing.price_minor:
                return render(request, "market/price_check.html", shown | {"low": low, "wanted": wanted})
            changing.edit(request, listing.pk, wanted)
            messages.success(request, str(_PRICE))
            return redirect("market:selling", listing.pk)
        changing.check_raise(card, listing, wanted)
        sale = selling.Sale(
            (selling.Ask(card, wanted),), listing.motive, listing.group, group_only=listing.group_only
        )
        if request.POST.get("step") != "confirm":
            more = {"words": selling.words(sale, request), "wanted": wanted}
            return render(request, "market/price_check.html", shown | more)
        return redirect("market:selling", changing.raise_price(request, listing.pk, wanted))
    except NotPossible as refusal:
        form.add_error("price" if refusal.field else None, str(refusal.text))
        return render(request, "market/price.html", shown, status=422)
    except selling.Stopped as stopped:
        return _stopped(request, stopped)


@require_POST
@login_required
def withdraw(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """Back with it."""
    listing = access.own_listing(request, listing_id)
    try:
        changing.withdraw(request, listing.pk)
        messages.success(request, str(_WITHDRAWN))
    except NotPossible as refusal:
        messages.warning(request, str(refusal.text))
    return redirect("market:selling", listing.pk)


def _performed(request: HttpRequest, confirmation: Confirmation) -> HttpResponse:
    perform(confirmation)
    made = list(Listing.objects.filter(confirmation=confirmation).select_related("decision"))
    if all(listing.stage == "listed" for listing in made):
        messages.success(request, str(_LISTED))
    elif any(not listing.decision.positive for listing in made):
        messages.info(request, str(_HELD))
    elif any(listing.stage == "screening" for listing in made):
        messages.info(request, str(_WAITS))
    return redirect("market:selling", made[0].pk) if len(made) == 1 else redirect("market:mine")


def _stopped(request: HttpRequest, stopped: selling.Stopped) -> HttpResponse:
    """Risk wants a proof, and then the same form again; or it says no."""
    back = f"{reverse('market:sell')}?{_as_query(request)}"
    about = Text("尾号 {last} 的卡：", "Card …{last}:").format(last=stopped.card.last_four)
    return stop_page(request, stopped.asked, back, about=about)


def _as_query(request: HttpRequest) -> str:
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name.startswith("price_") or name in {"card", "motive", "group", "where"}
    ]
    return urlencode(kept)


def _chosen(request: HttpRequest) -> tuple[list[Card], list[tuple[Card, Text]]]:
    """The cards that were chosen and can be sold; and those that were and cannot, with the reason."""
    named = (request.POST if request.method == "POST" else request.GET).getlist("card")[: selling.MOST]
    serials = {serial for text in named if (serial := _serial(text)) is not None}
    own = Card.objects.filter(serial__in=serials, holder=person_of(request)).select_related("product")
    return _sorted_out(list(own.order_by("serial")))


def _sorted_out(cards: list[Card]) -> tuple[list[Card], list[tuple[Card, Text]]]:
    now = now_ms()
    sellable, hindered = [], []
    for card in cards:
        reason = rules.hindrance(card, card.product.terms, now)
        if reason is None:
            sellable.append(card)
        else:
            hindered.append((card, reason))
    return sellable, hindered


def _choose(request: HttpRequest, hindered: list[tuple[Card, Text]]) -> HttpResponse:
    own = Card.objects.filter(holder=person_of(request), balance_minor__gt=0, hold_kind__isnull=True)
    sellable, others = _sorted_out(
        list(own.select_related("product").order_by("-entry", "serial")[:MOST_SHOWN])
    )
    shown = {
        "cards": sellable,
        "others": hindered or others,
        "most": selling.MOST,
        "penalty": _penalty(person_of(request)),
        "none_chosen": refusals.NONE_CHOSEN if "next" in request.GET and not hindered else None,
        "unpaid": selling.cannot_be_paid(person_of(request), {card.currency for card in sellable}),
    }
    return render(request, "market/choose.html", shown)


def _penalty(person: Person) -> Penalty | None:
    """The penalty because of which somebody may not sell now."""
    return penalties.running(Act.LIST).filter(person=person).order_by("pk").last()


def _lots(request: HttpRequest, cards: list[Card]) -> list[Lot]:
    known = {currency: bands.sales(currency) for currency in {card.currency for card in cards}}
    return lots(cards, known, floors_of(cards, person_of(request)))


def _serial(text: str) -> int | None:
    try:
        return parse_card_number(text)
    except ValueError:
        return None


def _latest(offers: list[Offer]) -> Offer | None:
    return max(offers, key=lambda offer: (offer.opened_ms, str(offer.pk)), default=None)
