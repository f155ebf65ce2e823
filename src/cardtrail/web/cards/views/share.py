"""Sharing cards into a group: choosing, confirming, and what the sharer sees of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.perform import perform
from cardtrail.web.cards import sharing, wallet
from cardtrail.web.cards.acts import page_address
from cardtrail.web.cards.asking import Stopped
from cardtrail.web.cards.forms import ShareForm, brought, filled_in
from cardtrail.web.cards.giving import latest_ms
from cardtrail.web.cards.models import Share
from cardtrail.web.cards.once import new_token, sent, token_of
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.views.outcome import answer
from cardtrail.web.ledger.models import Card
from cardtrail.web.risks.stop_page import stop_page
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import zone_for
from cardtrail.wire.products import Transferable

SHARED = Text("已分享。把链接发到群里吧。", "Shared. Send the link to your group.")
ENDED = Text(
    "已停止分享，没人领的卡回到了你的钱包。",
    "The share has ended; cards that nobody claimed are in your wallet.",
)
OUT = Text("已移除，这个人不能再领。", "Removed: this person cannot claim a card.")
TOO_LATE = Text(
    "这个人已经领走了一张，不能移除。", "This person has claimed a card already and cannot be removed."
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def share(request: HttpRequest) -> HttpResponse:
    """The form; with `step=check` what will happen; with `step=confirm` it happens."""
    try:
        before = sent(request) if request.method == "POST" else None
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("share")
    if before is not None:
        return _performed(request, before)
    cards = _shareable(request)
    if not cards:
        return render(request, "cards/share.html", {"cards": cards})
    now = now_ms()
    latest = min(latest_ms(card.product.terms, now) for card in cards)
    form = ShareForm(
        request.POST or None,
        initial=brought(request, ShareForm),
        cards=cards,
        latest_ms=latest,
        zone=zone_for(request),
    )
    shown = {
        "cards": cards,
        "form": form,
        "token": token_of(request) if request.POST else new_token(),
        "split_url": page_address("split", cards[0].serial) if len(cards) == 1 else "",
    }
    step = request.POST.get("step", "")
    if request.method != "POST" or step not in {"check", "confirm"} or not form.is_valid():
        return render(request, "cards/share.html", shown)
    if step == "check":
        chosen = [card for card in cards if card.serial in form.serials]
        shown |= {
            "choice": form.choice,
            "chosen": chosen,
            "sentences": sharing.words(chosen, form.choice, request),
        }
        return render(request, "cards/share_check.html", shown)
    return _confirmed(request, form)


def _confirmed(request: HttpRequest, form: ShareForm) -> HttpResponse:
    try:
        confirmation = sharing.make(request, form.serials, form.choice)
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("share")
    except Stopped as stopped:
        back = f"{reverse('share')}?{filled_in(request, ShareForm)}"
        return stop_page(request, stopped.asked, back, leave=reverse("share"))
    return _performed(request, confirmation)


def _performed(request: HttpRequest, confirmation: Confirmation) -> HttpResponse:
    outcomes = perform(confirmation)
    to = reverse("made_share", args=[get_object_or_404(Share, confirmation=confirmation).id])
    return answer(request, outcomes, to=to, good=SHARED, back=to)


@require_safe
@never_cache
@login_required
def made(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """One share, for its maker: the link, who took what, who may be removed."""
    own = _own(request, share_id)
    gifts = list(own.gifts.select_related("taken_by", "taker").order_by("serial"))
    cards = Card.objects.select_related("product").in_bulk([gift.serial for gift in gifts])
    takers = {gift.taker_id for gift in gifts if gift.taker_id}
    going = own.stopped_ms is None and now_ms() <= own.until_ms
    shown = {
        "share": own,
        "pairs": [(gift, cards.get(gift.serial)) for gift in gifts],
        "taken": sum(gift.state == gift.State.TAKEN for gift in gifts),
        "going": going,
        "link": sharing.link_of(own) if going else "",
        "visitors": [
            visitor
            for visitor in own.visitors.select_related("person").order_by("seen_ms")
            if visitor.person_id not in takers
        ],
        "token": new_token(),
    }
    return render(request, "cards/made_share.html", shown)


@require_POST
@login_required
def stop(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """End a share: what nobody has claimed comes back."""
    own = _own(request, share_id)
    here = reverse("made_share", args=[own.id])
    try:
        confirmation = sharing.stop(request, own)
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect(here)
    if confirmation is None:
        messages.success(request, str(ENDED))
        return redirect(here)
    return answer(request, perform(confirmation), to=here, good=ENDED, back=here)


@require_POST
@login_required
def remove(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """Keep a visitor from taking a card."""
    own = _own(request, share_id)
    try:
        person_id = UUID(request.POST.get("person", ""))
    except ValueError:
        return redirect("made_share", own.id)
    with transaction.atomic():
        removed = sharing.remove(own, person_id)
    messages.add_message(
        request, messages.SUCCESS if removed else messages.WARNING, str(OUT if removed else TOO_LATE)
    )
    return redirect("made_share", own.id)


def _own(request: HttpRequest, share_id: UUID) -> Share:
    own: Share = get_object_or_404(Share, id=share_id, giver=person_of(request))
    return own


def _shareable(request: HttpRequest) -> list[Card]:
    now = now_ms()
    ready = wallet.cards_of(person_of(request), now).filter(group=wallet.READY).select_related("product")
    rows = ready.order_by("product_id", "-balance_minor", "serial")[: sharing.MOST_CARDS]
    return [
        card
        for card in rows
        if (terms := card.product.terms).transferable is not Transferable.NO
        and card.hop < terms.max_hops
        and (card.activated_ms or 0) + terms.cooling_off_ms <= now
    ]
